"""Designations, and the permissions of offices and other parties."""

from sqlalchemy import Column, Date, ForeignKey, Index, Table

from app.database.tables.base import (
    UtcDateTime,
    import_columns,
    metadata,
    sequence_column,
    text_column,
)

# The same designation with another end is a later row: the row with the highest `seq` among
# those equal in all but `effective_to` is in force. Grants and releases likewise.
designations = Table(
    "designations",
    metadata,
    sequence_column(),
    text_column("id", unique=True),
    text_column("office"),
    text_column("person_id", ForeignKey("people.id")),
    text_column("capacity"),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("recorded_at", UtcDateTime, nullable=False),
    *import_columns(),
    # The school of a principal; the other offices have none.
    text_column("org_id", null=True),
    Index("ix_designations_person_id", "person_id"),
)

grants = Table(
    "grants",
    metadata,
    sequence_column(),
    text_column("id", unique=True),
    text_column("kind"),
    text_column("grantee_kind"),
    # A person's sourcedId, or an account as `platform/handle_key`, registered or not.
    text_column("grantee"),
    text_column("network"),
    text_column("granted_by", ForeignKey("people.id")),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("recorded_at", UtcDateTime, nullable=False),
    *import_columns(),
    # The logo and its purpose; the topic on which to speak.
    text_column("mark", null=True),
    text_column("purpose", null=True),
    text_column("topic", null=True),
    Index("ix_grants_grantee", "grantee"),
)

releases = Table(
    "releases",
    metadata,
    sequence_column(),
    text_column("id", unique=True),
    text_column("name"),
    text_column("name_key"),
    # Lower-case hex SHA-256 of the media, or the title of the work.
    text_column("work", null=True),
    text_column("channel"),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("recorded_at", UtcDateTime, nullable=False),
    *import_columns(),
    # The place of the paper, and the SHA-256 of its scan in hex.
    text_column("evidence", null=True),
    text_column("evidence_sha256", null=True),
    Index("ix_releases_name_key", "name_key"),
    Index("ix_releases_work", "work"),
)
