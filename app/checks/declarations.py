"""Making a declaration: its body is read as a post's would be, and everybody in it identified."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import Connection

from app.checks.questions import declared_question
from app.checks.requests import DeclarationIn
from app.errors import InvalidRequestError
from app.policy.case import Case, Identified, open_case
from app.policy.codes import CODES
from app.policy.facts import Setup
from app.policy.question import Asker
from app.store.declarations.records import DeclarationContent
from app.store.facts.loader import load_facts

_UNKNOWN_RELEASE = "Is the id of no release"


def identify_declared(
    connection: Connection, body: DeclarationIn, asker: Asker, now: datetime, setup: Setup
) -> Case:
    """Return everybody and everything in a declaration, identified as far as it can be.

    Raises `InvalidRequestError` for what contradicts itself.
    """
    question = declared_question(body, asker)
    return open_case(question, load_facts(connection, [question], now, setup))


def list_students(case: Case) -> list[str]:
    """Return the ids of the students who were identified."""
    return [one.person.id for one in case.students if one.person]


def make_content(case: Case, body: DeclarationIn) -> DeclarationContent:
    """Return what a declaration says, with people and account by id.

    Raises `InvalidRequestError` for all that is not one person, release or account on file, by the
    field; of people in other schools than the asker's as of unknown ones.
    """
    if faults := [*_find_people_faults(case), *_find_other_faults(case)]:
        raise InvalidRequestError(faults)
    people = (*case.students, *case.employees)
    said = {
        "purpose": body.purpose,
        "account_id": case.account.id if case.account else None,
        "media": [
            {**one.model_dump(exclude={"name"}), "sha256": one.sha256.lower()} for one in body.media
        ],
        "pictured": {
            "students": [{"id": _find_id(one), "named": one.ref.named} for one in case.students],
            "employees": [{"id": _find_id(one)} for one in case.employees],
            "others": [one.model_dump() for one in body.pictured.others],
            "nobody_identifiable": body.pictured.nobody_identifiable,
        },
        "uses_logo": body.uses_logo,
        "speaks_for_district": body.speaks_for_district,
    }
    return DeclarationContent(said, sorted({_find_id(one) for one in people}))


def _find_id(one: Identified) -> str:
    return one.person.id if one.person else ""


def _find_people_faults(case: Case) -> Iterator[dict[str, str]]:
    groups: tuple[tuple[str, Iterable[Identified]], ...] = (
        ("student", case.students),
        ("employee", case.employees),
    )
    for kind, people in groups:
        for one in people:
            if one.person is None:
                yield _make_fault(f"{kind}.{one.status}", one.ref.at)


def _find_other_faults(case: Case) -> Iterator[dict[str, str]]:
    if case.account_status not in ("absent", "found"):
        yield _make_fault(f"account.{case.account_status}", "/account")
    for ref in case.question.pictured.others:
        if ref.release_id is not None and ref.release_id not in case.facts.releases_by_id:
            at = f"{ref.at}/release_id"
            yield {"at": at, "code": "unknown", "message": _UNKNOWN_RELEASE}


def _make_fault(code: str, at: str) -> dict[str, str]:
    return {"at": at, "code": code, "message": CODES[code].message}
