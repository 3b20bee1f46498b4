"""When an account's kind, address or aliases were last changed.

Revision: 0016, after 0015
"""

from alembic import op

from migrations import columns

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", columns.time("identity_changed_at", null=True))
