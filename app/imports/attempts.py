"""Attempts to apply an import: after three without progress it is given up.

The count stands in `imports.progress`, which every slice that is put on file writes anew: so it
counts from the last that was.
"""

from collections.abc import Callable

from app.errors import ConflictError, StoreUnavailableError
from app.imports.staging.staged_area import Area
from app.log import place
from app.store.service import import_records
from app.store.service.import_records import Import

MOST = 3
# These tell of others, or of the machine, and not of the import.
_PASSING = (ConflictError, StoreUnavailableError)
_ENDED = "its process ended each time before it told why"


def try_apply(
    area: Area, found: Import, apply: Callable[[Import], Import], give_up: Callable[[str], Import]
) -> Import:
    """Apply an import once more; return it in its new state.

    One that fails, or was killed, for the third time at the same place is given up: `give_up` is
    told why, without a word of its rows.
    """
    begun = _count(found)
    if begun >= MOST:
        return give_up(f"was begun {MOST} times in vain: {_ENDED}")
    found = _note(area, found, begun + 1)
    try:
        return apply(found)
    except _PASSING:
        raise
    except Exception as error:
        with area.store.reading() as connection:
            now = import_records.read_import(connection, found.id)
        failed = max(1, _count(now))
        if failed < MOST:
            _note(area, now, failed)
            raise
        return give_up(f"failed {MOST} times: {place(error)}")


def _count(found: Import) -> int:
    count = (found.progress or {}).get("attempts", 0)
    return int(count)


def _note(area: Area, found: Import, attempts: int) -> Import:
    progress = {**(found.progress or {}), "attempts": attempts}
    with area.store.writing() as connection:
        import_records.note_progress(connection, found.id, progress)
        return import_records.read_import(connection, found.id)
