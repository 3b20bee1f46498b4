"""The outcome of a person's statements for one use, explained step by step.

The steps are those of the fold that decides (`app.policy.consent`); this module only words them.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from app.policy.consent import Effect, Standing, StatementEffect, is_signed_later, weigh_statements
from app.policy.consent_coverage import find_cells, group_cells
from app.policy.facts import Consent, Person
from app.policy.uses import CHANNEL_WORDS
from app.policy.words import Activity

_ACTIVITIES: Mapping[Activity, str] = {"capture": "being photographed", "publish": "publication"}
_SAID: Mapping[Effect, str] = {
    "granted": "{By} agreed to {what}, signed {when}.",
    "not_granted": "{By} agreed to {what}, signed {when}; that does not count: {why}.",
    "refused": "{By} refused {what}, signed {when}.",
    "took_back": "{By} took consent back, signed {when}: that refuses {what}.",
    "taken_back": "That was lifted by {by} and counts no longer.",
    "lifted": "{By} lifted an earlier refusal, signed {when}.",
    "nothing_to_lift": "{By} lifted refusals of {what}, signed {when}; none of {by} lay wholly "
    "inside, so nothing changed.",
    "not_lifted": "{By} lifted an earlier refusal, signed {when}; it stays: {why}.",
    "over_refusal": "Signed later, this counts in place of an earlier refusal by {by}.",
    "over_grant": "Signed later, this counts in place of an earlier agreement by {by}.",
    "superseded": "The student is of age and has spoken: the refusal by {by} counts no longer.",
    "outweighed": "The agreement by {by} does not count against a refusal by somebody else.",
}
_HOLDS: Mapping[Effect, str] = {
    "refused": "{By} put a hold on {what}, signed {when}.",
    "took_back": "{By} put a hold on {what} by a withdrawal, signed {when}.",
    "lifted": "{By} lifted a hold, signed {when}.",
    "not_lifted": "{By} lifted a hold, signed {when}; it stays: {why}.",
}
_ACROSS: tuple[Effect, ...] = ("superseded", "outweighed")
_CORRECTED = "What {by} signed {when} was recorded by mistake; a later entry stands in its place."


class OnFile(NamedTuple):
    """A statement on file, its maker as named in a sentence, and whether it was corrected."""

    id: str
    by: str
    consent: Consent
    corrected: bool


class ExplainedStep(NamedTuple):
    """One step: the id of the statement it is about, its effect, and a sentence for people.

    `bars` and `will_bar` are about no statement: they sum up what stands against the use.
    """

    statement: str | None
    effect: Effect | Literal["corrected", "bars", "will_bar"]
    text: str


def explain_standing(
    person: Person,
    on_file: Sequence[OnFile],
    barring: int,
    as_of: date,
    now: datetime,
    zone: ZoneInfo,
) -> tuple[Standing, list[ExplainedStep]]:
    """Return the outcome as of the day `as_of`, and its steps in the cells that bar a use.

    The steps go source by source, each from its first statement on. Effects of one source on
    another are last.
    """
    live = {id(one.consent): one for one in on_file if not one.corrected}
    steps: list[StatementEffect] = []
    found = weigh_statements(
        person, [one.consent for one in live.values()], as_of, now, zone, steps
    )
    relevant = [step for step in steps if step.cells & barring]
    # A statement is first read, and then set against what its source had said before.
    first: dict[int, int] = {}
    for n, step in enumerate(relevant):
        first.setdefault(id(step.statement), n)
    relevant.sort(key=lambda step: (step.effect in _ACROSS, first[id(step.statement)]))
    told = [*_explain_corrections(on_file, barring, zone)]
    for step in relevant:
        one = live[id(step.statement)]
        why = _explain_absence(one.consent, as_of, now)
        told.append(
            ExplainedStep(one.id, step.effect, _write_sentence(step.effect, one, why, zone))
        )
    return found, [*told, *_list_bars(found, barring)]


def _list_bars(found: Standing, barring: int) -> Iterator[ExplainedStep]:
    """Yield the remaining refusals; one that names the directory bars every channel."""
    if found.refused & barring:
        yield ExplainedStep(
            None, "bars", f"What bars this use: {_describe_cells(found.refused & barring)}."
        )
    if found.pending & barring:
        text = f"What bars it from a later day on: {_describe_cells(found.pending & barring)}."
        yield ExplainedStep(None, "will_bar", text)


def _explain_corrections(
    on_file: Sequence[OnFile], barring: int, zone: ZoneInfo
) -> Iterator[ExplainedStep]:
    for one in on_file:
        if one.corrected and find_cells(one.consent) & barring:
            yield ExplainedStep(
                one.id, "corrected", _CORRECTED.format(by=one.by, when=_describe_time(one, zone))
            )


def _write_sentence(effect: Effect, one: OnFile, why: str, zone: ZoneInfo) -> str:
    hold = one.consent.capacity == "office_hold"
    return (_HOLDS if hold and effect in _HOLDS else _SAID)[effect].format(
        By=one.by[0].upper() + one.by[1:],
        by=one.by,
        what=_describe_scope(one.consent),
        when=_describe_time(one, zone),
        why=why,
    )


def _describe_scope(said: Consent) -> str:
    name = ""
    if said.extent == "image_with_name":
        name = " with the name"
    elif said.decision == "grant":
        name = " without the name"
    return f"{_ACTIVITIES[said.activity]} {CHANNEL_WORDS[said.channel]}{name}"


def _describe_cells(refused: int) -> str:
    return "; ".join(
        f"{_ACTIVITIES[part.activity]} {', '.join(CHANNEL_WORDS[c] for c in part.channels)}"
        + (" with the name" if part.extents == ("image_with_name",) else "")
        for part in group_cells(refused)
    )


def _describe_time(one: OnFile, zone: ZoneInfo) -> str:
    signed = one.consent.signed_at.astimezone(zone).date()
    begins = one.consent.effective_from
    since = "" if begins == signed else f" with effect from {_write_day(begins)}"
    return f"on {_write_day(signed)}{since}"


def _explain_absence(said: Consent, as_of: date, now: datetime) -> str:
    """Return why a grant or a lift does not count, in the order in which the fold asks."""
    if said.effective_from > as_of:
        return f"it begins on {_write_day(said.effective_from)}"
    if said.effective_to is not None and said.effective_to < as_of:
        return f"it ran out on {_write_day(said.effective_to)}"
    if is_signed_later(said.signed_at, now):
        return "it bears a day that has not come yet"
    if said.by_former:
        return "whoever made it is a guardian no more"
    if said.of_former_bearer:
        return "it is about somebody who bore this id before"
    return "whoever made it was not entitled to, on account of the student's age"


def _write_day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"
