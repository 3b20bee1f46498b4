"""Read a delivery into the staged tables and look at what is there."""

import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from textwrap import dedent
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select

from app.database.session import Store
from app.imports.reading.delivery import Delivery, found, stage_delivery
from app.imports.reading.delivery_formats import Context
from app.imports.reading.profiles import Profile
from app.imports.reading.profiles.loader import parse_profile
from app.imports.report import Report
from app.imports.staging import staged_tables
from app.imports.staging.staged_area import open_area

TODAY = date(2026, 11, 1)
TABLES = (
    staged_tables.orgs, staged_tables.people, staged_tables.classes,
    staged_tables.enrollments, staged_tables.guardians,
    staged_tables.flags, staged_tables.deleted, staged_tables.refused,
)  # fmt: skip
Files = Mapping[str, str | bytes]


@dataclass
class Staged:
    """What came of reading: staged rows by table and column, the report, the delivery itself."""

    report: Report
    delivery: Delivery | None = None
    rows: dict[str, list[Any]] = field(default_factory=dict)

    def of(self, table: str, *columns: str) -> list[Any]:
        """These columns of all rows of a staged table, sorted; bare values for one column."""
        found_ = [tuple(getattr(row, column) for column in columns) for row in self.rows[table]]
        found_.sort(key=repr)
        return [row[0] for row in found_] if len(columns) == 1 else found_

    def warned(self, file: str) -> dict[str, int]:
        """What was tolerated in a file, and how often."""
        return next(f.warnings for f in self.report.files if f.file == file)

    @property
    def errors(self) -> list[tuple[str, int, str | None, str]]:
        return [(e.file, e.line, e.column, e.reason) for e in self.report.errors]


Reads = Callable[..., Staged]


@contextmanager
def staged(store: Store, path: Path, profile: Profile | None) -> Iterator[tuple[Staged, Any]]:
    """The delivery at `path`, read; and the connection on which it is staged."""
    result = Staged(Report())
    context = Context(ZoneInfo("America/Denver"), TODAY, profile)
    with found(path, context, result.report) as delivery:
        if delivery is None:
            yield result, None
            return
        result.delivery = delivery
        with open_area(store, 600) as area:
            area.begin("test")
            with area.connection.begin():
                stage_delivery(area.connection, delivery)
                for table in TABLES:
                    name = table.table.name.removeprefix("stage_")
                    result.rows[name] = rows(area.connection, table)
                yield result, area.connection


def rows(connection: Connection, table: staged_tables.Staged) -> list[Any]:
    return list(connection.execute(select(table.table).order_by(*table.table.primary_key)))


def profile(text: str) -> Profile:
    return parse_profile("test.toml", dedent(text).encode())


def lay_out(folder: Path, files: Files) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        data = content if isinstance(content, bytes) else dedent(content).lstrip().encode()
        (folder / name).write_bytes(data)
    return folder


def packed(folder: Path, inside: str = "") -> Path:
    """A zip of the files in `folder`."""
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{inside}{file.name}")
    return path


@pytest.fixture
def read(store: Store, tmp_path: Path) -> Reads:
    """Write files into a folder and read them as a delivery."""

    def reads(files: Files | Path, profile: Profile | None = None) -> Staged:
        path = files if isinstance(files, Path) else lay_out(tmp_path / "delivery", files)
        with staged(store, path, profile) as (result, _):
            return result

    return reads
