"""Excel workbooks as deliveries: their one sheet is read as if it had been saved as CSV."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Select, select

from app.database.session import Store
from app.database.tables import consents, people
from app.database.tables.doubts import import_doubts
from app.imports import drop_folder
from app.imports.reading import workbooks
from app.imports.reading.profiles import read_profile
from app.imports.report import Report
from app.settings import Settings
from tests.imports.runs import run_import

PEOPLE = ("sourced_id", "kind", "given_name", "family_name", "org_sourced_id", "student_number",
          "birth_date")  # fmt: skip
Rows = Callable[[Select[Any]], list[Any]]
# Excel knows no time zones.
NOON = datetime(2013, 5, 6, 12)  # noqa: DTZ001


def save(path: Path, *sheets: Sequence[Sequence[Any]], hidden: int | None = None) -> Path:
    """A workbook with these sheets, as rows of cells."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet {number}")
        for row in rows:
            sheet.append(row)
        if number == hidden:
            sheet.sheet_state = "hidden"
    book.save(path)
    return path


def child(number: int, **cells: Any) -> list[Any]:
    row = {"sourced_id": f"s-{number}", "kind": "student", "given_name": "Ana",
           "family_name": f"Quartz{number}", "org_sourced_id": "hill",
           "student_number": f"00{number}", "birth_date": date(2014, 2, 11)}  # fmt: skip
    return [(row | cells)[column] for column in PEOPLE]


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with a school, for an office's workbooks."""
    folder = tmp_path / "office"
    folder.mkdir()
    (folder / "orgs.csv").write_text("sourced_id,name,kind\nhill,Hill,school\n")
    return folder


@pytest.fixture
def take(store: Store, settings: Settings) -> Callable[..., Report]:
    def takes(path: Path, **choices: Any) -> Report:
        return run_import(store, settings, path, **choices)

    return takes


@pytest.fixture
def rows_of(store: Store) -> Rows:
    def reads(statement: Select[Any]) -> list[Any]:
        with store.reading() as connection:
            return [tuple(row) for row in connection.execute(statement)]

    return reads


def test_a_workbook_is_read_as_its_sheet_looks(
    office: Path, take: Callable[..., Report], rows_of: Rows
) -> None:
    save(office / "People.xlsx", [PEOPLE, child(1), child(2, student_number=42.0),
                                  child(3, birth_date=NOON.replace(hour=0))])  # fmt: skip
    report = take(office)
    assert report.applied, report.errors
    c = people.c
    assert rows_of(select(c.id, c.student_number, c.birth_date).order_by(c.id)) == [
        ("s-1", "001", date(2014, 2, 11)), ("s-2", "42", date(2014, 2, 11)),
        ("s-3", "003", date(2013, 5, 6)),
    ]  # fmt: skip
    assert "People.xlsx is read as People.csv; lines are the rows of its sheet" in report.warnings


def test_an_error_names_the_row_of_the_sheet(office: Path, take: Callable[..., Report]) -> None:
    rows = [PEOPLE, [], *(child(n, kind="Zauberer") for n in range(3))]
    report = take(save(office / "people.xlsx", rows).parent)
    assert [(e.file, e.line, e.column) for e in report.errors] == [
        ("people.csv", line, "kind") for line in (3, 4, 5)
    ]
    assert "Zauberer" not in str(report.errors)


def test_consent_columns_come_in_a_workbook(
    office: Path, take: Callable[..., Report], rows_of: Rows
) -> None:
    """A number whose zeros are lost is a doubt, and no refusal that nobody hears of."""
    save(office / "people.xlsx", [PEOPLE, *(child(n) for n in range(20))])
    answers = [[f"00{n}", "" if n else "No"] for n in range(19)]
    flags = [["Student_Number", "Permission to Publish"], *answers, [19, "No"]]
    save(office / "permission_to_publish.xlsx", flags)
    take(office, profile=read_profile("powerschool"))
    assert rows_of(select(consents.c.person_id, consents.c.decision)) == [("s-0", "refuse")]
    assert rows_of(select(import_doubts.c.key, import_doubts.c.refuses)) == [("19", True)]


def test_one_workbook_alone_and_one_in_a_zip(tmp_path: Path, take: Callable[..., Report]) -> None:
    rows = [("sourced_id", "name", "kind"), ("hill", "Hill", "school")]
    path = save(tmp_path / "orgs.xlsx", rows)
    assert take(path).applied
    with zipfile.ZipFile(tmp_path / "night.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "orgs.xlsx")
    assert take(tmp_path / "night.zip").state == "unchanged"


@pytest.mark.parametrize("hidden", [None, 1])
def test_a_second_sheet_with_rows_is_never_passed_over(
    office: Path, take: Callable[..., Report], hidden: int | None
) -> None:
    save(office / "people.xlsx", [PEOPLE, child(1)], [PEOPLE, child(2)], hidden=hidden)
    report = take(office)
    assert [str(e) for e in report.errors] == [
        "people.xlsx: has 2 sheets with rows: keep one sheet to a file"
    ]
    save(office / "people.xlsx", [PEOPLE, child(1)], [], hidden=hidden)
    assert take(office).applied


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is no Excel workbook that can be read"),
        (b"PK\x03\x04 and no more", "is no Excel workbook that can be read"),
        (b"sourced_id,kind\n", "is no Excel workbook that can be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 200, "is no Excel workbook that can be read"),
    ],
)
def test_what_is_no_workbook_is_an_error(
    office: Path, take: Callable[..., Report], content: bytes, reason: str
) -> None:
    (office / "people.xlsx").write_bytes(content)
    assert [str(e) for e in take(office).errors] == [f"people.xlsx: {reason}"]


def test_a_workbook_that_grows_is_not_unpacked(
    office: Path, take: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(office / "people.xlsx", [PEOPLE, *(child(n) for n in range(200))])
    monkeypatch.setattr(workbooks, "MAX_UNPACKED", 2 << 10)
    (error,) = take(office).errors
    assert error.reason == "unpacks to more than 0 MiB; save it as CSV"
    monkeypatch.setattr(workbooks, "MAX_PACKED", 100)
    (error,) = take(office).errors
    assert error.reason == "is larger than 0 MiB; save it as CSV"
    assert path.exists()


def test_a_drop_folder_takes_a_workbook(tmp_path: Path) -> None:
    save(tmp_path / "people.xlsx", [PEOPLE, child(1)])
    drop = drop_folder.DropWatch().next(tmp_path, 0, 0)
    assert drop
    assert [path.name for path in drop.paths] == ["people.xlsx"]


def test_a_sheet_and_a_file_of_one_name_are_not_both_read(
    office: Path, take: Callable[..., Report]
) -> None:
    save(office / "orgs.xlsx", [("sourced_id", "name", "kind"), ("dale", "Dale", "school")])
    (error,) = take(office).errors
    assert error.reason.startswith("is there twice")


def test_cells_are_told_as_csv_has_them() -> None:
    buffer = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append([True, 1.5, 7, "two\nlines", "a,b", NOON, None, "x"])
    book.save(buffer)
    buffer.seek(0)
    assert workbooks.read_workbook(buffer) == (
        b'TRUE,1.5,7,two lines,"a,b",2013-05-06T12:00:00,,x\n'
    )
