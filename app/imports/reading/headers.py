"""Headers: the columns that are read, and the faults and tolerances of a first line.

A file without a header begins with someone's record: a report names what is no plausible name of
a column by its place.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from rapidfuzz.distance import DamerauLevenshtein

from app.imports.reading.delimited_text import MAX_COLUMNS, has_undecoded
from app.imports.report import FileReport

_PLAUSIBLE = re.compile(r"[a-z][a-z0-9 _./-]{0,63}", re.ASCII)
_JOINTS = re.compile(r"[\s_-]+")
_LIKELY = 2  # edits between a name and a misspelling of it
_LONG_ENOUGH = 6
_LONG_ENOUGH_TO_READ = 8
MOST_BEFORE_HEADER = 5  # records
_SHOWN = 30  # names of columns that an error lists


@dataclass(frozen=True, slots=True)
class Name:
    """A column that is looked for: its name, whether it must be there, other spellings of it.

    An `exact` one is read under none but these.
    """

    name: str
    required: bool = False
    also: tuple[str, ...] = ()
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """The header as found: how many columns, and the place of each that is read.

    `trailing` unnamed columns stand at its end. `twins` are the places where a name stands again.
    """

    width: int
    places: dict[str, int]
    trailing: int = 0
    twins: Mapping[str, list[int]] = field(default_factory=dict)


def make_column_key(name: str) -> str:
    """Return a column's name as names are compared: no case, no blanks, `_` or `-`.

    >>> make_column_key("Org_Sourced ID")
    'orgsourcedid'
    """
    return _JOINTS.sub("", name.casefold())


def read_header(
    found: tuple[int, list[str]] | None,
    names: Sequence[Name],
    report: FileReport,
    passed_over: frozenset[str] | None = None,
    *,
    others: bool = False,
) -> Header | None:
    """Return the places of the columns; None, and the reason in `report`, where it is wrong.

    Without `passed_over` other columns are errors, or, where `others` may be there, those that look
    like a misspelt one. With them they are tolerated, and those of these keys belong to the
    standard and need no warning.
    """
    line, cells = found or (1, [])
    if has_undecoded(cells):
        report.refuse(line, None, "is not UTF-8 text")
        return None
    if len(cells) > MAX_COLUMNS:
        report.refuse(line, None, f"has more than {MAX_COLUMNS} columns")
        return None
    columns = [cell.strip().lower() for cell in cells]
    if passed_over is None:
        return _read_strict(line, columns, names, report, others=others)
    return _read_tolerant(line, columns, names, passed_over, report)


Record = tuple[int, list[str]]


def find_header(
    records: Iterator[Record], names: Sequence[Name]
) -> tuple[Record | None, int, list[Record]]:
    """Return the header, with its line, how many records stand before it, and those read after it.

    Spreadsheets and scripts put a title, `sep=;` or `#TYPE` before it. It is the first of a few
    records that has every column that must be there; where none has, the first.
    """
    needed = [
        {make_column_key(spelling) for spelling in (name.name, *name.also)}
        for name in names
        if name.required
    ]
    looked_at: list[Record] = []
    for before, record in enumerate(islice(records, MOST_BEFORE_HEADER + 1)):
        looked_at.append(record)
        keys = {make_column_key(cell.strip()) for cell in record[1]}
        if needed and all(keys & spellings for spellings in needed):
            return record, before, []
    return (looked_at[0] if looked_at else None), 0, looked_at[1:]


def _read_strict(
    line: int, columns: list[str], names: Sequence[Name], report: FileReport, *, others: bool
) -> Header | None:
    wanted = [name.name for name in names]
    missing = _list_missing(line, names, set(columns), report, columns)
    if missing is None:
        return None
    extra = [n for n, name in enumerate(columns) if name not in wanted]
    unfilled = [name for name in names if name.name not in columns]
    unknown = [n for n in extra if not others or _find_near(columns[n], unfilled)]
    report.warn("columns that are not needed are left out", len(extra) - len(unknown))
    for n in unknown:
        shown = _show_column(columns, n, plausible=not missing)
        report.refuse(line, shown, "is not a column of this file")
    doubled = [name for name in wanted if columns.count(name) > 1]
    _refuse_doubled(line, doubled, report)
    if missing or unknown or doubled:
        return None
    return Header(len(columns), {name: columns.index(name) for name in wanted if name in columns})


def _read_tolerant(
    line: int,
    columns: list[str],
    names: Sequence[Name],
    passed_over: frozenset[str],
    report: FileReport,
) -> Header | None:
    trailing = _count_trailing(columns)
    named = columns[: len(columns) - trailing]
    keys = [make_column_key(name) for name in named]
    places, spelt = _find_places(named, keys, names)
    alike = _find_alike(keys, [n for n in names if n.name not in places], passed_over, places)
    places |= alike
    missing = _list_missing(line, names, places.keys(), report, named)
    if missing is None:
        return None
    for name, place in alike.items():
        report.warn(f"column {_show_column(named, place, plausible=True)} is read as {name}")
    counts = Counter(keys)
    twins = _find_twins(keys, counts, places)
    exact = {name.name for name in names if name.exact}
    doubled = [places[name] for name in twins if name in exact]
    _refuse_doubled(line, [_show_column(named, n, plausible=not missing) for n in doubled], report)
    if missing or doubled:
        return None
    report.warn("names of columns are spelt otherwise than in the standard", spelt)
    report.warn("unnamed columns at the end of the header are left out", trailing)
    read = {*places.values(), *chain.from_iterable(twins.values())}
    extra = [n for n, key in enumerate(keys) if n not in read and key not in passed_over]
    _warn_of_unread(extra, named, [n for n in names if n.name not in places], report)
    return Header(len(columns), places, trailing, twins)


def _find_twins(
    keys: Sequence[str], counts: Mapping[str, int], places: Mapping[str, int]
) -> dict[str, list[int]]:
    """Return where columns that are read stand again, under the same name."""
    return {
        name: [n for n, key in enumerate(keys) if key == keys[place] and n != place]
        for name, place in places.items()
        if counts[keys[place]] > 1
    }


def _count_trailing(columns: list[str]) -> int:
    count = 0
    while count < len(columns) and not columns[-1 - count]:
        count += 1
    return count


def _find_places(
    columns: list[str], keys: list[str], names: Sequence[Name]
) -> tuple[dict[str, int], int]:
    """Return where each name stands, and how many of them stand there in another spelling."""
    places, spelt = {}, 0
    for name in names:
        spellings = [make_column_key(spelling) for spelling in (name.name, *name.also)]
        found = next((keys.index(key) for key in spellings if key in keys), None)
        if found is not None:
            places[name.name] = found
            spelt += columns[found] != name.name.lower()
    return places, spelt


def _find_alike(
    keys: list[str], unfilled: Sequence[Name], passed_over: frozenset[str], places: dict[str, int]
) -> dict[str, int]:
    """Return the places of columns that can only be misspelt ones of `unfilled`.

    One letter more, less or otherwise, as in a plural; and nothing else is as near.
    """
    free = {n for n, key in enumerate(keys) if key and key not in passed_over}
    free -= set(places.values())
    near = {
        name.name: [n for n in free if _is_alike(make_column_key(name.name), keys[n])]
        for name in unfilled
        if not name.exact
    }
    claims = Counter(n for found in near.values() for n in found)
    return {
        name: found[0] for name, found in near.items() if len(found) == 1 and claims[found[0]] == 1
    }


def _is_alike(name: str, key: str) -> bool:
    plural = name.removesuffix("s") == key.removesuffix("s")
    return plural or (
        len(name) >= _LONG_ENOUGH_TO_READ and DamerauLevenshtein.distance(name, key) == 1
    )


def _list_missing(
    line: int,
    names: Sequence[Name],
    found: Iterable[str],
    report: FileReport,
    columns: Sequence[str] = (),
) -> list[str] | None:
    """Return the required names that are absent; None where all of them are.

    Where one alone is missing, the report lists the others: then `columns` is a header, and no
    one's record.
    """
    there = set(found)
    required = [name.name for name in names if name.required]
    missing = [name for name in required if name not in there]
    is_header = len(missing) == 1 < len(required)
    shown = [name for name in columns if _PLAUSIBLE.fullmatch(name)][:_SHOWN] if is_header else []
    told = f"; there are: {', '.join(shown)}" if shown else ""
    for name in missing:
        report.refuse(line, name, f"this column is missing from the header{told}")
    return None if missing and missing == required else missing


def _refuse_doubled(line: int, doubled: Iterable[str], report: FileReport) -> None:
    for name in doubled:
        report.refuse(line, name, "stands in the header more than once")


def _warn_of_unread(
    extra: list[int], columns: list[str], unfilled: Sequence[Name], report: FileReport
) -> None:
    """Say what is not read, and where that may be a misspelt name."""
    others = 0
    for n in extra:
        near = _find_near(columns[n], unfilled)
        if near and _PLAUSIBLE.fullmatch(columns[n]):
            report.warn(f"column {columns[n]} is not read; perhaps {near[0]} is meant")
        else:
            others += 1
    report.warn("columns that are not needed are left out", others)


def _find_near(column: str, unfilled: Sequence[Name]) -> list[str]:
    """Return the names that a column may be a misspelling of."""
    return [
        name.name
        for name in unfilled
        if len(name.name) >= _LONG_ENOUGH
        and DamerauLevenshtein.distance(make_column_key(name.name), make_column_key(column))
        <= _LIKELY
    ]


def _show_column(columns: list[str], n: int, *, plausible: bool) -> str:
    name = columns[n]
    return name if plausible and _PLAUSIBLE.fullmatch(name) else f"column {n + 1}"
