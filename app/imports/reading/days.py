"""Days as systems write them: in the order of their parts that a profile says."""

import re
from datetime import date

from app.imports.reading.cell_values import CellError, Read, day

_ORDERS = {"ymd": (1, 2, 3), "mdy": (3, 1, 2), "dmy": (3, 2, 1)}
_WRITTEN = {
    "ymd": re.compile(r"([0-9]{4})[/.-]?([0-9]{1,2})[/.-]?([0-9]{1,2})"),
    "mdy": re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})"),
    "dmy": re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})"),
}

_SHORT = {
    "ymd": re.compile(r"([0-9]{2})[/.-]([0-9]{1,2})[/.-]([0-9]{1,2})"),
    "mdy": re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{2})"),
    "dmy": re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{2})"),
}


def make_day_reader(order: str | None) -> Read:
    """Return a reader of days as `YYYY-MM-DD`, or in the `order` of their parts, if known.

    `order` is `ymd`, `mdy` or `dmy`, for dates such as `1/05/2023`. Without it those are refused.
    """
    if order is None:
        return day

    def read_cell(cell: str) -> str | None:
        found = _WRITTEN[order].fullmatch(cell)
        if found is None:
            iso: str | None = day(cell)
            return iso
        year, month, day_ = (found[n] for n in _ORDERS[order])
        written: str | None = day(f"{year}-{month:0>2}-{day_:0>2}")
        return written

    return read_cell


def birth_dates(today: date, order: str | None = None) -> Read:
    """Return a reader of the days on which people are born, none of them after `today`.

    `order` as in `make_day_reader`. Where it is known a year may have two digits: the last one that
    is not ahead. A date that the grade makes impossible counts for no one
    (`app.policy.credible_births`).
    """
    latest, read = today.isoformat(), make_day_reader(order)

    def read_cell(cell: str) -> str | None:
        short = _SHORT[order].fullmatch(cell) if order else None
        if short and order:
            return _resolve_short_year([short[n] for n in _ORDERS[order]], latest)
        born: str | None = read(cell)
        if born and born > latest:
            reason = "lies in the future"
            raise CellError(reason)
        return born

    return read_cell


def _resolve_short_year(parts: list[str], latest: str) -> str | None:
    """Return the last day up to `latest` with this year of two digits, month and day."""
    century = int(latest[:2])
    written = f"{parts[0]}-{parts[1]:0>2}-{parts[2]:0>2}"
    if f"{century}{written}" > latest:
        century -= 1
    born: str | None = day(f"{century}{written}")
    return born
