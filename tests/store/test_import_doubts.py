"""What a delivery says about a child and nobody can read: `review`, until somebody knows better."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.database.tables import doubted_people, import_doubts
from app.errors import ConflictError, PersonRequiredError
from app.imports import approval
from app.imports.doubts.settling import Settlement, forget_doubts, page_doubts, settle_doubt
from app.imports.reading.profiles import read_profile
from app.imports.report import Report
from app.policy_setup import read_setup
from app.settings import Settings
from app.store.consents import list_dates
from app.store.consents.states import Use, read_state
from app.store.ledger.changes import Actor
from tests.imports.runs import run_import
from tests.store.house import House

PUBLISH = "permission_to_publish.txt"
HEADER = "Student_Number\tPermission to Publish\n"
PEOPLE = "sourced_id,kind,given_name,family_name,grade,org_sourced_id,birth_date,student_number\n"
ORGS = "sourced_id,name,kind\nhill,Hill School,school\n"
CHILDREN = 9


def people(*more: str, **numbers: str) -> str:
    rows = [
        f"s{n},student,Given{chr(64 + n)},Family,05,hill,2013-02-1{n},"
        + numbers.get(f"s{n}", f"00000{n}")
        for n in range(1, CHILDREN + 1)
    ]
    return PEOPLE + "\n".join([*rows, *more]) + "\n"


def answers(*more: str, **said: str) -> str:
    """The list of every child's answer; blank but for those said."""
    rows = [f"00000{n}\t{said.get(f's{n}', '')}" for n in range(1, CHILDREN + 1)]
    return HEADER + "\n".join([*rows, *more]) + "\n"


def night(
    house: House, flags: str | None, roster: str | None = None, *, file: str = PUBLISH,
    profile: str = "powerschool", **others: str,
) -> Report:  # fmt: skip
    house.folder.mkdir(exist_ok=True)
    for old in house.folder.iterdir():
        old.unlink()
    files = {"orgs.csv": ORGS, "people.csv": roster or people(), **others}
    if flags is not None:
        files[file] = flags
    for name, text in files.items():
        (house.folder / name).write_text(text)
    return run_import(
        house.store, house.settings, house.folder, profile=read_profile(profile), complete=True
    )


def code(house: House, person: str, channel: str = "social") -> str:
    use = Use(person, channel=channel)  # type: ignore[arg-type]
    with house.store.reading() as connection:
        now = datetime.now(UTC)
        return read_state(connection, use, now, read_setup(house.settings)).finding.code


def cautious(house: House) -> Settings:
    """The settings, but that a night waits in which anybody would be missing."""
    return house.settings.model_copy(update={"import_hold_from_people": 1})


def doubted(house: House) -> dict[str, str]:
    """Who is in doubt, and in which line."""
    wanted = (
        select(doubted_people.c.person_id, import_doubts.c.line)
        .join(import_doubts, import_doubts.c.id == doubted_people.c.doubt_id)
        .where(doubted_people.c.ended_at.is_(None))
    )
    return dict(house.rows(wanted))


@pytest.fixture
def first(house: House) -> House:
    """A house after a first night in which nobody said no."""
    assert night(house, answers()).applied
    assert code(house, "s3") == "consent.not_on_list"
    return house


@pytest.mark.parametrize(
    "row",
    [
        "000003\tExempt",  # a value that is not listed
        "000003\tNo\tcourt order, see file",  # another width
        "000003\tNo\tcourt order\tsee file",
        '000003\t"No\nsee file"',
        '"000003"x\tNo',
        "000003\tNo\x07",
        "3\tNo",  # zeros lost
        "'000003\tNo",
        "3.0\tNo",
        '"000003 "\tExempt',
    ],
)
def test_a_row_that_cannot_be_read_puts_its_child_in_doubt(first: House, row: str) -> None:
    text = answers().replace("000003\t", row)
    assert not night(first, text).applied
    assert code(first, "s3") in {"consent.unread", "consent.refused"}
    assert set(doubted(first)) <= {"s3"}
    assert code(first, "s4") == "consent.not_on_list"


def test_a_key_as_text_of_a_spreadsheet_is_read(first: House) -> None:
    text = answers(s3="No").replace("000003", '"=""000003"""')
    assert night(first, text).applied
    assert code(first, "s3") == "consent.refused"


def test_a_readable_row_ends_the_doubt(first: House) -> None:
    night(first, answers(s3="Exempt"))
    assert code(first, "s3") == "consent.unread"
    assert night(first, answers()).applied
    assert code(first, "s3") == "consent.not_on_list"
    night(first, answers(s3="Exempt"))
    assert code(first, "s3") == "consent.unread"


def test_a_blank_takes_no_no_back_that_was_read_but_not_kept(first: House) -> None:
    night(first, answers().replace("000003\t", "3\tNo"))
    assert night(first, answers()).applied
    assert code(first, "s3") == "consent.unread"
    assert night(first, answers(s3="No")).applied
    assert code(first, "s3") == "consent.refused"
    assert doubted(first) == {}


def test_an_answer_ends_the_doubt_about_a_no(first: House) -> None:
    night(first, answers().replace("000003\t", "3\tNo"))
    assert night(first, answers(s3="Yes")).applied
    assert code(first, "s3") == "consent.granted"


def test_no_grant_outweighs_a_doubt_and_a_refusal_stays_one(first: House) -> None:
    assert night(first, answers(s3="Yes", s4="No")).applied
    night(first, answers(s3="Exempt", s4="Exempt"))
    assert (code(first, "s3"), code(first, "s4")) == ("consent.unread", "consent.refused")


def test_two_children_of_one_number_are_both_in_doubt(first: House) -> None:
    text = "\n".join(one for one in answers(s1="No").split("\n") if not one.startswith("000002"))
    assert not night(first, text, people(s2="000001")).applied
    assert code(first, "s1") == code(first, "s2") == "consent.unread"


def test_a_no_under_an_unknown_number_waits_for_its_child(first: House) -> None:
    report = night(first, answers("000042\tNo"))
    assert (report.applied, report.rows_aside, report.doubts) == (True, 1, 1)
    assert night(first, answers(), people("n1,student,New,Child,05,hill,,42")).applied
    assert set(doubted(first)) == {"n1"}
    assert code(first, "n1") == "consent.unread"


def test_a_no_beside_a_value_that_is_not_listed(house: House) -> None:
    header = "Student ID,Local Use,Public Use\n"
    for said in (",", "Exempt,N"):
        night(house, f"{header}000006,{said}\n", file="skyward_media.csv", profile="skyward")
    assert code(house, "s6") == "consent.unread"


def test_a_no_of_a_new_child_in_a_night_that_waits(first: House) -> None:
    new = "n1,student,New,Child,05,hill,,900001"
    roster = PEOPLE + f"s1,student,GivenA,Family,05,hill,2013-02-11,000001\n{new}\n"
    first.settings = cautious(first)
    report = night(first, HEADER + "000001\t\n900001\tNo\n", roster)
    assert report.state == "held"
    assert night(first, answers("900001\t"), people(new)).applied
    assert code(first, "n1") == "consent.unread"


def test_a_held_night_that_is_approved_leaves_no_doubt(first: House) -> None:
    new = "n1,student,New,Child,05,hill,,900001"
    roster = PEOPLE + f"s1,student,GivenA,Family,05,hill,2013-02-11,000001\n{new}\n"
    first.settings = cautious(first)
    report = night(first, HEADER + "000001\t\n900001\tNo\n", roster)
    assert report.import_id
    actor = Actor("cli", "e-1", datetime.now(UTC))
    done = approval.approve_import(
        first.store, first.settings, actor, approval.ImportDecision(report.import_id)
    )
    assert done.state == "applied"
    assert code(first, "n1") == "consent.refused"
    assert doubted(first) == {}


def test_a_no_of_a_new_child_in_an_invalid_night(first: House) -> None:
    new = "n1,student,New,Child,05,hill,,900001"
    report = night(
        first, answers("900001\tNo"), people(new), **{"orgs.csv": ORGS.replace(",school", ",skool")}
    )
    assert report.state == "invalid"
    assert night(first, answers("900001\t"), people(new)).applied
    assert code(first, "n1") == "consent.unread"


def test_consents_are_read_where_nothing_else_of_a_delivery_is(first: House) -> None:
    manifest = "propertyName,value\noneroster.version,1.1\nfile.orgs,bulk\nfile.users,bulk\n"
    report = night(
        first, answers("42\tNo", s7="No", s8="Exempt"),
        **{"manifest.csv": manifest, "misspelt.csv": "a,b\n"},
    )  # fmt: skip
    assert report.state == "invalid"
    assert code(first, "s7") == "consent.refused"
    assert code(first, "s8") == "consent.unread"
    assert len(first.rows(import_doubts)) == 2


def test_a_plan_alone_puts_nobody_in_doubt(first: House) -> None:
    (first.folder / PUBLISH).write_text(answers(s3="Exempt"))
    run_import(
        first.store,
        first.settings,
        first.folder,
        profile=read_profile("powerschool"),
        plan_only=True,
    )
    assert doubted(first) == {}


MANIFEST = "propertyName,value\noneroster.version,1.1\nfile.orgs,bulk\nfile.users,bulk\n"
ROSTER = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
USERS = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,"
    "familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,"
    "metadata.photoConsent\n"
)


def oneroster(house: House, **said: tuple[str, str, str]) -> Report:
    """A night of users with a consent column: by id the row's status, its role and its answer."""
    house.folder.mkdir(exist_ok=True)
    users = "".join(
        f"{id_},{status},,true,hill,{role},{id_},,Given,{id_.title()},,,,,,,05,,{answer}\n"
        for id_, (status, role, answer) in said.items()
    )
    files = {
        "manifest.csv": MANIFEST,
        "orgs.csv": f"{ROSTER}hill,active,,Hill,school,,\n",
        "users.csv": USERS + users,
    }
    for name, text in files.items():
        (house.folder / name).write_text(text)
    profile = read_profile("oneroster_metadata")
    return run_import(house.store, house.settings, house.folder, profile=profile)


PRESENT = ("active", "student", "")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("active", "pupil", "no"), "consent.unread"),
        (("active", "pupil", "perhaps"), "consent.unread"),
        (("active", "pupil", ""), "consent.unanswered"),  # no answer: nothing to be in doubt of
        (("tobedeleted", "student", "no"), "consent.unread"),
        (("tobedeleted", "student", "yes"), "consent.student_left"),
    ],
)
def test_a_row_that_is_not_taken_for_another_reason(
    house: House, row: tuple[str, str, str], expected: str
) -> None:
    others = dict.fromkeys(("s1", "s3", "s5", "s6"), PRESENT)
    assert oneroster(house, s2=PRESENT, **others).applied
    list_dates.attest_list(house.store, datetime.now(UTC), None)
    oneroster(house, s2=row, **others)
    assert code(house, "s2") == expected


@pytest.mark.parametrize("column", ["signed_at", "effective_from", "effective_to"])
def test_a_no_of_an_unreadable_day_counts_from_the_day_it_came(first: House, column: str) -> None:
    said = {"signed_at": "2026-01-05", "effective_from": "", "effective_to": ""} | {
        column: "31/31/26"
    }
    header = "person_sourced_id,decision,capacity,given_by,signed_at,effective_from,effective_to"
    text = f"{header}\ns3,refuse,guardian,G One,{','.join(said.values())}\n"
    report = night(first, answers(), **{"consents.csv": text})
    assert [(error.line, error.column) for error in report.errors] == [(2, column)]
    assert code(first, "s3") == "consent.refused"


def test_a_person_settles_a_doubt_and_the_same_row_is_none_again(first: House) -> None:
    night(first, answers(s3="Exempt"))
    with first.store.writing() as connection:
        [doubt] = page_doubts(connection, "", 10)
        assert (doubt["key"], doubt["line"], doubt["people"]) == ("000003", 4, ["s3"])
        said = Settlement(doubt["id"], "The family has no objection.")
        with pytest.raises(PersonRequiredError):
            settle_doubt(connection, Actor("key", None, datetime.now(UTC)), said)
        settle_doubt(connection, Actor("key", "e-1", datetime.now(UTC)), said)
        with pytest.raises(ConflictError):
            settle_doubt(connection, Actor("key", "e-1", datetime.now(UTC)), said)
    assert code(first, "s3") == "consent.not_on_list"
    [entry] = first.said("doubt.settled")
    assert entry["reason"] == said.reason
    assert entry["people"] == ["s3"]
    night(first, answers(s3="Exempt", s4="No"))
    assert code(first, "s3") == "consent.not_on_list"
    night(first, answers(s3="Excused"))
    assert code(first, "s3") == "consent.unread"


def test_a_doubt_is_settled_for_one_of_two_children(first: House) -> None:
    text = "\n".join(one for one in answers(s1="No").split("\n") if not one.startswith("000002"))
    night(first, text, people(s2="000001"))
    with first.store.writing() as connection:
        [doubt] = page_doubts(connection, "", 10)
        actor = Actor("key", "e-1", datetime.now(UTC))
        settle_doubt(connection, actor, Settlement(doubt["id"], "It is s1.", "s2"))
        assert page_doubts(connection, "", 10)[0]["people"] == ["s1"]
    assert code(first, "s1") == "consent.unread"
    assert code(first, "s2") == "consent.not_on_list"


def test_who_is_forgotten_leaves_no_doubt(first: House) -> None:
    night(first, answers("000042\tNo", s3="Exempt"))
    with first.store.writing() as connection:
        forget_doubts(connection, "s3")
    assert doubted(first) == {}
    assert [row.key for row in first.rows(import_doubts)] == ["000042"]


def test_whoever_an_open_quote_swallows_is_in_doubt(first: House) -> None:
    assert not night(first, answers(s8="No").replace("000005\t", '000005\t"')).applied
    assert set(doubted(first)) == {"s5", "s6", "s7", "s8", "s9"}
    assert code(first, "s8") == "consent.unread"
    assert code(first, "s4") == "consent.not_on_list"
    assert night(first, answers()).applied
    assert set(doubted(first)) == {"s8"}  # that line had a no in it


def test_a_doubt_about_nobody_is_settled_for_good(first: House) -> None:
    night(first, answers("000042\tNo"))
    with first.store.writing() as connection:
        [doubt] = page_doubts(connection, "", 10)
        assert doubt["people"] == []
        actor = Actor("key", "e-1", datetime.now(UTC))
        settle_doubt(connection, actor, Settlement(doubt["id"], "A child of another district."))
        assert page_doubts(connection, "", 10) == []
    night(first, answers("000042\tNo"))
    assert night(first, answers(), people("n1,student,New,Child,05,hill,,000042")).applied
    assert doubted(first) == {}


def test_a_row_does_not_end_the_doubt_that_its_own_delivery_raises(house: House) -> None:
    others = dict.fromkeys(("s1", "s3", "s5", "s6"), PRESENT)
    assert oneroster(house, s2=PRESENT, **others).applied
    twice = {"s2": ("active", "student", "yes"), "s2 ": ("tobedeleted", "student", "no")}
    oneroster(house, **twice, **others)
    assert code(house, "s2") == "consent.unread"


def test_whoever_stands_under_a_header_that_cannot_be_read_is_in_doubt(first: House) -> None:
    text = answers(s3="No").replace("Permission to Publish", "Publishing")
    assert not night(first, text).applied
    assert {code(first, "s3"), code(first, "s4")} == {"consent.unread"}
    assert night(first, answers()).applied
    assert (code(first, "s3"), code(first, "s4")) == ("consent.unread", "consent.not_on_list")


def test_a_no_of_an_employee_that_cannot_be_read_is_a_doubt(house: House) -> None:
    head = "person_sourced_id,decision,activity,channel,extent,given_by,capacity,signed_at\n"
    said = "e-1,{},publish,all,image,,employee,{}\n"
    roster = people("e-1,employee,Eve,Lee,,hill,,")
    night(house, None, roster, **{"consents.csv": head + said.format("grant", "2026-01-05")})
    assert code(house, "e-1") == "coworker.granted"
    night(house, None, roster, **{"consents.csv": head + said.format("refuze", "2026-02-05")})
    assert code(house, "e-1") == "coworker.unread"
    night(house, None, roster, **{"consents.csv": head + said.format("refuse", "2026-02-05")})
    assert code(house, "e-1") == "coworker.refused"


SAID = (
    "person_sourced_id,decision,activity,channel,extent,given_by,capacity,signed_at,"
    "effective_from,effective_to\n"
)
CONSENTS = "consents.csv"


def deliver_papers(house: House, *papers: str, roster: str = "") -> Report:
    """Papers alone, as an office sends them; with some people where they are new."""
    files = {"people.csv": roster} if roster else {}
    for old in house.folder.iterdir():
        old.unlink()
    for name, text in {**files, CONSENTS: SAID + "".join(f"{one}\n" for one in papers)}.items():
        (house.folder / name).write_text(text)
    return run_import(house.store, house.settings, house.folder)


@pytest.mark.parametrize(
    ("paper", "expected"),
    [
        ("s3,grant,publish,all,image,Pa,guardian,2026-06-02,,", "consent.unread"),
        ("s3,refuse,publish,yearbook,image,Pa,guardian,2026-06-02,,", "consent.unread"),
        ("s3,grant,publish,yearbook,image,Ma,guardian,2026-06-02,,", "consent.unread"),
        ("s3,refuse,publish,social,image,Ma,guardian,2026-06-01,,", "consent.refused"),
        ("s3,grant,publish,all,image,MA,guardian,2026-06-02,,", "consent.granted"),
    ],
)
def test_an_unreadable_paper_is_answered_by_its_maker_alone(
    first: House, paper: str, expected: str
) -> None:
    deliver_papers(first, "s3,refuse,publish,socail,image,Ma,guardian,2026-06-01,,")
    assert code(first, "s3") == "consent.unread"
    assert deliver_papers(first, paper).applied
    assert code(first, "s3") == expected


def test_anothers_paper_does_not_end_the_no_that_waited_for_its_child(first: House) -> None:
    deliver_papers(first, "n1,refuse,publish,all,image,Ma,guardian,2026-06-01,,")
    yes = "n1,grant,publish,yearbook,image,Pa,guardian,2026-06-02,,"
    new = PEOPLE + "n1,student,New,Child,05,hill,2013-02-11,000042\n"
    assert deliver_papers(first, yes, roster=new).applied
    assert code(first, "n1") == "consent.unread"
    assert deliver_papers(first, "n1,refuse,publish,all,image,Ma,guardian,2026-06-01,,").applied
    assert code(first, "n1") == "consent.refused"


def test_a_settled_paper_settles_no_other_of_the_same_child(first: House) -> None:
    paper = "s3,refuse,publish,socail,image,Ma,guardian,2026-06-01,,"
    deliver_papers(first, paper)
    with first.store.writing() as connection:
        [doubt] = page_doubts(connection, "", 10)
        actor = Actor("key", "e-1", datetime.now(UTC))
        settle_doubt(connection, actor, Settlement(doubt["id"], "She meant another child."))
    deliver_papers(first, paper)
    assert code(first, "s3") == "consent.not_on_list"
    deliver_papers(first, paper.replace("2026-06-01", "2026-09-01"))
    assert code(first, "s3") == "consent.unread"
