"""What an import tells: per file what was read and what changed, and every error it found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.store.imports import DONE, State

MAX_ERRORS = 1_000


def counted(count: int, one: str, many: str) -> str:
    """A number with the word that goes with it.

    >>> counted(1, "student", "students"), counted(2_000, "student", "students")
    ('1 student', '2,000 students')
    """
    return f"{count:,} {one if count == 1 else many}"


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row, a file or a folder was refused; never what stood there.

    `line` is 0 where a whole file or folder is meant, `column` None where a whole row is.
    """

    file: str
    line: int
    column: str | None
    reason: str

    def __str__(self) -> str:
        line = f", line {self.line}" if self.line else ""
        column = f", {self.column}" if self.column else ""
        return f"{self.file}{line}{column}: {self.reason}"


@dataclass(slots=True)
class FileReport:
    """One file: rows read, what they did to the store in records, and its errors.

    At most `MAX_ERRORS` errors are listed; `unlisted_errors` counts the others. `warnings` tells
    what was tolerated, and how often.
    """

    file: str
    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    errors: list[RowError] = field(default_factory=list)
    unlisted_errors: int = 0
    warnings: dict[str, int] = field(default_factory=dict)

    def warn(self, what: str, count: int = 1) -> None:
        """Count what was tolerated: rows, cells or columns, as `what` says."""
        if count:
            self.warnings[what] = self.warnings.get(what, 0) + count

    def refuse(self, line: int, column: str | None, reason: str) -> None:
        """Note an error."""
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(RowError(self.file, line, column, reason))
        else:
            self.unlisted_errors += 1


@dataclass(slots=True)
class Report:
    """What came of an import: applied as a whole, or, with any error, not at all.

    `plan` is what it did, or would do: see `app.store.planning`. `reason` says why it waits for a
    person, or would. `doubts` are rows that may be about a child and could not be read or kept.
    """

    files: list[FileReport] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    folder_errors: list[RowError] = field(default_factory=list)
    import_id: str | None = None
    state: State | None = None
    plan: Mapping[str, Any] | None = None
    reason: str | None = None
    doubts: int = 0

    def refuse(self, file: str, reason: str) -> None:
        """Note what is wrong with the delivery, or with a file that is not read."""
        self.folder_errors.append(RowError(file, 0, None, reason))

    @property
    def errors(self) -> list[RowError]:
        """Every listed error, by file and line."""
        found = list(self.folder_errors)
        for file in self.files:
            found += sorted(file.errors, key=lambda error: error.line)
        return found

    @property
    def applied(self) -> bool:
        """Whether the delivery is in the store."""
        return self.state in DONE


class Progress(Protocol):
    """Told now and then how far the reading is: the file, its rows so far, bytes of all files."""

    def __call__(self, file: str, rows: int, bytes_done: int, bytes_total: int) -> None:
        """Show it; must not raise."""
