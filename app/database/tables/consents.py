"""Statements of consent, and when the list of them was last known to be whole."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
)
from sqlalchemy import text as sql

from app.database.tables.base import UtcDateTime, imported, metadata, seq, text

_CORRECTIONS = sql("corrects IS NOT NULL")

consents = Table(
    "consents",
    metadata,
    seq(),
    text("id", unique=True),
    text("person_id", ForeignKey("people.id")),
    text("decision"),
    text("activity"),
    text("channel"),
    text("extent"),
    text("given_by", null=True),
    text("capacity"),
    text("source"),
    Column("signed_at", UtcDateTime, nullable=False),
    Column("signed_day_only", Boolean, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    # SHA-256 over all columns of the statement: the same statement delivered twice is one.
    text("digest"),
    Column("recorded_at", UtcDateTime, nullable=False),
    # The paper behind it: where it is kept, the SHA-256 of its scan in hex, and which version of
    # the notice was signed.
    text("evidence", null=True),
    text("evidence_sha256", null=True),
    text("notice_version", null=True),
    # The id of the statement this one stands in for: a mistake of the clerk's, not of the family's.
    text("corrects", null=True),
    # The ids of the refusals that a lift names, in order, parted by blanks.
    text("lifts", null=True),
    # The key (or import) and the person who recorded it.
    text("recorded_by", null=True),
    text("recorded_by_person", null=True),
    *imported(),
    UniqueConstraint("person_id", "digest"),
    # Few correct another, so the index holds those alone.
    Index(
        "ix_consents_corrects",
        "corrects",
        unique=True,
        sqlite_where=_CORRECTIONS,
        postgresql_where=_CORRECTIONS,
    ),
)

# When a list was known to be whole: kind `consents` (a delivery that brought all of it),
# `attestation` (the office said so) or `rosters`. `school` is the org whose list it is, or empty:
# the whole district's. Kind `statements` is of an earlier version, which did not tell whether a
# delivery was complete: it dates nothing.
list_dates = Table(
    "list_dates",
    metadata,
    seq(),
    text("kind"),
    Column("at", UtcDateTime, nullable=False),
    text("school", server_default=""),
    # SHA-256 over the delivered files of the list, in hex, and since when they have been the same:
    # null for an attestation, for rosters, and before revision 0024.
    text("digest", null=True),
    Column("since", UtcDateTime),
    Index("ix_list_dates_school_kind_seq", "school", "kind", "seq"),
)

# Students whose silence a list does not speak for: `absent`, it tells of everybody and not of them;
# `unanswered`, it says that nobody has answered; and `blank`, which is none: a cell that said yes
# before is empty. By list: its profile's source and its file, as the profile names it.
# `import_number` is the import that found it.
list_gaps = Table(
    "list_gaps",
    metadata,
    text("person_id", ForeignKey("people.id"), primary_key=True),
    text("source", primary_key=True),
    text("file", primary_key=True),
    text("gap"),
    Column("import_number", Integer, nullable=False),
    Index("ix_list_gaps_import_number", "import_number"),
    sqlite_with_rowid=False,
)
