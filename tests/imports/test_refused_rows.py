"""Whatever cannot be read as it should be: refused by file, line and column, nothing applied."""

import os
from pathlib import Path

import pytest

from app.database.session import Store
from app.database.tables import metadata
from app.imports.report import MAX_ERRORS, RowError
from app.settings import Settings
from tests.imports.conftest import Deliver, counts, district, row, write
from tests.imports.runs import run_import

GOOD = {
    "orgs": "o-9,Ninth School,school,district",
    "people": "s-9,student,Zed,Nine,,09,hill,,2011-01-01,active",
    "classes": "c-9,Ninth grade,hill",
    "enrollments": "c-2,s-3,student",
    "guardians": "s-3,g-9,Nina Nine,mother",
    "consents": "s-3,grant,publish,all,image,g-9,guardian,2026-01-05,,",
    "accounts": "facebook,ninth,,school,hill,e-1,e-2,n@district.example,e-2,2026-01-10,2026-01-11",
    "designations": "superintendent,e-2,designee,2026-01-01,",
    "grants": "logo,person,e-2,all,e-1,2026-01-01,",
    "releases": "Nils Nine,,all,2026-01-01,",
}

# A good row of a file, what is wrong in it, and the column and reason that the error names.
BAD = [
    ("orgs", {"sourced_id": ""}, "sourced_id", "must not be empty"),
    ("orgs", {"name": "!!"}, "name", "must have a letter"),
    ("orgs", {"kind": "university"}, "kind", "must be one of: district, school"),
    ("orgs", {"sourced_id": "hill"}, "sourced_id", "repeats an earlier row"),
    ("people", {"kind": "wizard"}, "kind", "must be one of"),
    ("people", {"given_name": "", "family_name": ""}, "family_name", "must have a letter"),
    ("people", {"birth_date": "2011-02-30"}, "birth_date", "is not a day of the calendar"),
    ("people", {"birth_date": "02/03/2011"}, "birth_date", "must be a date"),
    ("people", {"birth_date": "20110203"}, "birth_date", "must be a date"),
    ("people", {"birth_date": "2999-01-01"}, "birth_date", "lies in the future"),
    ("people", {"birth_date": "1011-01-01"}, "birth_date", "must lie in the years"),
    ("people", {"birth_date": "٢٠١١-01-01"}, "birth_date", "must be a date"),
    ("people", {"status": "retired"}, "status", "must be one of"),
    ("people", {"org_sourced_id": "o-77"}, "org_sourced_id", "names no org on file"),
    ("people", {"given_name": "Zed\x00"}, "given_name", "has control characters"),
    ("people", {"given_name": "Z\x1bed"}, "given_name", "has control characters"),
    ("people", {"given_name": "Z\u202eed"}, "given_name", "has control characters"),
    ("people", {"given_name": "Z" * 501}, "given_name", "is longer than 500"),
    ("people", {"sourced_id": "s-1"}, "sourced_id", "repeats an earlier row"),
    ("classes", {"org_sourced_id": "o-77"}, "org_sourced_id", "names no org on file"),
    ("classes", {"title": ""}, "title", "must not be empty"),
    ("people", {"sourced_id": "s" * 256}, "sourced_id", "is longer than 255"),
    ("enrollments", {"class_sourced_id": "c-77"}, "class_sourced_id", "names no class on file"),
    ("enrollments", {"person_sourced_id": "s-77"}, "person_sourced_id", "names no person"),
    ("enrollments", {"role": "guest"}, "role", "must be one of"),
    ("guardians", {"student_sourced_id": "s-77"}, "student_sourced_id", "names no person"),
    ("guardians", {"student_sourced_id": "e-1"}, "student_sourced_id", "must be a student"),
    ("guardians", {"guardian_id": "s-3"}, "guardian_id", "must not be the student"),
    ("guardians", {"guardian_id": ""}, "guardian_id", "must not be empty"),
    ("consents", {"person_sourced_id": "s-77"}, "person_sourced_id", "names no person on file"),
    ("consents", {"person_sourced_id": "g-9"}, "person_sourced_id", "names no person on file"),
    ("consents", {"decision": "maybe"}, "decision", "one of: grant, refuse, withdraw, lift"),
    ("consents", {"decision": ""}, "decision", "must not be empty"),
    ("consents", {"activity": ""}, "activity", "must not be empty in a grant"),
    ("consents", {"channel": ""}, "channel", "must not be empty in a grant"),
    ("consents", {"extent": ""}, "extent", "must not be empty in a grant"),
    ("consents", {"channel": "myspace"}, "channel", "must be one of"),
    ("consents", {"capacity": "neighbour"}, "capacity", "must be one of"),
    ("consents", {"capacity": "office_hold"}, "decision", "an office cannot consent"),
    ("consents", {"capacity": "employee"}, "capacity", "does not fit the kind of person"),
    ("consents", {"person_sourced_id": "e-1"}, "capacity", "does not fit the kind of person"),
    ("consents", {"person_sourced_id": "a-1"}, "capacity", "does not fit the kind of person"),
    ("consents", {"signed_at": ""}, "signed_at", "must not be empty"),
    ("consents", {"signed_at": "2026-01-05T10:00:00"}, "signed_at", "must carry its offset"),
    ("consents", {"signed_at": "2026-01-05T25:00:00Z"}, "signed_at", "is not a time"),
    ("consents", {"signed_at": "2098-01-05"}, "signed_at", "lies in the future"),
    ("consents", {"signed_at": "2098-01-05T10:00:00Z"}, "signed_at", "lies in the future"),
    ("consents", {"signed_at": "5 Jan 2026"}, "signed_at", "must be a date"),
    ("consents", {"signed_at": "2026-W01-1T10:00Z"}, "signed_at", "must be a date"),
    ("consents", {"effective_from": "2026-13-01"}, "effective_from", "is not a day"),
    ("consents", {"effective_to": "2026-01-04"}, "effective_to", "lies before effective_from"),
    ("accounts", {"platform": "", "handle": ""}, "platform", "is needed"),
    ("accounts", {"handle": ""}, "handle", "is needed"),
    ("accounts", {"handle": "a/b c"}, "handle", "names no account"),
    ("accounts", {"url": "https://x.com/ninth"}, "url", "belongs to another platform"),
    ("accounts", {"url": "https://facebook.com/tenth"}, "url", "do not name the same account"),
    ("accounts", {"url": "https://facebook.com@evil.example/n"}, "url", "is not an address of"),
    ("accounts", {"url": "nonsense"}, "url", ""),
    ("accounts", {"platform": "", "handle": "", "url": "https://n.example/u/9"}, "platform",
     "no known host"),
    ("accounts", {"kind": "blog"}, "kind", "must be one of"),
    ("accounts", {"org_sourced_id": "o-77"}, "org_sourced_id", "names no org on file"),
    ("accounts", {"owner_sourced_id": "e-77"}, "owner_sourced_id", "names no person on file"),
    ("accounts", {"owner_sourced_id": "s-1"}, "owner_sourced_id", "must not be a student"),
    ("accounts", {"manager_sourced_ids": "e-2 e-77"}, "manager_sourced_ids", "names no person"),
    ("accounts", {"manager_sourced_ids": "e-2|s-1"}, "manager_sourced_ids", "not be a student"),
    ("accounts", {"authorized_at": ""}, "authorized_at", "must be given together"),
    ("accounts", {"authorized_by_sourced_id": ""}, "authorized_at", "must be given together"),
    ("accounts", {"authorized_by_sourced_id": "e-77"}, "authorized_by_sourced_id", "no person"),
    ("accounts", {"communications_admin_at": "yes"}, "communications_admin_at", "must be a date"),
    ("accounts", {"contact_email": "@"}, "contact_email", "must be an e-mail address"),
    ("accounts", {"platform": "x", "handle": "hillschool"}, "platform", "repeats an earlier row"),
    ("designations", {"office": "janitor"}, "office", "must be one of"),
    ("designations", {"person_sourced_id": "s-1"}, "person_sourced_id", "not be a student"),
    ("designations", {"person_sourced_id": "e-77"}, "person_sourced_id", "names no person"),
    ("designations", {"effective_from": ""}, "effective_from", "must not be empty"),
    ("designations", {"effective_to": "2025-12-31"}, "effective_to", "lies before"),
    ("designations", {"effective_to": "9999-12-31"}, "effective_to", "no end is an empty cell"),
    ("grants", {"kind": "letterhead"}, "kind", "must be one of"),
    ("grants", {"grantee": "e-77"}, "grantee", "names no person on file"),
    ("grants", {"grantee_kind": "account"}, "grantee", "must be platform/handle"),
    ("grants", {"network": "\u2028x"}, "network", "has control characters"),
    ("grants", {"network": ""}, "network", "must not be empty"),
    ("grants", {"granted_by_sourced_id": "e-77"}, "granted_by_sourced_id", "names no person"),
    ("releases", {"name": "--"}, "name", "must have a letter"),
    ("releases", {"channel": ""}, "channel", "must not be empty"),
    ("releases", {"effective_to": "2025-01-01"}, "effective_to", "lies before"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "wrong", "column", "reason"), BAD)
@pytest.mark.few(24)
def test_a_bad_cell_is_named_and_nothing_applied(
    deliver: Deliver, store: Store, file: str, wrong: dict[str, str], column: str, reason: str
) -> None:
    files = district()
    files[file].append(row(file, GOOD[file]) | wrong)
    report = deliver(files)
    assert not report.applied
    [error] = report.errors
    assert (error.file, error.line, error.column) == (
        f"{file}.csv", len(files[file]) + 1, column,
    )  # fmt: skip
    assert reason in error.reason
    repeatable = {"account", "employee"}
    said = [value for value in wrong.values() if len(value) > 3 and value not in repeatable]
    assert not any(value in str(error) for value in said)
    rows = counts(store, *metadata.tables.values())
    filled = {name for name, count in rows.items() if count}
    # Refusals that could not be kept are doubts, and that there are some is on the ledger.
    doubts = {"import_doubts", "doubted_people", "ledger", "record_sums"}
    assert filled - doubts == {"imports", "import_errors"}


@pytest.mark.parametrize("file", GOOD)
def test_the_good_rows_are_good(deliver: Deliver, file: str) -> None:
    """What the bad rows above differ from is taken: each fails for its own fault alone."""
    files = district()
    files[file].append(row(file, GOOD[file]))
    report = deliver(files)
    assert report.errors == []
    assert report.applied


def test_every_bad_row_of_every_file_is_told(deliver: Deliver) -> None:
    files = district()
    files["people"][1] |= {"kind": "wizard", "birth_date": "soon"}
    files["consents"][3]["person_sourced_id"] = "e-77"
    files["grants"][0]["network"] = ""
    told = {(e.file, e.line, e.column) for e in deliver(files).errors}
    assert told == {
        ("people.csv", 3, "kind"),
        ("people.csv", 3, "birth_date"),
        ("consents.csv", 5, "person_sourced_id"),
        ("grants.csv", 2, "network"),
    }


@pytest.mark.parametrize(
    ("decision", "capacity", "lifts", "reason"),
    [
        ("refuse", "guardian", "x", "must be left out where nothing is lifted"),
        ("lift", "guardian", "x;y", "must be refusals on file"),
        ("lift", "office_hold", "", "must name the holds"),
    ],
)
def test_what_cannot_be_lifted_is_refused(
    deliver: Deliver, decision: str, capacity: str, lifts: str, reason: str
) -> None:
    said = row("consents", f"s-3,{decision},publish,all,image,g-9,{capacity},2026-01-05,,")
    report = deliver({**district(), "consents": [said | {"lifts": lifts}]})
    assert not report.applied
    [error] = report.errors
    assert (error.file, error.line, error.column) == ("consents.csv", 2, "lifts")
    assert reason in error.reason


def test_errors_are_capped_and_counted(deliver: Deliver) -> None:
    bad = [row("releases", "A,,nowhere,2026-01-01,") for _ in range(MAX_ERRORS + 7)]
    report = deliver({"releases": bad})
    assert len(report.errors) == MAX_ERRORS
    assert report.files[0].unlisted_errors == 7


HEADER = b"sourced_id,name,kind\n"
TEXTS = [
    (b"", 1, "sourced_id", "missing from the header"),
    (b"Zed,Nine,09\n", 1, "sourced_id", "missing from the header"),
    (b"sourced_id,name\nx,y\n", 1, "kind", "missing from the header"),
    (b"sourced_id,name,kind,name\n", 1, "name", "more than once"),
    (
        b"sourced_id,name,kind,parent_sourcedid\n",
        1,
        "parent_sourcedid",
        "is not a column of this file",
    ),
    (HEADER + b"o,Caf\xe9,school\n", 2, None, "is not UTF-8 text"),
    (HEADER.decode().encode("utf-16"), 1, None, "is not UTF-8 text"),
    (HEADER + b"o,Ninth\n", 2, None, "has 2 cells, the header 3"),
    (HEADER + b"o,Ninth,school,x\n", 2, None, "has 4 cells, the header 3"),
    (HEADER + b'o,"Ninth\nSchool",school\n', 2, None, "line break within a cell"),
    (HEADER + b'o,"Ninth"x,school\n', 2, None, "has quotes or line breaks"),
    (HEADER + b'o,"Ninth,school\n', 2, None, "has quotes or line breaks"),
    (HEADER + b"o,Ninth,school\rp,Tenth,school\n", 2, None, "has quotes or line breaks"),
    (HEADER + b"x" * 70_000, 2, None, "is longer than 65536 characters"),
]


@pytest.mark.parametrize("case", TEXTS)
def test_a_bad_file_is_told_by_line(
    store: Store, settings: Settings, folder: Path, case: tuple[bytes, int, str | None, str]
) -> None:
    text, line, column, reason = case
    folder.mkdir()
    (folder / "orgs.csv").write_bytes(text)
    report = run_import(store, settings, folder)
    assert not report.applied
    first = report.errors[0]
    assert (first.file, first.line, first.column) == ("orgs.csv", line, column)
    assert reason in first.reason


def test_a_record_in_place_of_the_header_is_not_repeated(
    store: Store, settings: Settings, folder: Path
) -> None:
    folder.mkdir()
    (folder / "people.csv").write_bytes(b"sourced_id,Secret,kind,Name\n")
    assert "secret" not in str(run_import(store, settings, folder).errors).lower()


def test_lines_after_a_bad_one_are_read(store: Store, settings: Settings, folder: Path) -> None:
    folder.mkdir()
    text = HEADER + b'o,"a\nb",school\n\np,\xff,school\nq,Q,nowhere\n'
    (folder / "orgs.csv").write_bytes(text)
    report = run_import(store, settings, folder)
    assert [(e.line, e.column) for e in report.errors] == [(2, None), (5, None), (6, "kind")]


def _errors(store: Store, settings: Settings, folder: Path) -> list[RowError]:
    report = run_import(store, settings, folder)
    assert not report.applied
    return report.errors


def test_a_folder_that_is_none(store: Store, settings: Settings, tmp_path: Path) -> None:
    [error] = _errors(store, settings, tmp_path / "nowhere")
    assert error.reason == "does not exist"
    (tmp_path / "file").touch()
    [error] = _errors(store, settings, tmp_path / "file")
    assert error.reason.startswith("holds none of orgs.csv")
    [error] = _errors(store, settings, tmp_path / ("a" * 300))
    assert error.reason == "cannot be read"


def test_a_folder_without_known_files(store: Store, settings: Settings, folder: Path) -> None:
    folder.mkdir()
    (folder / "notes.txt").touch()
    [error] = _errors(store, settings, folder)
    assert error.reason.startswith("holds none of orgs.csv")


def test_a_misspelt_file_is_not_passed_over(store: Store, settings: Settings, folder: Path) -> None:
    write(folder, district())
    (folder / "consents.csv").rename(folder / "Consent.csv")
    [error] = _errors(store, settings, folder)
    assert error.file == "Consent.csv"


def test_a_link_a_folder_and_a_pipe_are_no_files(
    store: Store, settings: Settings, folder: Path, tmp_path: Path
) -> None:
    write(folder, {})
    (tmp_path / "orgs.csv").write_bytes(HEADER)
    (folder / "orgs.csv").symlink_to(tmp_path / "orgs.csv")
    (folder / "people.csv").mkdir()
    os.mkfifo(folder / "classes.csv")
    errors = _errors(store, settings, folder)
    assert [e.file for e in errors] == ["orgs.csv", "people.csv", "classes.csv"]
    assert {e.reason for e in errors} == {"is not a plain file"}


def test_a_reference_to_a_refused_row_is_no_second_error(deliver: Deliver) -> None:
    files = district()
    files["people"][0]["birth_date"] = "soon"
    [error] = deliver(files).errors
    assert (error.file, error.column) == ("people.csv", "birth_date")
