"""What clauses 10, 12 and 15 ask to be on file: found accounts since when, moderation, districts.

Revision: 0019, after 0016
"""

from alembic import op

from migrations import append_only, columns

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns.index("orgs", "kind")
    op.add_column("accounts", columns.time("existed_at", null=True))
    op.execute("UPDATE accounts SET existed_at = created_at WHERE status = 'unauthorized_found'")
    op.create_table(
        "moderations",
        columns.seq(),
        *columns.texts("id", "account_id", "action"),
        columns.text("ground", null=True),
        columns.date("done_on"),
        columns.text("recorded_by"),
        columns.time("recorded_at"),
        columns.key("moderations", "seq"),
        columns.unique("moderations", "id"),
        columns.refers("moderations", "account_id", "accounts.id"),
        columns.refers("moderations", "recorded_by", "people.id"),
    )
    columns.index("moderations", "account_id", "done_on")
    append_only.protect("moderations")
