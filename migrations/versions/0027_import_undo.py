"""What an import found before it changed it, so that it can be undone.

Revision: 0027, after 0026. Imports of before cannot be undone: nothing of it was kept.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("imports", columns.text("undoes", null=True))
    op.add_column("imports", columns.text("undone_by", null=True))
    op.add_column("imports", sa.Column("undoable", sa.Boolean))
    op.create_table(
        "import_befores",
        columns.whole("import_number"),
        *columns.texts("kind", "key"),
        *columns.texts("person_id", "row", null=True),
        sa.Column("number_after", sa.Integer),
        columns.key("import_befores", "import_number", "kind", "key"),
        sqlite_with_rowid=False,
    )
    columns.index("import_befores", "person_id")
    op.create_table(
        "undo_kept",
        columns.whole("import_number"),
        *columns.texts("kind", "key"),
        columns.text("person_id", null=True),
        columns.text("reason"),
        columns.key("undo_kept", "import_number", "kind", "key"),
        sqlite_with_rowid=False,
    )
    columns.index("undo_kept", "person_id")
    op.create_table(
        "undone_statements",
        *columns.texts("person_id", "digest", "again"),
        columns.key("undone_statements", "person_id", "digest"),
        sqlite_with_rowid=False,
    )
