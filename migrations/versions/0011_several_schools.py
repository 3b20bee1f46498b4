"""The further schools of people who belong to several; the index of names, where there is none.

The index is made here and no earlier, since the code that makes it reads these columns.

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

from app.store.people import name_index

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("other_org_ids", sa.Text))
    name_index.index_everyone(op.get_bind())
