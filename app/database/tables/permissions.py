"""Who holds an office, and what the offices and other parties permitted."""

from sqlalchemy import Column, Date, ForeignKey, Index, Table

from app.database.tables.base import UtcDateTime, imported, metadata, seq, text

# The same designation with another end is a later row: the row with the highest `seq` among
# those equal in all but `effective_to` is in force. Grants and releases likewise.
designations = Table(
    "designations",
    metadata,
    seq(),
    text("id", unique=True),
    text("office"),
    text("person_id", ForeignKey("people.id")),
    text("capacity"),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("recorded_at", UtcDateTime, nullable=False),
    *imported(),
    # The school of a principal; the other offices have none.
    text("org_id", null=True),
    Index("ix_designations_person_id", "person_id"),
)

grants = Table(
    "grants",
    metadata,
    seq(),
    text("id", unique=True),
    text("kind"),
    text("grantee_kind"),
    # A person's sourcedId, or an account as `platform/handle_key`, registered or not.
    text("grantee"),
    text("network"),
    text("granted_by", ForeignKey("people.id")),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("recorded_at", UtcDateTime, nullable=False),
    *imported(),
    # Which logo and for what; what may be spoken about.
    text("mark", null=True),
    text("purpose", null=True),
    text("topic", null=True),
    Index("ix_grants_grantee", "grantee"),
)

releases = Table(
    "releases",
    metadata,
    seq(),
    text("id", unique=True),
    text("name"),
    text("name_key"),
    # Lower-case hex SHA-256 of the media, or the title of the work.
    text("work", null=True),
    text("channel"),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("recorded_at", UtcDateTime, nullable=False),
    *imported(),
    # Where the paper is kept, and the SHA-256 of its scan in hex.
    text("evidence", null=True),
    text("evidence_sha256", null=True),
    Index("ix_releases_name_key", "name_key"),
    Index("ix_releases_work", "work"),
)
