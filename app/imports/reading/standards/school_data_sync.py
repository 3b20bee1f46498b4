"""Microsoft School Data Sync as CSV files: formats v2.1, v2 and v1.

All are bulk: who is not in the files is not there any more.
"""

from app.imports.reading.delivery_formats import Assembly, Context, DeliveryFormat, Extent
from app.imports.reading.standards import contacts, orgs_and_classes, users
from app.imports.reading.standards.oneroster import make_assemblies
from app.imports.staging import staged_tables
from app.imports.staging.record_assembly import Parts, assemble_records
from app.imports.staging.staged_tables import Staged

_ORGS = {"id": "sourcedId", "name": "name", "kind": "type", "parent_id": "parentSourcedId"}
_USERS = {
    "id": "sourcedId", "given_name": "givenName", "family_name": "familyName", "email": "email",
}  # fmt: skip
_USERS_V2 = _USERS | {"kind": "role", "org_id": "orgSourcedIds", "grade": "grade"}
_ROLES = {
    "user": "userSourcedId", "kind": "role", "org_id": "orgSourcedId", "grade": "grade",
    "primary": "isPrimary",
}  # fmt: skip
_CLASSES = {"id": "sourcedId", "title": "title", "org_id": "orgSourcedId"}
_ENROLLMENTS = {"class_id": "classSourcedId", "person_id": "userSourcedId", "role": "role"}
_RELATIONSHIPS = {
    "user": "userSourcedId", "agent": "relationshipUserSourcedId",
    "relationship": "relationshipRole",
}  # fmt: skip
_DEMOGRAPHICS = {"user": "userSourcedId", "birth_date": "birthDate"}

IGNORED = frozenset({"courses.csv", "userflags.csv"})

_SCHOOL_V1 = {"id": "SIS ID", "name": "Name"}
_PERSON_V1 = {
    "id": "SIS ID", "org_id": "School SIS ID", "given_name": "First Name",
    "family_name": "Last Name", "email": "Secondary Email", "status": "Status",
}  # fmt: skip
_STUDENT_V1 = _PERSON_V1 | {
    "grade": "Grade", "birth_date": "Birthdate", "student_number": "Student Number",
}  # fmt: skip
_SECTION_V1 = {"id": "SIS ID", "org_id": "School SIS ID", "title": "Section Name"}
_ROSTER_V1 = {"class_id": "Section SIS ID", "person_id": "SIS ID"}
FILES_V1 = (
    "School.csv", "Student.csv", "Teacher.csv", "Section.csv", "StudentEnrollment.csv",
    "TeacherRoster.csv",
)  # fmt: skip


def _mark_complete(*tables: Staged) -> dict[Staged, Extent]:
    return dict.fromkeys(tables, "complete")


def make_sds21_format(context: Context) -> DeliveryFormat:
    """Return v2.1: users by role in `roles.csv`; guardians in `relationships.csv`."""
    formats = (
        orgs_and_classes.make_orgs_format("orgs.csv", _ORGS),
        users.make_users_format("users.csv", _USERS, context),
        users.make_roles_format("roles.csv", _ROLES, context),
        users.make_demographics_format("demographics.csv", _DEMOGRAPHICS, context),
        users.make_relationships_format("relationships.csv", _RELATIONSHIPS),
        orgs_and_classes.make_classes_format("classes.csv", _CLASSES),
        orgs_and_classes.make_enrollments_format("enrollments.csv", _ENROLLMENTS, context),
        orgs_and_classes.make_sessions_format("academicSessions.csv"),
    )
    whole = _mark_complete(
        staged_tables.orgs,
        staged_tables.people,
        staged_tables.guardians,
        staged_tables.classes,
        staged_tables.enrollments,
    )
    parts = Parts(roles=True, births=True)
    return DeliveryFormat(
        "sds-2.1", formats, whole, ignored=IGNORED, assemblies=make_assemblies(),
        assemble=lambda connection: assemble_records(connection, parts),
    )  # fmt: skip


def make_sds2_format(context: Context) -> DeliveryFormat:
    """Return v2: users with their role and grade; no guardians, no birth dates."""
    formats = (
        orgs_and_classes.make_orgs_format("orgs.csv", _ORGS),
        users.make_users_format("users.csv", _USERS_V2, context),
        orgs_and_classes.make_classes_format("classes.csv", _CLASSES),
        orgs_and_classes.make_enrollments_format("enrollments.csv", _ENROLLMENTS, context),
    )
    whole = _mark_complete(
        staged_tables.orgs, staged_tables.people, staged_tables.classes, staged_tables.enrollments
    )
    return DeliveryFormat(
        "sds-2", formats, whole, ignored=IGNORED, assemblies=_assemble_people("users.csv"),
        assemble=lambda connection: assemble_records(connection, Parts()),
    )  # fmt: skip


def make_sds1_format(context: Context) -> DeliveryFormat:
    """Return v1: students, teachers and their enrollments in files of their own; guardians."""
    school, student, teacher, section, students, teachers = FILES_V1
    formats = (
        orgs_and_classes.make_orgs_format(school, _SCHOOL_V1, "school"),
        users.make_users_format(student, _STUDENT_V1, context, "student"),
        users.make_users_format(teacher, _PERSON_V1, context, "employee"),
        orgs_and_classes.make_classes_format(section, _SECTION_V1),
        orgs_and_classes.make_enrollments_format(students, _ROSTER_V1, context, "student"),
        orgs_and_classes.make_enrollments_format(teachers, _ROSTER_V1, context, "teacher"),
        contacts.make_contacts_format(),
        contacts.make_contact_ties_format(),
    )
    whole = _mark_complete(
        staged_tables.orgs,
        staged_tables.people,
        staged_tables.guardians,
        staged_tables.classes,
        staged_tables.enrollments,
    )
    by_contact = Assembly((contacts.CONTACTS, contacts.RELATIONSHIPS), frozenset())
    return DeliveryFormat(
        "sds-1", formats, whole,
        assemblies=_assemble_people(student, teacher) | {staged_tables.guardians: by_contact},
        assemble=lambda connection: assemble_records(connection, Parts(births=True)),
    )  # fmt: skip


def _assemble_people(*files: str) -> dict[Staged, Assembly]:
    return {staged_tables.people: Assembly(files, users.OPTIONAL)}
