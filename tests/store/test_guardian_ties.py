"""Guardians who come and go with deliveries, and addresses that several of them bear."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from app.cli.imports.wording import describe_plan
from app.database.tables import guardians, source_doubts
from app.imports.report import Report
from app.policy.facts import Consent, Setup
from app.policy.question import PersonRef, Pictured, Question
from app.settings import Settings
from app.store.facts.loader import load_facts
from tests.imports.conftest import district, row
from tests.imports.runs import run_import
from tests.store.house import House

MANIFEST = "\n".join([
    "propertyName,value", "manifest.version,1.0", "oneroster.version,1.1",
    *(f"file.{name},absent" for name in ("academicSessions", "classes", "courses",
                                         "demographics", "enrollments")),
    "file.orgs,bulk", "file.users,bulk", "",
])  # fmt: skip
ORGS = (
    "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\nhill,,,Hill,school,,\n"
)
USERS = "sourcedId,status,enabledUser,orgSourcedIds,role,givenName,familyName,email,agentSourcedIds"
SAID = (
    "person_sourced_id,decision,activity,channel,extent,given_by,capacity,signed_at\n"
    "{0},refuse,,,,{1},guardian,2026-01-02\n"
    "{0},grant,publish,all,image,{1},guardian,2026-02-03\n"
)


def deliver(house: House, files: dict[str, str]) -> Report:
    house.folder.mkdir(exist_ok=True)
    for old in house.folder.iterdir():
        old.unlink()
    for name, text in files.items():
        (house.folder / name).write_text(text)
    report = run_import(house.store, house.settings, house.folder)
    assert report.applied, report.errors
    return report


def roster(house: House, agents: Sequence[str], mail: dict[str, str] | None = None) -> Report:
    """Three students, the first with these guardians, of four."""
    lines = [USERS, f's-1,,true,hill,student,Ana,Lopez,,"{",".join(agents)}"']
    lines += [f's-{n},,true,hill,student,Kid,Lopez,,"g-3"' for n in (2, 3)]
    lines += [
        f"g-{n},,true,hill,parent,Gu{n},Lopez,{(mail or {}).get(f'g-{n}', '')},"
        for n in range(1, 5)
    ]
    return deliver(
        house, {"manifest.csv": MANIFEST, "orgs.csv": ORGS, "users.csv": "\n".join(lines) + "\n"}
    )


def states(house: House, person_id: str) -> list[tuple[str, bool, bool]]:
    asked = Question("photo-consent", pictured=Pictured(students=(PersonRef("", person_id),)))
    now, setup = house.store.now(), Setup(house.settings.zone)
    with house.store.reading() as connection:
        found = load_facts(connection, [asked], now, setup).consents.get(person_id, ())

    def said(one: Consent) -> tuple[str, bool, bool]:
        return one.decision, one.by_former, one.by_several

    return sorted(map(said, found))


def doubts(house: House) -> list[tuple[str, str, str]]:
    c = source_doubts.c
    return sorted(tuple(row) for row in house.rows(select(c.person_id, c.source, c.doubt)))


def ties(house: House) -> list[tuple[str, str]]:
    c = guardians.c
    return sorted(tuple(row) for row in house.rows(select(c.student_id, c.guardian_id)))


@pytest.mark.parametrize("given_by", ["g-2", "Gu2 Lopez"])
def test_who_is_no_guardian_any_more_is_marked_until_the_tie_is_back(
    house: House, given_by: str
) -> None:
    roster(house, ["g-1", "g-2"])
    deliver(house, {"consents.csv": SAID.format("s-1", given_by)})
    assert states(house, "s-1") == [("grant", False, False), ("refuse", False, False)]
    report = roster(house, ["g-1"])
    assert (report.state, report.plan.ties.ended) == ("applied", 1)
    assert ties(house) == [("s-1", "g-1"), ("s-2", "g-3"), ("s-3", "g-3")]
    assert states(house, "s-1") == [("grant", True, False), ("refuse", True, False)]
    roster(house, ["g-1"])
    assert len(doubts(house)) == 2
    roster(house, ["g-1", "g-2"])
    assert doubts(house) == []
    assert states(house, "s-1") == [("grant", False, False), ("refuse", False, False)]


@pytest.mark.parametrize("role", ["teacher", "aide", "administrator", "other", "student"])
def test_an_agent_who_is_no_guardian_becomes_none(house: House, role: str) -> None:
    users = "\n".join([
        USERS, 's-1,,true,hill,student,Ana,Lopez,,"x-1,g-1,g-2"', f"x-1,,true,hill,{role},Ex,One,,",
        "g-1,,true,hill,relative,Gu,Lopez,,", "g-2,,true,hill,guardian,Ge,Lopez,,", "",
    ])  # fmt: skip
    report = deliver(house, {"manifest.csv": MANIFEST, "orgs.csv": ORGS, "users.csv": users})
    assert ties(house) == [("s-1", "g-1"), ("s-1", "g-2")]
    assert any("not between a student and a guardian" in one for one in report.warnings)


def test_a_tie_to_a_teacher_of_an_earlier_version_ends(house: House) -> None:
    """Also where the roster names nobody else's guardian: an agent is named, and is none."""
    users = "\n".join([
        USERS, "s-1,,true,hill,student,Ana,Lopez,,t-1", "t-1,,true,hill,{},Tea,Cher,,", "",
    ])  # fmt: skip
    files = {"manifest.csv": MANIFEST, "orgs.csv": ORGS}
    deliver(house, {**files, "users.csv": users.format("parent")})
    assert ties(house) == [("s-1", "t-1")]
    report = deliver(house, {**files, "users.csv": users.format("teacher")})
    assert (ties(house), report.plan.ties.ended) == ([], 1)


def test_a_complete_plain_delivery_ends_the_ties_it_no_longer_has(house: House) -> None:
    files = district()
    files["guardians"] += [row("guardians", "s-2,g-9,Eve Diaz,mother")]
    files["consents"] += [row("consents", "s-2,grant,publish,all,image,g-9,guardian,2026-02-01,,")]
    assert house.deliver(files, complete=True).applied
    del files["guardians"][-1]
    assert house.deliver(files).applied
    assert ("s-2", "g-9") in ties(house)
    files["people"][1]["grade"] = "01"
    report = house.deliver(files, complete=True)
    assert report.applied
    assert ties(house) == [("s-1", "g-1"), ("s-2", "g-2")]
    told = [one for one in describe_plan(report.plan) if "tie of a guardian ends" in one]
    assert told == [
        "1 tie of a guardian ends: what they agreed to counts no more, what they refused stays."
    ]
    assert ("grant", True, False) in states(house, "s-2")


def test_a_delivery_without_any_tie_ends_none(house: House) -> None:
    roster(house, ["g-1", "g-2"])
    before = ties(house)
    deliver(house, {
        "manifest.csv": MANIFEST, "orgs.csv": ORGS,
        "users.csv": f"{USERS}\ns-1,,true,hill,student,Ana,Lopez,,\n"
                     "s-2,,true,hill,student,Kid,Lopez,,\ns-3,,true,hill,student,Kid,Lopez,,\n",
    })  # fmt: skip
    assert (ties(house), doubts(house)) == (before, [])


def test_a_name_that_another_guardian_bears_stays_a_guardians(house: House) -> None:
    files = {"manifest.csv": MANIFEST, "orgs.csv": ORGS}
    users = f'{USERS}\ns-1,,true,hill,student,Ana,Lopez,,"{{}}"\n' + "".join(
        f"g-{n},,true,hill,parent,Gus,Lopez,,\n" for n in (1, 2)
    )
    deliver(house, {**files, "users.csv": users.format("g-1,g-2")})
    deliver(house, {**files, "users.csv": users.format("g-1")})
    shared = ("s-1", "guardian:gus lopez", "shared")
    assert doubts(house) == [("s-1", "guardian:g-2", "former"), shared]


def test_too_many_ties_that_would_end_wait(house: House) -> None:
    students = [f"s-{n}" for n in range(30)]
    said = {
        name: MANIFEST if name == "manifest.csv" else ORGS for name in ("manifest.csv", "orgs.csv")
    }

    def users(tied: int) -> str:
        rows = [
            f"{who},,true,hill,student,Kid,{who},,{'g-1' if n < tied else ''}"
            for n, who in enumerate(students)
        ]
        return "\n".join([USERS, *rows, "g-1,,true,hill,parent,Gu,Lopez,,", ""])

    deliver(house, {**said, "users.csv": users(30)})
    for name, text in {**said, "users.csv": users(10)}.items():
        (house.folder / name).write_text(text)
    strict = Settings(database_url=house.settings.database_url, import_hold_from_people=5)
    report = run_import(house.store, strict, house.folder)
    assert (report.state, len(ties(house))) == ("held", 30)
    assert "20 of 30 ties of guardians on file would end" in str(report.reason)


def test_an_address_of_two_guardians_is_of_neither(house: House) -> None:
    mail = {"g-1": "Family@example.org", "g-2": "family@example.org", "g-3": "solo@example.org"}
    report = roster(house, ["g-1", "g-2"], mail)
    assert any("share an address" in one for one in report.warnings)
    for student, address in (("s-1", "family@example.org"), ("s-2", "solo@example.org")):
        deliver(house, {"consents.csv": SAID.format(student, address)})
    assert states(house, "s-1") == [("grant", False, True), ("refuse", False, True)]
    assert states(house, "s-2") == [("grant", False, False), ("refuse", False, False)]
    # Who said what under it is not known when each has an address of the own, either.
    roster(house, ["g-1", "g-2"], mail | {"g-2": "other@example.org"})
    assert states(house, "s-1") == [("grant", False, True), ("refuse", False, True)]


def test_contacts_known_by_their_address_alone(house: House) -> None:
    report = deliver(house, {
        "School.csv": "SIS ID,Name\nhill,Hill High\n",
        "Student.csv": "SIS ID,School SIS ID,Username,First Name,Last Name\n"
                       + "".join(f"s-{n},hill,u{n},Kid,Lopez\n" for n in (1, 2)),
        "Teacher.csv": "SIS ID,School SIS ID,Username,First Name,Last Name\nt-1,hill,t,Tea,Cher\n",
        "Section.csv": "SIS ID,School SIS ID,Section Name\nc-1,hill,Art\n",
        "StudentEnrollment.csv": "Section SIS ID,SIS ID\nc-1,s-1\nc-1,s-2\n",
        "TeacherRoster.csv": "Section SIS ID,SIS ID\nc-1,t-1\n",
        "user.csv": "Email,First Name,Last Name\nfamily@example.org,Gia,Lopez\n"
                    "family@example.org,Hal,Lopez\nsolo@example.org,Ida,Lopez\n",
        "guardianrelationship.csv": "SIS ID,Email,Role\ns-1,family@example.org,parent\n"
                                    "s-2,solo@example.org,parent\n",
    })  # fmt: skip
    assert any("share an address" in one for one in report.warnings)
    for student, address in (("s-1", "family@example.org"), ("s-2", "solo@example.org")):
        deliver(house, {"consents.csv": SAID.format(student, address)})
    assert states(house, "s-1") == [("grant", False, True), ("refuse", False, True)]
    assert states(house, "s-2") == [("grant", False, False), ("refuse", False, False)]


def test_papers_of_nobody_named_are_those_of_several(house: House) -> None:
    roster(house, ["g-1"])
    deliver(house, {"consents.csv": SAID.format("s-1", "")})
    assert states(house, "s-1") == [("grant", False, True), ("refuse", False, True)]


TIES = "student_sourced_id,guardian_id,name,relationship\n"
PUPILS = "sourced_id,kind,given_name,family_name,org_sourced_id\ns-1,student,Ana,Lopez,hill\n"
NO = "s-1,refuse,,,,g-1,guardian,2026-01-02\n"
YES = "s-1,grant,publish,all,image,g-1,guardian,2026-02-03\n"
HEAD = SAID.partition("\n")[0] + "\n"


def deliver_ties(house: House, ties: str, papers: str = "") -> Report:
    schools = "sourced_id,name,kind\nhill,Hill School,school\n"
    files = {"orgs.csv": schools, "people.csv": PUPILS, "guardians.csv": TIES + ties}
    return deliver(house, files | ({"consents.csv": HEAD + papers} if papers else {}))


def test_an_id_that_another_guardian_gets_is_not_the_same_guardians(house: House) -> None:
    deliver_ties(house, "s-1,g-1,Maria Lopez,mother\n", NO)
    report = deliver_ties(house, "s-1,g-1,Pedro Ruiz,father\n", YES)
    assert any("another guardian had before" in one for one in report.warnings)
    # Her no stays, whatever he agrees to.
    assert states(house, "s-1") == [("grant", False, True), ("refuse", True, True)]


def test_what_the_former_bearer_of_a_guardians_id_agreed_to_counts_no_more(house: House) -> None:
    deliver_ties(house, "s-1,g-1,Maria Lopez,mother\n", YES)
    deliver_ties(house, "s-1,g-1,MARIA  Ruiz-López,mother\n")
    assert states(house, "s-1") == [("grant", False, False)]
    deliver_ties(house, "s-1,g-1,Pedro Diaz,father\n")
    assert states(house, "s-1") == [("grant", True, True)]
    deliver(house, {"consents.csv": HEAD + YES.replace("02-03", "03-04")})
    assert states(house, "s-1") == [("grant", False, True), ("grant", True, True)]
    deliver_ties(house, "s-1,g-1,Olga Owen,aunt\n")
    assert states(house, "s-1") == [("grant", True, True)] * 2


def test_a_name_of_two_guardians_is_of_neither(house: House) -> None:
    papers = SAID.format("s-1", "Maria Lopez").partition("\n")[2]
    deliver_ties(house, "s-1,g-1,Maria Lopez,mother\ns-1,g-2,MARIA LOPEZ,grandmother\n", papers)
    assert states(house, "s-1") == [("grant", False, True), ("refuse", False, True)]
