"""Names found with their letters written out: further keys for Jürgen and Håkon.

Revision: 0029, after 0028
"""

from alembic import op

from app.store.people import name_index

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    name_index.add_lookup_keys(op.get_bind())
