"""Events, the addresses that are told of them, and rounds of mail.

Revision: 0035, after 0034
"""

from alembic import op

from migrations import columns

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "events",
        columns.seq("number"),
        *columns.texts("id", "kind"),
        columns.time("at"),
        columns.text("audience", null=True),
        columns.text("data"),
        columns.key("events", "number"),
        columns.unique("events", "id"),
    )
    columns.index("events", "audience", "number")
    op.create_table(
        "event_endpoints",
        *columns.texts("id", "url"),
        columns.text("kinds", null=True),
        columns.whole("secret_version"),
        columns.time("former_until", null=True),
        columns.time("created_at"),
        columns.seq("last_number", counts=False),
        columns.time("delivered_at", null=True),
        columns.text("state"),
        columns.text("fault", null=True),
        columns.time("failing_since", null=True),
        columns.whole("tries"),
        columns.time("next_at", null=True),
        columns.text("leased_by", null=True),
        columns.time("leased_until", null=True),
        columns.key("event_endpoints", "id"),
    )
    op.create_table(
        "mail_rounds",
        columns.text("name"),
        columns.time("next_at"),
        columns.key("mail_rounds", "name"),
    )
