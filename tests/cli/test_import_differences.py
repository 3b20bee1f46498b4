"""Where the system and we do not agree, at the command line."""

from pathlib import Path

from tests.cli.conftest import Run
from tests.cli.test_import_doubts import deliver


def test_a_no_without_a_paper_is_listed(migrated: Run, tmp_path: Path) -> None:
    folder = tmp_path / "night"
    deliver(migrated, folder, "000001\t")
    assert "the same of everybody" in migrated("import", "differences").stderr
    deliver(migrated, folder, "000001\tNo")
    title, row = migrated("import", "differences").stdout.splitlines()
    told = dict(zip(title.split("\t"), row.split("\t"), strict=True))
    assert (told["sourced_id"], told["school"], told["the system says"]) == ("s-1", "o-1", "no")
