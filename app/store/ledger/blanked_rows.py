"""Rows of the ledger with deleted contents, and the rows that account for them.

An erasure or a purge, which deletes contents, appends a row of the kind `ledger.blanked` in the
same transaction. It lists the numbers of the rows, names no one, and is never deleted itself. So a
row that was blanked by other means is found: nothing accounts for it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

KIND = "ledger.blanked"
# Ranges that one row lists at most.
_MOST_RANGES = 5_000

# The first and the last number of rows that follow each other.
Range = tuple[int, int]


def list_blanked(seqs: Iterable[int]) -> Iterator[dict[str, Any]]:
    """Yield the bodies of rows that account for deleting the contents of the rows `seqs`."""
    ranges = join_ranges((seq, seq) for seq in seqs)
    for start in range(0, len(ranges), _MOST_RANGES):
        yield {"rows": ranges[start : start + _MOST_RANGES]}


def join_ranges(ranges: Iterable[Range]) -> list[Range]:
    """Return the same numbers as few ranges in order."""
    joined: list[Range] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


@dataclass(slots=True)
class BlankedRows:
    """Rows without contents that a walk of the ledger finds, and the rows that account for them."""

    count: int = 0
    _blank: list[Range] = field(default_factory=list)
    _accounted: list[Range] = field(default_factory=list)

    def add_blank(self, seq: int) -> None:
        """Note a row without contents; rows are passed in order."""
        self.count += 1
        if self._blank and self._blank[-1][1] == seq - 1:
            self._blank[-1] = (self._blank[-1][0], seq)
        else:
            self._blank.append((seq, seq))

    def add_account(self, seq: int, body: Mapping[str, Any]) -> bool:
        """Note the accounting row `seq`; return false where it is not as one is written."""
        listed = body.get("rows")
        if not isinstance(listed, list) or not all(_is_range(one, seq) for one in listed):
            return False
        self._accounted += [(first, last) for first, last in listed]
        return True

    def find_unaccounted(self) -> int | None:
        """Return the first row without contents that no row accounts for."""
        accounted = iter(join_ranges(self._accounted))
        first, last = next(accounted, (0, 0))
        for begin, end in self._blank:
            while last < begin:
                found = next(accounted, None)
                if found is None:
                    return begin
                first, last = found
            if first > begin:
                return begin
            if last < end:
                return last + 1
        return None


def _is_range(value: Any, seq: int) -> bool:
    """Return whether `value` is a range of rows before the row `seq`."""
    if not isinstance(value, list) or [type(one) for one in value] != [int, int]:
        return False
    first, last = value
    return bool(0 < first <= last < seq)
