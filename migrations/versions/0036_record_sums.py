"""Sums over the records that deliveries change, which the ledger binds.

Revision: 0036, after 0035. Nothing is summed up yet: the next import does so.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "record_sums",
        columns.text("name"),
        sa.Column("rows", sa.BigInteger, nullable=False),
        columns.text("sum"),
        columns.key("record_sums", "name"),
    )
