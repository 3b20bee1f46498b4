"""Imports say of which feed they are: what is missing is judged within it.

Revision: 0024, after 0023
"""

from alembic import op

from migrations import columns

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("imports", columns.text("feed", null=True))
