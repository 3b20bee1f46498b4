"""Delimited text, read as a stream in batches of records, in memory that no file raises.

The strict form is that of the plain format: UTF-8, commas, one record a line. The tolerant form
takes what exports of student information systems have, and counts each kind of tolerance as a
warning. An error names line and column and never what stands there.
"""

import codecs
import csv
import hashlib
import io
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO, Literal, NamedTuple

from app.imports.reading.archive import DAMAGE
from app.imports.report import FileReport
from app.policy.names import name_key

MAX_LINE = 65_536
MAX_CELL = 500
# Of UTF-8, also in the form in which names are compared: four such cells fit into one entry of an
# index on PostgreSQL, which takes 2,704 bytes. Letters of ASCII stay below it.
MAX_BYTES = 600
# No letter becomes more bytes than this when names are compared.
_MOST_GROWN = 33
_WIDE_FROM = MAX_BYTES // _MOST_GROWN
MAX_COLUMNS = 500
BATCH_ROWS = 2_000
_CHUNK_BYTES = 1 << 18
_BOM = "\ufeff"
# Controls, separators of lines and paragraphs, and marks that turn the direction of text around.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# The sign for a byte that is none of the encoding's; and the same for UTF-16.
_UNDECODED = re.compile("[\ud800-\udfff]")
_REPLACED = re.compile("[\ud800-\udfff\ufffd]")

Encoding = Literal["utf-8", "utf-16", "windows-1252"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """The way a file is written. `tolerant` files may end their lines with CR alone.

    `multiline` ones may have line breaks within quoted cells.
    """

    encoding: Encoding = "utf-8"
    delimiter: str = ","
    tolerant: bool = False
    multiline: bool = False


STRICT = Dialect()


@dataclass(slots=True)
class Batch:
    """Records that follow each other, and the line each begins on."""

    lines: list[int]
    records: list[list[str]]


class DelimitedReader:
    """One file of a delivery, read once from its first byte to its last."""

    def __init__(self, stream: BinaryIO, dialect: Dialect, report: FileReport) -> None:
        """Read from `stream`; what is wrong in it goes to `report`."""
        self._stream = stream
        self.dialect = dialect
        self._report = report
        self._digest = hashlib.sha256()
        self._endless = False
        self._given_back: list[tuple[int, list[str]]] = []
        self.bytes_read = 0
        # Records with uncertain ends, and their lines, until a caller takes them.
        self.lost: list[tuple[int, list[str]]] = []
        # The first and last lines of what is no record at all.
        self.torn: list[tuple[int, int]] = []
        lines = chain.from_iterable(
            io.StringIO(text, newline="" if dialect.tolerant else "\n")
            for text in self._decode_chunks()
        )
        self._reader = csv.reader(lines, delimiter=dialect.delimiter, strict=True)

    @property
    def sha256(self) -> str:
        """Of what has been read: of the whole file, unless reading it had to stop."""
        return self._digest.hexdigest()

    def tear_all(self) -> None:
        """Say of every line that it cannot be read, as where the header is not what is needed."""
        self.torn.append((1, sys.maxsize))

    def headers(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the first records that can be read, and their lines: one of them is the header."""
        while (batch := self._read_batch(1)) is not None:
            if batch.records:
                yield batch.lines[0], batch.records[0]

    def give_back(self, records: list[tuple[int, list[str]]]) -> None:
        """Take back records that were read in search of the header: they come first of all."""
        self._given_back = records

    def batches(self) -> Iterator[Batch]:
        """Yield the records after the header, empty lines left out."""
        if self._given_back:
            lines, records = zip(*self._given_back, strict=True)
            yield Batch(list(lines), list(records))
        while (batch := self._read_batch(BATCH_ROWS)) is not None:
            if batch.records:
                yield batch

    def _read_batch(self, size: int) -> Batch | None:
        """Return at most `size` records; None at the end."""
        reader, before = self._reader, self._reader.line_num
        lines: list[int] = []
        records: list[list[str]] = []
        taken, start = 0, before + 1
        try:
            for record in islice(reader, size):
                if record:
                    lines.append(start)
                    records.append(record)
                taken += 1
                start = reader.line_num + 1
        except csv.Error:
            self._report.refuse(start, None, "has quotes or line breaks that do not belong there")
            self.torn.append((start, max(start, reader.line_num)))
            taken += 1
        if not taken:
            self._report_long_line()
            return None
        if reader.line_num - before > taken:
            return self._drop_broken_records(Batch(lines, records))
        return Batch(lines, records)

    def _report_long_line(self) -> None:
        if self._endless:
            reason = f"is longer than {MAX_LINE} characters; nothing after it was read"
            self._report.refuse(self._reader.line_num + 1, None, reason)
            self._endless = False

    def _drop_broken_records(self, batch: Batch) -> Batch:
        """Return the batch without records that have forbidden line breaks in cells."""
        kept = Batch([], [])
        for line, record in zip(batch.lines, batch.records, strict=True):
            breaks = [cell for cell in record if "\n" in cell or "\r" in cell]
            if not breaks:
                pass
            elif not self.dialect.multiline:
                self._report.refuse(line, None, "has a line break within a cell")
                self.lost.append((line, record))
                continue
            elif any(self._holds_record(cell, len(record)) for cell in breaks):
                reason = "has a cell that holds other records: a quote is not closed"
                self._report.refuse(line, None, reason)
                self.lost.append((line, record))
                continue
            else:
                self._report.warn("rows have line breaks within cells")
            kept.lines.append(line)
            kept.records.append(record)
        return kept

    def _holds_record(self, cell: str, columns: int) -> bool:
        """Return whether a line within the cell looks like a record of its own."""
        separators = columns - 1
        return separators > 0 and any(
            line.count(self.dialect.delimiter) >= separators for line in cell.splitlines()
        )

    def _decode_chunks(self) -> Iterator[str]:
        """Yield the text in pieces of whole lines; a byte that is no text becomes a surrogate."""
        errors = "replace" if self.dialect.encoding == "utf-16" else "surrogateescape"
        decoder = codecs.getincrementaldecoder(self.dialect.encoding)(errors)
        carried, first = "", True
        while chunk := self._read_chunk():
            text = carried + decoder.decode(chunk)
            if first and text:
                text, first = text.removeprefix(_BOM), False
            cut = self._find_cut(text)
            carried = text[cut:]
            if cut:
                yield text[:cut]
            if len(carried) > MAX_LINE:
                self._endless = True
                return
        last = carried + decoder.decode(b"", final=True)
        if len(last) > MAX_LINE:
            self._endless = True
        elif last:
            yield last

    def _find_cut(self, text: str) -> int:
        """Return the place behind the last ended line: a last CR may be half of a CRLF."""
        if not self.dialect.tolerant:
            return text.rfind("\n") + 1
        end = len(text) - text.endswith("\r")
        return max(text.rfind("\n", 0, end), text.rfind("\r", 0, end)) + 1

    def _read_chunk(self) -> bytes:
        try:
            chunk = self._stream.read(_CHUNK_BYTES)
        except DAMAGE:
            self._report.refuse(0, None, "is damaged; what comes after that was not read")
            return b""
        self._digest.update(chunk)
        self.bytes_read += len(chunk)
        return chunk


class TextFault(NamedTuple):
    """The reason that a cell is not kept; `undecoded`: some byte of it is no text."""

    reason: str
    undecoded: bool = False


def find_text_fault(cell: str, encoding: Encoding) -> TextFault | None:
    """Return what keeps `cell` from being text that is kept; None where nothing does."""
    if (_REPLACED if encoding == "utf-16" else _UNDECODED).search(cell):
        return TextFault(f"is not {encoding.upper()} text", undecoded=True)
    if len(cell) > MAX_CELL:
        return TextFault(f"is longer than {MAX_CELL} characters")
    if _UNFIT.search(cell):
        return TextFault("has control characters")
    if is_wide(cell):
        return TextFault(f"is longer than {MAX_BYTES} bytes")
    return None


def is_wide(cell: str) -> bool:
    """Return whether `cell` is too long for an index, as it is or as a name is compared."""
    if cell.isascii() or len(cell) <= _WIDE_FROM:
        return False
    forms = (cell, name_key(cell))
    return max(len(form.encode("utf-8", "surrogatepass")) for form in forms) > MAX_BYTES


def has_undecoded(cells: Sequence[str]) -> bool:
    """Return whether some byte of these cells was no text."""
    return any(map(_UNDECODED.search, cells))
