"""The tables, the same on SQLite and PostgreSQL.

Tables with a `seq` are append-only: a row is never changed, a later row says more. Sourced ids
are the SIS's own; `id` columns are UUIDv7 text. Days are dates, times are aware and in UTC.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, in UTC on both stores; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the store: UTC, and naive for SQLite, which knows no zones."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a stored time must carry its offset"
            raise ValueError(message)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the store: aware and in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return value.replace(tzinfo=UTC)  # type: ignore[no-any-return]
        return value.astimezone(UTC)  # type: ignore[no-any-return]


_NAMING = {kind: f"{kind}_%(table_name)s_%(column_0_N_name)s" for kind in ("ix", "uq", "fk")}
metadata = MetaData(naming_convention={**_NAMING, "pk": "pk_%(table_name)s"})

# SQLite counts by itself only in an INTEGER primary key.
_Seq = BigInteger().with_variant(Integer(), "sqlite")


def _seq() -> Column[int]:
    return Column("seq", _Seq, primary_key=True, autoincrement=True)


def _text(name: str, *args: Any, null: bool = False, **kwargs: Any) -> Column[str]:
    return Column(name, Text, *args, nullable=null, **kwargs)


orgs = Table(
    "orgs",
    metadata,
    _text("id", primary_key=True),
    _text("name"),
    _text("name_key"),
    _text("kind"),
    _text("parent_id", null=True),
)

people = Table(
    "people",
    metadata,
    _text("id", primary_key=True),
    _text("kind"),
    _text("given_name"),
    _text("family_name"),
    _text("preferred_name", null=True),
    _text("grade", null=True),
    _text("org_id", ForeignKey("orgs.id"), null=True),
    _text("email", null=True),
    Column("birth_date", Date),
    _text("status"),
    Column("first_seen_at", UtcDateTime, nullable=False),
)

# Every name somebody bears or bore: given and preferred, each with the family name. A name that
# changes leaves its old key here, so that a former name still finds its person.
person_names = Table(
    "person_names",
    metadata,
    _text("name_key", primary_key=True),
    _text("person_id", ForeignKey("people.id"), primary_key=True),
    Index("ix_person_names_person_id", "person_id"),
    sqlite_with_rowid=False,
)

classes = Table(
    "classes",
    metadata,
    _text("id", primary_key=True),
    _text("title"),
    _text("org_id", ForeignKey("orgs.id"), null=True),
)

enrollments = Table(
    "enrollments",
    metadata,
    _text("class_id", ForeignKey("classes.id"), primary_key=True),
    _text("person_id", ForeignKey("people.id"), primary_key=True),
    _text("role", primary_key=True),
    Index("ix_enrollments_person_id", "person_id"),
    sqlite_with_rowid=False,
)

guardians = Table(
    "guardians",
    metadata,
    _text("student_id", ForeignKey("people.id"), primary_key=True),
    _text("guardian_id", primary_key=True),
    _text("name"),
    _text("relationship", null=True),
    sqlite_with_rowid=False,
)

consents = Table(
    "consents",
    metadata,
    _seq(),
    _text("id", unique=True),
    _text("person_id", ForeignKey("people.id")),
    _text("decision"),
    _text("activity"),
    _text("channel"),
    _text("extent"),
    _text("given_by", null=True),
    _text("capacity"),
    _text("source"),
    Column("signed_at", UtcDateTime, nullable=False),
    Column("signed_day_only", Boolean, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    # SHA-256 over all columns of the statement: the same statement delivered twice is one.
    _text("digest", unique=True),
    Column("recorded_at", UtcDateTime, nullable=False),
    Index("ix_consents_person_id", "person_id"),
)

accounts = Table(
    "accounts",
    metadata,
    _text("id", primary_key=True),
    _text("platform"),
    _text("handle"),
    _text("handle_key"),
    _text("url", null=True),
    _text("kind"),
    _text("org_id", ForeignKey("orgs.id"), null=True),
    _text("owner_id", ForeignKey("people.id"), null=True),
    _text("contact_email", null=True),
    Column("communications_admin_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("platform", "handle_key"),
)

account_managers = Table(
    "account_managers",
    metadata,
    _text("account_id", ForeignKey("accounts.id"), primary_key=True),
    _text("person_id", ForeignKey("people.id"), primary_key=True),
)

# What other systems call an account: a scheduler's id, or a `url` that no host table explains.
account_aliases = Table(
    "account_aliases",
    metadata,
    _text("account_id", ForeignKey("accounts.id"), primary_key=True),
    _text("system", primary_key=True),
    _text("value", primary_key=True),
    Index("ix_account_aliases_system_value", "system", "value"),
)

authorizations = Table(
    "authorizations",
    metadata,
    _seq(),
    _text("id", unique=True),
    _text("account_id", ForeignKey("accounts.id")),
    _text("authorized_by", ForeignKey("people.id")),
    _text("requested_by", ForeignKey("people.id"), null=True),
    Column("authorized_at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Index("ix_authorizations_account_id", "account_id"),
)

# The same designation with another end is a later row: the row with the highest `seq` among
# those equal in all but `effective_to` is in force. Grants and releases likewise.
designations = Table(
    "designations",
    metadata,
    _seq(),
    _text("id", unique=True),
    _text("office"),
    _text("person_id", ForeignKey("people.id")),
    _text("capacity"),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("recorded_at", UtcDateTime, nullable=False),
    Index("ix_designations_person_id", "person_id"),
)

grants = Table(
    "grants",
    metadata,
    _seq(),
    _text("id", unique=True),
    _text("kind"),
    _text("grantee_kind"),
    # A person's sourcedId, or an account as `platform/handle_key`, registered or not.
    _text("grantee"),
    _text("network"),
    _text("granted_by", ForeignKey("people.id")),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("recorded_at", UtcDateTime, nullable=False),
    Index("ix_grants_grantee", "grantee"),
)

releases = Table(
    "releases",
    metadata,
    _seq(),
    _text("id", unique=True),
    _text("name"),
    _text("name_key"),
    # Lower-case hex SHA-256 of the media, or the title of the work.
    _text("work", null=True),
    _text("channel"),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("recorded_at", UtcDateTime, nullable=False),
    Index("ix_releases_name_key", "name_key"),
    Index("ix_releases_work", "work"),
)

# When a list was last known to be whole: kind `consents` (an import that brought them all),
# `attestation` (the office said so) or `rosters`.
list_dates = Table(
    "list_dates",
    metadata,
    _seq(),
    _text("kind"),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_list_dates_kind_at", "kind", "at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    _text("id", primary_key=True),
    _text("name"),
    # SHA-256 of the whole key, hex; the key itself is shown once and kept nowhere.
    _text("hash", unique=True),
    # JSON arrays of text; `schools` is null for no limit.
    _text("scopes"),
    _text("schools", null=True),
    _text("person_id", null=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

# `payload` is canonical JSON as text, so that its bytes are what was hashed. `salt` and
# `payload` are null once erased; the chain still verifies over `commitment`.
ledger = Table(
    "ledger",
    metadata,
    Column("seq", _Seq, primary_key=True, autoincrement=False),
    _text("id", unique=True),
    _text("kind"),
    Column("at", UtcDateTime, nullable=False),
    _text("caller", null=True),
    Column("salt", LargeBinary),
    _text("payload", null=True),
    Column("commitment", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("ix_ledger_kind_seq", "kind", "seq"),
)
