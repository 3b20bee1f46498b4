"""Errors by their cause: one cause is one error, with the number of rows that follow from it."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from app.imports.reading.file_formats import FileFormat
from app.imports.report import FileReport
from app.imports.staging import staged_tables
from app.imports.staging.record_assembly import RejectedRow
from app.imports.staging.reference_checks import Fault


class Cited(Protocol):
    """A file of the delivery, its format and its report."""

    format: FileFormat
    report: FileReport


@dataclass(slots=True)
class Causes:
    """The causes found so far, each with its file and the place of its error."""

    files: Iterable[Cited]
    _told: dict[Hashable, tuple[FileReport, int]] = field(default_factory=dict)

    def refuse_fault(self, fault: Fault, source: Cited, line: int, column: str | None) -> None:
        """Put into a file's report that a row refers to what is not there or does not fit."""
        if fault.missing is None:
            source.report.refuse_row(line, column, fault.reason)
            return
        cause = next(self._find_broken_files(fault.missing[0]), None) or self._told.get(
            fault.missing
        )
        self._refuse_row((source.report, line, column, fault.reason), fault.missing, cause)

    def refuse_left(self, left: RejectedRow, source: Cited, line: int, column: str | None) -> None:
        """Put into a file's report why a row was not taken."""
        kind = "people" if left.lacks == "numbers" else left.lacks
        cause = next(self._find_broken_files(kind), None) if kind else None
        # That there is no number at all is told once.
        told = left.lacks if left.lacks == "numbers" else None
        cause = cause or (self._told.get(told) if told else None)
        self._refuse_row((source.report, line, column, left.reason), told, cause)

    def _refuse_row(
        self,
        row: tuple[FileReport, int, str | None, str],
        told: Hashable,
        cause: tuple[FileReport, int] | None,
    ) -> None:
        report, line, column, reason = row
        if cause:
            report.note_bad(line)
            cause[0].follow(cause[1])
            return
        if told is not None:
            self._told[told] = report, len(report.errors)
        report.refuse_row(line, column, reason)

    def _find_broken_files(self, kind: str) -> Iterator[tuple[FileReport, int]]:
        """Yield the unreadable files of this kind of record: errors of reference follow."""
        for source in self.files:
            staged = source.format.staged
            if staged and source.report.broken and source.report.errors:
                is_kind = staged.target == kind or (
                    kind == "roles" and staged is staged_tables.roles
                )
                if is_kind and staged is not staged_tables.births:
                    yield source.report, 0
