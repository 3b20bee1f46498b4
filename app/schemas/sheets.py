"""Lists for a spreadsheet: CSV (RFC 4180) in which no cell is taken for a formula."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# What spreadsheets begin to calculate at (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_sheet(titles: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return `rows` under `titles`; lists are parted by blanks, and a missing value is empty."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(titles)
    writer.writerows([_write_cell(row[title]) for title in titles] for row in rows)
    return written.getvalue()


def _write_cell(value: Any) -> str:
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return f"'{text}" if text.startswith(_FORMULA) else text
