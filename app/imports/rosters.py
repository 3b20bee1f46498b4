"""Who is where: orgs, people, classes, enrollments, guardians."""

from datetime import date

from app.imports.cells import CellError, choice, day, email, grade, needed, text
from app.imports.formats import Column, Format, Row, StagedRow
from app.policy.names import full_name_key, name_key
from app.policy.words import EnrollmentRole, OrgKind, PersonKind, PersonStatus
from app.store import staging


def orgs() -> Format:
    """`orgs.csv`."""
    columns = (
        Column("sourced_id", needed(text), "id", required=True),
        Column("name", needed(text), "name", required=True),
        Column("kind", needed(choice(OrgKind)), "kind", required=True),
        Column("parent_sourced_id", text, "parent_id"),
    )
    return Format("orgs.csv", staging.orgs, columns, _org)


def _org(row: Row, line: int) -> list[StagedRow]:
    org, parent = row["sourced_id"], row["parent_sourced_id"]
    if org == parent:
        reason = "must not be the org itself"
        raise CellError(reason, "parent_sourced_id")
    key = _speakable(name_key(row["name"]), "name")
    return [(staging.orgs, (line, org, row["name"], key, row["kind"], parent))]


def people(today: date) -> Format:
    """`people.csv`; nobody is born after `today`."""
    latest = today.isoformat()

    def birth_date(cell: str) -> str | None:
        born: str | None = day(cell)
        if born and born > latest:
            reason = "lies in the future"
            raise CellError(reason)
        return born

    columns = (
        Column("sourced_id", needed(text), "id", required=True),
        Column("kind", needed(choice(PersonKind)), "kind", required=True),
        Column("given_name", text, "given_name", required=True),
        Column("family_name", text, "family_name", required=True),
        Column("preferred_name", text, "preferred_name"),
        Column("grade", grade, "grade"),
        Column("org_sourced_id", text, "org_id"),
        Column("email", email, "email"),
        Column("birth_date", birth_date, "birth_date"),
        Column("status", choice(PersonStatus, default="active"), "status"),
    )
    return Format("people.csv", staging.people, columns, _person)


def _person(row: Row, line: int) -> list[StagedRow]:
    given, family = row["given_name"] or "", row["family_name"] or ""
    preferred = row["preferred_name"]
    key = _speakable(full_name_key(given, family), "family_name")
    staged = (
        line,
        row["sourced_id"],
        row["kind"],
        given,
        family,
        preferred,
        row["grade"],
        row["org_sourced_id"],
        row["email"],
        row["birth_date"],
        row["status"],
        key,
        full_name_key(preferred, family) if preferred else None,
    )
    return [(staging.people, staged)]


def _speakable(key: str, column: str) -> str:
    """`key`, unless nothing of the name is left in it: nobody could ever be found by it."""
    if not key:
        reason = "must have a letter or a digit"
        raise CellError(reason, column)
    return key


def classes() -> Format:
    """`classes.csv`."""
    columns = (
        Column("sourced_id", needed(text), "id", required=True),
        Column("title", needed(text), "title", required=True),
        Column("org_sourced_id", text, "org_id"),
    )
    return Format("classes.csv", staging.classes, columns, _class)


def _class(row: Row, line: int) -> list[StagedRow]:
    return [(staging.classes, (line, row["sourced_id"], row["title"], row["org_sourced_id"]))]


def enrollments() -> Format:
    """`enrollments.csv`: the whole roster of every class that appears in it."""
    columns = (
        Column("class_sourced_id", needed(text), "class_id", required=True),
        Column("person_sourced_id", needed(text), "person_id", required=True),
        Column("role", needed(choice(EnrollmentRole)), "role", required=True),
    )
    return Format("enrollments.csv", staging.enrollments, columns, _enrollment)


def _enrollment(row: Row, line: int) -> list[StagedRow]:
    staged = (line, row["class_sourced_id"], row["person_sourced_id"], row["role"])
    return [(staging.enrollments, staged)]


def guardians() -> Format:
    """`guardians.csv`."""
    columns = (
        Column("student_sourced_id", needed(text), "student_id", required=True),
        Column("guardian_id", needed(text), "guardian_id", required=True),
        Column("name", needed(text), "name", required=True),
        Column("relationship", text, "relationship"),
    )
    return Format("guardians.csv", staging.guardians, columns, _guardian)


def _guardian(row: Row, line: int) -> list[StagedRow]:
    student, guardian = row["student_sourced_id"], row["guardian_id"]
    if student == guardian:
        reason = "must not be the student"
        raise CellError(reason, "guardian_id")
    return [(staging.guardians, (line, student, guardian, row["name"], row["relationship"]))]
