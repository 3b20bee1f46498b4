"""Mentions of children in a file, so that an unreadable row is a doubt and not lost."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from app.imports.doubts.spoiled_keys import KEPT, PERHAPS, bare_key, digest_row
from app.imports.reading.cell_values import CellError, Read
from app.imports.reading.delimited_text import MAX_CELL

_SHORT = 64  # longer than any answer
# Text as Excel writes it: ="000003".
_EXCEL_TEXT = re.compile(r'="([^"]*)"')


class StagedDoubt(NamedTuple):
    """An unreadable row of a delivery, as it is staged.

    `bare` is the key without what spreadsheets change. `keep` is `KEPT` where it waits for a
    child who is not on file; else the key only may be one (`app.imports.doubts.spoiled_keys`).
    """

    place: int
    matches: str
    key: str
    bare: str
    source: str
    field: str
    reason: str
    refuses: bool
    keep: str
    digest: str


@dataclass(frozen=True, slots=True)
class ConsentVoice:
    """The columns of a file that name a child, and that say yes or no.

    `dates` are columns of days: a no with an unreadable day counts from the day `today`. `whole`: a
    row is one statement, told apart by all of its cells, and `name_maker` returns its source.
    """

    key: str
    matches: Literal["sourced_id", "student_number"]
    source: str
    columns: Mapping[str, Read]
    refuses: Callable[[Any], bool]
    answers: Callable[[Any], bool]
    dates: Mapping[str, str] | None = None
    whole: bool = False
    name_maker: Callable[[Mapping[str, str]], str] | None = None

    def heard(self, cells: Mapping[str, str]) -> tuple[bool, bool]:
        """Return whether a row says anything that must not be lost, and whether it says no."""
        says = refuses = False
        for name, read in self.columns.items():
            try:
                value = read(cells.get(name, ""))
            except CellError:
                says = True
                continue
            says = says or self.answers(value)
            refuses = refuses or self.refuses(value)
        return says, refuses

    def may_refuse(self, cells: Iterable[str]) -> bool:
        """Return whether any of these cells, of unknown columns, would be a no."""
        return any(
            self.heard(dict.fromkeys(self.columns, cell))[1] for cell in cells if len(cell) < _SHORT
        )

    def doubt_row(self, place: int, fault: CellError, cells: Mapping[str, str]) -> StagedDoubt:
        """Return the doubt of a row whose cells are known by their columns."""
        key = strip_formula(cells[self.key].strip())[:MAX_CELL]
        told = [*cells.values()] if self.whole else [cells[name] for name in self.columns]
        doubt = self.doubt(place, key, fault, told)
        maker = self.name_maker(cells) if self.name_maker else self.source
        return doubt._replace(source=maker, refuses=self.heard(cells)[1])

    def doubt(
        self, place: int, key: str, fault: CellError, cells: Sequence[str], *, keep: bool = True
    ) -> StagedDoubt:
        """Return the doubt of a row with these cells; the reader of the cells sets `refuses`."""
        digest = digest_row(self.source, self.matches, key, tuple(cells))
        whose = (place, self.matches, key, bare_key(key), self.source)
        told = (fault.column or "", fault.reason, False)
        return StagedDoubt(*whose, *told, KEPT if keep else PERHAPS, digest)


def strip_formula(cell: str) -> str:
    """Return a key without the formula that a spreadsheet wrote around it to keep it as text."""
    found = _EXCEL_TEXT.fullmatch(cell)
    return found[1].strip() if found else cell


def strip_formulas(cells: Sequence[str]) -> Sequence[str]:
    """Return the keys of a column as `strip_formula` does."""
    return list(map(strip_formula, cells)) if any("=" in cell for cell in cells) else cells
