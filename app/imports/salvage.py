"""New refusals in a delivery that does not validate, put in force at once.

Its rosters are not read, so a child that only they bring is kept as a doubt, by its key.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.imports import lifecycle
from app.imports.merge import statements
from app.imports.reading.archive import open_members
from app.imports.reading.consent_columns import attach_flags
from app.imports.reading.consent_lists import Source
from app.imports.reading.dated_names import undate_names
from app.imports.reading.delivery import Delivery, stage_delivery
from app.imports.reading.delivery_formats import Context, DeliveryFormat
from app.imports.reading.plain.consents import make_consents_format
from app.imports.reading.profiles.files import TextOptions
from app.imports.reading.recognition import KNOWN
from app.imports.report import FileReport, Report
from app.imports.staging import flag_statements, reference_checks, staged_tables
from app.imports.staging.staged_area import StagingArea
from app.settings import Settings
from app.store.service.import_records import ImportRecord


def salvage_refusals(
    area: StagingArea, settings: Settings, found: ImportRecord, path: Path, context: Context
) -> int:
    """Put the new refusals of a delivery that was refused in force, and note its doubts.

    Return how many rows are in doubt.
    """
    with _read_consents_alone(path, context) as delivery:
        if not delivery.sources:
            return 0
        area.begin(found.id)
        with area.connection.begin():
            stage_delivery(area.connection, delivery)
            day = lifecycle.find_delivery_day(found, settings)
            flag_statements.stage_flag_statements(
                area.connection, found.number, found.created_at, day
            )
            faults = reference_checks.find_other_faults(area.connection)
            lines = {fault.line for fault in faults if fault.staged is staged_tables.consents}
            statements.leave_out(area.connection, lines)
        lifecycle.note_refusals(area, found)
        lifecycle.refuse_at_once(area, found)
        return lifecycle.note_doubts(area, found, delivery, waits=True)


@contextmanager
def _read_consents_alone(path: Path, context: Context) -> Iterator[Delivery]:
    """Yield the files at `path` with consents, as a delivery of nothing else."""
    report = Report()
    with open_members(path, report) as members:
        named = undate_names(members, KNOWN, context.profile)
        files = {member.key: member for member in named if not member.fault}
        own = (
            (make_consents_format(context.zone, context.delivered_at),)
            if "consents.csv" in files
            else ()
        )
        shape, readers = attach_flags(DeliveryFormat("consents", own), files, context, report)
        formats = [f for f in shape.formats if f.name.casefold() in files]
        sources = [
            Source(format_, files[format_.name.casefold()], FileReport(format_.name), number)
            for number, format_ in enumerate(formats)
        ]
        text = context.profile.text if context.profile else TextOptions()
        yield Delivery(shape, sources, Report(), text, readers)
