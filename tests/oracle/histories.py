"""Random histories of consent: few days, few makers, few words, so that much of it collides.

A history is one student with all that was said. Everything follows from its seed.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.reading import Asked, Student

DENVER = ZoneInfo("America/Denver")
# After the clocks went forward, after they went back, the last minute of a February without a
# 29th, New Year, and an ordinary noon.
NOWS = (
    datetime(2026, 3, 9, 18, 0, tzinfo=UTC),
    datetime(2026, 11, 2, 7, 30, tzinfo=UTC),
    datetime(2026, 3, 1, 6, 59, tzinfo=UTC),
    datetime(2026, 1, 1, 6, 30, tzinfo=UTC),
    datetime(2026, 9, 16, 18, 0, tzinfo=UTC),
)
# Days before `NOWS` on which the list of each school was made; None: never.
LISTS: dict[str, timedelta | None] = {
    "fresh": timedelta(hours=3),
    "week": timedelta(days=7),
    "stale": timedelta(days=7, seconds=1),
    "future": -timedelta(hours=2),
    "none": None,
}
# A history's seed tells its round.
SEEDS_A_ROUND = 1_000_000
GUARDIANS = {"g1": "Gia Stone", "g2": "Gus Stone"}


@dataclass(frozen=True)
class Said:
    """A statement as it is sent; `lifts` and `corrects` are places in the history."""

    decision: str
    activity: str
    channel: str
    extent: str
    by: str
    signed_at: datetime | None
    signed_on: date | None
    begins: date | None
    ends: date | None
    lifts: tuple[int, ...] = ()
    corrects: int | None = None


@dataclass(frozen=True)
class History:
    """One student of some schools, and what was said, in the order in which it came."""

    seed: int
    schools: tuple[str, ...]
    student: Student
    said: list[Said] = field(default_factory=list)


def maker(by: str) -> str:
    """Who is the source of what `by` says: names are compared without case."""
    return by.casefold() if by.startswith("name:") else by


def questions(seed: int, now: datetime) -> list[Asked]:
    """Six questions, asked about everybody of a round."""
    dice = random.Random(f"questions {seed}")  # noqa: S311 - made to be repeated
    return [
        Asked(
            activity=dice.choice(("publish", "publish", "publish", "capture")),
            channel=dice.choice(("social", "social", "website", "video", "directory", "all")),
            media=dice.choice(("photo", "photo", "video")),
            extent=dice.choice(("image", "image_with_name")),
            publish_at=now + dice.choice((-_days(2), _days(0), _days(1), _days(3), _days(7))),
            now=now,
        )
        for _ in range(6)
    ]


def histories(round_number: int, count: int, now: datetime) -> Iterator[History]:
    """So many histories of a round, as of `now`."""
    for number in range(count):
        yield history(round_number * SEEDS_A_ROUND + number, now)


def history(seed: int, now: datetime) -> History:
    """The history with this seed."""
    dice = random.Random(f"history {seed}")  # noqa: S311 - made to be repeated
    schools = tuple(dice.sample(list(LISTS), 2)) if dice.random() < 0.1 else (_school(dice),)
    student = _student(dice, now, schools)
    made = History(seed, schools, student)
    for number in range(dice.choice((0, 1, 1, 2, 2, 3, 3, 4, 5))):
        made.said.append(_said(dice, now, student, made.said[:number]))
    return made


def _school(dice: random.Random) -> str:
    return dice.choice(("fresh", "fresh", "fresh", "week", "stale", "future", "none"))


def _student(dice: random.Random, now: datetime, schools: tuple[str, ...]) -> Student:
    dates = tuple(_list_date(school, now) for school in schools)
    today = now.astimezone(DENVER).date()
    born = dice.choice((None, _years_before(today, 10), *(_near_18(dice, today) for _ in range(3))))
    return Student(
        born=born,
        status=dice.choice(("active",) * 8 + ("inactive", "missing_from_feed")),
        first_seen=now - dice.choice((_days(400),) * 6 + (_days(1), timedelta(hours=3), _days(0))),
        returned=dice.choice((None,) * 8 + (now - _days(300), now - timedelta(hours=1))),
        list_dates=dates,
    )


def _list_date(school: str, now: datetime) -> datetime | None:
    age = LISTS[school]
    return None if age is None else now - age


def _near_18(dice: random.Random, today: date) -> date:
    if today in (date(2026, 2, 28), date(2026, 3, 9)) and dice.random() < 0.4:
        return date(2008, 2, 29)
    return _years_before(today + _days(dice.randint(-6, 8)), 18)


def _years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years)


def _said(dice: random.Random, now: datetime, student: Student, before: list[Said]) -> Said:
    by = dice.choice(("g1", "g1", "g2", "name:Ann Stone", "name:ANN STONE", "own", "own", "office"))
    decision = dice.choice(("grant", "grant", "grant", "refuse", "refuse", "withdraw", "lift"))
    if by == "office":
        decision = dice.choice(("refuse", "refuse", "withdraw", "lift"))
    at, on, begins = _when(dice, now, undated=decision in ("refuse", "withdraw"))
    ends = None
    if dice.random() < 0.2:
        ends = (begins or on or (at or now).astimezone(DENVER).date()) + _days(dice.randint(0, 7))
    lifts = _lifted(dice, by, before) if decision == "lift" else ()
    corrects = None
    if decision != "lift" and before and dice.random() < 0.08:
        corrects = dice.randrange(len(before))
    return Said(
        decision=decision,
        activity=dice.choice(("publish", "publish", "publish", "capture")),
        channel=dice.choice(("all", "all", "all", "social", "social", "website", "video",
                             "directory")),
        extent=dice.choice(("image", "image_with_name")),
        by=by, signed_at=at, signed_on=on, begins=begins, ends=ends, lifts=lifts,
        corrects=corrects,
    )  # fmt: skip


def _lifted(dice: random.Random, by: str, before: list[Said]) -> tuple[int, ...]:
    """What a lift names: often nothing of a guardian's, always a hold where there is one."""
    mine: Callable[[Said], bool] = lambda one: maker(one.by) == maker(by)  # noqa: E731
    noes = [n for n, one in enumerate(before) if mine(one) and one.decision != "grant"]
    if noes and (by == "office" or dice.random() < 0.4):
        return (dice.choice(noes),)
    return (dice.randrange(len(before)),) if before and dice.random() < 0.05 else ()


def _when(
    dice: random.Random, now: datetime, *, undated: bool
) -> tuple[datetime | None, date | None, date | None]:
    """When it was signed (a time, a day, or unreadable) and from when on it has effect."""
    today = now.astimezone(DENVER).date()
    day = today - _days(dice.choice((0, 0, 1, 1, 2, 3, 4)))
    begins = today + _days(dice.randint(-6, 7)) if dice.random() < 0.4 else None
    if undated and dice.random() < 0.05:
        return None, None, begins
    if dice.random() < 0.35:
        return None, day, begins
    hour = time(dice.choice((0, 1, 1, 12, 23)), dice.choice((0, 30)), fold=dice.randint(0, 1))
    at = datetime.combine(day, hour, DENVER).astimezone(UTC)
    return min(at, now), None, begins


def _days(count: int) -> timedelta:
    return timedelta(days=count)


def sentences(made: History, asked: Asked, expected: str, got: str) -> str:
    """A case to be read: who, what was said, what is asked, and the two answers."""
    who = made.student
    born = "of unknown birth date" if who.born is None else f"born {who.born}"
    told = (
        f"Seed {made.seed}: a student {born}, {who.status}, first seen {_at(who.first_seen)}, "
        f"returned {_at(who.returned)}, of {' and '.join(made.schools)}; "
        f"lists of {', '.join(_at(one) for one in who.list_dates)}."
    )
    lines = [told]
    lines += [_sentence(number, one) for number, one in enumerate(made.said)]
    lines.append(
        f"Asked at {_at(asked.now)}: {asked.activity} a {asked.media} on {asked.channel} "
        f"({asked.extent}) at {_at(asked.publish_at)}. Read: {expected}. Answered: {got}."
    )
    return "\n".join(lines)


def _sentence(number: int, one: Said) -> str:
    signed = _at(one.signed_at) if one.signed_at else f"the day {one.signed_on or 'unreadable'}"
    more: dict[str, Any] = {
        "from": one.begins, "to": one.ends, "naming": one.lifts or None,
        "in the place of": one.corrects,
    }  # fmt: skip
    rest = "".join(f", {word} {value}" for word, value in more.items() if value is not None)
    scope = f"{one.activity} {one.channel} {one.extent}"
    return f"  {number}. {one.by}: {one.decision} {scope}, signed {signed}{rest}."


def _at(when: datetime | None) -> str:
    return "never" if when is None else f"{when.astimezone(DENVER):%Y-%m-%d %H:%M:%S%z}"
