"""What a person's statements come to, cell by cell, as plainly as the sentences put it.

Written from what docs/decisions say of precedence, withdrawals and lifts, in memory and slowly, to
hold the service against; nothing of it comes from `app`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import NamedTuple
from zoneinfo import ZoneInfo

CHANNELS = ("social", "website", "yearbook", "newspaper", "press", "video", "directory")
EVERY_OTHER = CHANNELS[:-1]  # than the directory
ACTIVITIES = ("capture", "publish")
EXTENTS = ("image", "image_with_name")
Cell = tuple[str, str, str]
CELLS: tuple[Cell, ...] = tuple(product(ACTIVITIES, CHANNELS, EXTENTS))


def spread(parts: Iterable[tuple[str, Sequence[str], Sequence[str]]]) -> frozenset[Cell]:
    """The single cells of what is told in parts: activity, channels, extents."""
    return frozenset(
        (activity, each, extent)
        for activity, channels, extents in parts
        for channel in channels
        for each in (EVERY_OTHER if channel == "all" else (channel,))
        for extent in extents
    )


@dataclass(frozen=True)
class Said:
    """A statement; `source` tells who made it, `number` one statement from another."""

    number: int
    source: str
    capacity: str
    decision: str
    activity: str
    channel: str
    extent: str
    signed_at: datetime
    day_only: bool
    begins: date
    ends: date | None
    lifts: frozenset[int] = frozenset()

    def covers(self, cell: Cell) -> bool:
        activity, channel, extent = cell
        # Granting the picture with the name grants the picture; refusing the picture refuses both.
        wider = "image_with_name" if self.decision == "grant" else "image"
        return (
            activity == self.activity
            and (self.channel == channel or (self.channel == "all" and channel in EVERY_OTHER))
            and self.extent in (extent, wider)
        )

    @property
    def is_no(self) -> bool:
        return self.decision in ("refuse", "withdraw")

    def runs_on(self, day: date) -> bool:
        return self.begins <= day and (self.ends is None or day <= self.ends)


class Answer(NamedTuple):
    granted: frozenset[Cell]
    refused: frozenset[Cell]
    held: frozenset[Cell]
    pending: frozenset[Cell]


@dataclass(frozen=True)
class Model:
    """Somebody's statements, those that were corrected left out, read as of a day.

    `now` is the time at which it is asked.
    """

    student: bool
    of_age: date | None
    zone: ZoneInfo
    day: date
    now: datetime
    said: tuple[Said, ...]

    def answer(self) -> Answer:
        refused = frozenset(filter(self._is_refused, CELLS))
        granted = frozenset(c for c in CELLS if any(self._says(s, c) == "yes" for s in self._all()))
        holds = frozenset(c for c in CELLS if self._says("office_hold", c) == "no")
        later = frozenset(filter(self._is_refused_later, CELLS))
        return Answer(granted - refused, refused, holds, later - refused)

    def _all(self) -> set[str]:
        return {one.source for one in self.said}

    def _of(self, source: str) -> list[Said]:
        return [one for one in self.said if one.source == source]

    def _is_refused(self, cell: Cell) -> bool:
        """Whoever says no refuses; but at 18 the student's own word takes the guardians' place."""
        own_word = self._is_adult() and self._says("eligible_student", cell) is not None
        return any(
            self._says(source, cell) == "no"
            for source in self._all()
            if not (own_word and source.startswith("guardian"))
        )

    def _is_refused_later(self, cell: Cell) -> bool:
        """A no begins on a later day, and on that day it is refused."""
        return any(
            replace(self, day=no.begins)._is_refused(cell)
            for no in self.said
            if no.is_no and no.begins > self.day and no.covers(cell)
        )

    def _says(self, source: str, cell: Cell) -> str | None:
        """Yes, no or nothing: what was signed last of all that has effect; a tie is a no."""
        about = [one for one in self._of(source) if one.covers(cell) and self._has_effect(one)]
        yes = [one for one in about if not one.is_no]
        stands = any(one.is_no and not any(self._is_later(y, one) for y in yes) for one in about)
        return "no" if stands else "yes" if yes else None

    def _has_effect(self, one: Said) -> bool:
        if one.is_no:
            return one.begins <= self.day and not self._is_lifted(one)
        return one.decision == "grant" and self._is_good(one) and self._may_grant(one)

    def _is_lifted(self, no: Said) -> bool:
        return any(
            lift.decision == "lift"
            and self._is_good(lift)
            and self._may_lift(lift)
            and self._means(lift, no)
            for lift in self._of(no.source)
        )

    def _means(self, lift: Said, no: Said) -> bool:
        """By its number, one of the same day too; else one before it that lies wholly inside."""
        if lift.lifts:
            return no.number in lift.lifts and not self._is_later(no, lift)
        inside = all(lift.covers(cell) for cell in CELLS if no.covers(cell))
        earlier = self._is_later(lift, no)
        return inside and earlier and lift.capacity != "office_hold"

    def _is_good(self, one: Said) -> bool:
        """In force on the day, and not signed later than now."""
        return one.runs_on(self.day) and one.signed_at <= self.now + timedelta(minutes=5)

    def _may_grant(self, one: Said) -> bool:
        if not self.student:
            return one.capacity == "employee"
        if one.capacity == "guardian":
            return not self._is_adult()
        return one.capacity == "eligible_student" and self._is_of_an_adult(one)

    def _may_lift(self, one: Said) -> bool:
        if one.capacity == "guardian":  # signed, and in effect, while the student was a minor
            return self.of_age is None or max(self._day(one), one.begins) < self.of_age
        return one.capacity != "eligible_student" or self._is_of_an_adult(one)

    def _is_adult(self) -> bool:
        return self.student and self.of_age is not None and self.day >= self.of_age

    def _is_of_an_adult(self, one: Said) -> bool:
        """Dated on or after the eighteenth birthday."""
        return self.of_age is not None and min(self._day(one), one.begins) >= self.of_age

    def _day(self, one: Said) -> date:
        return one.signed_at.astimezone(self.zone).date()

    def _is_later(self, one: Said, other: Said) -> bool:
        """Signed later for certain; two papers of a day tie where one of them has no time."""
        if one.day_only or other.day_only:
            return self._day(one) > self._day(other)
        return one.signed_at > other.signed_at
