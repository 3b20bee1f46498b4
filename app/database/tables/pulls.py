"""Pulls: what was read from a provider over REST, and as which import it was taken in."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table

from app.database.tables.base import UtcDateTime, metadata, text_column

# The next pull continues from the last one whose import is in the store.
pulls = Table(
    "pulls",
    metadata,
    text_column("import_id", ForeignKey("imports.id"), primary_key=True),
    text_column("provider"),
    # SHA-256 over the provider and its profile: after a change everything is read again.
    text_column("basis"),
    # True where everything was read, false for the changes alone.
    Column("whole", Boolean, nullable=False),
    # When it began, by the provider's clock.
    Column("read_at", UtcDateTime, nullable=False),
    Index("ix_pulls_provider", "provider"),
)
