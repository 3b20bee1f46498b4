"""One delivery of plain CSV files: staged, checked as a whole, then applied as a whole or not.

Reading and staging lock nobody out; the write lock is held for the checks and the merge.
"""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from app.imports.delivery import Source, find, stage
from app.imports.formats import Format
from app.imports.registry import accounts, designations, grants, releases
from app.imports.report import Progress, Report
from app.imports.rosters import classes, enrollments, guardians, orgs, people
from app.imports.statements import consents
from app.settings import Settings
from app.store import imports, ledger, references, staging
from app.store.import_ledger import Stamp
from app.store.imports import Delivered, Delivery
from app.store.list_dates import ListKind
from app.store.session import Store


def formats(settings: Settings) -> tuple[Format, ...]:
    """The files of the plain format, each after what it refers to."""
    zone = settings.zone
    today = datetime.now(zone).date()
    return (
        orgs(), people(today), classes(), enrollments(), guardians(), consents(zone),
        accounts(zone), designations(), grants(), releases(),
    )  # fmt: skip


def run_import(
    store: Store,
    settings: Settings,
    folder: Path,
    *,
    accept_empty_consents: bool = False,
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
    sources = find(formats(settings), folder, report)
    if report.errors:
        return report
    with store.staging() as connection:
        with connection.begin():
            stage(connection, sources, progress)
            if report.errors:
                _check(connection, sources)
                return report
        with store.writing(connection):
            _check(connection, sources)
            if not report.errors:
                dates = _dates(sources, report, accept_empty_consents=accept_empty_consents)
                _apply(connection, sources, report, dates, by)
    return report


def _check(connection: Connection, sources: list[Source]) -> None:
    """Put what staged rows refer to in vain into the reports of their files."""
    found = {source.format.staged: source for source in sources}
    if staging.accounts in found:
        found[staging.account_managers] = found[staging.accounts]
    for fault in references.faults(connection):
        source = found[fault.staged]
        field = "managers" if fault.staged is staging.account_managers else fault.field
        source.report.refuse(fault.line, source.format.column_of(field), fault.reason)


def _dates(
    sources: list[Source], report: Report, *, accept_empty_consents: bool
) -> tuple[ListKind, ...]:
    """Which lists this delivery makes fresh; of an empty one the report warns."""
    rows = {source.format.staged: source.report.rows for source in sources}
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
    connection: Connection,
    sources: list[Source],
    report: Report,
    dates: tuple[ListKind, ...],
    by: str | None,
) -> None:
    stamp = Stamp(ledger.new_id(), datetime.now(UTC), by)
    files = {
        source.format.staged: Delivered(
            source.report.file, source.sha256, source.report.rows, source.absent
        )
        for source in sources
    }
    changes = imports.apply(connection, Delivery(stamp, files, dates))
    for source in sources:
        done = changes[source.format.staged]
        source.report.added, source.report.changed = done.added, done.changed
        source.report.unchanged, source.report.removed = done.unchanged, done.removed
    report.import_id = stamp.import_id
