"""Whom each key asked about today.

Revision: 0015, after 0014
"""

from alembic import op

from migrations import columns

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asked_people",
        columns.whole("day"),
        columns.text("key_id"),
        columns.seq("person", counts=False),
        columns.key("asked_people", "day", "key_id", "person"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "asked_totals",
        columns.whole("day"),
        columns.text("key_id"),
        columns.whole("people"),
        columns.key("asked_totals", "day", "key_id"),
        sqlite_with_rowid=False,
    )
