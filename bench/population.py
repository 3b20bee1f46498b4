"""A synthetic district of any size, written straight into the tables.

Everything follows from the row's number: ids and name keys come in sorted order, so that indexes
grow at their end and no list of the district is ever held in memory. One student in twenty is on
the list of refusals. Every account is authorized and may use the logo.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, insert

from app.database import tables
from app.database.session import Store
from app.policy.names import full_name_key

Row = dict[str, Any]

SINCE = date(2025, 8, 18)
SEEN_AT = datetime(2025, 8, 18, 18, tzinfo=UTC)
REFUSES_EVERY, REFUSING = 20, 7
SUPERINTENDENT, DIRECTOR = 0, 1
# The first employees hold the two offices; the others may be pictured.
OFFICES = 2
_STUDENTS_PER_SCHOOL = 500
_STUDENTS_PER_EMPLOYEE = 50
_SYLLABLES = [c + v for c in "bcdfglmnprst" for v in "aeiou"]
_WORDS = len(_SYLLABLES) ** 2
_CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class District:
    """A district of `students` students; everything else is in proportion."""

    students: int

    @property
    def schools(self) -> int:
        return max(self.students // _STUDENTS_PER_SCHOOL, 1)

    @property
    def employees(self) -> int:
        return OFFICES + max(self.students // _STUDENTS_PER_EMPLOYEE, 1)


def student_id(number: int) -> str:
    return f"s-{number:07d}"


def employee_id(number: int) -> str:
    return f"e-{number:06d}"


def handle(school: int) -> str:
    """The handle, on X, of a school's account."""
    return f"school{school:05d}"


def refuses(student: int) -> bool:
    return student % REFUSES_EVERY == REFUSING


def populate(store: Store, district: District) -> None:
    """Fill the empty, migrated `store`."""
    load = _insert if store.is_sqlite else _copy
    for table, rows in _everything(district):
        while chunk := list(islice(rows, _CHUNK)):
            with store.writing() as connection:
                load(connection, table, chunk)


def _insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    connection.execute(insert(table), rows)


def _copy(connection: Connection, table: Table, rows: list[Row]) -> None:
    driver: Any = connection.connection.driver_connection
    columns = ", ".join(rows[0])
    with driver.cursor().copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(list(row.values()))


def _everything(district: District) -> Iterator[tuple[Table, Iterator[Row]]]:
    """The tables, in an order in which every reference finds its row."""
    schools, employees = range(district.schools), range(district.employees)
    students = range(district.students)
    yield tables.orgs, _orgs(schools)
    yield tables.people, (_employee(n, district) for n in employees)
    yield tables.people, (_student(n, district) for n in students)
    yield tables.person_names, (_name(student_id(n), *_student_name(n)) for n in students)
    yield tables.person_names, (_name(employee_id(n), *_employee_name(n)) for n in employees)
    yield tables.consents, (_grant(employee_id(n)) for n in employees)
    yield tables.consents, (_refusal(student_id(n)) for n in students if refuses(n))
    yield tables.designations, _designations()
    yield tables.accounts, (_account(n, district) for n in schools)
    yield tables.account_managers, (_manager(n, district) for n in schools)
    yield tables.authorizations, (_authorization(n) for n in schools)
    yield tables.grants, (_logo(n) for n in schools)


def _orgs(schools: range) -> Iterator[Row]:
    yield _org("d", "The District", "district", None)
    yield _org("d-comm", "Communications", "communications", "d")
    for number in schools:
        yield _org(_school_id(number), f"School {number}", "school", "d")


def _school_id(number: int) -> str:
    return f"o-{number:05d}"


def _org(ident: str, name: str, kind: str, parent: str | None) -> Row:
    return {"id": ident, "name": name, "name_key": name.lower(), "kind": kind, "parent_id": parent}


def _student(number: int, district: District) -> Row:
    given, family = _student_name(number)
    grade = number % 13
    return {
        **_person(student_id(number), "student", given, family),
        "grade": str(grade) if grade else "k",
        "org_id": _school_id(number % district.schools),
        "birth_date": date(2020 - grade, 1 + number % 12, 1 + number % 28),
    }


def _employee(number: int, district: District) -> Row:
    given, family = _employee_name(number)
    offices = {SUPERINTENDENT: "d", DIRECTOR: "d-comm"}
    return {
        **_person(employee_id(number), "employee", given, family),
        "org_id": offices.get(number) or _school_id(number % district.schools),
    }


def _person(ident: str, kind: str, given: str, family: str) -> Row:
    return {
        "id": ident,
        "kind": kind,
        "given_name": given,
        "family_name": family,
        "status": "active",
        "first_seen_at": SEEN_AT,
    }


def _student_name(number: int) -> tuple[str, str]:
    return _word(number // _WORDS), _word(number % _WORDS)


def _employee_name(number: int) -> tuple[str, str]:
    # "Vo" sorts after every student's name.
    return "Vo", _word(number)


def _word(number: int) -> str:
    first, second = divmod(number % _WORDS, len(_SYLLABLES))
    return (_SYLLABLES[first] + _SYLLABLES[second]).capitalize()


def _name(ident: str, given: str, family: str) -> Row:
    return {"name_key": full_name_key(given, family), "person_id": ident}


def _refusal(student: str) -> Row:
    return _consent(student, "refuse", "guardian")


def _grant(employee: str) -> Row:
    return _consent(employee, "grant", "employee")


def _consent(person: str, decision: str, capacity: str) -> Row:
    return {
        "id": f"c-{person}",
        "person_id": person,
        "decision": decision,
        "activity": "publish",
        "channel": "all",
        "extent": "image" if decision == "refuse" else "image_with_name",
        "capacity": capacity,
        "source": f"{capacity}:bench",
        "signed_at": SEEN_AT,
        "signed_day_only": False,
        "effective_from": SINCE,
        "digest": hashlib.sha256(person.encode()).hexdigest(),
        "recorded_at": SEEN_AT,
    }


def _designations() -> Iterator[Row]:
    for office, holder in (
        ("superintendent", SUPERINTENDENT),
        ("director_communications", DIRECTOR),
    ):
        yield {
            "id": f"n-{office}",
            "office": office,
            "person_id": employee_id(holder),
            "capacity": "holder",
            "effective_from": SINCE,
            "recorded_at": SEEN_AT,
        }


def _account(school: int, district: District) -> Row:
    return {
        "id": f"a-{school:05d}",
        "platform": "x",
        "handle": handle(school),
        "handle_key": handle(school),
        "kind": "school",
        "org_id": _school_id(school),
        "owner_id": _responsible(school, district),
        "communications_admin_at": SEEN_AT,
        "created_at": SEEN_AT,
    }


def _manager(school: int, district: District) -> Row:
    return {"account_id": f"a-{school:05d}", "person_id": _responsible(school, district)}


def _responsible(school: int, district: District) -> str:
    return employee_id(OFFICES + school % (district.employees - OFFICES))


def _authorization(school: int) -> Row:
    return {
        "id": f"z-{school:05d}",
        "account_id": f"a-{school:05d}",
        "authorized_by": employee_id(DIRECTOR),
        "authorized_at": SEEN_AT,
        "recorded_at": SEEN_AT,
    }


def _logo(school: int) -> Row:
    return {
        "id": f"g-{school:05d}",
        "kind": "logo",
        "grantee_kind": "account",
        "grantee": f"x/{handle(school)}",
        "network": "all",
        "granted_by": employee_id(SUPERINTENDENT),
        "effective_from": SINCE,
        "recorded_at": SEEN_AT,
    }
