"""What was read from a provider over REST, and as which import it was taken in.

Revision: 0026, after 0025
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pulls",
        *columns.texts("import_id", "provider", "basis"),
        sa.Column("whole", sa.Boolean, nullable=False),
        columns.time("read_at"),
        columns.key("pulls", "import_id"),
        columns.refers("pulls", "import_id", "imports.id"),
    )
    columns.index("pulls", "provider")
