"""One delivery: its files found and recognised, then read row by row into the staged tables."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from app.imports.doubts import doubt_records
from app.imports.merge import guardian_ties
from app.imports.reading.archive import DAMAGE, Member, open_members
from app.imports.reading.batches import read_batches
from app.imports.reading.consent_columns import attach_flags
from app.imports.reading.consent_lists import Source, list_columns
from app.imports.reading.dated_names import undate_names
from app.imports.reading.delimited_text import DelimitedReader
from app.imports.reading.delivery_formats import Context, DeliveryFormat, Extent
from app.imports.reading.dialects import find_dialect
from app.imports.reading.error_causes import Causes
from app.imports.reading.file_names import TEXTS
from app.imports.reading.profiles.files import TextOptions
from app.imports.reading.profiles.model import Profile
from app.imports.reading.recognition import KNOWN, recognize_delivery
from app.imports.reading.repeated_records import refuse_repeats
from app.imports.reading.standards.consent_flags import FlagReader, Tally
from app.imports.reading.unreadable_rows import read_torn
from app.imports.report import FileReport, Progress, Report
from app.imports.staging import record_assembly, staged_tables, student_numbers
from app.imports.staging.list_coverage import Coverage, DeliveredList, take_coverage
from app.imports.staging.repairs import settle_trifles
from app.imports.staging.staged_tables import Staged

# So much is sorted and staged together, as memory goes: rows of few and short cells are many.
CHUNK_CELLS, CHUNK_BYTES = 250_000, 8_000_000


def _add_companions(absent: frozenset[str]) -> frozenset[str]:
    """Return the fields that were not delivered, with those that come by the same column."""
    return absent | {"other_org_ids"} if "org_id" in absent else absent


# Endings of files that the deliverer wanted read.
_READABLE = (*TEXTS, ".xlsx", ".zip")


@dataclass(frozen=True, slots=True)
class Table:
    """The delivered part of one staged table.

    `absent` names the fields for which no column was delivered: they leave what is on file as it
    is, whereas an empty cell clears it.
    """

    extent: Extent
    sources: tuple[Source, ...]
    absent: frozenset[str]


@dataclass(slots=True)
class Delivery:
    """A recognised delivery and, once `stage_delivery` has run, the results of reading it.

    `coverage`: the people of its consent columns. `empty` are the schools of which a list of
    refusers without rows is meant; None: of none. `gaps` counts the classes that lack a row
    which was set aside; with a `stray_gap` any class may.
    """

    shape: DeliveryFormat
    sources: list[Source]
    report: Report
    text: TextOptions
    flag_readers: dict[str, FlagReader] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    empty: frozenset[str] | None = None
    profile: Profile | None = None
    gaps: int = 0
    stray_gap: bool = False
    causes: Causes = field(init=False)

    def __post_init__(self) -> None:
        self.causes = Causes(self.sources)

    @property
    def format(self) -> str:
        """The format's name, such as `oneroster-1.2`."""
        return self.shape.name

    @property
    def tallies(self) -> list[Tally]:
        """Each value of a consent column in the profile's words, and how often it came."""
        return [tally for reader in self.flag_readers.values() for tally in reader.tallies]

    @property
    def consent_columns(self) -> list[str]:
        """The consent columns that were delivered, as `file: column`."""
        return [
            f"{file}: {column.column}"
            for file, reader in self.flag_readers.items()
            for column in reader.flags.columns
        ]

    @property
    def tables(self) -> dict[Staged, Table]:
        """Return what was delivered, by staged table."""
        tables: dict[Staged, Table] = {}
        for source in self.sources:
            staged = source.format.staged
            if staged is not None and staged not in (*tables, *staged_tables.PARTS):
                tables[staged] = self._make_table(staged)
        for staged, assembly in self.shape.assemblies.items():
            sources = [s for s in self.sources if s.format.name in assembly.files]
            if sources:
                delivered = frozenset[str]().union(*(source.delivered for source in sources))
                extent = self.shape.extents.get(staged, "delta")
                absent = _add_companions(assembly.optional - delivered)
                tables[staged] = Table(extent, tuple(sources), absent)
        if self.flag_readers:
            sources = [s for s in self.sources if s.format.name in self.flag_readers]
            extent = "complete" if all(one.complete for one in self.lists) else "delta"
            tables[staged_tables.flags] = Table(extent, tuple(sources), frozenset())
        return tables

    def _make_table(self, staged: Staged) -> Table:
        sources = tuple(source for source in self.sources if source.format.staged is staged)
        delivered = frozenset[str]().union(*(source.delivered for source in sources))
        fields = frozenset[str]().union(*(s.format.fields for s in sources))
        absent = _add_companions(fields - delivered)
        return Table(self.shape.extents.get(staged, "delta"), sources, absent)

    @property
    def lists(self) -> Iterator[DeliveredList]:
        """Its lists of consent columns: an entry of the profile each, of one file or several."""
        return list_columns(self.sources, self.flag_readers, self.shape.extents)

    def located(self, place: int) -> tuple[Source, int]:
        """Return the file and the line that a staged row came from."""
        number, line = staged_tables.split_place(place)
        return self.sources[number], line


@contextmanager
def found(path: Path, context: Context, report: Report) -> Iterator[Delivery | None]:
    """Yield the delivery at `path`; None, and the reasons in `report`, where it is unreadable."""
    with open_members(path, report) as found_there:
        members = undate_names(found_there, KNOWN, context.profile)
        shape = None if report.folder_errors else recognize_delivery(members, context, report)
        yield _make_delivery(shape, members, context, report) if shape else None


def _make_delivery(
    shape: DeliveryFormat, members: list[Member], context: Context, report: Report
) -> Delivery | None:
    files = {member.key: member for member in members}
    shape, flag_readers = attach_flags(shape, files, context, report)
    known = [f for f in shape.formats if f.name.casefold() in files]
    _judge_others(shape, files, {f.name.casefold() for f in known}, report)
    sources = []
    for number, format_ in enumerate(known):
        member = files[format_.name.casefold()]
        sources.append(Source(format_, member, FileReport(member.name), number))
        if member.fault:
            sources[-1].report.refuse(0, None, member.fault)
    report.files = [source.report for source in sources]
    if not sources and not report.folder_errors:
        names = ", ".join(format_.name for format_ in shape.formats)
        report.refuse("delivery", f"holds none of {names}")
    text = context.profile.text if context.profile else TextOptions()
    if report.errors:
        return None
    return Delivery(shape, sources, report, text, flag_readers, profile=context.profile)


def _judge_others(
    shape: DeliveryFormat, files: Mapping[str, Member], read: set[str], report: Report
) -> None:
    """Judge files that are not read: in a strict format one may be a misspelt list of refusals."""
    names = ", ".join(format_.name for format_ in shape.formats)
    for key, member in sorted(files.items()):
        if key in read or not key.endswith(_READABLE):
            continue
        if member.fault:
            report.refuse(member.name, member.fault)
        elif shape.strict and key.endswith(".csv"):
            reason = f"is not the name of a file that is read; those are {names}"
            report.refuse(member.name, reason)
        elif not shape.strict and key not in shape.ignored:
            report.warnings.append(f"{member.name} is no file of this format and was not read")


@dataclass(slots=True)
class _DeliveryReading:
    """Progress of the reading over all files, and rows that wait for staging."""

    connection: Connection
    progress: Progress | None
    total: int
    before: int = 0
    cells: int = 0
    staged: int = 0
    waiting: dict[Staged, list[tuple[Any, ...]]] = field(default_factory=dict)

    def add(self, staged: Staged, rows: list[tuple[Any, ...]]) -> None:
        """Let these rows wait for the next chunk."""
        self.waiting.setdefault(staged, []).extend(rows)
        self.cells += len(rows) * len(staged.c)

    def is_enough(self, done: int) -> bool:
        """Return whether the waiting rows, up to byte `done` of the file, are enough to stage."""
        return self.cells >= CHUNK_CELLS or done - self.staged >= CHUNK_BYTES

    def flush(self, report: FileReport, done: int) -> None:
        """Stage the rows that wait; `done` bytes of the file have been read."""
        for staged, rows in self.waiting.items():
            if rows:
                staged_tables.fill_table(self.connection, staged, rows)
        self.waiting.clear()
        self.cells, self.staged = 0, done
        if self.progress:
            self.progress(report.file, report.rows, self.before + done, self.total)


def stage_delivery(
    connection: Connection, delivery: Delivery, progress: Progress | None = None
) -> None:
    """Read every file into the empty staged tables of `connection`; errors go to its report."""
    total = sum(source.member.size for source in delivery.sources)
    reading = _DeliveryReading(connection, progress, total)
    for source in delivery.sources:
        _stage_file(reading, source, delivery.text)
    guardian_ties.note_same_ids(connection)
    refuse_repeats(connection, delivery.sources, delivery.located)
    if delivery.shape.assemble:
        for left in delivery.shape.assemble(connection):
            _note_left(delivery, left)
    for left in guardian_ties.note_shared(connection):
        _note_left(delivery, left)
    for left in _settle_numbers(connection, delivery):
        _note_left(delivery, left)
    doubt_records.note_blanks(connection)
    delivery.coverage = take_coverage(
        connection,
        list(delivery.lists),
        whole_roster=_has_all_students(connection, delivery),
        empty=delivery.empty,
    )
    for left in (*record_assembly.settle_flags(connection), *settle_trifles(connection)):
        _note_left(delivery, left)
    staged_tables.update_statistics(connection)


def _has_all_students(connection: Connection, delivery: Delivery) -> bool:
    """Return whether its people are all there are, and students are among them."""
    people = delivery.tables.get(staged_tables.people)
    if people is None or people.extent != "complete":
        return False
    student = (
        select(staged_tables.people.c.id).where(staged_tables.people.c.kind == "student").limit(1)
    )
    return connection.scalar(student) is not None


def _settle_numbers(
    connection: Connection, delivery: Delivery
) -> Iterator[record_assembly.RejectedRow]:
    """Find the bearers of flags that came by student number."""
    people = delivery.tables.get(staged_tables.people)
    return student_numbers.settle_numbers(
        connection,
        complete=people is not None and people.extent == "complete",
        absent=people.absent if people else frozenset(),
    )


def _stage_file(reading: _DeliveryReading, source: Source, text: TextOptions) -> None:
    report, format_ = source.report, source.format
    dialect = format_.dialect
    if dialect.tolerant:
        detected = find_dialect(source.member, dialect, text, format_.names, report)
        if detected is None:
            return
        dialect = detected
    try:
        stream = source.member.open()
    except DAMAGE:
        report.refuse(0, None, "cannot be opened")
        return
    with stream:
        lines = DelimitedReader(stream, dialect, report)
        for staged, rows in read_batches(lines, source):
            reading.add(staged, rows)
            if reading.is_enough(lines.bytes_read):
                reading.flush(report, lines.bytes_read)
        for staged, rows in read_torn(source, lines):
            reading.add(staged, rows)
        reading.flush(report, lines.bytes_read)
        reading.before += lines.bytes_read
        reading.staged = 0
        source.sha256 = lines.sha256


def _note_left(delivery: Delivery, left: record_assembly.RejectedRow) -> None:
    if left.place is None:
        delivery.report.warnings.append(f"{left.reason}: {left.count:,}")
        return
    source, line = delivery.located(left.place)
    column = source.format.column_of(left.column) if left.column else None
    delivery.causes.refuse_left(left, source, line, column)
