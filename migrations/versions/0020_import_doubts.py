"""What a delivery says about a child and could not be read, and every child who could be meant.

Revision: 0020, after 0019
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_doubts",
        columns.text("id"),
        columns.whole("import_number"),
        columns.text("file"),
        columns.whole("line"),
        columns.text("column", null=True),
        *columns.texts("reason", "matches", "key", "source"),
        sa.Column("refuses", sa.Boolean, nullable=False),
        columns.time("since"),
        columns.time("ended_at", null=True),
        columns.text("ended_by", null=True),
        columns.key("import_doubts", "id"),
        columns.refers("import_doubts", "import_number", "imports.number"),
    )
    columns.index("import_doubts", "ended_at")
    op.create_table(
        "doubted_people",
        *columns.texts("person_id", "doubt_id"),
        columns.time("ended_at", null=True),
        columns.text("ended_by", null=True),
        columns.key("doubted_people", "person_id", "doubt_id"),
        columns.refers("doubted_people", "doubt_id", "import_doubts.id"),
        sqlite_with_rowid=False,
    )
    columns.index("doubted_people", "doubt_id")
