"""Deliveries after which a refused child could be allowed, and is not."""

from datetime import UTC, datetime, timedelta
from textwrap import dedent

import pytest

from app.database.tables import people
from app.imports.approval import ImportDecision, approve_import
from app.imports.reading.profiles import Profile
from app.imports.reading.profiles.loader import parse_profile
from app.imports.report import Report
from app.policy_setup import read_setup
from app.store.consents.states import Use, read_state
from app.store.ledger.changes import Actor
from tests.imports.conftest import district, write
from tests.imports.readers.test_oneroster import ONE
from tests.imports.runs import run_import
from tests.store.house import House

PROFILE = """
    name = "{name}"
    title = "Our flags"
    [[flags]]
    file = "media.csv"
    key = "id"
    {media}
    [[flags.columns]]
    column = "Media"
    [[flags.columns.meanings]]
    values = ["{yes}"]
    means = "grant"
    scopes = [{{ activity = "publish", channel = "{wide}", extent = "image_with_name" }}]
    [[flags.columns.meanings]]
    values = ["{no}"]
    means = "refuse"
    scopes = [{{ activity = "publish", channel = "{wide}", extent = "image" }}]
    [[flags.columns.meanings]]
    values = [""]
    means = "unanswered"
"""
SOCIAL = """
    [[flags]]
    file = "social.csv"
    key = "id"
    [[flags.columns]]
    column = "Social"
    [[flags.columns.meanings]]
    values = ["N"]
    means = "refuse"
    scopes = [{ activity = "publish", channel = "social", extent = "image" }]
    [[flags.columns.meanings]]
    values = ["Y", ""]
    means = "unanswered"
"""


def ours(more: str = "", **said: str) -> Profile:
    usual = {"name": "ours", "yes": "Y", "no": "N", "wide": "all", "media": ""}
    return parse_profile("ours.toml", dedent(PROFILE.format(**usual | said) + more).encode())


def send(house: House, profile: Profile | None, **files: str) -> Report:
    """Deliver these files alone, by name without `.csv`."""
    house.folder.mkdir(exist_ok=True)
    for old in house.folder.iterdir():
        old.unlink()
    for name, text in files.items():
        (house.folder / f"{name}.csv").write_text(text)
    return run_import(house.store, house.settings, house.folder, profile=profile)


def outcome(house: House, person_id: str = "s-2", days: int = 0) -> str:
    with house.store.reading() as connection:
        at, use = datetime.now(UTC) + timedelta(days=days), Use(person_id, channel="social")
        found = read_state(connection, use, at, read_setup(house.settings))
        return found.finding.outcome


@pytest.fixture
def students(house: House) -> House:
    files = district()
    assert house.deliver({name: files[name] for name in ("orgs", "people", "guardians")}).applied
    return house


def reasons(report: Report) -> set[str]:
    return {error.reason for error in report.errors}


def test_rows_that_disagree_in_wider_words(students: House) -> None:
    for rows in ("s-2,Y\ns-2,N\n", "s-2,N\ns-2,Y\n"):
        report = send(students, ours(), media=f"id,Media\n{rows}")
        assert reasons(report) == {"says yes where another row of the same person says no"}
        assert outcome(students) == "deny"


def test_a_no_in_another_file_stays_beside_a_yes_to_more(students: House) -> None:
    profile, no = ours(SOCIAL), "id,Social\ns-2,N\n"
    for said in ("", "Y", "", "Y"):
        assert send(students, profile, media=f"id,Media\ns-2,{said}\n", social=no).applied
        assert outcome(students) == "deny"


def test_one_file_of_flags_without_the_other_is_refused_in_a_delta_too(house: House) -> None:
    profile = ours(SOCIAL)
    delta = {name.removesuffix(".csv"): dedent(text).lstrip() for name, text in ONE.items()}
    delta["manifest"] = delta["manifest"].replace("bulk", "delta")
    flags = {"media": "id,Media\ns-2,\n", "social": "id,Social\ns-2,N\n"}
    assert send(house, profile, **delta, **flags).applied
    report = send(house, profile, **delta, media="id,Media\ns-2,Y\n")
    assert reasons(report) == {"is a file of the profile and is not in the delivery"}
    assert outcome(house) == "deny"
    assert send(house, profile, **delta).applied  # a delta without any flags


def test_a_blank_a_narrower_profile_and_a_renamed_one_lift_nothing(students: House) -> None:
    assert send(students, ours(), media="id,Media\ns-2,N\n").applied
    assert send(students, ours(), media="id,Media\ns-2,\n").applied
    assert outcome(students) == "deny"
    narrower = ours(wide="website")
    assert send(students, narrower, media="id,Media\ns-2,Y\n").applied
    assert outcome(students) == "deny"
    assert send(students, ours(name="other"), media="id,Media\ns-2,Y\n").applied
    assert outcome(students) == "deny"
    assert send(students, ours(), media="id,Media\ns-2,Y\n").applied  # the word it takes
    assert outcome(students) == "allow"


@pytest.mark.parametrize("who", ["S-2", "s-2\u200b", "s -2", "02"])
def test_ids_that_look_alike_are_not_the_same(students: House, who: str) -> None:
    assert send(students, ours(), media="id,Media\ns-2,N\n").applied
    report = send(students, ours(), media=f"id,Media\n{who},Y\n")
    assert (report.state, outcome(students)) == ("invalid", "deny")


def test_a_yes_that_ran_out_leaves_the_no_before_it(students: House) -> None:
    today = datetime.now(students.settings.zone).date()
    profile = ours(media=f'expires = "{today + timedelta(days=1):%m-%d}"')
    for said in "NY":
        assert send(students, profile, media=f"id,Media\ns-2,{said}\n").applied
    assert [outcome(students, days=days) for days in (0, 3)] == ["allow", "deny"]


def test_from_student_to_staff_and_back(students: House) -> None:
    assert send(students, ours(), media="id,Media\ns-2,N\n").applied
    rows = [row for row in district()["people"] if row["sourced_id"] == "s-2"]
    for kind in ("employee", "affiliate", "student"):
        report = students.deliver({"people": [row | {"kind": kind} for row in rows]})
        assert report.state == "held"
        let_pass(students, report)
    assert outcome(students) == "deny"


def let_pass(house: House, report: Report) -> None:
    actor = Actor("k", "e-1", datetime.now(UTC))
    decision = ImportDecision(str(report.import_id))
    assert approve_import(house.store, house.settings, actor, decision).state == "applied"


def test_deleted_and_back(house: House) -> None:
    files = {name.removesuffix(".csv"): dedent(text).lstrip() for name, text in ONE.items()}
    assert send(house, ours(), **files, media="id,Media\ns-2,N\n").applied
    gone = {**files, "users": files["users"].replace("s-2,,", "s-2,tobedeleted,")}
    delta = {**gone, "manifest": files["manifest"].replace("bulk", "delta")}
    del delta["enrollments"]
    delta["manifest"] = delta["manifest"].replace("enrollments,delta", "enrollments,absent")
    assert send(house, ours(), **delta).applied
    [status] = [row.status for row in house.rows(people) if row.id == "s-2"]
    assert status == "inactive"
    assert send(house, ours(), **files, media="id,Media\ns-2,\n").applied
    assert outcome(house) == "deny"


def test_other_guardians_do_not_lift_what_one_refused(students: House) -> None:
    head = "person_sourced_id,decision,activity,channel,extent,given_by,capacity,signed_at\n"
    refusal = f"{head}s-2,refuse,publish,all,image,g-2,guardian,2026-01-05\n"
    assert send(students, None, consents=refusal).applied
    guardians = "student_sourced_id,guardian_id,name\ns-2,g-9,Eve New\ns-2,g-2,Dan Diaz II\n"
    for whom in ("g-9", "Eve New", "Dan Diaz", "G-2"):
        grant = f"{head}s-2,grant,publish,all,image_with_name,{whom},guardian,2026-02-05\n"
        assert send(students, None, guardians=guardians, consents=grant).applied
        assert outcome(students) == "deny", whom


def many(said: str, count: int = 40) -> str:
    return "id,Media\n" + "".join(f"s-{n},{said}\n" for n in range(count))


def crowd(house: House) -> House:
    head = dict.fromkeys(district()["people"][0], "")
    rows = [
        head
        | {"sourced_id": f"s-{n}", "kind": "student", "given_name": "A", "family_name": f"B{n}"}
        for n in range(40)
    ]
    assert house.deliver({"people": rows}).applied
    return house


def test_a_turned_polarity_waits(house: House) -> None:
    crowd(house)
    assert send(house, ours(), media=many("N")).applied
    report = send(house, ours(yes="N", no="Y"), media=many("N"))
    assert (report.state, outcome(house)) == ("held", "deny")
    assert "would change in what they consent to" in str(report.reason)


def test_a_column_that_was_emptied_waits(house: House) -> None:
    """Its list would be fresh, and say nothing of who came since the last."""
    crowd(house)
    assert send(house, ours(), media=many("N")).applied
    report = send(house, ours(), media=many(""))
    assert report.state == "held"
    assert "the consent columns have 0 answers, in the last delivery they had 40" in str(
        report.reason
    )


@pytest.mark.parametrize(
    ("cells", "waits"),
    [
        ({"given_name": "Zoe", "family_name": "Other", "birth_date": "2019-01-01"}, True),
        ({"given_name": "Zoe", "birth_date": "2019-01-01"}, True),
        ({"given_name": "Zoe", "family_name": "Other"}, True),
        ({"given_name": "Zoe"}, False),
        ({"birth_date": "2019-01-01"}, False),
    ],
    ids=["all of them", "no other family", "the same birthday", "a name", "a birthday"],
)
def test_an_id_that_another_child_has_next_year_waits(
    students: House, cells: dict[str, str], waits: bool
) -> None:
    """Else the yes of one child would be another's."""
    rows = [row for row in district()["people"] if row["sourced_id"] == "s-3"]
    assert send(students, ours(), media="id,Media\ns-3,Y\n").applied
    write(students.folder, {"people": [row | cells for row in rows]})
    report = run_import(students.store, students.settings, students.folder)
    assert (report.state == "held") is waits
    if waits:
        assert "1 person on file would become somebody else" in str(report.reason)
        let_pass(students, report)


def test_an_id_of_somebody_who_had_left_waits_too(students: House) -> None:
    rows = [row for row in district()["people"] if row["sourced_id"] == "s-2"]
    assert students.deliver({"people": [row | {"status": "inactive"} for row in rows]}).applied
    other = {"given_name": "Zoe", "family_name": "Other"}
    report = students.deliver({"people": [row | other for row in rows]})
    assert report.state == "held"
