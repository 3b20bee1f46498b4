"""Strict CSV, read as a stream: UTF-8, one record a line, every column's name once, in any order.

An error names line and column and never what stands there. Memory does not grow with the file.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Self

from app.imports.report import FileReport

MAX_LINE_BYTES = 65_536
MAX_CELL = 500
_BUFFER_BYTES = 1 << 18
_BOM = "\ufeff"
# Controls, separators of lines and paragraphs, and marks that turn the direction of text around.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9 _.-]{0,63}", re.ASCII)


class _Tap(io.RawIOBase):
    """A file whose bytes are counted and digested as they pass."""

    def __init__(self, file: io.RawIOBase) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        size = self._file.readinto(buffer) or 0
        self.digest.update(buffer[:size])
        self.bytes += size
        return size


class CsvFile:
    """One file of a delivery, read once from its first byte to its last."""

    def __init__(self, path: Path, report: FileReport) -> None:
        """Open `path`; what is wrong in it goes to `report`. `columns` will be its header."""
        self._file = path.open("rb", buffering=0)
        self._tap = _Tap(self._file)
        self._report = report
        self.columns: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def bytes_read(self) -> int:
        """How far the reading has come."""
        return self._tap.bytes

    @property
    def sha256(self) -> str:
        """Of what has been read, which after `rows` is the whole file."""
        return self._tap.digest.hexdigest()

    def rows(
        self, names: Sequence[str], required: frozenset[str]
    ) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Each row with its line: its cells, stripped, in the order of `names`.

        The header must have names of `names` only and all those of `required`, else nothing is
        read. The cell of a name that it does not have is empty.
        """
        records = _records(self._lines(), self._report)
        line, header = next(records, (1, []))
        columns = _columns(line, header, names, required, self._report)
        if columns is None:
            return
        self.columns = columns
        # One cell more than the row has is empty: that of every name the header lacks.
        ordered = itemgetter(
            *(columns.index(name) if name in columns else len(columns) for name in names)
        )
        for line, cells in records:
            if len(cells) != len(columns):
                reason = f"has {len(cells)} cells, the header {len(columns)}"
                self._report.refuse(line, None, reason)
            elif _fit(line, columns, cells, self._report):
                stripped = [cell.strip() for cell in cells]
                stripped.append("")
                yield line, ordered(stripped)

    def _lines(self) -> Iterator[str]:
        """The lines as text; one that is not UTF-8 is noted and read as empty."""
        buffered = io.BufferedReader(self._tap, _BUFFER_BYTES)
        number = 0
        while raw := buffered.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(raw) > MAX_LINE_BYTES:
                reason = f"is longer than {MAX_LINE_BYTES} bytes; nothing after it was read"
                self._report.refuse(number, None, reason)
                return
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                self._report.refuse(number, None, "is not UTF-8 text")
                text = ""
            yield text.removeprefix(_BOM) if number == 1 else text


def _records(lines: Iterator[str], report: FileReport) -> Iterator[tuple[int, list[str]]]:
    """The lines taken apart, empty ones left out, each with its number."""
    reader = csv.reader(lines, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            report.refuse(line, None, "has quotes or line breaks that do not belong there")
            continue
        if reader.line_num > line:
            report.refuse(line, None, "has a line break within a cell")
        elif cells:
            yield line, cells


def _columns(
    line: int, header: list[str], names: Sequence[str], required: frozenset[str], report: FileReport
) -> list[str] | None:
    """The header's names, None where they are not right.

    A file without a header begins with somebody's record: what is no plausible name of a column
    is told by its place.
    """
    columns = [name.strip().lower() for name in header]
    missing = [name for name in names if name in required and name not in columns]
    for name in missing:
        report.refuse(line, name, "this column is missing from the header")
    if missing == [name for name in names if name in required]:
        return None
    unknown = [n for n, name in enumerate(columns) if name not in names]
    for n in unknown:
        shown = columns[n] if not missing and _HEADER.fullmatch(columns[n]) else f"column {n + 1}"
        report.refuse(line, shown, "is not a column of this file")
    doubled = [name for name in names if columns.count(name) > 1]
    for name in doubled:
        report.refuse(line, name, "stands in the header more than once")
    return None if missing or unknown or doubled else columns


def _fit(line: int, columns: list[str], cells: list[str], report: FileReport) -> bool:
    """Whether every cell is text of a fit length; the usual row is told by one look."""
    whole = "".join(cells)
    if len(whole) <= MAX_CELL and whole.isprintable():
        return True
    fit = True
    for column, cell in zip(columns, cells, strict=True):
        if len(cell) > MAX_CELL:
            report.refuse(line, column, f"is longer than {MAX_CELL} characters")
            fit = False
        elif _UNFIT.search(cell):
            report.refuse(line, column, "has control characters")
            fit = False
    return fit
