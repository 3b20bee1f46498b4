"""One delivery: staged, checked as a whole, then applied as a whole or not.

Reading and staging lock nobody out; the write lock is held for the checks and the merge.
"""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from app.imports.delivery import Delivery, found, stage
from app.imports.profiles.model import Profile
from app.imports.report import Progress, Report
from app.imports.shapes import Context
from app.settings import Settings
from app.store import imports, ledger, references, staging
from app.store.import_ledger import Stamp
from app.store.imports import Delivered
from app.store.list_dates import ListKind
from app.store.session import Store


def run_import(  # noqa: PLR0913
    store: Store,
    settings: Settings,
    folder: Path,
    *,
    accept_empty_consents: bool = False,
    profile: Profile | None = None,
    progress: Progress | None = None,
    by: str | None = None,
) -> Report:
    """Read every known file in `folder` and apply them all, unless there is any error.

    A `consents.csv` with at least one row, or with none if `accept_empty_consents`, makes the
    consent list fresh, and an `enrollments.csv` with rows the rosters, even where nothing
    changed. `by` is the sourcedId of who delivers, None for the machine's operator.

    Of two imports at once the later waits for the earlier. Raises `StoreUnavailableError` when
    the store cannot be reached; then nothing was applied.
    """
    report = Report()
    context = Context(settings.zone, datetime.now(settings.zone).date(), profile)
    with found(folder, context, report) as delivery:
        if delivery is None:
            return report
        with store.staging() as connection:
            with connection.begin():
                stage(connection, delivery, progress)
                if report.errors:
                    _check(connection, delivery)
                    return report
            with store.writing(connection):
                _check(connection, delivery)
                if not report.errors:
                    dates = _dates(delivery, accept_empty_consents=accept_empty_consents)
                    _apply(connection, delivery, dates, by)
    return report


def _check(connection: Connection, delivery: Delivery) -> None:
    """Put what staged rows refer to in vain into the reports of their files."""
    for fault in references.faults(connection):
        source, line = delivery.located(fault.line)
        field = "managers" if fault.staged is staging.account_managers else fault.field
        source.report.refuse(line, source.format.column_of(field), fault.reason)


def _dates(delivery: Delivery, *, accept_empty_consents: bool) -> tuple[ListKind, ...]:
    """Which lists this delivery makes fresh; of an empty one the report warns."""
    report = delivery.report
    rows = {
        staged: sum(source.report.rows for source in table.sources)
        for staged, table in delivery.tables.items()
        if table.extent != "delta" or staged is staging.consents
    }
    dates: list[ListKind] = []
    if rows.get(staging.consents) or (accept_empty_consents and staging.consents in rows):
        dates.append("consents")
    elif staging.consents in rows:
        report.warnings.append(
            "consents.csv has no rows: the consent list keeps its date, unless it is accepted "
            "as empty"
        )
    if rows.get(staging.enrollments):
        dates.append("rosters")
    elif staging.enrollments in rows:
        report.warnings.append("enrollments.csv has no rows: the rosters keep their date")
    return tuple(dates)


def _apply(
    connection: Connection, delivery: Delivery, dates: tuple[ListKind, ...], by: str | None
) -> None:
    stamp = Stamp(ledger.new_id(), datetime.now(UTC), by)
    files = {
        staged: Delivered(
            ", ".join(source.report.file for source in table.sources),
            table.sources[0].sha256,
            sum(source.report.rows for source in table.sources),
            table.absent,
        )
        for staged, table in delivery.tables.items()
    }
    changes = imports.apply(connection, imports.Delivery(stamp, files, dates))
    for staged, table in delivery.tables.items():
        if staged in changes:
            done, report = changes[staged], table.sources[0].report
            report.added, report.changed = done.added, done.changed
            report.unchanged, report.removed = done.unchanged, done.removed
    delivery.report.import_id = stamp.import_id
