"""The service's own: keys, the ledger, and what it remembers of requests."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table

from app.database.tables.base import Seq, UtcDateTime, metadata, sequence_column, text_column

api_keys = Table(
    "api_keys",
    metadata,
    text_column("id", primary_key=True),
    text_column("name"),
    # SHA-256 of the whole key, hex; the key itself is shown once and kept nowhere.
    text_column("hash", unique=True),
    # JSON arrays of text; `schools` is null for no limit.
    text_column("scopes"),
    text_column("schools", null=True),
    text_column("person_id", null=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    # Id of the first of the keys that replaced one another; null for the first itself.
    text_column("first_id", null=True),
)

# `payload` is canonical JSON as text, so that its bytes are what was hashed. `salt` and
# `payload` are null once erased; the chain still verifies over `commitment`.
ledger = Table(
    "ledger",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=False),
    text_column("id", unique=True),
    text_column("kind"),
    Column("at", UtcDateTime, nullable=False),
    text_column("caller", null=True),
    Column("salt", LargeBinary),
    text_column("payload", null=True),
    Column("commitment", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("ix_ledger_kind_seq", "kind", "seq"),
)

# Of tables that are bound: how many records each has, and the sum of their digests
# (`app.store.ledger.record_sums`), which the ledger binds.
record_sums = Table(
    "record_sums",
    metadata,
    text_column("name", primary_key=True),
    Column("rows", BigInteger, nullable=False),
    # 128 digits, hex.
    text_column("sum"),
)

# Every change of a record that people edit or decide on, in order. The ledger has the same with the
# values before and after; this stays when the ledger's payload is erased.
changes = Table(
    "changes",
    metadata,
    sequence_column(),
    text_column("record_kind"),
    text_column("record_id"),
    # The action, such as `created`, `approved`, `suspended`, and the reason that was given.
    text_column("action"),
    text_column("note", null=True),
    text_column("caller"),
    text_column("person_id", null=True),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_changes_record_kind_record_id", "record_kind", "record_id"),
)

# Answers to requests that carried an Idempotency-Key, to be repeated for a day. `subject` is the
# person with whom the row is erased.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    text_column("caller", primary_key=True),
    text_column("key", primary_key=True),
    # SHA-256 over method, path and body, hex.
    text_column("request_digest"),
    Column("status", Integer, nullable=False),
    # JSON: the headers that belong to the answer.
    text_column("headers"),
    text_column("body"),
    text_column("subject", null=True),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_idempotency_keys_created_at", "created_at"),
)

# Pages that may use widgets, by their origins as a browser writes them.
origins = Table(
    "origins",
    metadata,
    text_column("origin", primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
)

# People that each key asked about on a day (a date's ordinal): a number a person, and their count.
# Keys that replace one another count as the first. Rows of earlier days are deleted.
asked_people = Table(
    "asked_people",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    text_column("key_id", primary_key=True),
    Column("person", Seq, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
asked_totals = Table(
    "asked_totals",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    text_column("key_id", primary_key=True),
    Column("people", Integer, nullable=False),
    sqlite_with_rowid=False,
)
