"""Imports, and of each record the import, file and line it came from.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FROM_IMPORTS = (
    "orgs", "people", "classes", "enrollments", "guardians", "consents", "accounts",
    "authorizations", "designations", "grants", "releases",
)  # fmt: skip


def upgrade() -> None:
    _imports()
    for table in FROM_IMPORTS:
        op.add_column(table, sa.Column("import_number", sa.Integer))
        op.add_column(table, sa.Column("import_place", sa.BigInteger))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SCHEMA clearpost_staging")


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("number", sa.Integer, autoincrement=True, nullable=False),
        columns.text("id"),
        columns.whole("version"),
        columns.text("state"),
        columns.time("created_at"),
        columns.time("updated_at"),
        *columns.texts("caller", "person_id", "format", "profile", "digest", null=True),
        *columns.texts("plan", "progress", "decided_by", null=True),
        columns.time("decided_at", null=True),
        columns.text("reason", null=True),
        columns.whole("errors", default="0"),
        columns.key("imports", "number"),
        columns.unique("imports", "id"),
    )
    columns.index("imports", "state")
    columns.index("imports", "digest")
    op.create_table(
        "import_errors",
        columns.whole("import_number"),
        columns.whole("n"),
        columns.text("file"),
        columns.whole("line"),
        columns.text("column", null=True),
        columns.text("reason"),
        columns.key("import_errors", "import_number", "n"),
        columns.refers("import_errors", "import_number", "imports.number"),
    )
