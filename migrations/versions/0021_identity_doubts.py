"""Ids that may be somebody else's, and up to which statement an id was another person's.

Revision: 0021, after 0016
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", columns.text("identity_doubt", null=True))
    op.add_column("people", sa.Column("former_statements", sa.BigInteger))
