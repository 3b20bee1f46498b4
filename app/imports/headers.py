"""Headers: which of a file's columns are read, and what is wrong or tolerated in its first line.

A file without a header begins with somebody's record: what is no plausible name of a column is
told by its place.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import DamerauLevenshtein

from app.imports.lines import MAX_COLUMNS, undecoded
from app.imports.report import FileReport

_PLAUSIBLE = re.compile(r"[a-z][a-z0-9 _./-]{0,63}", re.ASCII)
_JOINTS = re.compile(r"[\s_-]+")
_LIKELY = 2  # edits between a name and a misspelling of it
_LONG_ENOUGH = 6


@dataclass(frozen=True, slots=True)
class Name:
    """A column that is looked for: its name, whether it must be there, other spellings of it."""

    name: str
    required: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """The header as found: how many columns, and the place of each that is read.

    `trailing` unnamed columns stand at its end.
    """

    width: int
    places: dict[str, int]
    trailing: int = 0


def column_key(name: str) -> str:
    """The form in which names of columns are compared: no case, no blanks, `_` or `-`.

    >>> column_key("Org_Sourced ID")
    'orgsourcedid'
    """
    return _JOINTS.sub("", name.casefold())


def read_header(
    found: tuple[int, list[str]] | None,
    names: Sequence[Name],
    report: FileReport,
    passed_over: frozenset[str] | None = None,
) -> Header | None:
    """Where the columns stand; None, and the reason in `report`, where the header is not right.

    Without `passed_over` other columns are errors. With them they are tolerated, and those of
    these keys belong to the standard and need no warning.
    """
    line, cells = found or (1, [])
    if undecoded(cells):
        report.refuse(line, None, "is not UTF-8 text")
        return None
    if len(cells) > MAX_COLUMNS:
        report.refuse(line, None, f"has more than {MAX_COLUMNS} columns")
        return None
    columns = [cell.strip().lower() for cell in cells]
    if passed_over is None:
        return _strict(line, columns, names, report)
    return _tolerant(line, columns, names, passed_over, report)


def _strict(
    line: int, columns: list[str], names: Sequence[Name], report: FileReport
) -> Header | None:
    wanted = [name.name for name in names]
    missing = _missing(line, names, set(columns), report)
    if missing is None:
        return None
    unknown = [n for n, name in enumerate(columns) if name not in wanted]
    for n in unknown:
        shown = _shown(columns, n, plausible=not missing)
        report.refuse(line, shown, "is not a column of this file")
    doubled = [name for name in wanted if columns.count(name) > 1]
    _refuse_doubled(line, doubled, report)
    if missing or unknown or doubled:
        return None
    return Header(len(columns), {name: n for n, name in enumerate(columns)})


def _tolerant(
    line: int,
    columns: list[str],
    names: Sequence[Name],
    passed_over: frozenset[str],
    report: FileReport,
) -> Header | None:
    trailing = _trailing(columns)
    named = columns[: len(columns) - trailing]
    keys = [column_key(name) for name in named]
    places, spelt = _places(named, keys, names)
    missing = _missing(line, names, places.keys(), report)
    if missing is None:
        return None
    counts = Counter(keys)
    doubled = [n for n, key in enumerate(keys) if counts[key] > 1 and keys.index(key) == n]
    _refuse_doubled(line, [_shown(named, n, plausible=not missing) for n in doubled], report)
    if missing or doubled:
        return None
    report.warn("names of columns are spelt otherwise than in the standard", spelt)
    report.warn("unnamed columns at the end of the header are left out", trailing)
    read = {*places.values()}
    extra = [n for n, key in enumerate(keys) if n not in read and key not in passed_over]
    _warn_of(extra, named, [n for n in names if n.name not in places], report)
    return Header(len(columns), places, trailing)


def _trailing(columns: list[str]) -> int:
    count = 0
    while count < len(columns) and not columns[-1 - count]:
        count += 1
    return count


def _places(
    columns: list[str], keys: list[str], names: Sequence[Name]
) -> tuple[dict[str, int], int]:
    """Where each name stands, and how many of them stand there in another spelling."""
    places, spelt = {}, 0
    for name in names:
        spellings = [column_key(spelling) for spelling in (name.name, *name.also)]
        found = next((keys.index(key) for key in spellings if key in keys), None)
        if found is not None:
            places[name.name] = found
            spelt += columns[found] != name.name.lower()
    return places, spelt


def _missing(
    line: int, names: Sequence[Name], found: Iterable[str], report: FileReport
) -> list[str] | None:
    """The required names that are not there; None where none of them is."""
    there = set(found)
    required = [name.name for name in names if name.required]
    missing = [name for name in required if name not in there]
    for name in missing:
        report.refuse(line, name, "this column is missing from the header")
    return None if missing and missing == required else missing


def _refuse_doubled(line: int, doubled: Iterable[str], report: FileReport) -> None:
    for name in doubled:
        report.refuse(line, name, "stands in the header more than once")


def _warn_of(
    extra: list[int], columns: list[str], unfilled: Sequence[Name], report: FileReport
) -> None:
    """Say what is not read, and where that may be a misspelt name."""
    others = 0
    for n in extra:
        near = [
            name.name
            for name in unfilled
            if len(name.name) >= _LONG_ENOUGH
            and DamerauLevenshtein.distance(column_key(name.name), column_key(columns[n]))
            <= _LIKELY
        ]
        if near and _PLAUSIBLE.fullmatch(columns[n]):
            report.warn(f"column {columns[n]} is not read; perhaps {near[0]} is meant")
        else:
            others += 1
    report.warn("columns that are not needed are left out", others)


def _shown(columns: list[str], n: int, *, plausible: bool) -> str:
    name = columns[n]
    return name if plausible and _PLAUSIBLE.fullmatch(name) else f"column {n + 1}"
