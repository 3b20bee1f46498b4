"""Children whose silence a list does not speak for, and by which bytes a list was dated.

Revision: 0025, after 0024
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "list_gaps",
        *columns.texts("person_id", "source", "file", "gap"),
        columns.whole("import_number"),
        columns.key("list_gaps", "person_id", "source", "file"),
        columns.refers("list_gaps", "person_id", "people.id"),
        sqlite_with_rowid=False,
    )
    columns.index("list_gaps", "import_number")
    op.add_column("list_dates", columns.text("digest", null=True))
    op.add_column("list_dates", sa.Column("since", sa.DateTime(timezone=True)))
