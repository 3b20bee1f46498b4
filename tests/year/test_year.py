"""A year of nights on one store: deliveries, and every morning who may be shown.

Each night says what comes from the student information system and what families and offices do;
`families` is told the same in plain words. Every morning the service is asked about every child
there ever was, over HTTP, and must answer as `families` does.
"""

import contextlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.database.session import Store
from app.erasure.person_erasure import erase_person
from app.imports.approval import ImportDecision, approve_import, reject_import
from app.imports.report import Report
from app.main import create_app
from app.settings import Settings
from app.store.ledger.changes import Actor
from app.store.service import keys
from tests.imports.runs import run_import
from tests.service import serving
from tests.store.conftest import postgres, postgres_template, store_url
from tests.year.families import Child, Families
from tests.year.registrar import DALE, FLAGS, HILL, NO_MEDIA, Registrar

__all__ = ["postgres", "postgres_template", "store_url"]

FIRST_NIGHT = datetime(2026, 8, 3, 8, 0, tzinfo=UTC)  # two o'clock in Denver
NIGHTS = 40
ALL: dict[str, Any] = {"complete": True, "complete_consents": True, "profile": NO_MEDIA}


class District:
    """A district in the midst of its year: its office, its families and the service."""

    def __init__(self, url: str, folder: Path) -> None:
        self.now = FIRST_NIGHT
        self.folder = folder / "export"
        self.registrar, self.families = Registrar(), Families()
        self.store = Store(url, clock=lambda: self.now)
        self.settings = Settings(
            database_url=url, signing_key_file=folder / "key.pem", import_spool=folder / "spool",
            import_blackout=((date(2026, 12, 24), date(2026, 12, 24)),),
        )  # fmt: skip
        self.asked: set[str] = {"nobody"}
        self.mornings = 0

    @contextlib.contextmanager
    def opened(self) -> Iterator["District"]:
        """The district with its service running."""
        with self.store.writing() as connection:
            key = keys.create_key(connection, name="year", scopes=keys.SCOPES, now=self.now)
        headers = {"Authorization": f"Bearer {key.secret}"}
        with (
            contextlib.closing(self.store),
            serving(create_app(self.settings, store=self.store)) as base,
            httpx.Client(base_url=base, headers=headers, timeout=30) as self.client,
        ):
            yield self

    def deliver(self, *parts: str, **choices: Any) -> Report:
        """Export and import, all files unless told otherwise."""
        self.registrar.export(self.folder, *parts)
        return self.take(**choices)

    def take(self, **choices: Any) -> Report:
        """Import what lies in the folder."""
        return run_import(self.store, self.settings, self.folder, **(ALL | choices))

    def applied(self, report: Report) -> None:
        """Tell the model of a whole night that was applied."""
        assert report.applied, (report.state, report.reason, [str(e) for e in report.errors])
        here = self.registrar.students
        for who, row in here.items():
            self.families.put_on_file(who, row["org_sourced_id"], self.now)
        for who, child in self.families.children.items():
            child.is_here = who in here
        self.families.lists = {HILL: self.now, DALE: self.now}

    def waits(self, report: Report, why: str) -> Report:
        """See that a night waits for a person, and why."""
        assert report.state == "held", (report.state, [str(one) for one in report.errors])
        assert why in (report.reason or "")
        return report

    def approve(self, report: Report, *, whole: bool = True) -> None:
        actor, decision = Actor("office", None, self.now), ImportDecision(str(report.import_id))
        report.state = approve_import(self.store, self.settings, actor, decision).state
        if whole:
            self.applied(report)

    def undo(self, report: Report) -> None:
        """Undo a night over HTTP, and approve it."""
        url = f"/v1/imports/{report.import_id}/undo"
        reply = self.client.post(url, headers={"Idempotency-Key": f"undo-{report.import_id}"})
        assert reply.status_code == 201, reply.text
        actor, decision = Actor("office", None, self.now), ImportDecision(reply.json()["id"])
        assert approve_import(self.store, self.settings, actor, decision).state == "applied"

    def reject(self, report: Report) -> None:
        reject_import(
            self.store, Actor("office", None, self.now), ImportDecision(str(report.import_id))
        )

    def ask(self, who: str) -> str:
        """May this child be shown on social media?"""
        body = {"students": [{"id": who}], "channel": "social"}
        reply = self.client.post("/v1/checks/photo-consent", json=body)
        assert reply.status_code == 200, reply.text
        return str(reply.json()["outcome"])

    def record(self, who: str, decision: str, capacity: str = "guardian", **more: Any) -> str:
        """Put what somebody says on file, over HTTP; the statement's id."""
        body = {"person_id": who, "decision": decision, "capacity": capacity, **more}
        body["signed_at"] = self.now.isoformat()
        if "lifts" not in body:
            body = {"activity": "publish", "channel": "all", "extent": "image", **body}
        if capacity == "guardian":
            body["given_by"] = {"guardian_id": f"g-{who}"}
        reply = self.client.post("/v1/consents", json=body)
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    def morning(self) -> None:
        """Compare the answers about every child there ever was."""
        self.now += timedelta(hours=6)
        self.asked |= {*self.registrar.students, *self.families.children}
        expected = {who: self.families.answer(who, self.now) for who in sorted(self.asked)}
        assert {who: self.ask(who) for who in sorted(self.asked)} == expected
        self.mornings += 1
        self.now += timedelta(hours=18)


Nights = Iterator[str]


def august(it: District) -> Nights:
    """School begins."""
    for number in range(48):
        it.registrar.enroll(number, HILL if number < 24 else DALE)
    it.registrar.staff["t-1"] = {
        "sourced_id": "t-1", "kind": "employee", "given_name": "Tess", "family_name": "Teacher",
        "org_sourced_id": HILL,
    }  # fmt: skip
    for who in ("s-1", "s-2", "s-30"):
        it.registrar.file_paper(who, "refuse", date(2026, 7, 1))
    it.applied(it.deliver())
    for who in ("s-1", "s-2", "s-30"):
        it.families[who].says_no.add("paper")
    yield "everybody is delivered, with three papers that say no"

    it.applied(it.deliver())
    yield "the same comes again"

    it.registrar.file_paper("s-3", "refuse", date(2026, 8, 5))
    it.applied(it.deliver())
    it.families["s-3"].says_no.add("paper")
    yield "a mother says no on paper"

    it.registrar.flag("s-31", "Y")
    it.applied(it.deliver())
    it.families["s-31"].says_no.add("flag")
    yield "a box is ticked in the system"

    it.registrar.enroll(48, DALE)
    it.registrar.enroll(49, HILL)
    it.registrar.flag("s-49", "Y")
    it.applied(it.deliver())
    it.families["s-49"].says_no.add("flag")
    yield "two children come, one with a ticked box"

    it.registrar.students["s-4"]["org_sourced_id"] = DALE
    it.registrar.students["s-2"]["org_sourced_id"] = DALE
    it.applied(it.deliver())
    yield "two children change the school, and one of them takes a no along"

    yield "nothing is delivered"


def september(it: District) -> Nights:
    """Files go wrong."""
    whole = dict(it.registrar.students)
    it.registrar.students = dict(list(whole.items())[:20])
    it.registrar.file_paper("s-5", "refuse", date(2026, 8, 9))
    it.reject(it.waits(it.deliver(), "missing"))
    it.registrar.students = whole
    it.families["s-5"].says_no.add("paper")
    yield "half a file comes; the new no in it is in force all the same"

    it.applied(it.deliver())
    yield "the whole file comes"

    it.registrar.flag("s-6", "Maybe")
    it.registrar.flag("s-7", "Y")
    it.applied(it.deliver())
    it.families["s-6"].doubts.add("flag")
    it.families["s-7"].says_no.add("flag")
    yield "a value comes that nobody has listed, beside a no"

    it.registrar.flag("s-6", "Y")
    it.applied(it.deliver())
    it.families["s-6"].doubts.clear()
    it.families["s-6"].says_no.add("flag")
    yield "the value is mended: it was a no"

    it.registrar.export(it.folder)
    flags = it.folder / FLAGS
    flags.write_text(flags.read_text().replace("00008,", "8,Y").replace("00009,", "x9,"))
    it.applied(it.take())
    it.families["s-8"].doubts.add("number")
    it.families["s-9"].doubts.add("not listed")
    yield "a number loses its zeros on a row that says no, another is spoilt"

    it.registrar.flag("s-8", "Y")
    it.applied(it.deliver())
    it.families["s-8"].doubts.clear()
    it.families["s-9"].doubts.clear()
    it.families["s-8"].says_no.add("flag")
    yield "the numbers are mended"


def october(it: District) -> Nights:
    """Children leave, come back, and come under other ids."""
    leaver = it.registrar.leave("s-10")
    it.applied(it.deliver())
    yield "a child leaves, and is no longer shown"

    it.registrar.enroll(10, HILL, **leaver)
    it.applied(it.deliver())
    yield "the child comes back, and the list that comes along knows it"

    former = it.registrar.leave("s-30")
    it.registrar.enroll(30, DALE, **(former | {"sourced_id": "s-130"}))
    report = it.waits(it.deliver(), "another")
    it.families.children["s-130"] = Child(DALE, it.now, says_no={"carried"})
    yield "a child with a no comes under another id: the no comes along at once"

    it.approve(report)
    yield "the office approves the new id"

    former = dict(it.registrar.students["s-11"])
    it.registrar.students["s-11"] |= {"given_name": "Zoe", "birth_date": "2016-05-05"}
    report = it.waits(it.deliver(), "somebody else")
    it.families["s-11"].doubts.add("bearer")
    yield "an id would come to another child: nobody is shown under it"

    it.reject(report)
    it.families["s-11"].doubts.clear()
    it.registrar.students["s-11"] = former
    it.applied(it.deliver())
    yield "it was a slip of the pen"

    yield "nothing is delivered in the autumn recess"


def november(it: District) -> Nights:
    """Families and the office speak for themselves."""
    ident = it.record("s-12", "refuse")
    it.families["s-12"].says_no.add("at the office")
    yield "a father says no at the office"

    it.record("s-12", "lift", lifts=[ident])
    it.families["s-12"].says_no.clear()
    it.applied(it.deliver())
    yield "he takes his no back"

    it.record("s-13", "grant")
    it.families["s-13"].says_yes.add("at the office")
    it.record("s-1", "grant", extent="image_with_name")
    it.families["s-1"].says_no.clear()
    it.families["s-1"].says_yes.add("at the office")
    it.applied(it.deliver())
    yield "a yes to one who was silent, and one signed after a no on paper"

    it.record("s-13", "withdraw")
    it.families["s-13"].says_yes.clear()
    it.families["s-13"].says_no.add("withdrawn")
    yield "the yes is withdrawn, which is a no"

    hold = it.record("s-14", "refuse", "office_hold")
    it.families["s-14"].says_no.add("office")
    it.applied(it.deliver())
    yield "the office holds a child's pictures back"

    it.record("s-14", "lift", "office_hold", lifts=[hold])
    it.families["s-14"].says_no.clear()
    yield "the hold is lifted"

    it.registrar.papers.append({**it.registrar.papers[0], "person_sourced_id": "s-15",
                                "given_by": "g-s-15", "activity": "shout"})  # fmt: skip
    assert it.deliver().state == "invalid"
    it.families["s-15"].doubts.add("paper")
    yield "a paper comes that says what nobody can read"

    it.registrar.papers.pop()
    it.registrar.file_paper("s-15", "refuse", it.now.date())
    it.applied(it.deliver())
    it.families["s-15"].doubts.clear()
    it.families["s-15"].says_no.add("paper")
    yield "the paper is read: it said no"


def winter(it: District) -> Nights:
    """The system is silent, and comes back."""
    it.now = datetime(2026, 12, 20, 8, 0, tzinfo=UTC)
    yield "nothing has come for weeks: the lists are stale"

    it.registrar.enroll(50, DALE)
    it.applied(it.deliver())
    yield "the lists are there again"

    it.now = datetime(2026, 12, 24, 9, 0, tzinfo=UTC)
    it.registrar.file_paper("s-16", "refuse", date(2026, 12, 23))
    report = it.waits(it.deliver(), "unattended")
    it.families["s-16"].says_no.add("paper")
    yield "on Christmas Eve a delivery waits, and its no does not"

    it.approve(report)
    yield "it is approved"


def spring(it: District) -> Nights:
    """A no ends, a feed of its own comes, and a night is undone."""
    it.registrar.flag("s-31", "N")
    it.applied(it.deliver())
    it.families["s-31"].says_no.clear()
    yield "the box of one child is unticked, and the list takes back its own no"

    for who in ("s-6", "s-7", "s-8"):
        it.registrar.flag(who, "N")
    it.reject(it.waits(it.deliver(), "would be lifted"))
    for who in ("s-6", "s-7", "s-8"):
        it.registrar.flag(who, "Y")
    yield "the boxes of three are unticked at once: nobody is shown for it"

    staff = dict(it.registrar.staff)
    it.registrar.staff = {
        f"t-{n}": {**staff["t-1"], "sourced_id": f"t-{n}", "family_name": f"Teacher{n}"}
        for n in range(1, 5)
    }
    children, it.registrar.students = it.registrar.students, {}
    report = it.deliver("orgs", "people", feed="hr", complete_consents=False, profile=None)
    it.registrar.students = children
    if report.state == "held":
        it.approve(report, whole=False)
    assert report.state in ("applied", "held")
    yield "the staff come in a feed of their own, and no child is missing for it"

    it.applied(it.deliver())
    yield "the system comes again, and no teacher is missing for it"

    before = [it.registrar.leave(f"s-{n}") for n in (20, 21)]
    it.registrar.file_paper("s-22", "refuse", it.now.date())
    night = it.deliver()
    it.applied(night)
    it.families["s-22"].says_no.add("paper")
    yield "two children leave, and a mother says no"

    it.undo(night)
    it.families["s-20"].is_here = it.families["s-21"].is_here = True
    it.families["s-22"].says_no.clear()
    yield "that night was of another district: it is undone"

    for row, number in zip(before, (20, 21), strict=True):
        it.registrar.enroll(number, HILL, **row)
    it.registrar.papers.pop()
    it.applied(it.deliver())
    yield "the right night comes"

    whole, it.registrar.papers = it.registrar.papers, it.registrar.papers[:1]
    it.registrar.enroll(51, HILL)
    report = it.deliver()
    it.registrar.papers = whole
    it.applied(report)
    yield "the papers are cut off: what was refused stays refused"


def summer(it: District) -> Nights:
    """The school year ends, and the system is changed for another."""
    for row in it.registrar.students.values():
        row["grade"] = str(int(row["grade"]) + 1)
    it.approve(it.waits(it.deliver(), "would change"))
    yield "everybody goes up a grade"

    for who in list(it.registrar.students):
        row, value = it.registrar.students[who], it.registrar.flags
        kept = value[row["student_number"]]
        it.registrar.leave(who)
        it.registrar.enroll(int(row["student_number"]), row["org_sourced_id"],
                            **(row | {"sourced_id": f"n-{who}"}))  # fmt: skip
        it.registrar.flags[row["student_number"]] = kept
    it.registrar.papers = []
    noes = {f"n-{who}": set(one.says_no) for who, one in it.families.children.items()
            if one.says_no}  # fmt: skip
    report = it.waits(it.deliver(), "migrated")
    yield "the system is changed for another: nobody is shown under a new id while that waits"

    for who, row in it.registrar.students.items():
        it.families.children[who] = Child(
            row["org_sourced_id"], it.now, says_no=noes.get(who, set())
        )
    it.approve(report)
    yield "the office approves the new ids, and each no has come along"

    it.registrar.file_paper("n-s-23", "refuse", it.now.date())
    it.applied(it.deliver())
    it.families["n-s-23"].says_no.add("paper")
    yield "a no under a new id"

    erase_person(it.store, "s-3", lambda: Actor("office", "t-1", it.now))
    del it.families.children["s-3"]
    yield "a former id is erased"


MONTHS = (august, september, october, november, winter, spring, summer)


# What its nights and mornings ask of PostgreSQL is what the tests of imports and checks ask of it.
@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_year_of_nights(store_url: str, tmp_path: Path) -> None:
    with District(store_url, tmp_path).opened() as district:
        told = []
        for month in MONTHS:
            for night in month(district):
                told.append(night)
                try:
                    district.morning()
                except AssertionError as error:
                    error.add_note(f"night {len(told)}: {night}")
                    raise
    assert len(told) == len(set(told)) == district.mornings
