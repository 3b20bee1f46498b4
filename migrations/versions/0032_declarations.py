"""Declarations of who is pictured, made once by a person who knows.

Revision: 0032, after 0031
"""

from alembic import op

from migrations import append_only, columns

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "declarations",
        columns.seq(),
        columns.text("id"),
        columns.whole("version"),
        *columns.texts("code", "action", "said", "made_by"),
        columns.time("made_at"),
        columns.key("declarations", "seq"),
        columns.unique("declarations", "id", "version"),
        columns.refers("declarations", "made_by", "people.id"),
    )
    columns.index("declarations", "code")
    columns.index("declarations", "made_by")
    op.create_table(
        "declared_media",
        *columns.texts("sha256", "declaration_id"),
        columns.key("declared_media", "sha256", "declaration_id"),
        sqlite_with_rowid=False,
    )
    append_only.protect("declarations")
