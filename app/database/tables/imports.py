"""Imports: each delivery, what it would do or did, and why its rows were refused."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table

from app.database.tables.base import UtcDateTime, metadata, text

imports = Table(
    "imports",
    metadata,
    # The number that a record names as the import it came from.
    Column("number", Integer, primary_key=True, autoincrement=True),
    text("id", unique=True),
    # Counts up with every change of state: the ETag.
    Column("version", Integer, nullable=False),
    text("state"),
    # When it was delivered: lists are as fresh as this.
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    # The key (or the operator) and the person who delivered it.
    text("caller", null=True),
    text("person_id", null=True),
    # `oneroster-1.2`, and the name of the mapping profile.
    text("format", null=True),
    text("profile", null=True),
    # The name of the feed that it is of; null of what no feed was named for.
    text("feed", null=True),
    # SHA-256 over the digests of its files, its profile and its options; null where none was read.
    text("digest", null=True),
    # JSON: what reading and planning found, and how far applying has come.
    text("plan", null=True),
    text("progress", null=True),
    # Who approved or rejected it, when, and the reason: theirs, or why it stopped.
    text("decided_by", null=True),
    Column("decided_at", UtcDateTime),
    text("reason", null=True),
    # All that were found; the first of them are in `import_errors`.
    Column("errors", Integer, nullable=False, server_default="0"),
    # Ids of imports: the one that this one undoes, and the undo of this one that is in force.
    text("undoes", null=True),
    text("undone_by", null=True),
    # Whether what it changed is kept as it was before (`import_befores`); null of older versions.
    Column("undoable", Boolean),
    Index("ix_imports_state", "state"),
    Index("ix_imports_digest", "digest"),
)

# Never what stood in the file.
import_errors = Table(
    "import_errors",
    metadata,
    Column("import_number", Integer, ForeignKey("imports.number"), primary_key=True),
    Column("n", Integer, primary_key=True),
    text("file"),
    # 0 where the whole file is meant, no column where the whole row is.
    Column("line", Integer, nullable=False),
    text("column", null=True),
    text("reason"),
)

# What has been told by mail: `kind` and the import or the month that it is about.
notices = Table(
    "notices",
    metadata,
    text("kind", primary_key=True),
    text("about", primary_key=True),
    Column("sent_at", UtcDateTime, nullable=False),
)
