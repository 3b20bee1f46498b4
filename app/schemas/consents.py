"""Statements of consent on the wire, and the outcome of a person's statements."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.errors import InvalidRequestError
from app.policy.consent import Effect
from app.policy.consent_coverage import group_cells
from app.policy.statements import list_cautions
from app.policy.words import REFUSALS, Activity, Capacity, Channel, ConsentDecision, Extent, Outcome
from app.schemas.base import Moment, Name, Sha256, Wire, one_of
from app.store.consents.named_statements import make_consent
from app.store.consents.statements import NewStatement, RecordedStatement
from app.store.consents.states import State

Day = Annotated[
    date,
    Field(
        ge=date(1900, 1, 1),
        lt=date(3000, 1, 1),
        description="A day of the district, from 1900 to 2999.",
    ),
]
_SCOPE = "A grant must say it; left out elsewhere it means the widest: {}."


class GivenBy(Wire):
    """The guardian who made it: by id where it is on file for the student, else by name."""

    model_config = ConfigDict(json_schema_extra=one_of("guardian_id", "name"))

    guardian_id: Name | None = None
    name: Name | None = None


class OwnConsentIn(Wire):
    """An employee's own statement about being shown, signed by sending it."""

    decision: ConsentDecision = Field(
        description="`withdraw` takes consent back and refuses, whatever was said before. `lift` "
        "takes back refusals and withdrawals of the same maker: those that `lifts` names, else all "
        "that lie wholly inside activity, channel and extent; where there are none it does nothing."
    )
    activity: Activity | None = Field(None, description=_SCOPE.format("publish"))
    channel: Channel | None = Field(
        None,
        description=_SCOPE.format("all") + " `all` is every channel but the directory; a refusal "
        "that names the directory bars all publishing.",
    )
    extent: Extent | None = Field(
        None, description=_SCOPE.format("image, which takes the name with it")
    )
    effective_from: Day | None = Field(
        None, description="The first day; the day it was signed where left out."
    )
    effective_to: Day | None = Field(
        None,
        description="The last day; open where left out. A refusal stays in force past it, until "
        "its maker says otherwise.",
    )
    notice_version: Name | None = Field(None, description="Which version of the notice was shown.")
    corrects: Name | None = Field(
        None,
        description="The id of the statement this one stands in for: it was recorded by mistake, "
        "and is as if it had never been made. A refusal or a withdrawal only by its own maker.",
    )
    lifts: list[Name] = Field(
        default_factory=list,
        max_length=100,
        json_schema_extra={"default": []},
        description="Of a lift: the ids of the statements that it takes back. A hold is lifted by "
        "its id alone.",
    )


class ConsentIn(OwnConsentIn):
    """A statement about a student or an employee, signed at a time, or on a day without one.

    A refusal or a withdrawal with an unreadable date has neither: it counts from today.
    """

    person_id: Name = Field(description="Whom it is about: the sourcedId.", examples=["s-000001"])
    capacity: Capacity = Field(
        description="As what its maker speaks. `office_hold`: do not publish, ask the office; "
        "of a hold no reason is kept, so it has no evidence."
    )
    given_by: GivenBy | None = Field(
        None,
        description="For a guardian's statement, and only there. A lift may leave it out where it "
        "names statements of which nobody knows who made them, as those of a consent column.",
    )
    signed_at: Moment | None = None
    signed_on: Day | None = None
    evidence: Name | None = Field(None, description="Where the paper is kept.")
    evidence_sha256: Sha256 | None = Field(None, description="Of the scanned paper, in hex.")


class GivenByOut(BaseModel):
    """The guardian who made it; an id that is on file comes with the name on file."""

    guardian_id: str | None
    name: str | None


class ConsentOut(BaseModel):
    """One statement as it is on file; it is never changed."""

    id: str
    person_id: str
    decision: ConsentDecision
    activity: Activity
    channel: Channel
    extent: Extent
    capacity: Capacity
    given_by: GivenByOut | None
    signed_on: date
    signed_at: AwareDatetime | None = Field(description="Null where the paper has a day only.")
    effective_from: date
    effective_to: date | None
    evidence: str | None
    evidence_sha256: str | None
    notice_version: str | None
    corrects: str | None
    lifts: list[str] = Field(description="The ids of the statements that a lift names.")
    corrected_by: str | None = Field(description="The statement that stands in for this one.")
    recorded_at: AwareDatetime
    recorded_by: str | None = Field(description="The key or the import.")
    recorded_by_person: str | None


class CautionOut(BaseModel):
    """An effect that the statement will not have."""

    code: Literal["minor", "of_age", "birth_date", "hold"]
    message: str


class ConsentRecorded(ConsentOut):
    """A statement just put on file."""

    warnings: list[CautionOut]


class ConsentUse(Wire):
    """A person and a use, as of a day."""

    person_id: Name = Field(description="A student's or an employee's sourcedId.")
    as_of: Day | None = Field(None, description="Today, where it is left out.")
    activity: Activity = "publish"
    channel: Channel = "social"
    extent: Extent = "image"
    video: bool = Field(False, description="Whether it is a video.")


class CellsOut(BaseModel):
    """Every combination of these."""

    activity: Activity
    channels: list[Channel]
    extents: list[Extent]


class StepOut(BaseModel):
    """One step of how it came to the answer; the last one is the answer itself."""

    statement: str | None = Field(
        description="The id of the statement it is about; null for what sums up."
    )
    effect: Effect | Literal["corrected", "bars", "will_bar", "outcome"]
    text: str


class ConsentState(BaseModel):
    """The answer a check of that day would give, its derivation, and all that is on file.

    It follows from the statements on file now; the age of the consent list is judged today.
    """

    person_id: str
    as_of: date
    outcome: Outcome
    code: str = Field(description="As in a check's findings.")
    message: str
    remedy: str | None
    clause: int
    granted: list[CellsOut]
    refused: list[CellsOut]
    held: list[CellsOut] = Field(description="Those of `refused` that the office holds.")
    pending: list[CellsOut] = Field(description="Refused, but only from a later day on.")
    steps: list[StepOut]
    history: list[ConsentOut] = Field(description="In the order in which they were signed.")


def statement_of(body: ConsentIn, zone: ZoneInfo, now: datetime) -> NewStatement:
    """Return the statement of a request that arrived at `now`; raises `InvalidRequestError`."""
    by, signed_on = body.given_by, body.signed_on
    if body.signed_at is None and signed_on is None and body.decision in REFUSALS:
        signed_on = now.astimezone(zone).date()
    if (body.signed_at is None) == (signed_on is None):
        raise _describe_choice("", "signed_at or signed_on")
    if by is not None and (by.guardian_id is None) == (by.name is None):
        raise _describe_choice("/given_by", "guardian_id or name")
    said = body.model_dump(exclude={"given_by", "signed_at", "signed_on", "lifts"})
    if by is not None:
        said |= {"given_by": by.guardian_id or by.name, "guardian_id": by.guardian_id is not None}
    signed = body.signed_at or datetime.combine(signed_on or date.min, time(), zone)
    day_only, lifts = body.signed_at is None, frozenset(body.lifts)
    return NewStatement(**said, signed_at=signed, signed_day_only=day_only, lifts=lifts)


def own_statement(body: OwnConsentIn, person_id: str, at: datetime) -> NewStatement:
    """Return an employee's statement about their own person, signed now."""
    said = body.model_dump() | {"lifts": frozenset(body.lifts)}
    return NewStatement(**said, person_id=person_id, capacity="employee", signed_at=at)


def recorded_out(made: RecordedStatement, zone: ZoneInfo) -> ConsentRecorded:
    """Return a statement just recorded, with the effects it will not have."""
    said = list_cautions(made.born, make_consent(made.row), zone, doubted=made.birth_doubted)
    told = [caution._asdict() for caution in said]
    return ConsentRecorded(**_read_columns(made.row, zone), warnings=told)


def consent_out(row: Mapping[Any, Any], zone: ZoneInfo) -> ConsentOut:
    """Return a statement as it is on file."""
    return ConsentOut(**_read_columns(row, zone))


def state_out(state: State, zone: ZoneInfo) -> ConsentState:
    """Return the outcome of a person's statements."""
    found = state.finding
    steps = [StepOut(**step._asdict()) for step in state.steps]
    return ConsentState(
        person_id=state.use.person_id,
        as_of=state.as_of,
        outcome=found.outcome,
        code=found.code,
        message=found.message,
        remedy=found.remedy,
        clause=found.clause,
        **{
            name: [CellsOut(**part._asdict()) for part in group_cells(covered)]
            for name, covered in state.standing._asdict().items()
        },
        steps=[*steps, StepOut(statement=None, effect="outcome", text=_conclude_state(state))],
        history=[consent_out(row, zone) for row in state.history],
    )


def _conclude_state(state: State) -> str:
    words = {"allow": "it is allowed", "review": "somebody has to look", "deny": "it is refused"}
    return f"So {words[state.finding.outcome]}: {state.finding.message}"


def _read_columns(row: Mapping[Any, Any], zone: ZoneInfo) -> dict[str, Any]:
    known = row["guardian_id"] is not None
    given_by = {
        "guardian_id": row["guardian_id"],
        "name": row["guardian_name"] if known else row["given_by"],
    }
    return {
        **{str(name): value for name, value in row.items()},
        "given_by": None if row["given_by"] is None else given_by,
        "signed_on": row["signed_at"].astimezone(zone).date(),
        "signed_at": None if row["signed_day_only"] else row["signed_at"],
        "lifts": (row["lifts"] or "").split(),
    }


def _describe_choice(at: str, fields: str) -> InvalidRequestError:
    return InvalidRequestError(
        [{"at": at, "code": "exactly_one", "message": f"Give either {fields}"}]
    )
