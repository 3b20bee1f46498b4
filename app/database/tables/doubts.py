"""Doubts: rows of a delivery about a child that could not be read or kept."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table

from app.database.tables.base import UtcDateTime, metadata, text_column

# One row of a delivery in doubt. It has ended when it has for every child who could be meant. `id`
# is a digest of the row: the same row is the same doubt in every delivery. Of the row's contents
# only the child's key is kept.
import_doubts = Table(
    "import_doubts",
    metadata,
    text_column("id", primary_key=True),
    Column("import_number", Integer, ForeignKey("imports.number"), nullable=False),
    text_column("file"),
    Column("line", Integer, nullable=False),
    text_column("column", null=True),
    text_column("reason"),
    # `sourced_id` or `student_number`, and the key as it was delivered.
    text_column("matches"),
    text_column("key"),
    text_column("source"),
    # Whether the row can be read as a no: then a blank does not end the doubt.
    Column("refuses", Boolean, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    text_column("ended_by", null=True),
    Index("ix_import_doubts_ended_at", "ended_at"),
)

# Every child who could be meant; by id, so that one who is not on file yet is in doubt on arrival.
# `ended_by` is `row` where a readable row ended it, `undo` where the delivery was undone, else the
# person or key that settled it.
doubted_people = Table(
    "doubted_people",
    metadata,
    text_column("person_id", primary_key=True),
    text_column("doubt_id", ForeignKey("import_doubts.id"), primary_key=True),
    Column("ended_at", UtcDateTime),
    text_column("ended_by", null=True),
    Index("ix_doubted_people_doubt_id", "doubt_id"),
    sqlite_with_rowid=False,
)
