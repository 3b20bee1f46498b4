"""What a person's statements come to, cell by cell, as plainly as the sentences put it.

Written from section "Consent precedence" of the house plan and docs/decisions/0007, in memory and
slowly, to hold the service against; nothing of it comes from `app`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import product
from typing import NamedTuple
from zoneinfo import ZoneInfo

CHANNELS = ("social", "website", "yearbook", "newspaper", "press", "video", "directory")
ACTIVITIES = ("capture", "publish")
EXTENTS = ("image", "image_with_name")
Cell = tuple[str, str, str]
CELLS: tuple[Cell, ...] = tuple(product(ACTIVITIES, CHANNELS, EXTENTS))


def spread(parts: Iterable[tuple[str, Sequence[str], Sequence[str]]]) -> frozenset[Cell]:
    """The single cells of what is told in parts: activity, channels, extents."""
    return frozenset(
        cell
        for activity, channels, extents in parts
        for cell in product(
            (activity,), CHANNELS if tuple(channels) == ("all",) else channels, extents
        )
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

    def covers(self, cell: Cell) -> bool:
        activity, channel, extent = cell
        # Granting the picture with the name grants the picture; refusing the picture refuses both.
        wider = "image_with_name" if self.decision == "grant" else "image"
        return (
            activity == self.activity
            and self.channel in ("all", channel)
            and self.extent in (extent, wider)
        )

    def runs_on(self, day: date) -> bool:
        return self.begins <= day and (self.ends is None or day <= self.ends)


class Answer(NamedTuple):
    granted: frozenset[Cell]
    refused: frozenset[Cell]
    held: frozenset[Cell]
    pending: frozenset[Cell]


@dataclass(frozen=True)
class Model:
    """Somebody's statements, those that were corrected left out, read as of a day."""

    student: bool
    of_age: date | None
    zone: ZoneInfo
    day: date
    said: tuple[Said, ...]

    def answer(self) -> Answer:
        granted = frozenset(c for c in CELLS if any(self._granted(s, c) for s in self._sources()))
        refused = frozenset(c for c in CELLS if any(self._refused(s, c) for s in self._sources()))
        held = frozenset(c for c in CELLS if self._refused("office_hold", c))
        later = frozenset(c for c in CELLS if any(self._later(s, c) for s in self._sources()))
        return Answer(granted - refused, refused, held, later)

    def _sources(self) -> set[str]:
        return {one.source for one in self.said}

    def _of(self, source: str) -> list[Said]:
        return [one for one in self.said if one.source == source]

    def _granted(self, source: str, cell: Cell) -> bool:
        """A grant that counts, and no refusal by its source of that moment or later."""
        return any(
            self._counts(grant)
            and grant.covers(cell)
            and not any(
                self._moment(no) >= self._moment(grant) and no.covers(cell)
                for no in self._standing(source)
                if no.begins <= self.day
            )
            for grant in self._of(source)
        )

    def _refused(self, source: str, cell: Cell) -> bool:
        return not self._superseded(source, cell) and self._says_no(source, cell)

    def _says_no(self, source: str, cell: Cell) -> bool:
        """A refusal that has begun, and no later grant by its source that counts."""
        return any(
            no.begins <= self.day
            and no.covers(cell)
            and not any(
                self._counts(grant)
                and grant.covers(cell)
                and self._moment(grant) > self._moment(no)
                for grant in self._of(source)
            )
            for no in self._standing(source)
        )

    def _later(self, source: str, cell: Cell) -> bool:
        return not self._superseded(source, cell) and any(
            no.begins > self.day and no.covers(cell) for no in self._standing(source)
        )

    def _superseded(self, source: str, cell: Cell) -> bool:
        """At 18 the student's own word on a cell stands in the place of the guardians'."""
        adult = self.student and self.of_age is not None and self.day >= self.of_age
        own = "eligible_student"
        spoken = self._granted(own, cell) or self._says_no(own, cell)
        return adult and source.startswith("guardian") and spoken

    def _counts(self, grant: Said) -> bool:
        """In force on the day, by somebody entitled to grant."""
        if grant.decision != "grant" or not grant.runs_on(self.day):
            return False
        if not self.student:
            return grant.capacity == "employee"
        if grant.capacity == "guardian":
            return self.of_age is None or self.day < self.of_age
        return grant.capacity == "eligible_student" and self._as_adult(grant)

    def _standing(self, source: str) -> list[Said]:
        """The refusals of a source, and the withdrawals that refuse, which nothing has lifted."""
        standing: list[Said] = []
        of_source = self._of(source)
        for moment in sorted({self._moment(one) for one in of_source}):
            now = [one for one in of_source if self._moment(one) == moment]
            before = list(standing)
            for one in now:
                if one.decision == "refuse" or self._refuses(one, before, of_source):
                    standing.append(one)
                elif one.decision == "withdraw" and self._lifts(one):
                    lifted = self._inside(one, before)
                    standing = [no for no in standing if no not in lifted]
        return standing

    def _refuses(self, one: Said, before: list[Said], of_source: list[Said]) -> bool:
        """A withdrawal that takes back a grant, or can lift nothing."""
        if one.decision != "withdraw":
            return False
        takes_back = any(
            grant.decision == "grant"
            and self._moment(grant) <= self._moment(one)
            and any(grant.covers(cell) and one.covers(cell) for cell in CELLS)
            and (grant.runs_on(one.begins) or grant.runs_on(self.day))
            for grant in of_source
        )
        return takes_back or not self._inside(one, before)

    def _inside(self, one: Said, refusals: list[Said]) -> list[Said]:
        return [
            no
            for no in refusals
            if (no.decision == "refuse" or no.capacity == "office_hold")
            and all(one.covers(c) for c in CELLS if no.covers(c))
        ]

    def _lifts(self, one: Said) -> bool:
        """Only while it is in force, and by somebody who was entitled to grant."""
        if not one.runs_on(self.day):
            return False
        if not self.student or one.capacity == "office_hold":
            return True
        return self._as_adult(one) == (one.capacity == "eligible_student")

    def _as_adult(self, one: Said) -> bool:
        """Dated on or after the eighteenth birthday."""
        signed = one.signed_at.astimezone(self.zone).date()
        return self.of_age is not None and min(signed, one.begins) >= self.of_age

    def _moment(self, one: Said) -> tuple[date, date, str]:
        """When it was said; papers of one source and day tie where one of them has no time."""
        day = one.signed_at.astimezone(self.zone).date()
        timeless = any(
            other.day_only and other.begins == one.begins
            and other.signed_at.astimezone(self.zone).date() == day
            for other in self._of(one.source)
        )  # fmt: skip
        time = one.signed_at.astimezone(ZoneInfo("UTC")).isoformat(timespec="microseconds")
        return (one.begins, day, "" if timeless else time)
