"""What a person's statements come to for one use, told step by step.

The steps are those of the fold that decides (`app.policy.consent`); here they only get words.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from app.policy.cells import parts, scope
from app.policy.consent import Effect, Standing, Step, standing
from app.policy.facts import Consent, Person
from app.policy.uses import CHANNEL_WORDS
from app.policy.words import Activity

_ACTIVITIES: Mapping[Activity, str] = {"capture": "being photographed", "publish": "publication"}
_SAID: Mapping[Effect, str] = {
    "granted": "{By} agreed to {what}, signed {when}.",
    "not_granted": "{By} agreed to {what}, signed {when}; that does not count: {why}.",
    "refused": "{By} refused {what}, signed {when}.",
    "took_back": "{By} took back an agreement, signed {when}: that refuses {what}.",
    "nothing_to_lift": "{By} withdrew, signed {when}, where there was no refusal that lay "
    "wholly inside: that refuses {what}.",
    "lifted": "{By} withdrew an earlier refusal, signed {when}: {what} is no longer refused.",
    "not_lifted": "{By} withdrew an earlier refusal, signed {when}; it stays: {why}.",
    "over_refusal": "Being later, this counts in place of an earlier refusal by {by}.",
    "over_grant": "Being later, this counts in place of an earlier agreement by {by}.",
    "superseded": "The student is of age and has spoken: the refusal by {by} counts no longer.",
    "outweighed": "The agreement by {by} does not count against a refusal by somebody else.",
}
_HOLDS: Mapping[Effect, str] = {
    "refused": "{By} put a hold on {what}, signed {when}.",
    "lifted": "{By} lifted its hold, signed {when}: {what} is no longer held.",
    "not_lifted": "{By} lifted its hold, signed {when}; it stays: {why}.",
}
_ACROSS: tuple[Effect, ...] = ("superseded", "outweighed")
_CORRECTED = "What {by} signed {when} was recorded by mistake; a later entry stands in its place."


class OnFile(NamedTuple):
    """A statement on file, who made it as a sentence would say it, and whether it was corrected."""

    id: str
    by: str
    consent: Consent
    corrected: bool


class Told(NamedTuple):
    """One step: the id of the statement it is about, what that did, and a sentence for people.

    `bars` and `will_bar` are about no statement: they sum up what stands against the use.
    """

    statement: str | None
    effect: Effect | Literal["corrected", "bars", "will_bar"]
    text: str


def explain(
    person: Person, on_file: Sequence[OnFile], barring: int, as_of: date, zone: ZoneInfo
) -> tuple[Standing, list[Told]]:
    """What is so as of the day `as_of`, and how that came about in the cells that bar a use.

    Source by source, each from its first statement on; what sources do to one another comes last.
    """
    live = {id(one.consent): one for one in on_file if not one.corrected}
    steps: list[Step] = []
    found = standing(person, [one.consent for one in live.values()], as_of, zone, steps)
    relevant = [step for step in steps if step.cells & barring]
    # A statement is first read, and then set against what its source had said before.
    first: dict[int, int] = {}
    for n, step in enumerate(relevant):
        first.setdefault(id(step.statement), n)
    relevant.sort(key=lambda step: (step.effect in _ACROSS, first[id(step.statement)]))
    told = [*_corrected(on_file, barring, zone)]
    for step in relevant:
        one = live[id(step.statement)]
        told.append(Told(one.id, step.effect, _sentence(step.effect, one, as_of, zone)))
    return found, [*told, *_in_the_way(found, barring)]


def _in_the_way(found: Standing, barring: int) -> Iterator[Told]:
    """What is refused once all is told; a refusal for the directory bars every channel."""
    if found.refused & barring:
        yield Told(None, "bars", f"What bars this use: {_cells(found.refused & barring)}.")
    if found.pending & barring:
        text = f"What bars it from a later day on: {_cells(found.pending & barring)}."
        yield Told(None, "will_bar", text)


def _corrected(on_file: Sequence[OnFile], barring: int, zone: ZoneInfo) -> Iterator[Told]:
    for one in on_file:
        if one.corrected and scope(one.consent) & barring:
            yield Told(one.id, "corrected", _CORRECTED.format(by=one.by, when=_when(one, zone)))


def _sentence(effect: Effect, one: OnFile, as_of: date, zone: ZoneInfo) -> str:
    hold = one.consent.capacity == "office_hold"
    return (_HOLDS if hold and effect in _HOLDS else _SAID)[effect].format(
        By=one.by[0].upper() + one.by[1:],
        by=one.by,
        what=_what(one.consent),
        when=_when(one, zone),
        why=_why(one.consent, as_of),
    )


def _what(said: Consent) -> str:
    name = ""
    if said.extent == "image_with_name":
        name = " with the name"
    elif said.decision == "grant":
        name = " without the name"
    return f"{_ACTIVITIES[said.activity]} {CHANNEL_WORDS[said.channel]}{name}"


def _cells(refused: int) -> str:
    return "; ".join(
        f"{_ACTIVITIES[part.activity]} {', '.join(CHANNEL_WORDS[c] for c in part.channels)}"
        + (" with the name" if part.extents == ("image_with_name",) else "")
        for part in parts(refused)
    )


def _when(one: OnFile, zone: ZoneInfo) -> str:
    signed = one.consent.signed_at.astimezone(zone).date()
    begins = one.consent.effective_from
    since = "" if begins == signed else f" with effect from {_day(begins)}"
    return f"on {_day(signed)}{since}"


def _why(said: Consent, as_of: date) -> str:
    """Why a grant or a lifting does not count, in the order in which the fold asks."""
    if said.effective_from > as_of:
        return f"it begins on {_day(said.effective_from)}"
    if said.effective_to is not None and said.effective_to < as_of:
        return f"it ran out on {_day(said.effective_to)}"
    return "whoever made it was not entitled to, on account of the student's age"


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"
