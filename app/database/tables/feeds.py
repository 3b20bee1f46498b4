"""The records that each named feed brings, and the deliveries by which it is known to come still.

A row is put there by a delivery of the feed and removed when the feed has the record no more. What
a delivery without a name brings has no row.
"""

from sqlalchemy import Boolean, Column, Integer, Table

from app.database.tables.base import UtcDateTime, metadata, text_column

# The import that put the row there: its undo removes the row.
_IMPORT = "import_number"

# Active people.
feed_people = Table(
    "feed_people",
    metadata,
    text_column("id", primary_key=True),
    text_column("feed", primary_key=True),
    Column(_IMPORT, Integer, nullable=False),
    sqlite_with_rowid=False,
)

feed_enrollments = Table(
    "feed_enrollments",
    metadata,
    text_column("class_id", primary_key=True),
    text_column("person_id", primary_key=True),
    text_column("role", primary_key=True),
    text_column("feed", primary_key=True),
    Column(_IMPORT, Integer, nullable=False),
    sqlite_with_rowid=False,
)

feed_guardians = Table(
    "feed_guardians",
    metadata,
    text_column("student_id", primary_key=True),
    text_column("guardian_id", primary_key=True),
    text_column("feed", primary_key=True),
    Column(_IMPORT, Integer, nullable=False),
    sqlite_with_rowid=False,
)

# What an import of a named feed brought: `kind` is a kind of people, `enrollments` or `guardians`;
# `whole` where it was all that the feed has.
feed_deliveries = Table(
    "feed_deliveries",
    metadata,
    Column(_IMPORT, Integer, primary_key=True, autoincrement=False),
    text_column("kind", primary_key=True),
    Column("whole", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

# Classes that the latest rosters of a feed did not have, though it has students there; the feed is
# empty for deliveries without a name. `at` is the date of the last that had the class, null where
# none was dated; `back_at` the date of the rosters that had it again.
class_absences = Table(
    "class_absences",
    metadata,
    text_column("class_id", primary_key=True),
    text_column("feed", primary_key=True),
    Column("at", UtcDateTime),
    Column("back_at", UtcDateTime),
    sqlite_with_rowid=False,
)
