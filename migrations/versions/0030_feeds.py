"""Imports say of which feed they are: what is missing is judged within it.

Revision: 0030, after 0028
"""

from alembic import op

from migrations import columns

revision = "0030"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("imports", columns.text("feed", null=True))
