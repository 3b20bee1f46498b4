"""Doubts of deliveries at the command line: listed as work, and settled."""

from pathlib import Path

from tests.cli.conftest import Run

FILES = {
    "orgs.csv": "sourced_id,name,kind\no-1,Hill School,school\n",
    "people.csv": "sourced_id,kind,given_name,family_name,org_sourced_id,student_number\n"
    "s-1,student,Ana,Diaz,o-1,000001\ne-1,employee,Eve,Lee,o-1,\n",
    "permission_to_publish.txt": "Student_Number\tPermission to Publish\n000001\t\n",
}


def deliver(migrated: Run, folder: Path, said: str) -> str:
    folder.mkdir(exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text.replace("000001\t", said))
    return migrated("import", str(folder), "--profile", "powerschool", "--complete").stderr


def test_doubts_are_listed_and_settled(migrated: Run, tmp_path: Path) -> None:
    folder = tmp_path / "night"
    assert "doubts list" not in deliver(migrated, folder, "000001\t")
    assert "Nobody is in doubt." in migrated("import", "doubts", "list").stderr
    assert "clearpost import doubts list" in deliver(migrated, folder, "1\tNo")
    title, row = migrated("import", "doubts", "list").stdout.splitlines()
    told = dict(zip(title.split("\t"), row.split("\t"), strict=True))
    assert (told["line"], told["key"], told["people"]) == ("2", "1", "s-1")
    settle = ("import", "doubts", "settle", told["id"], "--reason", "Asked.")
    assert migrated(*settle, "--as", "nobody").returncode == 1
    assert migrated(*settle, "--as", "e-1").returncode == 0
    assert "Nobody is in doubt." in migrated("import", "doubts", "list").stderr
    assert migrated(*settle, "--as", "e-1").returncode == 1
