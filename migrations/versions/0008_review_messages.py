"""What is asked about a review and answered, as numbers and people; the words are on the ledger.

Revision: 0008, after 0007
"""

from alembic import op

from migrations import append_only, columns

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review_messages",
        columns.seq(),
        *columns.texts("id", "decision_id", "kind", "caller"),
        columns.text("person_id", null=True),
        columns.time("at"),
        columns.key("review_messages", "seq"),
        columns.unique("review_messages", "id"),
        columns.refers("review_messages", "person_id", "people.id"),
    )
    columns.index("review_messages", "decision_id")
    append_only.protect("review_messages")
