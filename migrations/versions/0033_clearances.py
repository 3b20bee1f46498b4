"""Clearances: allows that last until a post is out, and what each rests on.

Revision: 0033, after 0032
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clearances",
        *columns.texts("id", "decision_id", "lineage", "account_id", "author_id"),
        *columns.texts("text_sha256", "alt_texts_sha256", "media"),
        columns.time("not_before"),
        columns.time("not_after"),
        columns.time("made_at"),
        columns.text("state"),
        columns.text("reason", null=True),
        columns.time("ended_at", null=True),
        sa.Column("asked", sa.Text),
        columns.key("clearances", "id"),
        columns.refers("clearances", "account_id", "accounts.id"),
        columns.refers("clearances", "author_id", "people.id"),
    )
    columns.index("clearances", "state", "id")
    columns.index("clearances", "ended_at")
    op.create_table(
        "clearance_facts",
        *columns.texts("kind", "value", "clearance_id"),
        columns.key("clearance_facts", "kind", "value", "clearance_id"),
        sqlite_with_rowid=False,
    )
    columns.index("clearance_facts", "clearance_id")
