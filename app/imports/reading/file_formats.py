"""The format of a file: its columns, and how a batch of its rows is staged.

Rows are read by column, since that costs a fraction of reading them cell by cell; only a batch
with a fault in it is looked at cell by cell, to say where.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.imports.reading.cell_values import (
    MAX_ID,
    CellError,
    Read,
    identifier,
    needed_text,
    parse_text,
)
from app.imports.reading.child_mentions import ConsentVoice
from app.imports.reading.delimited_text import STRICT, Dialect
from app.imports.reading.headers import Name
from app.imports.staging.staged_tables import Staged

Row = Mapping[str, Any]
StagedRow = tuple[Staged, tuple[Any, ...]]
MEMORY = 50_000  # cells of a column that are remembered
_SHORT = 64


class ValueCache(dict[str, Any]):
    """The values of the cells of a column seen so far, so that each is read once.

    Long cells are not remembered: they seldom come again, and would fill the memory.
    """

    def __init__(self, read: Read) -> None:
        self._read = read

    def __missing__(self, cell: str) -> Any:
        value = self._read(cell)
        if len(cell) <= _SHORT:
            self[cell] = value
        return value


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its reader, and the `field` of the staged table that it fills.

    A `required` column must be in the header; `also` are other spellings of its name, and an
    `exact` one is read under none but these. One that may be missing leaves its field on file as it
    is. `field` is empty where the column only says how the row is meant.
    """

    name: str
    read: Read
    field: str = ""
    required: bool = False
    also: tuple[str, ...] = ()
    exact: bool = False

    def values(self, cells: Sequence[str], known: ValueCache) -> Sequence[Any]:
        """Return the value of each cell, from `known` where it was read before.

        Raises `CellError` where any cannot be read.
        """
        if self.read is parse_text:
            return [cell or None for cell in cells]
        if self.read is needed_text and all(cells):
            return cells
        if (
            self.read is identifier
            and all(cells)
            and len(max(cells, key=len, default="")) <= MAX_ID
        ):
            return cells
        if len(known) > MEMORY:
            known.clear()
        return list(map(known.__getitem__, cells))


class RowBatch:
    """A batch of rows that were read: their places and, by column, their values.

    What a stage refuses here is left out of all that it stages.
    """

    def __init__(self, places: Sequence[int], values: Mapping[str, Sequence[Any]]) -> None:
        self.places = places
        self.values = values
        self.refused: dict[int, list[CellError]] = {}
        self.skipped: set[int] = set()
        self.warnings: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, column: str) -> Sequence[Any]:
        return self.values[column]

    def refuse(self, row: int, column: str, reason: str) -> None:
        """Refuse the row at this index."""
        self.refused.setdefault(row, []).append(CellError(reason, column))

    def warn(self, what: str, count: int) -> None:
        """Count what was tolerated."""
        if count:
            self.warnings[what] = self.warnings.get(what, 0) + count

    def skip(self, row: int) -> None:
        """Leave out the row at this index, which is no fault."""
        self.skipped.add(row)

    def kept(self, rows: Iterable[Any]) -> list[Any]:
        """Return those of `rows`, one for each of the batch, neither refused nor left out."""
        if not self.refused and not self.skipped:
            return list(rows)
        out = self.skipped | self.refused.keys()
        return [row for n, row in enumerate(rows) if n not in out]


StagedRows = Iterable[tuple[Staged, list[tuple[Any, ...]]]]
Stage = Callable[[RowBatch], StagedRows]


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One file: its name, the table most of it goes to, its columns in their usual order.

    Without a table it is only looked at.
    `stage` makes staged rows of a batch. `identity` is the column with the record's own id, where
    it has one. `dialect` is the strict one of the plain format unless the format says otherwise.
    `passed_over` are the keys of columns that belong to a standard and are not needed, `lacks`
    fields of its table for which it has no columns. In a `lenient` one a record that comes again
    with other content is left out. With `others` in a strict one, columns that are none of its own
    are left out. `voice` is how it speaks of children, where it does.
    """

    name: str
    staged: Staged | None
    columns: tuple[Column, ...]
    stage: Stage
    identity: str | None = None
    dialect: Dialect = STRICT
    passed_over: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    lenient: bool = False
    others: bool = False
    voice: ConsentVoice | None = None

    @property
    def names(self) -> list[Name]:
        """Return the columns that are looked for in the header."""
        return [
            Name(column.name, column.required, column.also, column.exact) for column in self.columns
        ]

    @property
    def fields(self) -> frozenset[str]:
        """The fields of its table that a file can fill or leave as they are."""
        return frozenset(column.field for column in self.columns if column.field) | self.lacks

    @property
    def kind(self) -> str | None:
        """The kind of record that each row is, where rows have ids of their own."""
        return self.staged.target if self.staged and self.identity else None

    def column_of(self, field: str) -> str:
        """Return the name of the column that fills `field`, else the field's own."""
        return next((column.name for column in self.columns if column.field == field), field)

    def faults(self, cells: Sequence[str]) -> list[CellError]:
        """Return the fault of each unreadable cell of a row, in the order of `columns`."""
        found = []
        for column, cell in zip(self.columns, cells, strict=True):
            try:
                column.read(cell)
            except CellError as error:
                found.append(CellError(error.reason, column.name))
        return found


def stage_each_row(stage: Callable[[Row, int], Iterable[StagedRow]]) -> Stage:
    """Return a stage that goes row by row, for files that are never long.

    `stage` takes a row and its place; it raises `CellError` for cells that do not go together.
    """

    def stage_rows(rows: RowBatch) -> StagedRows:
        staged: dict[Staged, list[tuple[Any, ...]]] = {}
        names = list(rows.values)
        columns = zip(*rows.values.values(), strict=True)
        for n, (place, cells) in enumerate(zip(rows.places, columns, strict=True)):
            try:
                for table, row in stage(dict(zip(names, cells, strict=True)), place):
                    staged.setdefault(table, []).append(row)
            except CellError as error:
                rows.refuse(n, error.column or "", error.reason)
        return staged.items()

    return stage_rows
