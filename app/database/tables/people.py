"""People, the orgs and classes they belong to, and their guardians."""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Table
from sqlalchemy import text as sql_text

from app.database.tables.base import Bytewise, UtcDateTime, import_columns, metadata, text_column

_NUMBERED = sql_text("student_number IS NOT NULL")

orgs = Table(
    "orgs",
    metadata,
    text_column("id", primary_key=True),
    text_column("name"),
    text_column("name_key"),
    text_column("kind"),
    text_column("parent_id", null=True),
    *import_columns(),
    Index("ix_orgs_kind", "kind"),
)

# `student_number` is what a school calls a student by, and what exports of consent flags say
# instead of the sourcedId. A school may give it to another child one day: it is no key.
people = Table(
    "people",
    metadata,
    text_column("id", primary_key=True),
    text_column("kind"),
    text_column("given_name"),
    text_column("family_name"),
    text_column("preferred_name", null=True),
    text_column("grade", null=True),
    text_column("org_id", ForeignKey("orgs.id"), null=True),
    text_column("email", null=True),
    Column("birth_date", Date),
    text_column("status"),
    Column("first_seen_at", UtcDateTime, nullable=False),
    # All words of the names that the person bears or bore, as `person_words` has them; null of
    # whom a search by name does not know.
    text_column("search_words", null=True),
    *import_columns(),
    text_column("student_number", null=True),
    # The schools of somebody who belongs to several beside `org_id` (which may be among them), as a
    # JSON array of sourcedIds; null of nearly everybody.
    text_column("other_org_ids", null=True),
    # When somebody who was missing or inactive was active again: silence does not tell of before.
    Column("returned_at", UtcDateTime),
    # When somebody came to other schools: the lists of these made before say nothing of them.
    Column("moved_at", UtcDateTime),
    # Why nobody knows whose the id is: `bearer` where a delivery that waits gives it to somebody
    # else, `arrival` where it may be a new one of somebody on file. Null of nearly everybody.
    text_column("identity_doubt", null=True),
    # The last statement (its `seq`) that is about who bore the id before: no grant up to it counts.
    Column("former_statements", BigInteger),
    Index(
        "ix_people_student_number",
        "student_number",
        sqlite_where=_NUMBERED,
        postgresql_where=_NUMBERED,
    ),
)

# Every name somebody bears or bore: given and preferred, each with the family name. A name that
# changes leaves its old key here, so that a former name still finds its person.
person_names = Table(
    "person_names",
    metadata,
    text_column("name_key", primary_key=True),
    text_column("person_id", ForeignKey("people.id"), primary_key=True),
    Index("ix_person_names_person_id", "person_id"),
    sqlite_with_rowid=False,
)

# What a search by name goes through (`app.store.people.name_index` keeps it): a row for each word
# of each name that somebody bears or bore, and one with no word. `names` are all of the person's
# words, the family name's first; it is at once the order in which people are listed. `org_id` is
# the person's (`*` of who belongs to several), so that the people of one school are found among a
# million. A person's rows are found by `people.search_words`.
person_words = Table(
    "person_words",
    metadata,
    Column("word", Bytewise, primary_key=True),
    Column("names", Bytewise, primary_key=True),
    text_column("person_id", ForeignKey("people.id"), primary_key=True),
    text_column("org_id", null=True),
    Index("ix_person_words_org_id_word", "org_id", "word"),
    sqlite_with_rowid=False,
)

# Every word of `person_words` by what is left of it when letters are missing: two spellings that
# differ little have such a remainder in common.
word_variants = Table(
    "word_variants",
    metadata,
    text_column("variant", primary_key=True),
    text_column("word", primary_key=True),
    sqlite_with_rowid=False,
)

classes = Table(
    "classes",
    metadata,
    text_column("id", primary_key=True),
    text_column("title"),
    text_column("org_id", ForeignKey("orgs.id"), null=True),
    *import_columns(),
    # Since when the roster lacks somebody: a row of it could not be taken. Null of nearly all.
    Column("roster_gap_at", UtcDateTime),
    Index("ix_classes_org_id", "org_id"),
)

enrollments = Table(
    "enrollments",
    metadata,
    text_column("class_id", ForeignKey("classes.id"), primary_key=True),
    text_column("person_id", ForeignKey("people.id"), primary_key=True),
    text_column("role", primary_key=True),
    *import_columns(),
    Index("ix_enrollments_person_id", "person_id"),
    sqlite_with_rowid=False,
)

# Sources of statements about a student (as in `consents`) that are no single guardian's: `former`
# are the ids and names of those who are no guardian any more, `shared` addresses that several
# guardians bear. A shared one stays so: who said what under it before is never known.
source_doubts = Table(
    "source_doubts",
    metadata,
    text_column("person_id", ForeignKey("people.id"), primary_key=True),
    text_column("source", primary_key=True),
    text_column("doubt", primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

guardians = Table(
    "guardians",
    metadata,
    text_column("student_id", ForeignKey("people.id"), primary_key=True),
    text_column("guardian_id", primary_key=True),
    text_column("name"),
    text_column("relationship", null=True),
    *import_columns(),
    sqlite_with_rowid=False,
)
