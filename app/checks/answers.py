"""The answer to a check, in one shape for all checks.

The models document the answer; `render_answer` builds it as plain values, since it is written twice
(to the caller and, in canonical form, to the ledger) and validated nowhere.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import orjson
from pydantic import AwareDatetime, BaseModel, Field

from app.policy.allow_terms import AllowTerms
from app.policy.clauses import CLAUSES
from app.policy.declarations import Declaration, write_code
from app.policy.rulebook import POLICY_ID, POLICY_REVISION
from app.policy.verdict import Finding, NotPictured, Reminder, Resolved, Subject, Verdict
from app.policy.words import (
    Act,
    Activity,
    Channel,
    CheckKind,
    EndsBy,
    Extent,
    Outcome,
    Party,
    PictureKind,
    Purpose,
)
from app.schemas.base import ClauseCited, SubjectOut
from app.schemas.problems import Problem
from app.store.clearances.records import NewClearance


class ResolverOut(BaseModel):
    """The person who answered a review; the name is null where the person has been erased."""

    id: str
    name: str | None


class FindingResolvedOut(BaseModel):
    """A person's answer to a finding that needed a review."""

    id: str
    outcome: Outcome
    by: ResolverOut
    resolved_at: AwareDatetime


class FindingOut(BaseModel):
    """One rule's result about one subject."""

    rule: str
    clause: ClauseCited
    outcome: Outcome
    code: str = Field(description="Stable across releases.")
    at: str = Field(
        description="JSON Pointer into the check's request; below `/declarations` into the "
        "declaration of that number in the answer."
    )
    message: str
    remedy: str | None = Field(description="What to do about it; null where nothing is needed.")
    resolvable_by: list[Party] = Field(
        description="Who can end a review; it stays when somebody did. `asker` is whoever asks the "
        "check, `office` whoever keeps the records of consent and classes."
    )
    ends_by: EndsBy | None = Field(
        description="What ends a review: a `fact` that is given, or a person's `judgement`."
    )
    act: Act | None = Field(
        description="What ends a review; of a fact, how it is given. Only `judge` is a yes or no."
    )
    subject: SubjectOut | None
    resolved: FindingResolvedOut | None = Field(
        None, description="There where a person has answered the finding."
    )


class ReminderOut(BaseModel):
    """A recommendation of the policy; it never changes the outcome."""

    clause: ClauseCited
    code: str
    message: str


class NotPicturedOut(BaseModel):
    """A student of the class to leave out, or to have a person look at first."""

    id: str
    name: str
    outcome: Outcome
    code: str


class PolicyCited(BaseModel):
    """The policy that answered, with the revision of its rules."""

    id: str
    revision: int


class ResolutionCited(BaseModel):
    """A person's answer to a review of the same content, of which no fact has changed since."""

    id: str
    outcome: Outcome
    resolved_at: AwareDatetime


class DeclarationCited(BaseModel):
    """A declaration that says who is pictured; `at` of findings about them points to it."""

    id: str
    code: str = Field(description="As people read it out.", examples=["K7Q4-2MDX"])
    version: int = Field(description="1, and one more for each correction.")
    made_at: AwareDatetime
    made_by: str = Field(description="The sourcedId of the person who made this version.")


class ClearanceGiven(BaseModel):
    """A clearance for the post of this decision; ask whether it is live before publishing."""

    id: str
    not_before: AwareDatetime
    not_after: AwareDatetime
    receipt: str | None = Field(
        None,
        description="What was answered, as a JWS that anybody can verify by "
        "`/.well-known/jwks.json`. Whether it is still true only the service says. In the answer "
        "to the check alone.",
    )


class HoldsFor(BaseModel):
    """The use that an allow was asked for; it does not cover any other.

    A part that the check does not ask for is null, such as the media of a post without any.
    """

    activity: Activity | None
    channel: Channel | None
    media: PictureKind | None
    extent: Extent | None
    purpose: Purpose | None
    account: str | None = Field(
        description="As `platform/handle`; null where none is named, or a personal one."
    )
    day: date = Field(description="In the district's time zone.")


class Decision(BaseModel):
    """The answer to one check. A deny is a successful answer."""

    id: str = Field(description="Of the decision; `GET /v1/decisions/{id}` repeats it.")
    check: str
    outcome: Outcome = Field(description="The worst of the findings.")
    decided_at: AwareDatetime
    publish_at: AwareDatetime = Field(
        description="The moment decided for: as asked, or decided_at where that is later."
    )
    policy: PolicyCited
    findings: list[FindingOut]
    reminders: list[ReminderOut]
    holds_until: AwareDatetime | None = Field(
        None,
        description="Of an allow: until when it holds by what is on file, as when the list grows "
        "stale, a permission ends or a refusal begins; null where nothing of it ends.",
    )
    holds_for: HoldsFor | None = Field(None, description="Of an allow: what it was asked for.")
    resolution: ResolutionCited | None = Field(
        None,
        description="There where a person has resolved findings that were to be reviewed; these "
        "have the outcome that was given and still name who can resolve.",
    )
    clearance: ClearanceGiven | None = Field(
        None, description="There where the check asked for one, and it is an allow."
    )
    declarations: list[DeclarationCited] | None = Field(
        None, description="There where declarations say who is pictured, in the order they count."
    )


class ClassDecision(Decision):
    """The answer to a check of a class."""

    not_pictured: list[NotPicturedOut]


class Decisions(BaseModel):
    """One item a post, in the order asked: its decision, or the problem with it."""

    items: list[Decision | Problem]


_POLICY = {"id": POLICY_ID, "revision": POLICY_REVISION}
_CLAUSES = {c.number: {"item": c.item, "number": c.number, "section": c.section} for c in CLAUSES}
# Where the place and the id of a person go; no text of ours holds it.
_PLACE = "\0"


def render_answer(
    decision_id: str,
    check: CheckKind,
    verdict: Verdict,
    decided_at: datetime,
    terms: AllowTerms | None = None,
) -> dict[str, Any]:
    """Return `verdict` as the answer the caller gets and the ledger keeps.

    The lists in it, which are most of it, are rendered here, once for both; so the keys of their
    items must stand in order, as `app.store.ledger.chain.canonical` wants them.
    """
    said: dict[str, Any] = {
        "id": decision_id,
        "check": check,
        "outcome": verdict.outcome,
        "decided_at": format_rfc3339(decided_at),
        "publish_at": format_rfc3339(verdict.as_of_at),
        "policy": _POLICY,
        "findings": _render_findings(verdict.findings),
        "reminders": _render_items([_render_reminder(one) for one in verdict.reminders]),
    }
    if terms is not None:
        said["holds_until"] = format_rfc3339(terms.until) if terms.until else None
        said["holds_for"] = {
            "account": terms.account,
            "activity": terms.activity,
            "channel": terms.channel,
            "day": terms.day.isoformat(),
            "extent": terms.extent,
            "media": terms.media,
            "purpose": terms.purpose,
        }
    if verdict.not_pictured is not None:
        said["not_pictured"] = _render_items(
            [_render_not_pictured(one) for one in verdict.not_pictured]
        )
    if verdict.resolution is not None:
        said["resolution"] = {
            "id": verdict.resolution.id,
            "outcome": verdict.resolution.outcome,
            "resolved_at": format_rfc3339(verdict.resolution.resolved_at),
        }
    if verdict.declarations:
        said["declarations"] = _render_items([_render_declaration(o) for o in verdict.declarations])
    return said


# A batch of checks has one time, which is written with each of them.
@lru_cache(maxsize=8)
def format_rfc3339(at: datetime) -> str:
    """Return `at` in UTC, to the microsecond, in the form of RFC 3339."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _render_items(items: list[dict[str, Any]]) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps(items))


def _render_findings(findings: Iterable[Finding]) -> orjson.Fragment:
    """Return the findings as JSON. Those without a subject are the same from post to post."""
    return orjson.Fragment(b"[" + b",".join(map(_write_finding, findings)) + b"]")


def _write_finding(one: Finding) -> bytes:
    if one.resolved is not None:  # it names who resolved it: nothing that names anybody is kept
        return orjson.dumps(_render_finding(one))
    if one.subject is None:
        return _write_common_finding(one)
    rule, clause, outcome, code, at, message, remedy, _, by, act, _ = one
    said = (rule, clause, outcome, code, message, remedy, by, act)
    before, between, after = _write_parts(said, one.subject.kind)
    return b"".join((before, orjson.dumps(at), between, orjson.dumps(one.subject.id), after))


@lru_cache(maxsize=1_024)
def _write_common_finding(one: Finding) -> bytes:
    return orjson.dumps(_render_finding(one))


@lru_cache(maxsize=1_024)
def _write_parts(said: tuple[Any, ...], kind: str) -> list[bytes]:
    """Return what is alike in findings about different people: before, between, behind the two."""
    rule, clause, outcome, code, message, remedy, by, act = said
    subject = Subject(kind, _PLACE)
    marked = Finding(rule, clause, outcome, code, _PLACE, message, remedy, subject, by, act)
    return orjson.dumps(_render_unresolved(marked)).split(orjson.dumps(_PLACE))


def _render_finding(one: Finding) -> dict[str, Any]:
    told = _render_unresolved(one)
    if one.resolved is None:
        return told
    # In order, as all keys here; only a resolved finding pays for it.
    return dict(sorted({**told, "resolved": _render_resolution(one.resolved)}.items()))


def _render_resolution(said: Resolved) -> dict[str, Any]:
    return {
        "by": {"id": said.by, "name": said.by_name},
        "id": said.id,
        "outcome": said.outcome,
        "resolved_at": format_rfc3339(said.resolved_at),
    }


def _render_unresolved(one: Finding) -> dict[str, Any]:
    return {
        "act": one.act,
        "at": one.at,
        "clause": _CLAUSES[one.clause],
        "code": one.code,
        "ends_by": one.ends_by,
        "message": one.message,
        "outcome": one.outcome,
        "remedy": one.remedy,
        "resolvable_by": one.resolvable_by,
        "rule": one.rule,
        "subject": {"id": one.subject.id, "kind": one.subject.kind} if one.subject else None,
    }


def _render_reminder(one: Reminder) -> dict[str, Any]:
    return {"clause": _CLAUSES[one.clause], "code": one.code, "message": one.message}


def render_clearance(one: NewClearance) -> dict[str, Any]:
    """Return a clearance as the answer and the ledger have it, without its receipt."""
    return {
        "id": one.id,
        "not_before": format_rfc3339(one.not_before),
        "not_after": format_rfc3339(one.not_after),
    }


def _render_declaration(one: Declaration) -> dict[str, Any]:
    return {
        "code": write_code(one.code),
        "id": one.id,
        "made_at": format_rfc3339(one.made_at),
        "made_by": one.made_by,
        "version": one.version,
    }


def _render_not_pictured(one: NotPictured) -> dict[str, Any]:
    return {"code": one.code, "id": one.id, "name": one.name, "outcome": one.outcome}
