"""Imports: each delivery, its plan or effect, and the reasons that rows were refused."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table

from app.database.tables.base import UtcDateTime, metadata, text_column

imports = Table(
    "imports",
    metadata,
    # The number that a record names as the import it came from.
    Column("number", Integer, primary_key=True, autoincrement=True),
    text_column("id", unique=True),
    # Counts up with every change of state: the ETag.
    Column("version", Integer, nullable=False),
    text_column("state"),
    # The time of its delivery, from which the freshness of lists is counted.
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    # The key (or the operator) and the person who delivered it.
    text_column("caller", null=True),
    text_column("person_id", null=True),
    # `oneroster-1.2`, and the name of the mapping profile.
    text_column("format", null=True),
    text_column("profile", null=True),
    # The name of its feed; null where no feed was named.
    text_column("feed", null=True),
    # SHA-256 over the digests of its files, its profile and its options; null where none was read.
    text_column("digest", null=True),
    # JSON: the results of reading and planning, and how far the apply has proceeded.
    text_column("plan", null=True),
    text_column("progress", null=True),
    # The person who approved or rejected it, the time, and the reason: theirs, or why it stopped.
    text_column("decided_by", null=True),
    Column("decided_at", UtcDateTime),
    text_column("reason", null=True),
    # The number of all errors; the first of them are in `import_errors`.
    Column("errors", Integer, nullable=False, server_default="0"),
    # Ids of imports: the one that this one undoes, and the undo of this one that is in force.
    text_column("undoes", null=True),
    text_column("undone_by", null=True),
    # Whether what it changed is kept as it was before (`import_befores`); null of older versions.
    Column("undoable", Boolean),
    Index("ix_imports_state", "state"),
    Index("ix_imports_digest", "digest"),
)

# Errors of rows, never their contents.
import_errors = Table(
    "import_errors",
    metadata,
    Column("import_number", Integer, ForeignKey("imports.number"), primary_key=True),
    Column("n", Integer, primary_key=True),
    text_column("file"),
    # 0 where the whole file is meant, no column where the whole row is.
    Column("line", Integer, nullable=False),
    text_column("column", null=True),
    text_column("reason"),
)

# Notices sent by mail: `kind` and the import or the month that it is about.
notices = Table(
    "notices",
    metadata,
    text_column("kind", primary_key=True),
    text_column("about", primary_key=True),
    Column("sent_at", UtcDateTime, nullable=False),
)
