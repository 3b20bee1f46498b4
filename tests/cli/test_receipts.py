"""`clearpost receipts`: keys made, and listed with the newest first."""

from pathlib import Path

from tests.cli.conftest import Run


def test_a_new_key_stands_before_the_others(migrated: Run) -> None:
    first = migrated("receipts", "list").stdout.split()
    assert len(first) == 1
    made = migrated("receipts", "rotate")
    assert made.returncode == 0
    (new,) = set(migrated("receipts", "list").stdout.split()) - set(first)
    assert new in made.stderr
    assert migrated("receipts", "list").stdout.split() == [new, *first]


def test_what_is_no_folder_is_said_so(
    migrated: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    place = tmp_path / "a-file"
    place.write_text("no folder")
    environment["CLEARPOST_RECEIPT_KEYS"] = str(place)
    for command in ("list", "rotate"):
        said = migrated("receipts", command)
        assert said.returncode == 3
        assert str(place) in said.stderr
