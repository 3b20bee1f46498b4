"""Records of a provider, written as a OneRoster delivery: its files, then its manifest."""

import csv
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import IO, Any

from app.imports.reading.standards.oneroster import MANIFEST, NEEDED
from app.imports.rest.sheets import Sheet
from app.imports.rest.walks import Record

_DRAFT = ".draft"


class SheetFile:
    """A file that is being written: its rows first, since its columns are known at the end."""

    def __init__(self, sheet: Sheet, folder: Path) -> None:
        self._sheet, self._path = sheet, folder / sheet.file
        self._seen: set[int] = set()
        self._out: IO[str] | None = None
        self._writer: Any = None

    def begin(self) -> None:
        """Begin without rows; earlier ones are deleted."""
        self.close()
        self._seen = {n for n, column in enumerate(self._sheet.columns) if column.always}
        self._out = self._draft_path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._out)

    def take(self, records: Sequence[Record]) -> None:
        """Write the rows of these records."""
        for record in records:
            for part in self._sheet.parts(record):
                cells = [column.cell(part) for column in self._sheet.columns]
                self._seen |= {n for n, cell in enumerate(cells) if cell is not None}
                self._writer.writerow(["" if cell is None else cell for cell in cells])

    def finish(self, *, always: bool) -> None:
        """Write the file itself; `always` with all of its columns, had any record them or not."""
        self.close()
        columns = self._sheet.columns
        kept = [n for n in range(len(columns)) if always or n in self._seen]
        with (
            self._draft_path.open(encoding="utf-8", newline="") as draft,
            self._path.open("w", encoding="utf-8", newline="") as out,
        ):
            writer = csv.writer(out)
            writer.writerow([columns[n].name for n in kept])
            writer.writerows([row[n] for n in kept] for row in csv.reader(draft))
        self._draft_path.unlink()

    def close(self) -> None:
        """Let go of the draft."""
        if self._out:
            self._out.close()

    @property
    def _draft_path(self) -> Path:
        return self._path.with_name(self._path.name + _DRAFT)


def write_manifest(folder: Path, version: str, files: Collection[str], extent: str) -> None:
    """Say of each file of the standard that it is there as `extent`, `bulk` or `delta`, or absent.

    It is written last: without it nothing is a delivery.
    """
    said = {
        "manifest.version": "1.0",
        "oneroster.version": version,
        **{
            f"file.{file.removesuffix('.csv')}": extent if file in files else "absent"
            for file in NEEDED
        },
    }
    with (folder / MANIFEST).open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["propertyName", "value"])
        writer.writerows(said.items())
