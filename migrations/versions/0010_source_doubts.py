"""Sources of statements that are a guardian no more, or an address of several.

Ties that ended before this step were never ended on file; the next complete delivery ends them.

Revision: 0010, after 0009
"""

from alembic import op

from migrations import columns

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source_doubts",
        *columns.texts("person_id", "source", "doubt"),
        columns.time("since"),
        columns.key("source_doubts", "person_id", "source", "doubt"),
        columns.refers("source_doubts", "person_id", "people.id"),
        sqlite_with_rowid=False,
    )
