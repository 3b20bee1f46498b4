"""When an id passed to the person who bears it now.

Revision: 0037, after 0036
"""

from alembic import op

from migrations import columns

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", columns.time("bearer_since", null=True))
