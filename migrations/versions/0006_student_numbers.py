"""Students' numbers, by which exports of consent flags name them.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("student_number", sa.Text))
    columns.index("people", "student_number", where="student_number IS NOT NULL")
