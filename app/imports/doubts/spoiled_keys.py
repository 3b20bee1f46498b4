"""Keys of children as spreadsheets spoil them."""

import hashlib
import re
from typing import Any
from uuid import UUID

# How a staged doubt is kept: always, waiting for a child, or only where its key is that of a child
# on file; `HELD` is of a readable refusal that waits for the delivery with its child.
KEPT, PERHAPS, HELD = "1", "0", "2"
_WRAPPING = " \t\u00a0=\"'"
_WHOLE = re.compile(r"(\d+)\.0+")
_POWER = re.compile(r"\d(\.\d+)?e\+?\d{1,2}")


def bare_key(cell: str) -> str:
    """Return a key without what a spreadsheet adds or takes: wrapping, leading zeros, decimals."""
    key = cell.strip(_WRAPPING).casefold()
    if whole := _WHOLE.fullmatch(key):
        key = whole[1]
    elif _POWER.fullmatch(key):
        key = f"{float(key):.0f}"
    return key.lstrip("0")


def digest_row(*said: Any) -> str:
    """Return the id of the doubt about a row: a UUID that is always the same for the same row."""
    content = repr(said).encode("utf-8", "surrogatepass")
    return str(UUID(bytes=hashlib.sha256(content).digest()[:16]))
