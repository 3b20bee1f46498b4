"""Excel workbooks (`.xlsx`): the one sheet that has rows, read as if it had been saved as CSV.

A cell is what was typed: a whole number without a fraction, a date as `YYYY-MM-DD`. What only the
format of a cell shows is not in it, such as the zeros before a number; text keeps them.
"""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

SUFFIX = ".xlsx"
# A million students with ten columns come to some 60 MB, packed to a tenth of that.
MAX_PACKED = 64 << 20
MAX_UNPACKED = 512 << 20
_FAULTS = (CalamineError, zipfile.BadZipFile, ValueError, OSError, KeyError, OverflowError)

Value = str | float | bool | date | time | datetime | timedelta | None


class WorkbookError(Exception):
    """A workbook that is not read; the text says why and repeats nothing of it."""


def read_workbook(stream: BinaryIO) -> bytes:
    """Return the rows of a workbook as CSV in UTF-8, one a line, from the sheet's first row on.

    Raises `WorkbookError` where it is protected, damaged or too large, or where not exactly one of
    its sheets, shown or hidden, has rows.
    """
    packed = stream.read(MAX_PACKED + 1)
    _check_size(packed)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(packed)) as book:
            return _write_csv(_read_only_sheet(book))
    except PasswordError:
        reason = "is protected by a password"
        raise WorkbookError(reason) from None
    except _FAULTS:
        reason = "is no Excel workbook that can be read"
        raise WorkbookError(reason) from None


def _check_size(packed: bytes) -> None:
    reason = f"is larger than {MAX_PACKED >> 20} MiB; save it as CSV"
    if len(packed) > MAX_PACKED:
        raise WorkbookError(reason)
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
    except _FAULTS:
        return  # a protected one is no zip file; who reads it says so
    if unpacked > MAX_UNPACKED:
        reason = f"unpacks to more than {MAX_UNPACKED >> 20} MiB; save it as CSV"
        raise WorkbookError(reason)


def _read_only_sheet(book: CalamineWorkbook) -> Sequence[Sequence[Value]]:
    """Return the rows of the only sheet that has any: in another a no could go unread."""
    filled = []
    for sheet in book.sheets_metadata:
        if sheet.typ is SheetTypeEnum.WorkSheet:
            rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            if any(cell != "" for row in rows for cell in row):
                filled.append(rows)
    if len(filled) != 1:
        found = "no sheet" if not filled else f"{len(filled)} sheets"
        reason = f"has {found} with rows: keep one sheet to a file"
        raise WorkbookError(reason)
    return filled[0]


def _write_csv(rows: Sequence[Sequence[Value]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(map(_write_row, rows))
    return out.getvalue().encode()


def _write_row(row: Sequence[Value]) -> list[str]:
    told = [_write_cell(cell) for cell in row]
    return told if any(told) else []


def _write_cell(cell: Value) -> str:
    if isinstance(cell, str):
        return " ".join(cell.splitlines())  # in one row of CSV there are no line breaks
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return (cell.date() if cell.time() == time() else cell).isoformat()
    return "" if cell is None else str(cell)
