"""Declarations of who is pictured: one row for each version, and the media that it is about."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from app.database.tables.base import UtcDateTime, metadata, sequence_column, text_column

# Versions of declarations, only ever added to; the last of an id counts. `said` is JSON, with the
# people by id. `action` is `made`, `corrected` or `withdrawn`.
declarations = Table(
    "declarations",
    metadata,
    sequence_column(),
    text_column("id"),
    Column("version", Integer, nullable=False),
    text_column("code"),
    text_column("action"),
    text_column("said"),
    text_column("made_by", ForeignKey("people.id")),
    Column("made_at", UtcDateTime, nullable=False),
    UniqueConstraint("id", "version"),
    Index("ix_declarations_code", "code"),
    Index("ix_declarations_made_by", "made_by"),
)

# The media that any version of a declaration is or was about.
declared_media = Table(
    "declared_media",
    metadata,
    text_column("sha256", primary_key=True),
    text_column("declaration_id", primary_key=True),
    sqlite_with_rowid=False,
)
