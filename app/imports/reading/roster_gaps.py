"""Unreadable rows of a roster: their classes, so that no one takes these for whole."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.imports.reading.cell_values import MAX_ID
from app.imports.reading.file_formats import FileFormat
from app.imports.staging import staged_tables
from app.imports.staging.rows_set_aside import PERHAPS, SURE
from app.imports.staging.staged_tables import Staged


class RosterGaps:
    """The classes that bad rows of one file may be of; nothing, where it has no enrollments.

    `breaks` where a row may say of anyone that he or she is a student: then the file is no use.
    """

    def __init__(self, format_: FileFormat, first: int) -> None:
        """Begin; `first` is the place of the file's line 0."""
        self._first, self.breaks = first, False
        self._has_roles = format_.staged is staged_tables.roles
        fields = [column.field for column in format_.columns]
        self._class = fields.index("class_id") if "class_id" in fields else None
        self._identity = fields.index("user") if self._has_roles and "user" in fields else None
        self._waiting: list[tuple[Any, ...]] = []

    def note_row(self, line: int, row: Sequence[str]) -> None:
        """Note a row that has unreadable cells; `row` is in the order of the format."""
        if self._has_roles and not (self._identity is not None and row[self._identity].strip()):
            self.breaks = True
        if self._class is not None:
            self._waiting.append((self._first + line, row[self._class].strip()[:MAX_ID], SURE))

    def note_record(self, line: int, record: Sequence[str]) -> None:
        """Note a record with cells in any column: each may be the class's id."""
        self.breaks = self.breaks or self._has_roles
        if self._class is not None:
            cells = {cell.strip() for cell in record}
            self._waiting += [
                (self._first + line, cell, PERHAPS) for cell in cells if len(cell) <= MAX_ID
            ]

    def take(self) -> Iterator[tuple[Staged, list[tuple[Any, ...]]]]:
        """Stage what waits; nothing waits then."""
        if self._waiting:
            yield staged_tables.gaps, self._waiting
            self._waiting = []
