"""From records to staged rows: batches read by column, and looked at row by row where they fail."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from app.imports.reading.cell_values import MAX_ID, CellError
from app.imports.reading.delimited_text import (
    MAX_CELL,
    Batch,
    DelimitedReader,
    find_text_fault,
    is_wide,
)
from app.imports.reading.file_formats import FileFormat, RowBatch, ValueCache
from app.imports.reading.headers import Header, find_header, read_header
from app.imports.reading.roster_gaps import RosterGaps
from app.imports.reading.unreadable_rows import UnreadableRows
from app.imports.report import FileReport
from app.imports.staging import staged_tables
from app.imports.staging.staged_tables import Staged

Cells = list[Sequence[str]]
Staging = Iterator[tuple[Staged, list[tuple[Any, ...]]]]
# Between the cells of a column when they are looked at together: printable, and no blank.
_SEAM = "|"
_BLANK = "rows are blank"


def is_storable_id(ident: str) -> bool:
    """Return whether the id of a refused row can be kept."""
    return len(ident) <= MAX_ID and ident.isprintable()


class ReadableFile(Protocol):
    """A file that is read: its format, report and number; learns the fields it fills."""

    format: FileFormat
    report: FileReport
    number: int
    delivered: frozenset[str]


def read_batches(lines: DelimitedReader, file: ReadableFile) -> Staging:
    """Yield the rows of a file for staging; refused ones go to its report."""
    format_, report = file.format, file.report
    tolerant = lines.dialect.tolerant
    passed_over = format_.passed_over if tolerant else None
    if tolerant:
        found, before, after = find_header(lines.headers(), format_.names)
        lines.give_back(after)
        report.warn("lines before the header are left out", before)
    else:
        found = next(lines.headers(), None)
    header = read_header(found, format_.names, report, passed_over, others=format_.others)
    if header is None:
        lines.tear_all()
        return
    file.delivered = frozenset(c.field for c in format_.columns if c.name in header.places)
    reader = _Batches(lines, file, header)
    batches = lines.batches()
    for batch in batches:
        yield from reader.staged(batch)
        yield from reader.unread.take(lines)
        yield from reader.gaps.take()
    yield from reader.unread.take(lines)
    report.broken |= reader.unread.nameless or reader.gaps.breaks
    if not report.rows and tolerant and not report.errors:
        report.warn("has a header and no rows")


class _Batches:
    """Reads the batches of one file, each column in the place where its header has it."""

    def __init__(self, lines: DelimitedReader, file: ReadableFile, header: Header) -> None:
        self._dialect = lines.dialect
        self._format, self._report = file.format, file.report
        self._first = staged_tables.place(file.number, 0)
        self._width, self._trailing = header.width, header.trailing
        self._known = [ValueCache(column.read) for column in file.format.columns]
        self._places = [header.places.get(column.name) for column in file.format.columns]
        named = enumerate(column.name for column in file.format.columns)
        self._twins = [(n, twin) for n, name in named for twin in header.twins.get(name, ())]
        self.unread = UnreadableRows(file.format, self._first, header.places)
        self.gaps = RosterGaps(file.format, self._first)
        # Lines and ids of rows with cells that are no text that is kept.
        self._unfit: list[tuple[int, str]] = []

    def staged(self, batch: Batch) -> Staging:
        """Return what to stage of a batch."""
        lines, cells = self._arrange_columns(batch)
        yield from self._stage_refused_ids(self._unfit)
        self._unfit = []
        if not lines:
            return
        self._report.rows += len(lines)
        try:
            rows = self._read_values(lines, cells)
        except CellError:
            lines, cells, refused = self._select_readable_rows(lines, cells)
            yield from self._stage_refused_ids(refused)
            if not lines:
                return
            rows = self._read_values(lines, cells)
        yield from self._format.stage(rows)
        yield from self._report_stage_faults(rows, lines, cells)

    def _arrange_columns(self, batch: Batch) -> tuple[list[int], Cells]:
        """Return the lines of the rows that are whole and text, and their cells by column."""
        lines, records = batch.lines, batch.records
        if set(map(len, records)) != {self._width}:
            lines, records = self._select_whole_rows(batch)
        found: Cells = list(zip(*records, strict=True)) or [[]] * self._width
        cells: Cells = [
            found[place] if place is not None else [""] * len(records) for place in self._places
        ]
        bad: set[int] = set()
        for n, twin in self._twins:
            cells[n] = self._join_twin_cells(n, cells[n], found[twin], lines, bad)
        for n, column in enumerate(cells):
            seamed = _SEAM.join(column)
            if (
                not seamed.isprintable()
                or len(max(column, key=len, default="")) > MAX_CELL
                or (not seamed.isascii() and any(map(is_wide, column)))
            ):
                self._refuse_unfit(n, column, lines, bad)
                cells[n] = [cell.strip() for cell in column]
            elif f" {_SEAM}" in seamed or f"{_SEAM} " in seamed or seamed != seamed.strip():
                cells[n] = [cell.strip() for cell in column]
        if bad:
            for row in sorted(bad):
                fault = CellError("is not text that is kept")
                unfit_row = [column[row] for column in cells]
                self._unfit.append((lines[row], self._find_identity(unfit_row)))
                self._note_unread(lines[row], unfit_row, [fault])
            return self._drop_rows(bad, lines, cells)
        return lines, cells

    def _select_whole_rows(self, batch: Batch) -> tuple[list[int], list[list[str]]]:
        """Return the rows as wide as the header; tolerate empty cells beyond it."""
        lines, records, extra, blank = [], [], 0, 0
        for line, record in zip(batch.lines, batch.records, strict=True):
            row = record
            if self._dialect.tolerant and len(row) != self._width:
                if not any(map(str.strip, row)):
                    blank += 1
                    continue
                if len(row) > self._width and not any(map(str.strip, row[self._width :])):
                    row, extra = row[: self._width], extra + 1
                elif self._width - self._trailing <= len(row) < self._width:
                    row = row + [""] * (self._width - len(row))
            if len(row) != self._width:
                reason = f"has {len(record)} cells, the header {self._width}"
                self._report.refuse_row(line, None, reason)
                self.unread.note_record(line, record, "has another number of cells than the header")
                self.gaps.note_record(line, record)
                continue
            lines.append(line)
            records.append(row)
        self._report.warn("rows have empty cells after the last column", extra)
        self._report.warn(_BLANK, blank)
        return lines, records

    def _join_twin_cells(
        self, n: int, one: Sequence[str], other: Sequence[str], lines: list[int], bad: set[int]
    ) -> Sequence[str]:
        """Return the cells of a column that is there twice: the filled one of two that agree."""
        pairs = [(a.strip(), b.strip()) for a, b in zip(one, other, strict=True)]
        for row, (first, second) in enumerate(pairs):
            if first and second and first != second:
                reason = "stands in the header more than once, and the cells differ"
                self._report.refuse_row(lines[row], self._format.columns[n].name, reason)
                bad.add(row)
        return [first or second for first, second in pairs]

    def _refuse_unfit(self, n: int, column: Sequence[str], lines: list[int], bad: set[int]) -> None:
        name = self._format.columns[n].name
        for row, cell in enumerate(column):
            fault = find_text_fault(
                cell.strip() if self._dialect.tolerant else cell, self._dialect.encoding
            )
            if fault is None:
                continue
            # A byte that is no text may belong to any column.
            where = None if fault.undecoded else name
            self._report.refuse_row(lines[row], where, fault.reason)
            bad.add(row)

    def _note_unread(self, line: int, row: Sequence[str], faults: Sequence[CellError]) -> None:
        self.unread.note_row(line, row, faults)
        self.gaps.note_row(line, row)

    @staticmethod
    def _drop_rows(bad: set[int], lines: list[int], cells: Cells) -> tuple[list[int], Cells]:
        kept = [n for n in range(len(lines)) if n not in bad]
        return [lines[n] for n in kept], [[column[n] for n in kept] for column in cells]

    def _read_values(self, lines: list[int], cells: Cells) -> RowBatch:
        first = self._first
        places = [first + line for line in lines] if first else lines
        columns = zip(self._format.columns, cells, self._known, strict=True)
        return RowBatch(places, {c.name: c.values(found, known) for c, found, known in columns})

    def _select_readable_rows(
        self, lines: list[int], cells: Cells
    ) -> tuple[list[int], Cells, list[tuple[int, str]]]:
        """Return the readable rows, and line and id of the others, which are reported."""
        bad: set[int] = set()
        refused = []
        kept = [list(column) for column in cells]
        for n, row in enumerate(zip(*cells, strict=True)):
            if self._dialect.tolerant and not any(row):
                self._report.warn(_BLANK)
                bad.add(n)
                continue
            faults = self._format.faults(row)
            for fault in faults:
                self._report.refuse_row(lines[n], fault.column or None, fault.reason)
            dated = self.unread.date_refusal(row, faults) if faults else None
            if dated:
                for column, cell in zip(kept, dated, strict=True):
                    column[n] = cell
            elif faults:
                bad.add(n)
                refused.append((lines[n], self._find_identity(row)))
                self._note_unread(lines[n], row, faults)
        return *self._drop_rows(bad, lines, list(kept)), refused

    def _find_identity(self, row: Sequence[str]) -> str:
        names = [column.name for column in self._format.columns]
        identity = self._format.identity
        return row[names.index(identity)] if identity else ""

    def _report_stage_faults(self, rows: RowBatch, lines: list[int], cells: Cells) -> Staging:
        """Report what the stage refused or tolerated."""
        for what, count in rows.warnings.items():
            self._report.warn(what, count)
        refused = []
        for n, faults in rows.refused.items():
            for fault in faults:
                self._report.refuse_row(lines[n], fault.column or None, fault.reason)
            row = [column[n] for column in cells]
            refused.append((lines[n], self._find_identity(row)))
            self._note_unread(lines[n], row, faults)
        for n in rows.skipped - rows.refused.keys():
            self.unread.note_skipped(lines[n], [column[n] for column in cells])
        yield from self._stage_refused_ids(refused)

    def _stage_refused_ids(self, refused: list[tuple[int, str]]) -> Staging:
        """Return that the records of refused rows exist: what refers to them is no second error."""
        kind = self._format.kind
        rows = [
            (self._first + line, kind, id_) for line, id_ in refused if id_ and is_storable_id(id_)
        ]
        if kind and rows:
            yield staged_tables.refused, rows
