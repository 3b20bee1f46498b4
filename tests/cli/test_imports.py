"""`clearpost import` and `list attest`: all of a delivery or nothing, and every error told."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run, one_line

PEOPLE = "sourced_id,kind,given_name,family_name,org_sourced_id,status\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "delivery"
    made.mkdir()
    (made / "orgs.csv").write_text("sourced_id,name,kind\no-1,Hill School,school\n")
    (made / "people.csv").write_text(f"{PEOPLE}s-1,student,Ana,Diaz,o-1,active\n")
    return made


def rows(said: str) -> dict[str, list[str]]:
    return {line.split("\t")[0]: line.split("\t")[1:] for line in said.splitlines()[1:]}


def test_import_twice_changes_nothing(migrated: Run, folder: Path) -> None:
    first = migrated("import", str(folder))
    assert first.returncode == 0
    assert first.stderr.endswith(": applied.\n")
    assert rows(first.stdout)["people.csv"] == ["1", "1", "0", "0", "0"]
    second = migrated("import", str(folder))
    assert rows(second.stdout)["people.csv"] == ["1", "0", "0", "1", "0"]
    assert (second.returncode, "nothing new" in one_line(second.stderr)) == (0, True)


def test_every_error_is_told_and_nothing_applied(migrated: Run, folder: Path) -> None:
    with (folder / "people.csv").open("a") as people:
        people.write("s-2,wizard,Bo,Secret,o-1,active\ns-3,student,,Secret,o-9,active\n")
    said = migrated("import", str(folder))
    assert (said.returncode, said.stdout) == (1, "")
    assert "people.csv, line 3, kind: " in said.stderr
    assert "people.csv, line 4, " in said.stderr
    assert "nothing was applied" in said.stderr.splitlines()[-1]
    assert "Secret" not in said.stderr
    assert "wizard" not in said.stderr
    assert migrated("ledger", "verify").stdout.startswith("rows\t0\n")


def test_folder_that_is_not_there_is_2(migrated: Run) -> None:
    assert migrated("import", "nowhere").returncode == 2


def test_attesting_is_on_the_ledger(migrated: Run) -> None:
    said = migrated("list", "attest")
    assert (said.returncode, said.stdout) == (0, "")
    assert "from now on" in one_line(said.stderr)
    assert migrated("ledger", "verify").stdout.startswith("rows\t1\n")


def test_generated_district_is_the_same_again_and_can_be_imported(
    migrated: Run, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        said = migrated("generate", name, "--students", "30", "--seed", "7")
        assert (said.returncode, said.stdout) == (0, "")
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 10
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    taken = rows(migrated("import", "one", "--complete", "consents").stdout)
    assert taken["consents.csv"][1] != "0"
    assert migrated("check", "photo", stdin='{"students": [{"id": "s-000001"}]}').returncode == 0
