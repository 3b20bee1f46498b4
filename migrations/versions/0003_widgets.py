"""The origins of the pages on which widgets may live.

Revision: 0003, after 0002
"""

from alembic import op

from migrations import columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "origins",
        columns.text("origin"),
        columns.time("created_at"),
        columns.key("origins", "origin"),
    )
