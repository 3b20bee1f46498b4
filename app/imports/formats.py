"""What a file of the plain format is: its columns, and how a row of it is staged."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.imports.cells import CellError, Read
from app.store.staging import Staged

Row = Mapping[str, Any]
StagedRow = tuple[Staged, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its reader, and the `field` of the staged table that it fills.

    A `required` column must be in the header. One that may be missing leaves its field on file
    as it is.
    """

    name: str
    read: Read
    field: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """One file: its name, where its rows go, its columns in their usual order.

    `stage` makes staged rows of a row that was read; it raises `CellError` for cells that do not
    go together.
    """

    name: str
    staged: Staged
    columns: tuple[Column, ...]
    stage: Callable[[Row, int], Iterable[StagedRow]]

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]

    @property
    def required(self) -> frozenset[str]:
        """The names of the columns that must be there."""
        return frozenset(column.name for column in self.columns if column.required)

    def absent(self, delivered: Iterable[str]) -> frozenset[str]:
        """The fields whose columns are not among those `delivered`."""
        there = set(delivered)
        return frozenset(column.field for column in self.columns if column.name not in there)

    def column_of(self, field: str) -> str:
        """The name of the column that fills `field`."""
        return next(column.name for column in self.columns if column.field == field)

    def read(self, cells: Sequence[str]) -> Row:
        """The values of a row's cells, by column. Raises the first `CellError`.

        `cells` are those of `columns`, in that order.
        """
        columns = zip(self.columns, cells, strict=True)
        return {column.name: column.read(cell) for column, cell in columns}

    def faults(self, cells: Sequence[str]) -> list[CellError]:
        """Every one of `cells` that cannot be read."""
        found = []
        for column, cell in zip(self.columns, cells, strict=True):
            try:
                column.read(cell)
            except CellError as error:
                found.append(CellError(error.reason, column.name))
        return found
