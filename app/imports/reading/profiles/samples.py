"""A sample of a file for which a profile is made: its columns, and their values that may be shown.

Cells may be names and ids of children, and a file may lack a header. So a line is a header only
where a column names the child; and a value is shown only where it is a common answer, or its column
has few different values and this one comes often. All others are counted.
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
from app.imports.reading.profiles.files import (
    DELIMITERS,
    Delimiter,
    TextOptions,
    make_value_key,
)
from app.imports.report import FileReport, Report

MOST_VALUES = 20
_MOST_ROWS = 200_000
# More often than a guardian or a teacher signs for the children of one family or of one day.
_OFTEN = 5
_ANSWERS = frozenset({
    "y", "n", "yes", "no", "true", "false", "0", "1", "x", "si", "sí", "allow", "allowed", "deny",
    "denied", "grant", "granted", "refuse", "refused", "opt-in", "opt-out", "in", "out", "none",
})  # fmt: skip
# Columns of identities, and of free text, are never offered value by value.
_IDENTITY = re.compile(
    r"name|birth|dob|mail|phone|address|student|guardian|parent|\bids?\b|number|sign|\bby\b|contact"
    r"|teacher|counsel|comment|note|pupil"
)
_KEY = re.compile(r"\bids?\b|sourced|number|\bno\b|student|pupil|\bkey\b|\bcode\b")


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
        header = _find_header(lines)
        if header is None:
            reason = "has no header: one of its columns must name the child, such as Student ID"
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

    def count_most(delimiter: Delimiter) -> int:
        return max((line.count(DELIMITERS[delimiter]) for line in lines), default=0)

    return max(DELIMITERS, key=count_most)


def _find_header(lines: DelimitedReader) -> list[str] | None:
    """Return the first of the first lines that is a header: a title may stand before it."""
    first = islice(lines.headers(), MOST_BEFORE_HEADER + 1)
    return next((cells for _, cells in first if _is_header(cells)), None)


def _is_header(cells: list[str]) -> bool:
    """Return whether the line has column names: one is of a key, and none is only a number."""
    names = [_fold_header(cell) for cell in cells if cell.strip()]
    return (
        len(names) > 1
        and any(_KEY.search(name) for name in names)
        and not any(name.isdecimal() for name in names)
    )


def _fold_header(cell: str) -> str:
    """Return a column's name in small letters; `StudentID` and `Student_Number` as two words."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]", " ", " ".join(cell.split()))
    return parted.casefold()


def _read_rows(lines: DelimitedReader) -> Iterator[list[str]]:
    for batch in lines.batches():
        yield from batch.records


def _sample_column(header: str, counter: Counter[str]) -> SampledColumn:
    name = " ".join(header.split())
    by_key: dict[str, tuple[str, int]] = {}
    for value, times in counter.items():
        first, so_far = by_key.get(make_value_key(value), (value, 0))
        by_key[make_value_key(value)] = first, so_far + times
    if len(by_key) > MOST_VALUES or _IDENTITY.search(_fold_header(name)):
        return SampledColumn(name, None)
    shown = [
        value
        for key, (value, times) in by_key.items()
        if key and (times >= _OFTEN or key in _ANSWERS)
    ]
    hidden = sum(bool(key) for key in by_key) - len(shown)
    return SampledColumn(name, tuple(sorted(shown, key=make_value_key)), hidden)
