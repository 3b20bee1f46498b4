"""The files of one delivery: found in a folder, read row by row, put into the staged tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from app.imports.cells import CellError
from app.imports.formats import Format, StagedRow
from app.imports.lines import CsvFile
from app.imports.report import FileReport, Progress, Report, RowError
from app.store import staging
from app.store.staging import Staged

CHUNK_ROWS = 20_000


@dataclass(slots=True)
class Source:
    """A file of the delivery; its digest and the columns it has are known once it is read."""

    format: Format
    path: Path
    report: FileReport
    sha256: str = ""
    absent: frozenset[str] = frozenset()


def find(known: Iterable[Format], folder: Path, report: Report) -> list[Source]:
    """The files in `folder` that are to be read; what is wrong there goes to `report`.

    A CSV file of any other name is refused, since it may be a misspelt list of refusals.
    """
    formats = {format_.name: format_ for format_ in known}
    present = _files_in(folder, report)
    if report.errors:
        return []
    names = ", ".join(formats)
    for name in sorted(present.keys() - formats.keys()):
        if name.lower().endswith(".csv"):
            reason = f"is not the name of a file that is read; those are {names}"
            report.folder_errors.append(RowError(name, 0, None, reason))
    sources = [
        Source(format_, present[name], FileReport(name))
        for name, format_ in formats.items()
        if name in present
    ]
    if not sources and not report.errors:
        report.folder_errors.append(RowError(str(folder), 0, None, f"holds none of {names}"))
    report.files = [source.report for source in sources]
    for source in sources:
        if source.path.is_symlink() or not source.path.is_file():
            source.report.refuse(0, None, "is not a plain file")
    return sources


def _files_in(folder: Path, report: Report) -> dict[str, Path]:
    try:
        if folder.is_dir():
            return {path.name: path for path in folder.iterdir()}
        reason = "is not a folder" if folder.exists() else "does not exist"
    except OSError:
        reason = "cannot be read"
    report.folder_errors.append(RowError(str(folder), 0, None, reason))
    return {}


@dataclass(slots=True)
class _Reading:
    """How far the reading of all files is, and the rows that wait to be staged together."""

    connection: Connection
    progress: Progress | None
    total: int
    before: int = 0
    waiting: dict[Staged, list[tuple[Any, ...]]] = field(default_factory=dict)

    def add(self, rows: Iterable[StagedRow]) -> None:
        for staged, row in rows:
            self.waiting.setdefault(staged, []).append(row)

    def flush(self, report: FileReport, done: int) -> None:
        for staged, rows in self.waiting.items():
            staging.fill(self.connection, staged, rows)
        self.waiting.clear()
        if self.progress:
            self.progress(report.file, report.rows, self.before + done, self.total)


def stage(connection: Connection, sources: list[Source], progress: Progress | None) -> None:
    """Read every source into the staged tables of `connection`; errors go to its report."""
    staging.create(connection)
    reading = _Reading(connection, progress, sum(s.path.stat().st_size for s in sources))
    for source in sources:
        _stage_file(reading, source)
        repeats = staging.drop_repeats(connection, source.format.staged)
        for line in repeats:
            column = source.format.columns[0].name
            reason = "repeats an earlier row of this file with other content"
            source.report.refuse(line, column, reason)
    staging.drop_repeats(connection, staging.account_managers)
    staging.filled(connection)


def _stage_file(reading: _Reading, source: Source) -> None:
    report, format_ = source.report, source.format
    try:
        file = CsvFile(source.path, report)
    except OSError:
        report.refuse(0, None, "cannot be opened")
        return
    with file:
        for line, cells in file.rows(format_.names, format_.required):
            reading.add(_staged_rows(format_, cells, line, report))
            report.rows += 1
            if report.rows % CHUNK_ROWS == 0:
                reading.flush(report, file.bytes_read)
        reading.flush(report, file.bytes_read)
        reading.before += file.bytes_read
        source.sha256 = file.sha256
        source.absent = format_.absent(file.columns)


def _staged_rows(
    format_: Format, cells: Sequence[str], line: int, report: FileReport
) -> Iterable[StagedRow]:
    """What to stage for a row: its content, or of a refused one no more than that it exists."""
    try:
        return format_.stage(format_.read(cells), line)
    except CellError as error:
        for fault in format_.faults(cells) or [error]:
            report.refuse(line, fault.column, fault.reason)
    if not cells[0] or format_.columns[0].name != "sourced_id":
        return []
    return [(staging.refused, (line, format_.staged.target, cells[0]))]
