"""A sample of a file for which a profile is made: its columns, and the values that repeat.

Cells may be names and ids of children. So a value is shown only where its column has few different
values and the value comes at least twice, or is a common answer; the other values are counted.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from app.imports.reading.archive import Member, open_members
from app.imports.reading.delimited_text import DelimitedReader, Dialect
from app.imports.reading.dialects import decode_start, find_dialect
from app.imports.reading.headers import MOST_BEFORE_HEADER
from app.imports.reading.profiles.files import Delimiter, TextOptions, make_value_key
from app.imports.report import FileReport, Report

MOST_VALUES = 20
_MOST_ROWS = 200_000
DELIMITERS: dict[str, Delimiter] = {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe"}
_ANSWERS = frozenset({
    "y", "n", "yes", "no", "true", "false", "0", "1", "x", "si", "sí", "allow", "allowed", "deny",
    "denied", "grant", "granted", "refuse", "refused", "opt-in", "opt-out", "in", "out", "none",
})  # fmt: skip
# Columns of identities are never offered value by value.
_IDENTITY = re.compile(r"name|birth|dob|mail|phone|address|student|guardian|parent|\bids?\b|number")


class SampleError(Exception):
    """A file that cannot be sampled; the text says why and repeats nothing of its rows."""


@dataclass(frozen=True, slots=True)
class SampledColumn:
    """A column: its header, the values that may be shown, and the number of those that may not.

    `values` is None where the column has too many different values or holds identities.
    """

    header: str
    values: tuple[str, ...] | None
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """A file's name, its columns from left to right, and the number of rows that were read."""

    file: str
    columns: tuple[SampledColumn, ...]
    rows: int


def read_sample(path: Path) -> Sample:
    """Read a delimited file or a workbook. Raises `SampleError`."""
    report = Report()
    with open_members(path, report) as members:
        if len(members) != 1 or members[0].fault:
            raise SampleError(_find_reason(members, report))
        return _sample_member(members[0])


def _find_reason(members: list[Member], report: Report) -> str:
    if members and members[0].fault:
        return members[0].fault
    errors = report.errors
    return errors[0].reason if errors else "is not one file: give the file with the consent columns"


def _sample_member(member: Member) -> Sample:
    report = FileReport(member.name)
    text = TextOptions(delimiter=_find_delimiter(member))
    dialect = find_dialect(member, Dialect(tolerant=True, multiline=True), text, (), report)
    if dialect is None:
        raise SampleError(report.errors[0].reason)
    with member.open() as stream:
        lines = DelimitedReader(stream, dialect, report)
        header = next((cells for _, cells in lines.headers() if _is_header(cells)), None)
        if header is None:
            reason = "has no line with at least two column names"
            raise SampleError(reason)
        counted: list[Counter[str]] = [Counter() for _ in header]
        rows = 0
        for cells in islice(_read_rows(lines), _MOST_ROWS):
            rows += 1
            for counter, cell in zip(counted, cells, strict=False):
                counter[" ".join(cell.split())] += 1
    columns = [_sample_column(name, counter) for name, counter in zip(header, counted, strict=True)]
    return Sample(member.name, tuple(column for column in columns if column.header), rows)


def _find_delimiter(member: Member) -> Delimiter:
    """Return the mark that parts most cells in one of the first lines."""
    lines = decode_start(member).splitlines()[: MOST_BEFORE_HEADER + 1]
    marks = {mark: max((line.count(mark) for line in lines), default=0) for mark in DELIMITERS}
    return DELIMITERS[max(marks, key=lambda mark: marks[mark])]


def _is_header(cells: list[str]) -> bool:
    return sum(bool(cell.strip()) for cell in cells) > 1


def _read_rows(lines: DelimitedReader) -> Iterator[list[str]]:
    for batch in lines.batches():
        yield from batch.records


def _sample_column(header: str, counter: Counter[str]) -> SampledColumn:
    name = " ".join(header.split())
    by_key: dict[str, tuple[str, int]] = {}
    for value, times in counter.items():
        first, so_far = by_key.get(make_value_key(value), (value, 0))
        by_key[make_value_key(value)] = first, so_far + times
    if len(by_key) > MOST_VALUES or _IDENTITY.search(name.casefold().replace("_", " ")):
        return SampledColumn(name, None)
    shown = [
        value for key, (value, times) in by_key.items() if key and (times > 1 or key in _ANSWERS)
    ]
    hidden = sum(bool(key) for key in by_key) - len(shown)
    return SampledColumn(name, tuple(sorted(shown, key=make_value_key)), hidden)
