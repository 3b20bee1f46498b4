"""When somebody came to another school.

Revision: 0033, after 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("moved_at", sa.DateTime(timezone=True)))
