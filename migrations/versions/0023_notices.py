"""What the registrar has been told by mail.

Revision: 0023, after 0022
"""

from alembic import op

from migrations import columns

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        *columns.texts("kind", "about"),
        columns.time("sent_at"),
        columns.key("notices", "kind", "about"),
    )
