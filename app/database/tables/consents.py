"""Statements of consent, and the dates at which lists of them were known to be whole."""

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

from app.database.tables.base import (
    UtcDateTime,
    import_columns,
    metadata,
    sequence_column,
    text_column,
)

_CORRECTIONS = sql("corrects IS NOT NULL")

consents = Table(
    "consents",
    metadata,
    sequence_column(),
    text_column("id", unique=True),
    text_column("person_id", ForeignKey("people.id")),
    text_column("decision"),
    text_column("activity"),
    text_column("channel"),
    text_column("extent"),
    text_column("given_by", null=True),
    text_column("capacity"),
    text_column("source"),
    Column("signed_at", UtcDateTime, nullable=False),
    Column("signed_day_only", Boolean, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    # SHA-256 over all columns of the statement: the same statement delivered twice is one.
    text_column("digest"),
    Column("recorded_at", UtcDateTime, nullable=False),
    # The paper behind it: where it is kept, the SHA-256 of its scan in hex, and which version of
    # the notice was signed.
    text_column("evidence", null=True),
    text_column("evidence_sha256", null=True),
    text_column("notice_version", null=True),
    # The id of the statement that this one corrects: a mistake of the clerk's, not of the family's.
    text_column("corrects", null=True),
    # The ids of the refusals that a lift names, in order, separated by blanks.
    text_column("lifts", null=True),
    # The key (or import) and the person who recorded it.
    text_column("recorded_by", null=True),
    text_column("recorded_by_person", null=True),
    *import_columns(),
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

# Dates at which lists were known to be whole: kind `consents` (a delivery that brought all of it),
# `attestation` (the office stated so) or `rosters`. `school` is the org whose list it is, or empty:
# the whole district's. `feed` is the named feed whose rosters they are, and empty otherwise. Kind
# `statements` is of an earlier version, which did not record whether a delivery was complete: it
# dates nothing.
list_dates = Table(
    "list_dates",
    metadata,
    sequence_column(),
    text_column("kind"),
    Column("at", UtcDateTime, nullable=False),
    text_column("school", server_default=""),
    text_column("feed", server_default=""),
    # SHA-256 over the delivered files of the list, in hex, and since when they have been the same:
    # null for an attestation, for rosters, and before revision 0024.
    text_column("digest", null=True),
    Column("since", UtcDateTime),
    Index("ix_list_dates_school_kind_feed_seq", "school", "kind", "feed", "seq"),
)

# Students for whom a list's silence means nothing: `absent`, the list has others and not them;
# `unanswered`, it states that no one answered; and `blank`, which is no gap: a cell that was a yes
# before is empty. By list: its profile's source and its file, as the profile names it, and the
# school whose list it is: a blank for that of students without one, empty where it is not known.
# `import_number` is the import that found it.
list_gaps = Table(
    "list_gaps",
    metadata,
    text_column("person_id", ForeignKey("people.id"), primary_key=True),
    text_column("source", primary_key=True),
    text_column("file", primary_key=True),
    text_column("school", primary_key=True, server_default=""),
    text_column("gap"),
    Column("import_number", Integer, nullable=False),
    Index("ix_list_gaps_import_number", "import_number"),
    sqlite_with_rowid=False,
)
