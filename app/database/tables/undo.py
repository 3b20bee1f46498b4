"""Records as they were before an import, kept while it can be undone."""

from sqlalchemy import Column, Index, Integer, Table

from app.database.tables.base import metadata, text_column

# A record as it was before an import changed or removed it: JSON of its columns, null where it did
# not exist. `key` is a JSON array. An import that notes such records has one of the kind `import`.
# `number_after` is the import that the record names once this one is done; where it names another
# by now, it has been changed since.
import_befores = Table(
    "import_befores",
    metadata,
    Column("import_number", Integer, primary_key=True, autoincrement=False),
    text_column("kind", primary_key=True),
    text_column("key", primary_key=True),
    # The person it is about: erasing them erases the row.
    text_column("person_id", null=True),
    text_column("row", null=True),
    Column("number_after", Integer),
    Index("ix_import_befores_person_id", "person_id"),
    sqlite_with_rowid=False,
)

# Records that an undo leaves alone, since they changed after the import that is undone.
undo_kept = Table(
    "undo_kept",
    metadata,
    Column("import_number", Integer, primary_key=True, autoincrement=False),
    text_column("kind", primary_key=True),
    text_column("key", primary_key=True),
    text_column("person_id", null=True),
    text_column("reason"),
    Index("ix_undo_kept_person_id", "person_id"),
    sqlite_with_rowid=False,
)

# Statements that an undo took back, by their digests: delivered again, each gets the digest
# `again`, or it would be taken for the one that is on file.
undone_statements = Table(
    "undone_statements",
    metadata,
    text_column("person_id", primary_key=True),
    text_column("digest", primary_key=True),
    text_column("again"),
    sqlite_with_rowid=False,
)
