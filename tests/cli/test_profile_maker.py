"""A profile made by asking about a file, and what an import of that file then means."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from app.database.session import Store
from app.imports.reading.profiles.loader import read_profile
from app.policy_setup import read_setup
from app.settings import Settings
from app.store.consents.states import Use, read_state
from tests.cli.conftest import Run
from tests.imports.runs import run_import

ROWS = [
    ("Student ID", "Last Name", "Photo Release", "Bus"),
    ("000001", "Diaz", "Y", "1"),
    ("000002", "Cruz", "N", "2"),
    ("000003", "Lee", "", "1"),
    ("000004", "Kim", "y", "2"),
    ("000005", "Roy", "Yearbook only", "1"),
    # So many that one bad row is set aside.
    *((f"{number:06}", "Park", "Y", "2") for number in range(6, 13)),
]
ROSTER = {
    "orgs.csv": "sourced_id,name,kind\no-1,Hill School,school\n",
    "people.csv": "sourced_id,kind,given_name,family_name,org_sourced_id,student_number\n"
    + "".join(f"s-{n},student,Ana{n},Diaz,o-1,{n:06}\n" for n in range(1, 13)),
}
# Everybody; the whole list; by the first column, a student number; no end; Bus is passed by.
START, NO_BUS = ["1", "1", "1", "2", ""], ["1"]
# About every way of showing; N no, Y yes, blank not answered; a yes is to the picture alone.
PHOTO = ["2", "2", "1", "2", "1"]


def write_list(folder: Path) -> Path:
    path = folder / "photo.csv"
    path.write_text("".join(",".join(row) + "\n" for row in ROWS))
    return path


def make(run: Run, file: Path, answers: Sequence[str], *options: str) -> Any:
    stdin = "\n".join([*answers, ""])
    return run("import", "profiles", "make", str(file), "--name", "ours", *options, stdin=stdin)


def outcome(store: Store, settings: Settings, person_id: str) -> tuple[str, str]:
    with store.reading() as connection:
        use = Use(person_id, channel="social")
        state = read_state(connection, use, datetime.now(UTC), read_setup(settings))
        return state.finding.outcome, state.finding.code


def test_what_was_answered_is_what_an_import_does(
    clearpost: Run, store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "night"
    folder.mkdir()
    file = write_list(folder)
    done = make(clearpost, file, [*START, *PHOTO, *NO_BUS, "yes"])
    assert done.returncode == 0, done.stderr
    assert "Photo Release = Y means yes to publish image (all)" in done.stdout
    for name, text in ROSTER.items():
        (folder / name).write_text(text)
    settings = Settings(consent_mode="opt_in")
    report = run_import(store, settings, folder, profile=read_profile(str(tmp_path / "ours.toml")))
    found = [outcome(store, settings, f"s-{n}") for n in range(1, 6)]
    assert report.applied, report.errors
    assert [one for one, _ in found] == ["allow", "deny", "review", "allow", "review"]
    assert report.doubts == 1  # the value that nobody was asked about


def test_neither_names_nor_numbers_are_shown(clearpost: Run, tmp_path: Path) -> None:
    done = make(clearpost, write_list(tmp_path), [*START, *PHOTO, *NO_BUS, "yes"])
    assert not any(
        word in done.stdout + done.stderr for word in ("Diaz", "000001", "Yearbook only")
    )
    assert "1 rare value is not shown" in done.stdout
    assert "Passed over, since they hold identities or too many values: Last Name." in done.stderr


def test_what_may_be_a_name_is_not_shown(clearpost: Run, tmp_path: Path) -> None:
    """Of a family of four under a header that tells nothing of it, and in one that does."""
    rows = [("ID", "Form", "Signed By", "Photo"), *(("s-1", "Eva Roy", "Eva Roy", "Y"),) * 4]
    (tmp_path / "list.csv").write_text("".join(",".join(row) + "\n" for row in rows))
    done = make(clearpost, tmp_path / "list.csv", ["1", "1", "1", "1", "", "1"])
    assert "Column Form: (blank)\n  1 rare value is not shown" in done.stdout
    assert "Eva" not in done.stdout + done.stderr


def test_not_answered_needs_a_yes_beside_it(clearpost: Run, tmp_path: Path) -> None:
    """An import would take it for no objection, and its silence would allow."""
    file = tmp_path / "no.csv"
    file.write_text("Student ID,No Media\n" + "".join(f"{n:06},X\n" for n in range(1, 13)))
    # X no, blank not answered: asked again; then X no, blank says nothing.
    answers = [*START, "2", "2", "2", "2", "4", "yes"]
    done = make(clearpost, file, answers)
    assert done.returncode == 0, done.stderr
    assert "none can mean not answered" in done.stderr
    assert "No Media = (blank) says nothing" in done.stdout


def test_a_blank_is_never_offered_as_a_yes(clearpost: Run, tmp_path: Path) -> None:
    done = make(clearpost, write_list(tmp_path), [*START, "2", "2", "1", "1", "1", *NO_BUS, "yes"])
    assert "Photo Release = (blank) means no to publish" in done.stdout


def test_a_wrong_answer_is_asked_again(clearpost: Run, tmp_path: Path) -> None:
    answers = ["9", "one", "1,2", *START, *PHOTO, *NO_BUS, "perhaps", "yes"]
    done = make(clearpost, write_list(tmp_path), answers)
    assert done.returncode == 0
    assert done.stderr.count("Expected a number from 1 to 2.") == 3
    assert "Expected yes or no." in done.stderr


@pytest.mark.parametrize("count", [0, 3, 8])
def test_answers_that_end_early_write_nothing(clearpost: Run, tmp_path: Path, count: int) -> None:
    done = make(clearpost, write_list(tmp_path), [*START, *PHOTO][:count])
    assert done.returncode == 1
    assert "nothing was written" in done.stderr
    assert not (tmp_path / "ours.toml").exists()


def test_no_at_the_end_writes_nothing(clearpost: Run, tmp_path: Path) -> None:
    done = make(clearpost, write_list(tmp_path), [*START, *PHOTO, *NO_BUS, "no"])
    assert done.returncode == 1
    assert not (tmp_path / "ours.toml").exists()


def test_a_file_without_pictures_makes_no_profile(clearpost: Run, tmp_path: Path) -> None:
    done = make(clearpost, write_list(tmp_path), [*START, "1", *NO_BUS])
    assert done.returncode == 1
    assert "no column is about pictures" in done.stderr


def test_a_profile_that_is_there_stays_unless_it_is_said(clearpost: Run, tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text("mine")
    answers = [*START, *PHOTO, *NO_BUS, "yes"]
    refused = make(clearpost, write_list(tmp_path), answers)
    assert (refused.returncode, (tmp_path / "ours.toml").read_text()) == (1, "mine")
    assert "--force" in refused.stderr
    assert make(clearpost, write_list(tmp_path), answers, "--force").returncode == 0
    assert read_profile(str(tmp_path / "ours.toml")).name == "ours"


@pytest.mark.parametrize("name", ["powerschool", "Ours", "", "a" * 41])
def test_a_name_that_cannot_be_is_refused(clearpost: Run, tmp_path: Path, name: str) -> None:
    file = write_list(tmp_path)
    done = clearpost("import", "profiles", "make", str(file), "--name", name)
    assert done.returncode == 1
    assert done.stderr.startswith("clearpost: --name: ")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "has no header"),
        (b"one\n", "has no header"),
        (b"000001,Diaz,Y\n000002,Cruz,N\n", "has no header"),
        (b"Diaz,Y\nCruz,N\n", "has no header"),
        (b"a,b\n\0", "NUL"),
        (None, "exist"),
    ],
)
def test_what_is_no_list_is_refused(
    clearpost: Run, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "photo.csv"
    if content is not None:
        file.write_bytes(content)
    done = make(clearpost, file, [])
    assert done.returncode == 1
    assert reason in done.stderr
    assert "Diaz" not in done.stdout + done.stderr


def test_refusers_of_an_excel_sheet_with_a_title_line(clearpost: Run, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Do not photograph"])
    for row in (("ID", "Reason"), ("s-1", "x"), ("s-2", "x")):
        sheet.append(row)
    book.save(tmp_path / "no.xlsx")
    # Only refusers; the whole list, of every school; by the first column, a sourcedId; ends on no
    # day; photographed and shown; x no, blank says nothing.
    answers = ["2", "1", "2", "1", "1", "", "2,10", "1", "4", "yes"]
    done = make(clearpost, tmp_path / "no.xlsx", answers)
    assert done.returncode == 0, done.stderr
    (flags,) = read_profile(str(tmp_path / "ours.toml")).flags
    assert (flags.lists, flags.complete, flags.matches) == ("refusers", True, "sourced_id")
    assert flags.schools == "all"
    assert "x means\n  1 no\n" in done.stdout  # nobody in it can have said yes
    assert set(flags.columns[0].cells("refuse")) == {
        ("capture", "all", "image"), ("publish", "all", "image"),
    }  # fmt: skip


def test_a_day_that_is_none_is_asked_again(clearpost: Run, tmp_path: Path) -> None:
    answers = [*START[:-1], "6/30", "06-30", *PHOTO, *NO_BUS, "yes"]
    assert make(clearpost, write_list(tmp_path), answers).returncode == 0
    (flags,) = read_profile(str(tmp_path / "ours.toml")).flags
    assert flags.ends(date(2026, 1, 1)) == "2026-06-30"
