"""What a refused delivery says of consent, read all the same: its refusals are in force at once.

Rosters of it are not read, so a child whom only they bring is kept in doubt by the key.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.imports import engine
from app.imports.archive import opened
from app.imports.attached import attach_flags
from app.imports.dated_names import undate_names
from app.imports.delivery import Delivery, stage
from app.imports.listing import Source
from app.imports.profiles.files import Text
from app.imports.recognise import KNOWN
from app.imports.report import FileReport, Report
from app.imports.shapes import Context, Shape
from app.imports.statements import consents
from app.settings import Settings
from app.store import flags, references, staging, statement_imports
from app.store.imports import Import
from app.store.staged_area import Area


def salvage_refusals(
    area: Area, settings: Settings, found: Import, path: Path, context: Context
) -> int:
    """Put the new refusals of a delivery in force that is read no further, and note its doubts.

    How many rows are in doubt.
    """
    with _consents_alone(path, context) as delivery:
        if not delivery.sources:
            return 0
        area.begin(found.id)
        with area.connection.begin():
            stage(area.connection, delivery)
            day = engine.day_of(found, settings)
            flags.from_flags(area.connection, found.number, found.created_at, day)
            faults = references.find_other_faults(area.connection)
            lines = {fault.line for fault in faults if fault.staged is staging.consents}
            statement_imports.leave_out(area.connection, lines)
        engine.note_refusals(area, found)
        engine.refuse_at_once(area, found)
        return engine.note_doubts(area, found, delivery, waits=True)


@contextmanager
def _consents_alone(path: Path, context: Context) -> Iterator[Delivery]:
    """The files at `path` that speak of consent, as a delivery of nothing else."""
    report = Report()
    with opened(path, report) as members:
        named = undate_names(members, KNOWN, context.profile)
        files = {member.key: member for member in named if not member.fault}
        own = (consents(context.zone, context.delivered_at),) if "consents.csv" in files else ()
        shape, readers = attach_flags(Shape("consents", own), files, context, report)
        formats = [f for f in shape.formats if f.name.casefold() in files]
        sources = [
            Source(format_, files[format_.name.casefold()], FileReport(format_.name), number)
            for number, format_ in enumerate(formats)
        ]
        text = context.profile.text if context.profile else Text()
        yield Delivery(shape, sources, Report(), text, readers)
