"""`clearpost check`: the same answers as the API's, on the ledger, and nothing in the arguments."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from app.database import tables as t
from app.database.session import Store
from tests.cli.conftest import Run, one_line
from tests.district import found

NOW = datetime.now(UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def school(migrated: Run, store: Store) -> Run:
    """Two students of one class, of whom one's guardian has refused, and a fresh list."""
    refusal = {
        "id": "c1", "person_id": "s-2", "decision": "refuse", "activity": "publish",
        "channel": "all", "extent": "image", "capacity": "guardian", "source": "guardian:g-1",
        "signed_at": LONG_AGO, "signed_day_only": False, "effective_from": date(2020, 1, 1),
        "digest": "d1", "recorded_at": LONG_AGO,
    }  # fmt: skip
    with store.writing() as connection:
        add = connection.execute
        add(insert(t.orgs).values(id="o-1", name="Hill", name_key="hill", kind="school"))
        for number, name in ((1, "Ana"), (2, "Bo")):
            person = {"id": f"s-{number}", "kind": "student", "given_name": name}
            rest = {"family_name": "Díaz", "org_id": "o-1", "status": "active"}
            add(insert(t.people).values(**person, **rest, first_seen_at=LONG_AGO))
        add(insert(t.classes).values(id="k-1", title="Art", org_id="o-1"))
        for student in ("s-1", "s-2"):
            row = {"class_id": "k-1", "person_id": student, "role": "student"}
            add(insert(t.enrollments).values(row))
        add(insert(t.consents).values(refusal))
        for kind in ("consents", "rosters"):
            add(insert(t.list_dates).values(kind=kind, at=NOW))
    return migrated


def asking(*students: str) -> str:
    return json.dumps({"students": [{"id": student} for student in students]})


@pytest.mark.parametrize(
    ("student", "outcome", "code"), [("s-1", "allow", 0), ("s-2", "deny", 1), ("s-3", "review", 1)]
)
def test_outcome_is_the_exit_code(school: Run, student: str, outcome: str, code: int) -> None:
    said = school("check", "photo", "--json", stdin=asking(student))
    assert said.returncode == code, said.stderr
    assert said.stderr == ""
    assert json.loads(said.stdout)["outcome"] == outcome


def test_a_key_that_comes_twice_is_refused(school: Run) -> None:
    said = school("check", "photo", stdin='{"students": [{"id": "s-2", "id": "s-1"}]}')
    assert (said.returncode, said.stdout) == (2, "")
    assert one_line(said.stderr) == "clearpost: the request at /students/0/id: Must come once"


def test_a_class_is_asked_for_a_place_and_a_kind(school: Run, store: Store) -> None:
    refusal = {
        "id": "c2", "person_id": "s-1", "decision": "refuse", "activity": "publish",
        "channel": "video", "extent": "image", "capacity": "guardian", "source": "guardian:g-2",
        "signed_at": LONG_AGO, "signed_day_only": False, "effective_from": date(2020, 1, 1),
        "digest": "d2", "recorded_at": LONG_AGO,
    }  # fmt: skip
    with store.writing() as connection:
        connection.execute(insert(t.consents).values(refusal))
        connection.execute(insert(t.classes).values(id="k-2", title="Film", org_id="o-1"))
        row = {"class_id": "k-2", "person_id": "s-1", "role": "student"}
        connection.execute(insert(t.enrollments).values(row))
    asked = ("check", "photo", "--class-id", "k-2", "--json")
    photo = school(*asked, "--channel", "website")
    video = school(*asked, "--channel", "website", "--media", "video")
    assert (photo.returncode, video.returncode) == (0, 1), photo.stderr + video.stderr
    assert json.loads(photo.stdout)["holds_for"]["channel"] == "website"
    assert school(*asked, "--media", "audio").returncode == 2
    alone = school("check", "photo", "--media", "video", stdin=asking("s-1"))
    assert alone.returncode == 2
    assert "--class-id" in alone.stderr
    told = " ".join(school(*asked[:-1], "--channel", "website").stdout.split())
    assert "Holds until" in told


def test_answer_for_people_says_why_and_what_to_do(school: Run) -> None:
    said = school("check", "photo", stdin=asking("s-2"), COLUMNS="60")
    told = " ".join(said.stdout.split())
    assert "DENY" in told
    assert "clause 43" in told
    assert "What to do:" in told
    assert "\x1b[" not in said.stdout
    assert max(map(len, said.stdout.splitlines())) <= 60


def test_class_names_those_to_leave_out(school: Run) -> None:
    said = school("check", "photo", "--class-id", "k-1")
    assert said.returncode == 1
    assert "Bo Díaz (deny" in said.stdout
    assert "Ana" not in said.stdout


def test_post_from_a_file_is_on_the_ledger(school: Run, process: Run, tmp_path: Path) -> None:
    post = {"account": {"personal": True, "platform": "x"}, "purpose": "personal", "text": "Hi"}
    (tmp_path / "post.json").write_text(json.dumps(post))
    said = process("check", "post", "--file", "post.json", "--json")
    assert said.returncode == 0, said.stdout
    assert school("ledger", "verify").stdout.startswith("rows\t1\n")


def test_a_clearance_is_given_or_it_is_said_why_not(migrated: Run, store: Store) -> None:
    with store.writing() as connection:
        found(connection)
    post = {
        "account": {"platform": "facebook", "handle": "maple"}, "author": {"id": "tess"},
        "purpose": "school", "text": "Hello", "clearance": True,
    }  # fmt: skip
    said = migrated("check", "post", "--json", stdin=json.dumps(post))
    given = json.loads(said.stdout)["clearance"]
    assert (said.returncode, bool(given["receipt"])) == (0, True)
    with store.reading() as connection:
        row = connection.execute(select(t.clearances.c.id, t.clearances.c.state)).one()
    assert tuple(row) == (given["id"], "live")
    shown = migrated("check", "post", stdin=json.dumps(post)).stdout
    assert "Clearance " in shown
    unknown = {**post, "account": {"platform": "facebook", "handle": "nobody"}}
    said = migrated("check", "post", stdin=json.dumps(unknown))
    assert (said.returncode, "No clearance is given" in said.stderr) == (1, True)
    personal = {"account": {"personal": True, "platform": "x"}, "purpose": "personal"}
    said = migrated("check", "post", stdin=json.dumps({**personal, "clearance": True}))
    assert (said.returncode, "/clearance" in said.stderr) == (2, True)


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ('{"students": [{"id": "s-1", "nickname": "Secret"}]}', "at /students/0: "),
        ('{"students": []}', "at /students"),
        ('{"students": "Secret"', "the request: "),
        ("NaN", "the request: "),
        ("{}", "the request: "),
    ],
)
def test_request_that_is_not_as_documented_is_2(school: Run, request_: str, told: str) -> None:
    said = school("check", "photo", stdin=request_)
    assert (said.returncode, said.stdout) == (2, "")
    assert told in one_line(said.stderr)
    assert "Secret" not in said.stderr


def test_missing_file_is_1_and_named(migrated: Run) -> None:
    said = migrated("check", "post", "--file", "nowhere.json")
    assert said.returncode == 1
    assert one_line(said.stderr) == "clearpost: No such file or directory: nowhere.json"


def test_too_large_a_request_is_2(migrated: Run) -> None:
    said = migrated("check", "post", stdin=" " * (1024 * 1024 + 1))
    assert said.returncode == 2
    assert "1 MiB" in one_line(said.stderr)
