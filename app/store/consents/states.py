"""The state of a person's consent on a day, for one use: read the way a check reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping

from app.errors import InvalidRequestError
from app.policy.case import Case, find_day, open_case
from app.policy.codes import finding
from app.policy.consent import Standing
from app.policy.consent_coverage import barring_cells
from app.policy.consent_explanation import ExplainedStep, OnFile, explain_standing
from app.policy.credible_births import with_credible_birth
from app.policy.facts import Consent, Person, Setup
from app.policy.question import PersonRef, Pictured, Question
from app.policy.rules.parties import coworker_code
from app.policy.rules.students import consent_code, message_values
from app.policy.verdict import Finding
from app.policy.words import Activity, Channel, Extent
from app.store.consents.named_statements import make_consent
from app.store.consents.statements import UNKNOWN_PERSON, find_visible, list_statements
from app.store.facts.loader import load_facts
from app.store.people.references import Schools

_WRONG_KIND = {
    "at": "/person_id",
    "code": "wrong_kind",
    "message": "Must be a student or an employee",
}


@dataclass(frozen=True, slots=True)
class Use:
    """A person, and the use asked about. `as_of` is a day of the district, None for today."""

    person_id: str
    as_of: date | None = None
    activity: Activity = "publish"
    channel: Channel = "social"
    extent: Extent = "image"
    video: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """The finding of a check of the use on that day, the steps to it, and all statements."""

    use: Use
    as_of: date
    finding: Finding
    standing: Standing
    steps: Sequence[ExplainedStep]
    history: Sequence[RowMapping]


def read_state(
    connection: Connection, use: Use, now: datetime, setup: Setup, schools: Schools = None
) -> State:
    """Return the state of a person by all that is on file now, as of the day asked about.

    Raises `InvalidRequestError` for a person who is unknown, outside `schools`, or without
    consents. A check never asks about a day before today; here it may lie in the past.
    """
    who = find_visible(connection, use.person_id, schools)
    if who is None:
        raise InvalidRequestError([UNKNOWN_PERSON])
    if who["kind"] not in {"student", "employee"}:
        raise InvalidRequestError([_WRONG_KIND])
    as_of = use.as_of or now.astimezone(setup.timezone).date()
    question = _make_question(use)
    facts = load_facts(connection, [question], now, setup)
    case = replace(open_case(question, facts), as_of=as_of)
    person = with_credible_birth(facts.people[use.person_id], find_day(setup.timezone, now))
    rows = list_statements(connection, use.person_id)
    barring = barring_cells(use.activity, case.channel, use.extent, video=case.video)
    doubts = _index_statements(facts.consents.get(use.person_id, ()))
    standing, steps = explain_standing(
        person, [_make_on_file(row, doubts) for row in rows], barring, as_of, now, setup.timezone
    )
    return State(use, as_of, _make_finding(case, person), standing, steps, rows)


def _make_question(use: Use) -> Question:
    return Question(
        check="photo-consent",
        activity=use.activity,
        channel=use.channel,
        extent=use.extent,
        picture_kind="video" if use.video else "photo",
        pictured=Pictured(students=(PersonRef("", use.person_id),)),
    )


def _make_finding(case: Case, person: Person) -> Finding:
    if person.kind == "employee":
        return finding(coworker_code(case, person), "", values={"use": case.use})
    code = consent_code(case, person, case.question.extent)
    return finding(code, "", values=message_values(case, person))


def _index_statements(said: Sequence[Consent]) -> dict[str, Consent]:
    """Return statements by their ids, and one of each source by the source."""
    return {one.source: one for one in said} | {one.id: one for one in said}


def _make_on_file(row: RowMapping, doubts: Mapping[str, Consent]) -> OnFile:
    """Return a statement with the doubts about it; of a corrected one, with its source's."""
    said = make_consent(row)
    if said.id in doubts:
        said = doubts[said.id]
    elif known := doubts.get(said.source):
        said = said._replace(by_former=known.by_former, at_shared_address=known.at_shared_address)
    return OnFile(row["id"], _describe_maker(row), said, row["corrected_by"] is not None)


def _describe_maker(row: RowMapping) -> str:
    """Return the words for the maker of a statement."""
    if row["capacity"] == "guardian":
        name = row["guardian_name"] or row["given_by"]
        return f"the guardian {name}" if name else "a guardian nobody named"
    return {"eligible_student": "the student", "employee": "the employee"}.get(
        row["capacity"], "the office"
    )
