"""Classes whose roster lacks somebody, since a row of it was set aside.

Revision: 0022, after 0021
"""

from alembic import op

from migrations import columns

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("classes", columns.time("roster_gap_at", null=True))
