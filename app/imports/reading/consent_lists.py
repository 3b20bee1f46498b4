"""The files of a delivery, and the lists that their consent columns are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.imports.reading.archive import Member
from app.imports.reading.delivery_formats import Extent
from app.imports.reading.file_formats import FileFormat
from app.imports.reading.standards.consent_flags import FlagReader
from app.imports.report import FileReport
from app.imports.staging import staged_tables
from app.imports.staging.list_coverage import DeliveredList
from app.imports.staging.staged_tables import Staged
from app.store.consents.list_dates import DISTRICT


@dataclass(slots=True)
class Source:
    """A file of the delivery; its digest and the fields it fills are known once it is read."""

    format: FileFormat
    member: Member
    report: FileReport
    number: int
    sha256: str = ""
    delivered: frozenset[str] = frozenset()


def list_columns(
    sources: Sequence[Source], readers: Mapping[str, FlagReader], extents: Mapping[Staged, Extent]
) -> Iterator[DeliveredList]:
    """Yield the lists of these files: an entry of the profile each, of one file or several.

    One is complete where each of its files is, or where the deliverer says so.
    """
    by_word = extents.get(staged_tables.flags) == "complete"
    people_whole = extents.get(staged_tables.people, "delta") == "complete"
    by_entry: dict[int, list[Source]] = {}
    for source in sources:
        if reader := readers.get(source.format.name):
            by_entry.setdefault(id(reader.flags), []).append(source)
    for some in by_entry.values():
        reader = readers[some[0].format.name]
        flags, named = reader.flags, reader.flags.named_schools
        if by_word and flags.lists == "refusers":  # every refusal there is, of every school
            named = named or (DISTRICT,)
        # Beside a roster's own columns they tell of as many as the roster.
        beside = any(source.format.staged is not staged_tables.flags for source in some)
        yield DeliveredList(
            reader.profile.source,
            flags.file,
            tuple(staged_tables.find_places(source.number) for source in some),
            sum(source.report.rows for source in some),
            by_word or (flags.complete and (people_whole or not beside)),
            flags.lists == "everybody",
            named,
            tuple({cell for column in flags.columns for cell in column.cells("refuse")}),
        )
