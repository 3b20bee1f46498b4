"""The rows of one file that speak of children and cannot be read: gathered, then staged."""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from app.imports.doubts.spoiled_keys import PERHAPS
from app.imports.reading.archive import DAMAGE, Member
from app.imports.reading.cell_values import CellError
from app.imports.reading.child_mentions import StagedDoubt, strip_formula
from app.imports.reading.delimited_text import BATCH_ROWS, MAX_CELL, DelimitedReader
from app.imports.reading.file_formats import FileFormat
from app.imports.staging import staged_tables
from app.imports.staging.staged_tables import Staged

_BETWEEN = re.compile(r"[,;\t|\"]")
# Of a record that holds others, so many cells are looked at.
_MOST_CELLS = 2_000
_LEFT_OUT = CellError("says no in a row that is left out")


class UnreadableRows:
    """Rows that wait to be staged as doubts; none, where the file does not name children."""

    def __init__(self, format_: FileFormat, first: int, places: Mapping[str, int]) -> None:
        """Begin; `first` is the place of the file's line 0, `places` are the header's."""
        self._voice, self._first, self._header = format_.voice, first, places
        self._names = [column.name for column in format_.columns]
        self._waiting: list[StagedDoubt] = []
        # True where a row says something of a child that it does not name.
        self.nameless = False

    def note_row(self, line: int, row: Sequence[str], faults: Sequence[CellError]) -> None:
        """Note a row that has unreadable cells; `row` is in the order of the format."""
        self._note_doubt(line, row, faults[0], keep=True)

    def note_skipped(self, line: int, row: Sequence[str]) -> None:
        """Note a row that is left out, as one to be deleted is, if it says no."""
        self._note_doubt(line, row, _LEFT_OUT, keep=False)

    def _note_doubt(self, line: int, row: Sequence[str], fault: CellError, *, keep: bool) -> None:
        if self._voice is None:
            return
        cells = dict(zip(self._names, row, strict=True))
        says, refuses = self._voice.heard(cells)
        if not (says if keep else refuses):
            return
        doubt = self._voice.doubt_row(self._first + line, fault, cells)
        self.nameless = self.nameless or (keep and not doubt.key)
        self._waiting.append(doubt if keep else doubt._replace(keep=PERHAPS))

    def note_record(self, line: int, record: Sequence[str], reason: str) -> None:
        """Note a record with cells in any column: each may be the child's key."""
        if self._voice is None:
            return
        fault, place = CellError(reason), self._header.get(self._voice.key, 0)
        cells = _part_cells(record)
        first = strip_formula(record[place].strip())[:MAX_CELL] if place < len(record) else ""
        first = first.splitlines()[0].strip() if first else ""
        # Any of its cells may be the answer: where one would be a no, a blank does not end it.
        refuses = self._voice.may_refuse(cells)
        for key in dict.fromkeys([first, *cells]):
            said = self._voice.doubt(self._first + line, key, fault, record, keep=key == first)
            self._waiting.append(said._replace(refuses=refuses))

    def date_refusal(self, row: Sequence[str], faults: Sequence[CellError]) -> list[str] | None:
        """Return the row of a readable no with its unreadable days put right; else None."""
        voice = self._voice
        if voice is None or not voice.dates or any(f.column not in voice.dates for f in faults):
            return None
        cells = dict(zip(self._names, row, strict=True))
        if not voice.heard(cells)[1]:
            return None
        return list(
            {**cells, **{f.column: voice.dates[f.column] for f in faults if f.column}}.values()
        )

    def take(self, lines: DelimitedReader) -> Iterator[tuple[Staged, list[tuple[Any, ...]]]]:
        """Yield the waiting rows, with those that `lines` lost; the list is empty then."""
        for line, record in lines.lost:
            self.note_record(line, record, "cannot be told from the rows around it")
        lines.lost.clear()
        if self._waiting:
            yield staged_tables.doubts, [tuple(doubt) for doubt in self._waiting]
            self._waiting = []


class TornFile(Protocol):
    """A file that can be opened again."""

    format: FileFormat
    number: int

    @property
    def member(self) -> Member:
        """The file."""


def read_torn(
    file: TornFile, lines: DelimitedReader
) -> Iterator[tuple[Staged, list[tuple[Any, ...]]]]:
    """Read those lines again that a quote or the header made unreadable: they may name children."""
    if not lines.torn or file.format.voice is None:
        return
    unread = UnreadableRows(file.format, staged_tables.place(file.number, 0), {})
    encoding = lines.dialect.encoding
    with suppress(*DAMAGE), file.member.open() as stream:
        again = io.TextIOWrapper(stream, encoding=encoding, errors="replace")
        for number, line in enumerate(again, 1):
            if any(first <= number <= last for first, last in lines.torn):
                unread.note_record(number, ["", line], "stands where the file cannot be read")
            if number % BATCH_ROWS == 0:
                yield from unread.take(lines)
    yield from unread.take(lines)


def _part_cells(record: Sequence[str]) -> list[str]:
    """Return the cells of a record, and of the records that one of them may have swallowed."""
    parts = (
        part.strip()
        for cell in record
        for line in cell.splitlines()
        for part in _BETWEEN.split(line)
    )
    return list({part for part in parts if part and len(part) <= MAX_CELL})[:_MOST_CELLS]
