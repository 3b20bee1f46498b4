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

# `student_number` is a school's own number for a student, which exports of consent flags have
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
    # All words of the names that the person bears or bore, as `person_words` has them; null for
    # people whom a search by name does not know.
    text_column("search_words", null=True),
    *import_columns(),
    text_column("student_number", null=True),
    # The schools of a person who belongs to several beside `org_id` (which may be among them), as a
    # JSON array of sourcedIds; null for nearly everyone.
    text_column("other_org_ids", null=True),
    # Return of a missing or inactive person: earlier silence means nothing.
    Column("returned_at", UtcDateTime),
    # The time of a move to other schools: earlier lists of these say nothing of the person.
    Column("moved_at", UtcDateTime),
    # The doubt about the id's bearer: `bearer` where a waiting delivery gives it to another person,
    # `arrival` where it may be the new id of a person on file. Null for nearly everyone.
    text_column("identity_doubt", null=True),
    # The last statement (its `seq`) about the former bearer of the id: no grant up to it counts.
    Column("former_statements", BigInteger),
    # The time at which the id passed to its present bearer; null for nearly everyone. What was
    # declared or granted before is about another person.
    Column("bearer_since", UtcDateTime),
    Index(
        "ix_people_student_number",
        "student_number",
        sqlite_where=_NUMBERED,
        postgresql_where=_NUMBERED,
    ),
)

# Every name that a person bears or bore: given and preferred, each with the family name. A name
# that changes leaves its old key here, so that a former name still finds its person.
person_names = Table(
    "person_names",
    metadata,
    text_column("name_key", primary_key=True),
    text_column("person_id", ForeignKey("people.id"), primary_key=True),
    Index("ix_person_names_person_id", "person_id"),
    sqlite_with_rowid=False,
)

# The index of a search by name (`app.store.people.name_index` keeps it): a row for each word of
# each name that a person bears or bore, and one with no word. `names` are all of the person's
# words, the family name's first; it is at once the order in which people are listed. `org_id` is
# the person's (`*` of one with several), so that the people of one school are found among a
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

# Every word of `person_words` by its variants with letters missing: two spellings that differ
# little have such a variant in common.
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
    # The time since which a roster lacks students: a row could not be taken. Null for nearly all.
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
# are ids and names of former guardians, `shared` addresses and names of several guardians. A shared
# one stays so: the author of a statement under it is never known. `reused` are ids that another
# guardian had until then, which are shared, too.
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
