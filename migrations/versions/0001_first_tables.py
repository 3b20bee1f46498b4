"""The first tables, and the triggers that keep history.

Revision: 0001, after nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

from migrations import append_only

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
        *_texts("id", "name", "name_key", "kind"),
        _text("parent_id", null=True),
        _key("orgs", "id"),
    )
    op.create_table(
        "people",
        *_texts("id", "kind", "given_name", "family_name"),
        _text("preferred_name", null=True),
        _text("grade", null=True),
        _text("org_id", null=True),
        _text("email", null=True),
        _date("birth_date", null=True),
        _text("status"),
        _time("first_seen_at"),
        _key("people", "id"),
        _refers("people", "org_id", "orgs.id"),
    )
    op.create_table(
        "person_names",
        *_texts("name_key", "person_id"),
        _key("person_names", "name_key", "person_id"),
        _refers("person_names", "person_id", "people.id"),
        sqlite_with_rowid=False,
    )
    _index("person_names", "person_id")


def _classes() -> None:
    op.create_table(
        "classes",
        *_texts("id", "title"),
        _text("org_id", null=True),
        _key("classes", "id"),
        _refers("classes", "org_id", "orgs.id"),
    )
    op.create_table(
        "enrollments",
        *_texts("class_id", "person_id", "role"),
        _key("enrollments", "class_id", "person_id", "role"),
        _refers("enrollments", "class_id", "classes.id"),
        _refers("enrollments", "person_id", "people.id"),
        sqlite_with_rowid=False,
    )
    _index("enrollments", "person_id")


def _consents() -> None:
    op.create_table(
        "guardians",
        *_texts("student_id", "guardian_id", "name"),
        _text("relationship", null=True),
        _key("guardians", "student_id", "guardian_id"),
        _refers("guardians", "student_id", "people.id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "consents",
        _seq(),
        *_texts("id", "person_id", "decision", "activity", "channel", "extent"),
        _text("given_by", null=True),
        *_texts("capacity", "source"),
        _time("signed_at"),
        sa.Column("signed_day_only", sa.Boolean, nullable=False),
        _date("effective_from"),
        _date("effective_to", null=True),
        _text("digest"),
        _time("recorded_at"),
        _key("consents", "seq"),
        _refers("consents", "person_id", "people.id"),
        _unique("consents", "id"),
        _unique("consents", "digest"),
    )
    _index("consents", "person_id")


def _accounts() -> None:
    op.create_table(
        "accounts",
        *_texts("id", "platform", "handle", "handle_key"),
        _text("url", null=True),
        _text("kind"),
        _text("org_id", null=True),
        _text("owner_id", null=True),
        _text("contact_email", null=True),
        _time("communications_admin_at", null=True),
        _time("created_at"),
        _key("accounts", "id"),
        _unique("accounts", "platform", "handle_key"),
        _refers("accounts", "org_id", "orgs.id"),
        _refers("accounts", "owner_id", "people.id"),
    )
    op.create_table(
        "account_managers",
        *_texts("account_id", "person_id"),
        _key("account_managers", "account_id", "person_id"),
        _refers("account_managers", "account_id", "accounts.id"),
        _refers("account_managers", "person_id", "people.id"),
    )
    op.create_table(
        "account_aliases",
        *_texts("account_id", "system", "value"),
        _key("account_aliases", "account_id", "system", "value"),
        _refers("account_aliases", "account_id", "accounts.id"),
    )
    _index("account_aliases", "system", "value")


def _permissions() -> None:
    op.create_table(
        "authorizations",
        _seq(),
        *_texts("id", "account_id", "authorized_by"),
        _text("requested_by", null=True),
        _time("authorized_at"),
        _time("recorded_at"),
        _key("authorizations", "seq"),
        _unique("authorizations", "id"),
        _refers("authorizations", "account_id", "accounts.id"),
        _refers("authorizations", "authorized_by", "people.id"),
        _refers("authorizations", "requested_by", "people.id"),
    )
    _index("authorizations", "account_id")
    op.create_table(
        "designations",
        _seq(),
        *_texts("id", "office", "person_id", "capacity"),
        _date("effective_from"),
        _date("effective_to", null=True),
        _time("recorded_at"),
        _key("designations", "seq"),
        _unique("designations", "id"),
        _refers("designations", "person_id", "people.id"),
    )
    _index("designations", "person_id")
    _grants()


def _grants() -> None:
    op.create_table(
        "grants",
        _seq(),
        *_texts("id", "kind", "grantee_kind", "grantee", "network", "granted_by"),
        _date("effective_from"),
        _date("effective_to", null=True),
        _time("recorded_at"),
        _key("grants", "seq"),
        _unique("grants", "id"),
        _refers("grants", "granted_by", "people.id"),
    )
    _index("grants", "grantee")
    op.create_table(
        "releases",
        _seq(),
        *_texts("id", "name", "name_key"),
        _text("work", null=True),
        _text("channel"),
        _date("effective_from"),
        _date("effective_to", null=True),
        _time("recorded_at"),
        _key("releases", "seq"),
        _unique("releases", "id"),
    )
    _index("releases", "name_key")
    _index("releases", "work")


def _service() -> None:
    op.create_table("list_dates", _seq(), _text("kind"), _time("at"), _key("list_dates", "seq"))
    _index("list_dates", "kind", "at")
    op.create_table(
        "api_keys",
        *_texts("id", "name", "hash", "scopes"),
        _text("schools", null=True),
        _text("person_id", null=True),
        _time("created_at"),
        _time("expires_at", null=True),
        _time("revoked_at", null=True),
        _key("api_keys", "id"),
        _unique("api_keys", "hash"),
    )
    op.create_table(
        "ledger",
        _seq(counts=False),
        *_texts("id", "kind"),
        _time("at"),
        _text("caller", null=True),
        sa.Column("salt", sa.LargeBinary),
        _text("payload", null=True),
        sa.Column("commitment", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        _key("ledger", "seq"),
        _unique("ledger", "id"),
    )
    _index("ledger", "kind", "seq")


def _seq(*, counts: bool = True) -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("seq", number, autoincrement=counts, nullable=False)


def _text(name: str, *, null: bool = False) -> SchemaItem:
    return sa.Column(name, sa.Text, nullable=null)


def _texts(*names: str) -> list[SchemaItem]:
    return [_text(name) for name in names]


def _date(name: str, *, null: bool = False) -> SchemaItem:
    return sa.Column(name, sa.Date, nullable=null)


def _time(name: str, *, null: bool = False) -> SchemaItem:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _key(table: str, *columns: str) -> SchemaItem:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _unique(table: str, *columns: str) -> SchemaItem:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _refers(table: str, column: str, target: str) -> SchemaItem:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
