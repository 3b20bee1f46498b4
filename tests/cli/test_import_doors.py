"""`clearpost import`: one door with subcommands, plans, holds, what a person decides, profiles."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from app.database import tables
from app.database.session import Store
from app.imports.staging.staging_database import open_staging
from tests.cli.conftest import Run

PEOPLE = "sourced_id,kind,given_name,family_name,org_sourced_id\n"
FLAGS = "Student_Number,Permission to Publish\n"


def deliver(folder: Path, students: int) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "orgs.csv").write_text("sourced_id,name,kind\nhill,Hill School,school\n")
    rows = "".join(f"s-{n},student,Given{n},Family{n},hill\n" for n in range(students))
    (folder / "people.csv").write_text(f"{PEOPLE}{rows}e-1,employee,Ed,Roe,hill\n")
    return str(folder)


def test_one_door(migrated: Run, tmp_path: Path) -> None:
    folder = deliver(tmp_path / "status", 3)
    planned = migrated("import", "--plan", "./status")
    assert planned.returncode == 0
    assert "people.csv\t4\t4\t0\t0\t0" in planned.stdout
    assert "planned, nothing applied" in planned.stderr
    assert migrated("import", "--complete", folder).returncode == 0
    assert migrated("import", "run", folder, "--complete").returncode == 0
    help_ = migrated("import", "--help").stdout
    assert "4 it waits for a person" in " ".join(help_.split())
    for command in ("run", "status", "approve", "reject", "resume", "watch", "profiles"):
        assert f"\n  {command} " in help_
    assert "\n  work " not in help_
    assert migrated("import", "nonsense").returncode == 2
    assert migrated("import", "--nonsense", folder).returncode == 2


def test_plan_applies_nothing_and_is_approved(migrated: Run, tmp_path: Path, store: Store) -> None:
    assert migrated("import", deliver(tmp_path / "d", 3), "--plan").returncode == 0
    with store.reading() as connection:
        assert connection.execute(select(tables.people)).first() is None
    approved = migrated("import", "approve")
    assert approved.returncode == 0, approved.stderr
    assert ": applied." in approved.stderr
    assert migrated("import", "approve").returncode == 1


def test_hold_is_4_until_a_person_has_decided(migrated: Run, tmp_path: Path) -> None:
    migrated("import", deliver(tmp_path / "d", 30))
    less = deliver(tmp_path / "d", 12)
    assert migrated("import", less, "--complete", "--plan").returncode == 4
    held = migrated("import", less, "--complete")
    assert held.returncode == 4
    assert "18 of 31 people on file would be missing from the feed" in held.stderr
    found = json.loads(migrated("import", "status", "--json").stdout)[0]
    assert found["state"] == "held"
    one = migrated("import", "status", found["id"])
    assert "18 people on file are missing" in one.stderr
    assert json.loads(migrated("import", "status", found["id"], "--json").stdout)["plan"]
    assert migrated("import", "approve", "--as", "s-1").returncode == 1
    assert migrated("import", "reject", "--reason", "Half a file", "--as", "e-1").returncode == 0
    again = migrated("import", less, "--complete")
    assert again.returncode == 4
    assert migrated("import", "approve", "--as", "e-1").returncode == 0
    listed = migrated("import", "status").stdout.splitlines()
    assert [line.split("\t")[1] for line in listed[1:3]] == ["applied", "rejected"]


def test_second_while_one_is_under_way(
    migrated: Run, tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cli.imports.run.PATIENCE_SECONDS", 0)
    with open_staging(store):
        said = migrated("import", deliver(tmp_path / "d", 3))
        assert (said.returncode, "under way" in said.stderr) == (5, True)
    assert migrated("import", "resume").returncode == 0


def test_polarity_in_words(migrated: Run, tmp_path: Path) -> None:
    migrated("import", deliver(tmp_path / "d", 20))
    export = tmp_path / "permission_to_publish.csv"
    export.write_text(f"{FLAGS}s-1,No\ns-2,\n")
    shown = migrated("import", "profiles", "show", "powerschool").stdout
    assert "Permission to Publish = No means no to publish" in shown
    header = next(line for line in shown.splitlines() if "(blank)" in line)
    assert "says nothing" in header
    listed = migrated("import", "profiles", "list").stdout
    assert "powerschool\t" in listed
    bad = tmp_path / "bad.toml"
    bad.write_text('name = "x"\ntitle = "X"\n')
    said = migrated("import", "profiles", "check", str(bad))
    assert (said.returncode, "says nothing" in said.stderr) == (1, True)
    assert migrated("import", str(export), "--profile", str(bad)).returncode == 1
    assert migrated("import", "profiles", "check", "synergy").returncode == 0


def test_refused_rows_are_told_again_by_status(migrated: Run, tmp_path: Path) -> None:
    migrated("import", deliver(tmp_path / "d", 3))
    export = tmp_path / "no_media.csv"
    header = "student.studentNumber,No Media\n"
    export.write_text(header + "".join(f"{n},Maybe\n" for n in range(22)))
    said = migrated("import", str(export), "--profile", "infinite_campus")
    assert (said.returncode, "clearpost: 1 error" in said.stderr) == (1, True)
    assert "; the same in 21 more rows" in said.stderr
    found = migrated("import", "status").stdout.splitlines()[1].split("\t")[0]
    told = migrated("import", "status", found).stderr.splitlines()
    assert told[0].startswith("no_media.csv, line 2, No Media: is a value of which the profile")
    assert told[0].endswith("; the same in 19 more rows")
    assert told[1] == "and 2 other errors"
    assert "deliver it again" in told[2]


def test_a_feed_has_a_name_and_what_is_set_aside_is_told(migrated: Run, tmp_path: Path) -> None:
    folder = deliver(tmp_path / "d", 200)
    assert migrated("import", folder, "--feed", "HR!").returncode == 2
    people = Path(folder) / "people.csv"
    people.write_text(people.read_text() + "x-1,wizard,A,B\n")
    said = migrated("import", folder, "--feed", "sis")
    assert said.returncode == 0, said.stderr
    assert "Set aside: people.csv, line " in said.stderr
    assert "1 row is set aside, all others are taken" in said.stderr
    found = json.loads(migrated("import", "status", "--json").stdout)[0]
    assert (found["feed"], found["errors"]) == ("sis", 1)
    told = migrated("import", "status", found["id"]).stderr
    assert told.startswith("Set aside: people.csv, line ")
