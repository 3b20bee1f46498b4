"""A small district as CSV files, to be delivered whole or with one thing changed."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, Table, func, select

from app.database.session import Store
from app.imports.report import Report
from app.settings import Settings
from app.synthetic.files import HEADERS
from tests.imports.runs import run_import

Row = dict[str, str]
Files = dict[str, list[Row]]

# What ends, ends after our time: the tests that deliver it are run on any day.
DISTRICT: dict[str, str] = {
    "orgs": """
district,Example District,district,
office,Communications,communications,district
hill,Hill School,school,district
""",
    "people": """
s-1,student,José,Núñez,Pepe,03,hill,,2016-02-03,active
s-2,student,Ana,Diaz,,KG,hill,,,
s-3,student,Ben,Diaz,,12,hill,,2008-01-01,active
e-1,employee,Ann,Lee,,,district,ann@district.example,,active
e-2,employee,Bob,Roe,,,office,,,active
a-1,affiliate,Cy,Poe,,,hill,,,active
""",
    "classes": """
c-1,Third grade,hill
c-2,Music,hill
""",
    "enrollments": """
c-1,s-1,student
c-1,s-2,student
c-1,e-1,teacher
c-2,s-2,student
""",
    "guardians": """
s-1,g-1,Maria Núñez,mother
s-2,g-2,Dan Diaz,
""",
    "consents": """
s-1,refuse,publish,all,image,g-1,guardian,2026-01-05,,
s-2,grant,publish,social,image_with_name,Dan  DIAZ,guardian,2026-01-05T23:30:00-05:00,,2099-06-30
s-3,refuse,,,,,eligible_student,2026-02-01,2026-03-01,
e-1,grant,publish,all,image,Ann Lee,employee,2026-01-05,,
""",
    "accounts": """
Twitter,@HillSchool,,school,hill,e-1,e-2;a-1,hill@district.example,e-2,2026-01-10,2026-01-11
,,https://www.instagram.com/hillpta/,pto,hill,,,,,,
hillnet,Hill,https://hillnet.example/u/9,club,hill,e-1,,,,,
""",
    "designations": """
superintendent,e-1,holder,2020-01-01,
director_communications,e-2,holder,2020-01-01,2099-01-01
""",
    "grants": """
logo,account,twitter/@HillSchool,Twitter,e-1,2026-01-01,
spokesperson,person,e-2,all,e-1,2026-01-01,2099-01-01
""",
    "releases": """
Olga Artist,My Mural,social,2026-01-01,
Olga Artist,,all,2026-01-01,
""",
}


def row(file: str, line: str) -> Row:
    """The cells of one line of `file`, by column."""
    columns = HEADERS[file].split(",")
    return dict(zip(columns, next(csv.reader([line])), strict=True))


def district() -> Files:
    """The whole small district; tests change it before they deliver it."""
    return {
        file: [row(file, line) for line in lines.strip().splitlines()]
        for file, lines in DISTRICT.items()
    }


def write(folder: Path, files: Files) -> Path:
    """`files` as CSV in `folder`, in the place of all that was there."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for file, rows in files.items():
        columns = list(rows[0]) if rows else HEADERS[file].split(",")
        with (folder / f"{file}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, columns, lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "delivery"


Deliver = Callable[..., Report]


@pytest.fixture
def deliver(store: Store, settings: Settings, folder: Path) -> Deliver:
    """Write files and import them."""

    def delivers(files: Files, **options: Any) -> Report:
        return run_import(store, settings, write(folder, files), **options)

    return delivers


@pytest.fixture
def read(store: Store) -> Callable[[Select[Any] | Table], list[Any]]:
    """All rows of a table or a statement."""

    def reads(what: Select[Any] | Table) -> list[Any]:
        statement = content(what) if isinstance(what, Table) else what
        with store.reading() as connection:
            return list(connection.execute(statement))

    return reads


def content(table: Table) -> Select[Any]:
    """All of a table but where its rows came from."""
    return select(*(column for column in table.c if not column.name.startswith("import_")))


def counts(store: Store, *tables: Table) -> dict[str, int]:
    """How many rows each table has."""
    with store.reading() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in tables
        }
