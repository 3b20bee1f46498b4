"""Random deliveries, one after another, against a plain model of what a store then holds.

The model knows rules and no SQL: sets of records, statements that are only ever added to, and of
each feed what it has and when it came last.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.database.session import utc_now
from app.database.tables import (
    consents,
    enrollments,
    feed_enrollments,
    feed_guardians,
    feed_people,
    guardians,
    people,
)
from app.imports.approval import ImportDecision, approve_import, reject_import
from app.imports.report import Report
from app.store.ledger.changes import Actor
from app.store.service import import_records
from tests.store.house import House, MakeHouse
from tests.store.test_import_states import NO_MEDIA

IDS = tuple(f"s-{n}" for n in range(5))
CLASSES = ("c-0", "c-1")
GUARDIANS = ("g-0", "g-1")
AGE = 7
HEADER = [
    "person_sourced_id",
    "decision",
    "activity",
    "channel",
    "extent",
    "given_by",
    "capacity",
    "signed_at",
]
Statement = tuple[str, str, str, str, str]
Key = tuple[str, ...]


class Clock:
    """A clock that a test moves by days; no two moments are the same."""

    def __init__(self) -> None:
        self.start, self.day, self.ticks = utc_now(), 0, 0

    def __call__(self) -> datetime:
        self.ticks += 1
        return self.start + timedelta(days=self.day, milliseconds=self.ticks)


@dataclass(frozen=True)
class Delivered:
    """One delivery: people with their grades, rosters, statements, flags; one may be wrong.

    `others` are ids that another person bears than in the other deliveries. It comes so many `days`
    after the one before.
    """

    people: Mapping[str, str]
    rosters: Mapping[str, frozenset[str]]
    statements: frozenset[Statement]
    flags: Mapping[str, str]
    complete: bool
    wrong: bool
    decision: str
    others: frozenset[str] = frozenset()
    ties: frozenset[Key] = frozenset()
    feed: str | None = None
    days: int = 0

    def bears(self, person: str) -> str:
        """Who bears an id."""
        return "Bea Okafor" if person in self.others else "Ana Diaz"


@dataclass
class Feed:
    """What one named feed has of students, of places in classes and of ties, and when it came."""

    has: dict[str, set[Key]] = field(
        default_factory=lambda: {"students": set(), "places": set(), "ties": set()}
    )
    came: dict[str, int] = field(default_factory=dict)


@dataclass
class Model:
    """What a store should hold."""

    people: dict[str, tuple[str, str]] = field(default_factory=dict)
    rosters: dict[str, set[str]] = field(default_factory=dict)
    statements: set[Statement] = field(default_factory=set)
    flags: dict[str, list[str]] = field(default_factory=dict)
    bearers: dict[str, str] = field(default_factory=dict)
    doubts: set[str] = field(default_factory=set)
    former: dict[str, int] = field(default_factory=dict)
    ties: set[Key] = field(default_factory=set)
    feeds: dict[str, Feed] = field(default_factory=dict)
    day: int = 0

    def others(self, given: Delivered) -> set[str]:
        """Ids on file that come to somebody else."""
        return {who for who in given.people if self.bearers.get(who, given.bears(who))
                != given.bears(who)}  # fmt: skip

    def refuse(self, given: Delivered) -> None:
        """What is in force at once: refusals of people on file, and doubts."""
        self.doubts |= self.others(given)
        nos = {s for s in given.statements if s[1] in ("refuse", "withdraw")}
        self.statements |= {s for s in nos if s[0] in self.people}
        for person, value in given.flags.items():
            if value == "Y" and person in self.people:
                self._flag(person, "refuse")

    def apply(self, given: Delivered) -> None:
        for person in self.others(given):
            self.former[person] = len(self.flags.get(person, ()))
        self.bearers |= {person: given.bears(person) for person in given.people}
        self.doubts -= given.people.keys()
        self.people |= {person: (grade, "active") for person, grade in given.people.items()}
        own = self.feeds.setdefault(given.feed, Feed()) if given.feed else None
        self._lose_people(given, own)
        self._fill_classes(given, own)
        self._tie(given, own)
        self.statements |= given.statements
        for person, value in given.flags.items():
            if value:
                self._flag(person, {"Y": "refuse", "N": "grant"}[value])

    def _has_another(self, own: Feed | None, kind: str, key: Key) -> bool:
        """Whether another feed has this, and came within the days; any moment later is too late."""
        return any(
            key in one.has[kind] and self.day - one.came.get(kind, -99) < AGE
            for one in self.feeds.values()
            if one is not own
        )

    def _note(self, own: Feed | None, kind: str, delivered: set[Key], dropped: set[Key]) -> None:
        if own and delivered:
            own.has[kind] = own.has[kind] - dropped | delivered
            own.came[kind] = self.day

    def _lose_people(self, given: Delivered, own: Feed | None) -> None:
        delivered = {(who,) for who in given.people}
        left = {(who,) for who in self.people} - delivered if given.complete else set()
        self._note(own, "students", delivered, left)
        for (who,) in left if delivered else ():
            grade, status = self.people[who]
            if status == "active" and not self._has_another(own, "students", (who,)):
                self.people[who] = grade, "missing_from_feed"
                for one in self.feeds.values():
                    one.has["students"].discard((who,))

    def _fill_classes(self, given: Delivered, own: Feed | None) -> None:
        filled = {name: who for name, who in given.rosters.items() if who}
        delivered = {(name, one) for name, who in filled.items() for one in who}
        had = {(name, one) for name in filled for one in self.rosters.get(name, ())}
        theirs = {key for key in own.has["places"] if key[0] in filled} if own else set()
        self._note(own, "places", delivered, theirs - delivered)
        for name, who in filled.items():
            self.rosters.setdefault(name, set()).update(who)
        for name, one in had - delivered:
            if not self._has_another(own, "places", (name, one)):
                self.rosters[name].discard(one)
                for feed in self.feeds.values():
                    feed.has["places"].discard((name, one))

    def _tie(self, given: Delivered, own: Feed | None) -> None:
        whole = given.complete and given.ties
        left = {key for key in self.ties if key[0] in given.people} if whole else set()
        knew = set(own.has["ties"]) if own else set()
        dropped = {key for key in knew if key[0] in given.people} if whole else set()
        for key in left - given.ties:
            if key in knew or not self._has_another(own, "ties", key):
                self.ties.discard(key)
        self.ties |= given.ties
        self._note(own, "ties", set(given.ties), dropped)

    def _flag(self, person: str, decision: str) -> None:
        said = self.flags.setdefault(person, [])
        is_void = decision == "grant" and len(said) <= self.former.get(person, 0)
        if said[-1:] != [decision] or is_void:
            said.append(decision)


# Mostly all but a few, so that feeds have much in common, and one lacks what another has.
FEW = st.frozensets(st.sampled_from(IDS), max_size=2)
MEMBERS = FEW.map(frozenset(IDS[:3]).difference)
TIES = frozenset((student, one) for student in IDS[:2] for one in GUARDIANS)
SOME_TIES = st.sets(st.sampled_from(sorted(TIES)), max_size=2).map(TIES.difference)
STATEMENTS = st.tuples(
    st.sampled_from(IDS), st.sampled_from(("grant", "refuse", "withdraw", "lift")),
    st.sampled_from(("social", "website")), st.sampled_from(("Mum", "Dad")),
    st.sampled_from(("2026-01-01", "2026-02-01")),
)  # fmt: skip


@st.composite
def rosters(draw: Any) -> Delivered:
    """Rosters of one of two feeds, or of none, with which nothing is wrong."""
    lacks = draw(FEW)
    return Delivered(
        {name: "1" for name in IDS if name not in lacks},
        draw(st.fixed_dictionaries(dict.fromkeys(CLASSES, MEMBERS))),
        frozenset(),
        {},
        draw(st.sampled_from((True, True, False))),
        False,
        "approve",
        frozenset(),
        draw(SOME_TIES),
        draw(st.sampled_from(("sis", "hr", "sis", "hr", None))),
        draw(st.sampled_from((0, 0, 0, 1, AGE + 1))),
    )


@st.composite
def deliveries(draw: Any) -> Delivered:
    given_ = draw(rosters())
    names = given_.people if draw(st.integers(0, 3)) else ()
    return replace(
        given_,
        people={name: draw(st.sampled_from(("1", "2"))) for name in names},
        rosters=given_.rosters if draw(st.booleans()) else {},
        statements=draw(st.frozensets(STATEMENTS, max_size=3)),
        flags=draw(st.dictionaries(st.sampled_from(IDS), st.sampled_from(("Y", "N", "")))),
        wrong=draw(st.integers(0, 4)) == 4,
        decision=draw(st.sampled_from(("approve", "reject", "leave"))),
        others=draw(st.frozensets(st.sampled_from(IDS), max_size=1)),
        ties=given_.ties if draw(st.booleans()) else frozenset(),
        days=draw(st.sampled_from((given_.days, AGE))),
    )


def histories(least: int, most: int) -> st.SearchStrategy[list[Delivered]]:
    """Deliveries with all that may be wrong, and such as have feeds as their subject."""
    return st.one_of(
        st.lists(deliveries(), min_size=least, max_size=most),
        st.lists(rosters(), min_size=most, max_size=most),
    )


def _known(given: Delivered, model: Model) -> Delivered:
    """The delivery without what refers to people whom nobody knows."""
    known = model.people.keys() | given.people.keys()
    return Delivered(
        given.people,
        {name: members & known for name, members in given.rosters.items()},
        frozenset(s for s in given.statements if s[0] in known),
        {person: value for person, value in given.flags.items() if person in known},
        given.complete,
        given.wrong,
        given.decision,
        given.others,
        frozenset(tie for tie in given.ties if tie[0] in known),
        given.feed,
        given.days,
    )


def _files(given: Delivered) -> dict[str, list[dict[str, str]]]:
    files: dict[str, list[dict[str, str]]] = {
        "orgs": [{"sourced_id": "o-1", "name": "Hill", "kind": "school"}],
        "classes": [{"sourced_id": name, "title": name} for name in CLASSES],
    }
    if given.flags:
        flags = [{"id": person, "No Media": value} for person, value in given.flags.items()]
        files["flags"] = flags
    if given.people:
        files["people"] = [
            {"sourced_id": person, "kind": "student", "given_name": given.bears(person)[:3],
             "family_name": f"{given.bears(person)[4:]}{person}", "grade": grade,
             "org_sourced_id": "o-1"}
            for person, grade in given.people.items()
        ]  # fmt: skip
    if any(given.rosters.values()):
        files["enrollments"] = [
            {"class_sourced_id": name, "person_sourced_id": person, "role": "student"}
            for name, members in given.rosters.items()
            for person in sorted(members)
        ]
    if given.ties:
        files["guardians"] = [
            {"student_sourced_id": student, "guardian_id": one, "name": f"Gu {one}"}
            for student, one in sorted(given.ties)
        ]
    if given.statements:
        files["consents"] = [
            dict(
                zip(HEADER, (who, what, "publish", where, "image", by, "guardian", on), strict=True)
            )
            for who, what, where, by, on in sorted(given.statements)
        ]
    if given.wrong:
        files["orgs"].append({"sourced_id": "o-2", "name": "Hill", "kind": "castle"})
    return files


def _cells(who: str, what: str, where: str, by: str, on: str) -> tuple[str, ...]:
    return who, what, "publish", where, "image", by, "guardian", on


def _statements(house: House) -> set[Statement]:
    c = consents.c
    rows = select(c.person_id, c.decision, c.channel, c.given_by, c.effective_from).where(
        c.source != "profile:photo"
    )
    return {(who, what, where, by, str(on)) for who, what, where, by, on in house.rows(rows)}


def _flags(house: House) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    rows = select(consents.c.person_id, consents.c.decision).order_by(consents.c.seq)
    for who, what in house.rows(rows.where(consents.c.source == "profile:photo")):
        said.setdefault(who, []).append(what)
    return said


def _check(house: House, model: Model) -> None:
    rows = select(people.c.id, people.c.grade, people.c.status)
    assert {who: (grade, status) for who, grade, status in house.rows(rows)} == model.people
    doubted = select(people.c.id).where(people.c.identity_doubt == "bearer")
    assert {who for (who,) in house.rows(doubted)} == model.doubts
    rosters: dict[str, set[str]] = {}
    for name, who in house.rows(select(enrollments.c.class_id, enrollments.c.person_id)):
        rosters.setdefault(name, set()).add(who)
    assert rosters == {name: who for name, who in model.rosters.items() if who}
    assert set(house.rows(select(guardians.c.student_id, guardians.c.guardian_id))) == model.ties
    assert _flags(house) == model.flags
    assert brought(house) == {
        (kind, name, *key)
        for name, feed in model.feeds.items()
        for kind, keys in feed.has.items()
        for key in keys
    }


def brought(house: House) -> set[Key]:
    """What the feeds have, by kind, feed and key."""
    found = set()
    for kind, table in (
        ("students", feed_people), ("places", feed_enrollments), ("ties", feed_guardians)
    ):  # fmt: skip
        skipped = ("feed", "role", "import_number")
        keys = [column for column in table.c if column.name not in skipped]
        found |= {(kind, *one) for one in house.rows(select(table.c.feed, *keys))}
    return found


def deliver(house: House, model: Model, given: Delivered) -> Report:
    """Deliver on its day, by its feed; what is wrong changes nothing of the model."""
    clock: Any = house.store.now
    model.day += given.days
    clock.day = model.day
    profile = NO_MEDIA if given.flags else None
    return house.deliver(_files(given), complete=given.complete, profile=profile, feed=given.feed)


def _step(house: House, model: Model, wanted: Delivered) -> None:
    given = _known(wanted, model)
    before = _statements(house)
    report = deliver(house, model, given)
    assert report.state == ("invalid" if given.wrong else report.state)
    assert report.state in ("invalid", "held", "applied", "unchanged"), report.errors
    assert not (report.applied and model.others(given))
    model.refuse(given)
    if report.state == "held":
        _decide(house, str(report.import_id), given.decision)
        if given.decision == "reject":
            model.doubts -= model.others(given)
    if report.applied or (report.state == "held" and given.decision == "approve"):
        model.apply(given)
        assert _statements(house) == model.statements
    else:
        assert _statements(house) == model.statements
    assert before <= _statements(house)
    _check(house, model)


def _decide(house: House, import_id: str, decision: str) -> None:
    actor = Actor("k-1", None, house.store.now())
    if decision == "approve":
        done = approve_import(house.store, house.settings, actor, ImportDecision(import_id))
        assert done.state in import_records.DONE
    elif decision == "reject":
        reject_import(house.store, actor, ImportDecision(import_id))


def check_histories(make_house: MakeHouse, examples: int) -> None:
    """Let random histories go through a store and the model."""

    @settings(max_examples=examples, deadline=None)
    @given(sequence=histories(1, 6))
    def check(sequence: list[Delivered]) -> None:
        with tempfile.TemporaryDirectory() as folder, make_house(Path(folder), Clock()) as house:
            model = Model()
            for given_ in sequence:
                _step(house, model, given_)

    check()


def test_a_store_is_what_its_deliveries_say(make_house: MakeHouse, backend: str) -> None:
    check_histories(make_house, 6 if backend == "sqlite" else 2)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_store_is_what_many_deliveries_say(make_house: MakeHouse) -> None:
    check_histories(make_house, 600)


def test_a_refusal_outlives_every_later_delivery(make_house: MakeHouse, tmp_path: Path) -> None:
    with make_house(tmp_path, Clock()) as house:
        check_a_refusal(house, Model())


def check_a_refusal(house: House, model: Model) -> None:
    first = Delivered({"s-0": "1"}, {}, frozenset(), {"s-0": "Y"}, False, False, "leave")
    _step(house, model, first)
    for later in (
        Delivered({"s-1": "1"}, {}, frozenset(), {}, True, False, "approve"),
        Delivered({"s-0": "2"}, {}, frozenset(), {"s-0": ""}, True, False, "approve"),
        Delivered({"s-0": "2"}, {}, frozenset(), {}, False, False, "approve"),
    ):
        _step(house, model, later)
        assert _flags(house) == {"s-0": ["refuse"]}
    with house.store.reading() as connection:
        assert all(
            one.state in import_records.DONE
            for one in import_records.list_imports(connection, None, 10)
        )
