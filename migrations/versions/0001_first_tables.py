"""The first tables, and the triggers that keep history.

Revision: 0001, after nothing
"""

import sqlalchemy as sa
from alembic import op

from migrations import append_only, columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("consents", "authorizations", "designations", "grants", "releases", "list_dates")

# Erasing a row means setting salt and payload to null; everything else is as it was.
NOT_AN_ERASURE = "NEW.salt IS NOT NULL OR NEW.payload IS NOT NULL OR " + " OR ".join(
    f"NEW.{name} IS DISTINCT FROM OLD.{name}"
    for name in ("seq", "id", "kind", "at", "caller", "commitment", "hash")
)


def upgrade() -> None:
    _people()
    _classes()
    _consents()
    _accounts()
    _permissions()
    _service()
    append_only.create_function()
    for table in APPEND_ONLY:
        append_only.protect(table)
    append_only.protect("ledger", update_when=NOT_AN_ERASURE)


def _people() -> None:
    op.create_table(
        "orgs",
        *columns.texts("id", "name", "name_key", "kind"),
        columns.text("parent_id", null=True),
        columns.key("orgs", "id"),
    )
    op.create_table(
        "people",
        *columns.texts("id", "kind", "given_name", "family_name"),
        columns.text("preferred_name", null=True),
        columns.text("grade", null=True),
        columns.text("org_id", null=True),
        columns.text("email", null=True),
        columns.date("birth_date", null=True),
        columns.text("status"),
        columns.time("first_seen_at"),
        columns.key("people", "id"),
        columns.refers("people", "org_id", "orgs.id"),
    )
    op.create_table(
        "person_names",
        *columns.texts("name_key", "person_id"),
        columns.key("person_names", "name_key", "person_id"),
        columns.refers("person_names", "person_id", "people.id"),
        sqlite_with_rowid=False,
    )
    columns.index("person_names", "person_id")


def _classes() -> None:
    op.create_table(
        "classes",
        *columns.texts("id", "title"),
        columns.text("org_id", null=True),
        columns.key("classes", "id"),
        columns.refers("classes", "org_id", "orgs.id"),
    )
    op.create_table(
        "enrollments",
        *columns.texts("class_id", "person_id", "role"),
        columns.key("enrollments", "class_id", "person_id", "role"),
        columns.refers("enrollments", "class_id", "classes.id"),
        columns.refers("enrollments", "person_id", "people.id"),
        sqlite_with_rowid=False,
    )
    columns.index("enrollments", "person_id")


def _consents() -> None:
    op.create_table(
        "guardians",
        *columns.texts("student_id", "guardian_id", "name"),
        columns.text("relationship", null=True),
        columns.key("guardians", "student_id", "guardian_id"),
        columns.refers("guardians", "student_id", "people.id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "consents",
        columns.seq(),
        *columns.texts("id", "person_id", "decision", "activity", "channel", "extent"),
        columns.text("given_by", null=True),
        *columns.texts("capacity", "source"),
        columns.time("signed_at"),
        sa.Column("signed_day_only", sa.Boolean, nullable=False),
        columns.date("effective_from"),
        columns.date("effective_to", null=True),
        columns.text("digest"),
        columns.time("recorded_at"),
        columns.key("consents", "seq"),
        columns.refers("consents", "person_id", "people.id"),
        columns.unique("consents", "id"),
        columns.unique("consents", "digest"),
    )
    columns.index("consents", "person_id")


def _accounts() -> None:
    op.create_table(
        "accounts",
        *columns.texts("id", "platform", "handle", "handle_key"),
        columns.text("url", null=True),
        columns.text("kind"),
        columns.text("org_id", null=True),
        columns.text("owner_id", null=True),
        columns.text("contact_email", null=True),
        columns.time("communications_admin_at", null=True),
        columns.time("created_at"),
        columns.key("accounts", "id"),
        columns.unique("accounts", "platform", "handle_key"),
        columns.refers("accounts", "org_id", "orgs.id"),
        columns.refers("accounts", "owner_id", "people.id"),
    )
    op.create_table(
        "account_managers",
        *columns.texts("account_id", "person_id"),
        columns.key("account_managers", "account_id", "person_id"),
        columns.refers("account_managers", "account_id", "accounts.id"),
        columns.refers("account_managers", "person_id", "people.id"),
    )
    op.create_table(
        "account_aliases",
        *columns.texts("account_id", "system", "value"),
        columns.key("account_aliases", "account_id", "system", "value"),
        columns.refers("account_aliases", "account_id", "accounts.id"),
    )
    columns.index("account_aliases", "system", "value")


def _permissions() -> None:
    op.create_table(
        "authorizations",
        columns.seq(),
        *columns.texts("id", "account_id", "authorized_by"),
        columns.text("requested_by", null=True),
        columns.time("authorized_at"),
        columns.time("recorded_at"),
        columns.key("authorizations", "seq"),
        columns.unique("authorizations", "id"),
        columns.refers("authorizations", "account_id", "accounts.id"),
        columns.refers("authorizations", "authorized_by", "people.id"),
        columns.refers("authorizations", "requested_by", "people.id"),
    )
    columns.index("authorizations", "account_id")
    op.create_table(
        "designations",
        columns.seq(),
        *columns.texts("id", "office", "person_id", "capacity"),
        columns.date("effective_from"),
        columns.date("effective_to", null=True),
        columns.time("recorded_at"),
        columns.key("designations", "seq"),
        columns.unique("designations", "id"),
        columns.refers("designations", "person_id", "people.id"),
    )
    columns.index("designations", "person_id")
    _grants()


def _grants() -> None:
    op.create_table(
        "grants",
        columns.seq(),
        *columns.texts("id", "kind", "grantee_kind", "grantee", "network", "granted_by"),
        columns.date("effective_from"),
        columns.date("effective_to", null=True),
        columns.time("recorded_at"),
        columns.key("grants", "seq"),
        columns.unique("grants", "id"),
        columns.refers("grants", "granted_by", "people.id"),
    )
    columns.index("grants", "grantee")
    op.create_table(
        "releases",
        columns.seq(),
        *columns.texts("id", "name", "name_key"),
        columns.text("work", null=True),
        columns.text("channel"),
        columns.date("effective_from"),
        columns.date("effective_to", null=True),
        columns.time("recorded_at"),
        columns.key("releases", "seq"),
        columns.unique("releases", "id"),
    )
    columns.index("releases", "name_key")
    columns.index("releases", "work")


def _service() -> None:
    op.create_table(
        "list_dates",
        columns.seq(),
        columns.text("kind"),
        columns.time("at"),
        columns.key("list_dates", "seq"),
    )
    columns.index("list_dates", "kind", "at")
    op.create_table(
        "api_keys",
        *columns.texts("id", "name", "hash", "scopes"),
        columns.text("schools", null=True),
        columns.text("person_id", null=True),
        columns.time("created_at"),
        columns.time("expires_at", null=True),
        columns.time("revoked_at", null=True),
        columns.key("api_keys", "id"),
        columns.unique("api_keys", "hash"),
    )
    op.create_table(
        "ledger",
        columns.seq(counts=False),
        *columns.texts("id", "kind"),
        columns.time("at"),
        columns.text("caller", null=True),
        sa.Column("salt", sa.LargeBinary),
        columns.text("payload", null=True),
        sa.Column("commitment", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        columns.key("ledger", "seq"),
        columns.unique("ledger", "id"),
    )
    columns.index("ledger", "kind", "seq")
