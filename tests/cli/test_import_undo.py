"""`clearpost import undo`: planned in words, put on record, approved like what is held."""

from pathlib import Path

from tests.cli.conftest import Run

ORGS = "sourced_id,name,kind\no-1,Hill School,school\n"
PEOPLE = (
    "sourced_id,kind,given_name,family_name,grade,org_sourced_id\n"
    "s-1,student,Ana,Diaz,{grade},o-1\ne-1,employee,Eve,Lee,,o-1\n"
)
CONSENTS = (
    "person_sourced_id,decision,activity,channel,extent,given_by,capacity,signed_at\n"
    "s-1,refuse,publish,all,image,Mum,guardian,2026-01-05\n"
)


def deliver(run: Run, folder: Path, grade: str, **more: str) -> str:
    """Deliver a night; the id of its import."""
    folder.mkdir(exist_ok=True)
    files = {"orgs": ORGS, "people": PEOPLE.format(grade=grade), **more}
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    assert run("import", str(folder)).returncode == 0
    return run("import", "status").stdout.splitlines()[1].split("\t")[0]


def test_an_import_is_undone(migrated: Run, tmp_path: Path) -> None:
    deliver(migrated, tmp_path / "night", "3")
    night = deliver(migrated, tmp_path / "night", "4", consents=CONSENTS)
    planned = migrated("import", "undo", night, "--plan")
    assert planned.returncode == 4
    assert planned.stdout.splitlines()[1].split("\t") == ["people", "0", "1", "0"]
    assert "1 statement taken back or said again (refuse)." in planned.stderr
    assert "Looser: 1 person may be shown for more than now" in planned.stderr
    assert "clearpost import approve" not in planned.stderr
    asked = migrated("import", "undo", night, "--as", "e-1")
    assert asked.returncode == 4
    assert "nothing of it is in force" in asked.stderr
    [line] = [line for line in asked.stderr.splitlines() if "import approve" in line]
    undo = line.rsplit(" ", 1)[1]
    shown = migrated("import", "status", undo)
    assert "Looser: 1 person" in shown.stderr
    assert shown.stdout == planned.stdout
    assert migrated("import", "approve", undo, "--as", "e-1").returncode == 0
    again = migrated("import", "undo", night)
    assert again.returncode == 1
    assert f"undone by {undo}" in again.stderr


def test_what_stays_is_listed(migrated: Run, tmp_path: Path) -> None:
    deliver(migrated, tmp_path / "night", "3")
    night = deliver(migrated, tmp_path / "night", "4")
    deliver(migrated, tmp_path / "night", "5")
    said = migrated("import", "undo", night, "--plan").stderr
    assert "Stays: people s-1: it was changed since." in said
    assert "Not put back: 1 of people" in said


def test_what_cannot_be_undone_is_said(migrated: Run) -> None:
    said = migrated("import", "undo", "0")
    assert said.returncode == 1
    assert "there is no import with this id" in said.stderr
