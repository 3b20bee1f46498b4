"""The setting aside of a few bad rows, so that the rest of a delivery is applied.

Rows of consent that are set aside leave their doubts, as always; what a roster's row would have
brought stays as it is on file. Permissions, accounts and whole files are never set aside.
"""

from sqlalchemy import Connection

from app.imports.reading.consent_lists import Source
from app.imports.reading.delivery import Delivery
from app.imports.report import MAX_ERRORS, Report
from app.imports.staging import reference_checks, rows_set_aside, staged_tables
from app.imports.staging.reference_checks import Fault
from app.imports.staging.staged_tables import Staged
from app.settings import Settings

_CONSENTS = frozenset({staged_tables.consents, staged_tables.flags, staged_tables.numbered})
_PARTS = frozenset(
    {staged_tables.users, staged_tables.roles, staged_tables.births, staged_tables.agents}
)
_SEVERAL = frozenset({*rows_set_aside.ROSTERS, *_PARTS, *_CONSENTS})
# Of a file with fewer rows than this none is set aside: one would be no small share.
_FROM_ROWS = 10
_WAITS = "refers to somebody or something whose row is set aside"


def check_rosters(connection: Connection, delivery: Delivery, settings: Settings) -> None:
    """Report the void references of rosters; set aside all refused rows, if they are few."""
    places: dict[Staged, list[int]] = {}
    for fault in reference_checks.find_roster_faults(connection):
        refuse_fault(delivery, fault)
        places.setdefault(fault.staged, []).append(fault.line)
    if not can_set_aside(delivery, settings):
        return
    for place in rows_set_aside.drop_rows(connection, places):
        source, line = delivery.located(place)
        source.report.note_bad(line)
    delivery.gaps, delivery.stray_gap = rows_set_aside.settle_gaps(connection)


def check_others(connection: Connection, delivery: Delivery) -> set[int]:
    """Report the void references of others; return the places of statements left out."""
    left_out = set()
    for fault in reference_checks.find_other_faults(connection):
        refuse_fault(delivery, fault)
        if fault.staged is staged_tables.consents:
            left_out.add(fault.line)
    for staged, place, field in rows_set_aside.find_followers(connection):
        if staged is staged_tables.consents:
            left_out.add(place)  # its refusals are doubts, kept for a child yet to come
        else:
            refuse_fault(delivery, Fault(staged, place, field, _WAITS))
    return left_out


def refuse_fault(delivery: Delivery, fault: Fault) -> None:
    """Put a row's void reference into its file's report."""
    source, line = delivery.located(fault.line)
    field = "managers" if fault.staged is staged_tables.account_managers else fault.field
    column = next((c.name for c in source.format.columns if c.field == field), None)
    delivery.causes.refuse_fault(fault, source, line, column)


def can_set_aside(delivery: Delivery, settings: Settings) -> bool:
    """Return true if all errors are of rows, and each file has few of them."""
    if delivery.report.folder_errors:
        return False
    return all(_is_few(source, settings) for source in delivery.sources)


def _is_few(source: Source, settings: Settings) -> bool:
    report, staged = source.report, source.format.staged
    if report.broken or not report.bad:
        return not report.broken
    if staged is None:
        return True  # nothing of such a file is kept
    if staged not in _SEVERAL or settings.import_aside_percent == 0 or report.rows < _FROM_ROWS:
        return False
    most = max(1, int(report.rows * settings.import_aside_percent / 100))
    return len(report.bad) <= min(most, settings.import_aside_rows)


def move_errors(report: Report) -> None:
    """Turn the errors of the report into rows that are set aside."""
    report.aside = report.errors[:MAX_ERRORS]
    report.rows_aside = sum(len(file.bad) for file in report.files)
    for file in report.files:
        file.errors.clear()
        file.unlisted_errors = 0
