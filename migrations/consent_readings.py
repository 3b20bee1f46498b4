"""How statements of consent were read up to the policy's third revision, and from the fourth on.

Only to tell how many people an upgrade turns stricter: who is of age, or a guardian no more, is
left out of account. Nothing here changes any more: a step calls it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby, product
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

_CHANNELS = ("social", "website", "yearbook", "newspaper", "press", "video")
_EXTENTS = ("image", "image_with_name")
_Cells = frozenset[tuple[str, str, str]]


class Statement(NamedTuple):
    """One row of `consents` that counts."""

    decision: str
    activity: str
    channel: str
    extent: str
    capacity: str
    source: str
    signed_at: Any
    signed_day_only: bool
    effective_from: date
    effective_to: date | None


def barred_before(rows: Sequence[Statement], day: date, zone: ZoneInfo) -> _Cells:
    """The uses that were refused on a day, as revision 3 read it."""
    refused: set[tuple[str, str, str]] = set()
    for own in _by_source(rows):
        refused |= _refused_before(own, day, zone)
    return _uses(refused)


def barred_since(rows: Sequence[Statement], day: date, zone: ZoneInfo) -> _Cells:
    """The uses that are refused on a day, as revision 4 reads it, where nothing was lifted."""
    refused: set[tuple[str, str, str]] = set()
    for own in _by_source(rows):
        said: set[tuple[str, str, str]] = set()
        for moment in _moments(own, zone, by_effect=False):
            for one in sorted(moment, key=lambda row: row.decision != "grant"):
                if one.decision != "grant" and one.effective_from <= day:
                    said |= _cells(one, _CHANNELS)
                elif one.decision == "grant" and _runs(one, day):
                    said -= _cells(one, _CHANNELS)
        refused |= said
    return _uses(refused)


def _refused_before(own: Sequence[Statement], day: date, zone: ZoneInfo) -> set[Any]:
    entries: list[Statement] = []
    grants: list[Statement] = []
    for moment in _moments(own, zone, by_effect=True):
        here = [one for one in moment if one.decision == "grant"]
        grants += here
        entries += [one for one in here if _runs(one, day)]
        refusals = [one for one in moment if one.decision == "refuse"]
        lifted: list[Statement] = []
        for one in moment:
            if one.decision == "withdraw":
                inside = _liftable(one, entries)
                if _took_back(one, grants, day) or not inside:
                    refusals.append(one)
                elif _runs(one, day):
                    lifted += inside
        entries = [one for one in entries if one not in lifted] + refusals
    return _refused_of(entries, day)


def _refused_of(entries: Sequence[Statement], day: date) -> set[Any]:
    refused: set[Any] = set()
    for one in entries:
        if one.decision == "grant":
            refused -= _wide(one)
        elif one.effective_from <= day:
            refused |= _wide(one)
    return refused


def _liftable(one: Statement, entries: Sequence[Statement]) -> list[Statement]:
    wanted = {"refuse", "withdraw"} if one.capacity == "office_hold" else {"refuse"}
    return [e for e in entries if e.decision in wanted and _wide(e) <= _wide(one)]


def _took_back(one: Statement, grants: Sequence[Statement], day: date) -> bool:
    return any(
        _wide(grant) & _wide(one) and (_runs(grant, one.effective_from) or _runs(grant, day))
        for grant in grants
    )


def _wide(one: Statement) -> _Cells:
    return _cells(one, (*_CHANNELS, "directory"))


def _cells(one: Statement, every: Sequence[str]) -> _Cells:
    channels = every if one.channel == "all" else (one.channel,)
    wide = "image_with_name" if one.decision == "grant" else "image"
    extents = _EXTENTS if one.extent == wide else (one.extent,)
    return frozenset(product((one.activity,), channels, extents))


def _uses(refused: Iterable[tuple[str, str, str]]) -> _Cells:
    """What is barred of all uses but the directory's: capture and directory bar publishing."""
    said = set(refused)
    return frozenset(
        (activity, channel, extent)
        for activity, channel, extent in product(("capture", "publish"), _CHANNELS, _EXTENTS)
        if any(
            (a, c, extent) in said
            for a in {activity, "capture"}
            for c in (channel, "directory")
        )
    )  # fmt: skip


def _runs(one: Statement, day: date) -> bool:
    return one.effective_from <= day and (one.effective_to is None or day <= one.effective_to)


def _by_source(rows: Sequence[Statement]) -> Iterator[list[Statement]]:
    ordered = sorted(rows, key=lambda row: (row.capacity, row.source))
    for _, own in groupby(ordered, lambda row: (row.capacity, row.source)):
        yield list(own)


def _moments(
    own: Sequence[Statement], zone: ZoneInfo, *, by_effect: bool
) -> Iterator[list[Statement]]:
    """Statements that tie, oldest first: by the day they began, where `by_effect`, and signing."""

    def day(one: Statement) -> tuple[date, date]:
        signed = one.signed_at.astimezone(zone).date()
        return (one.effective_from if by_effect else date.min, signed)

    timeless = {day(one) for one in own if one.signed_day_only}

    def moment(one: Statement) -> tuple[Any, float]:
        return (day(one), 0 if day(one) in timeless else one.signed_at.timestamp())

    for _, tied in groupby(sorted(own, key=moment), moment):
        yield list(tied)
