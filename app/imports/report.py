"""The report of an import: per file its rows and changes, and every error that was found."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from app.store.service.import_plans import RecordedPlan
from app.store.service.import_records import DONE, State

MAX_ERRORS = 1_000
MAX_BAD = 100_000


def format_count(count: int, one: str, many: str) -> str:
    """Return a number with the word that goes with it.

    >>> format_count(1, "student", "students"), format_count(2_000, "student", "students")
    ('1 student', '2,000 students')
    """
    return f"{count:,} {one if count == 1 else many}"


@dataclass(frozen=True, slots=True)
class RowError:
    """The reason why a row, a file or a folder was refused; never its content.

    `line` is 0 where a whole file or folder is meant, `column` None where a whole row is.
    `following` rows fail for nothing but this, `alike` ones for the same reason in their own cells.
    """

    file: str
    line: int
    column: str | None
    reason: str
    following: int = 0
    alike: int = 0

    def __str__(self) -> str:
        line = f", line {self.line}" if self.line else ""
        column = f", {self.column}" if self.column else ""
        return f"{self.file}{line}{column}: {self.told}"

    @property
    def told(self) -> str:
        """Return the reason, and how many more rows it is about."""
        follow = format_count(self.following, "row that follows", "rows that follow")
        told = f"{self.reason}, and {follow} from it" if self.following else self.reason
        alike = format_count(self.alike, "more row", "more rows")
        return f"{told}; the same in {alike}" if self.alike else told


def fold_alike(errors: Iterable[RowError]) -> list[RowError]:
    """Return the errors with each reason once for each column of a file, at its first place."""
    first: dict[tuple[str, str | None, str], int] = {}
    folded: list[RowError] = []
    for one in errors:
        what = one.file, one.column, one.reason
        if one.line and what in first:
            earlier = folded[first[what]]
            following = earlier.following + one.following
            folded[first[what]] = replace(earlier, alike=earlier.alike + 1, following=following)
        else:
            first[what] = len(folded)
            folded.append(one)
    return folded


@dataclass(slots=True)
class FileReport:
    """One file: rows read, what they did to the store in records, and its errors.

    At most `MAX_ERRORS` errors are listed; `unlisted_errors` counts the others. `warnings` tells
    what was tolerated, and how often. A `broken` file could not be read as a whole; `bad` are the
    lines of rows that were refused in one that could, up to `MAX_BAD`.
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
    broken: bool = False
    bad: set[int] = field(default_factory=set)

    def warn(self, what: str, count: int = 1) -> None:
        """Count what was tolerated: rows, cells or columns, as `what` says."""
        if count:
            self.warnings[what] = self.warnings.get(what, 0) + count

    def refuse(self, line: int, column: str | None, reason: str) -> None:
        """Note an error of the whole file."""
        self.broken = True
        self._note_error(line, column, reason)

    def refuse_row(self, line: int, column: str | None, reason: str) -> None:
        """Note an error of one row."""
        self.note_bad(line)
        self._note_error(line, column, reason)

    def note_bad(self, line: int) -> None:
        """Note that a row was refused, for a cause that is reported elsewhere."""
        if len(self.bad) < MAX_BAD:
            self.bad.add(line)

    def follow(self, place: int) -> None:
        """Note that a row fails for nothing but the error at this place among those listed."""
        if place < len(self.errors):
            first = self.errors[place]
            self.errors[place] = replace(first, following=first.following + 1)

    def _note_error(self, line: int, column: str | None, reason: str) -> None:
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(RowError(self.file, line, column, reason))
        else:
            self.unlisted_errors += 1


@dataclass(slots=True)
class Report:
    """The result of an import: applied as a whole, or, with any error, not at all.

    `plan` is what it did, or would do: see `app.store.service.import_plans`. `reason` says why it
    waits for a person, or would. `aside` are errors of rows that were set aside, `rows_aside` how
    many rows those are with all that follow from them. `doubts` are rows that may be about a child
    and could not be read or kept.
    """

    files: list[FileReport] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    folder_errors: list[RowError] = field(default_factory=list)
    import_id: str | None = None
    state: State | None = None
    plan: RecordedPlan | None = None
    reason: str | None = None
    aside: list[RowError] = field(default_factory=list)
    rows_aside: int = 0
    doubts: int = 0

    def refuse(self, file: str, reason: str) -> None:
        """Note what is wrong with the delivery, or with a file that is not read."""
        self.folder_errors.append(RowError(file, 0, None, reason))

    @property
    def errors(self) -> list[RowError]:
        """Return every listed error, by file and line."""
        found = list(self.folder_errors)
        for file in self.files:
            found += sorted(file.errors, key=lambda error: error.line)
        return found

    @property
    def applied(self) -> bool:
        """Return true if the delivery is in the store."""
        return self.state in DONE


class Progress(Protocol):
    """A callback for the progress of reading: the file, its rows so far, bytes of all files."""

    def __call__(self, file: str, rows: int, bytes_done: int, bytes_total: int) -> None:
        """Show it; must not raise."""
