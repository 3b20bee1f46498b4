"""The count of an import's attempts to apply without progress; after three it is given up.

The count stands in `imports.progress`, which every slice that is put on file overwrites: so it
starts again with each slice.
"""

from collections.abc import Callable

from app.errors import ConflictError, StoreUnavailableError
from app.imports.staging.staged_area import StagingArea
from app.log import describe_origin
from app.store.service import import_records
from app.store.service.import_records import ImportRecord

MOST = 3
# Errors that other imports or the machine cause, and not this import.
_PASSING = (ConflictError, StoreUnavailableError)
_ENDED = "its process ended each time before it told why"


def try_apply(
    area: StagingArea,
    found: ImportRecord,
    apply: Callable[[ImportRecord], ImportRecord],
    give_up: Callable[[str], ImportRecord],
) -> ImportRecord:
    """Apply an import once more; return it in its new state.

    One that fails, or was killed, for the third time at the same place is given up: `give_up` gets
    the reason, without a word of its rows.
    """
    begun = _count_attempts(found)
    if begun >= MOST:
        return give_up(f"was begun {MOST} times in vain: {_ENDED}")
    found = _note_attempts(area, found, begun + 1)
    try:
        return apply(found)
    except _PASSING:
        raise
    except Exception as error:
        with area.store.reading() as connection:
            now = import_records.read_import(connection, found.id)
        failed = max(1, _count_attempts(now))
        if failed < MOST:
            _note_attempts(area, now, failed)
            raise
        return give_up(f"failed {MOST} times: {describe_origin(error)}")


def _count_attempts(found: ImportRecord) -> int:
    count = (found.progress or {}).get("attempts", 0)
    return int(count)


def _note_attempts(area: StagingArea, found: ImportRecord, attempts: int) -> ImportRecord:
    progress = {**(found.progress or {}), "attempts": attempts}
    with area.store.writing() as connection:
        import_records.note_progress(connection, found.id, progress)
        return import_records.read_import(connection, found.id)
