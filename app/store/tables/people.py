"""People, the orgs and classes they belong to, and their guardians."""

from sqlalchemy import Column, Date, ForeignKey, Index, Table

from app.store.tables.base import UtcDateTime, metadata, text

orgs = Table(
    "orgs",
    metadata,
    text("id", primary_key=True),
    text("name"),
    text("name_key"),
    text("kind"),
    text("parent_id", null=True),
)

people = Table(
    "people",
    metadata,
    text("id", primary_key=True),
    text("kind"),
    text("given_name"),
    text("family_name"),
    text("preferred_name", null=True),
    text("grade", null=True),
    text("org_id", ForeignKey("orgs.id"), null=True),
    text("email", null=True),
    Column("birth_date", Date),
    text("status"),
    Column("first_seen_at", UtcDateTime, nullable=False),
)

# Every name somebody bears or bore: given and preferred, each with the family name. A name that
# changes leaves its old key here, so that a former name still finds its person.
person_names = Table(
    "person_names",
    metadata,
    text("name_key", primary_key=True),
    text("person_id", ForeignKey("people.id"), primary_key=True),
    Index("ix_person_names_person_id", "person_id"),
    sqlite_with_rowid=False,
)

classes = Table(
    "classes",
    metadata,
    text("id", primary_key=True),
    text("title"),
    text("org_id", ForeignKey("orgs.id"), null=True),
)

enrollments = Table(
    "enrollments",
    metadata,
    text("class_id", ForeignKey("classes.id"), primary_key=True),
    text("person_id", ForeignKey("people.id"), primary_key=True),
    text("role", primary_key=True),
    Index("ix_enrollments_person_id", "person_id"),
    sqlite_with_rowid=False,
)

guardians = Table(
    "guardians",
    metadata,
    text("student_id", ForeignKey("people.id"), primary_key=True),
    text("guardian_id", primary_key=True),
    text("name"),
    text("relationship", null=True),
    sqlite_with_rowid=False,
)
