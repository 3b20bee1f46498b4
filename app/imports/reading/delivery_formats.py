"""The shape of a delivery: its files, and the way they are assembled."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from app.imports.reading.file_formats import FileFormat
from app.imports.reading.profiles.model import Profile
from app.imports.staging.record_assembly import RejectedRow
from app.imports.staging.staged_tables import Staged

# The extent of a delivered table: all there is, the whole of each class that appears in
# it, or only what changed.
Extent = Literal["complete", "classes", "delta"]


@dataclass(frozen=True, slots=True)
class Context:
    """The district as readers need it: its time zone, its day, its profile.

    `now` is when it was delivered; without it, the end of the day. `bulk`: all files of a delivery
    without a manifest hold all there is.
    """

    zone: ZoneInfo
    today: date
    profile: Profile | None = None
    now: datetime | None = None
    bulk: bool = False

    @property
    def delivered_at(self) -> datetime:
        """Return the time of delivery: a paper dated later has not been signed yet."""
        return self.now or datetime.combine(self.today, time.max, self.zone)


@dataclass(frozen=True, slots=True)
class Assembly:
    """A staged table that is assembled once all files are read.

    `files` names the formats that have columns for the table, `optional` those of its fields
    that keep what is on file where no column for them was delivered.
    """

    files: tuple[str, ...]
    optional: frozenset[str]


@dataclass(frozen=True, slots=True)
class DeliveryFormat:
    """A format of delivery: its name, its files in the order in which they are read.

    A `strict` one has no CSV files but these; of others the files named in `ignored` belong to
    the standard and are not needed here. `extents` are those of tables that are not a delta.
    `assemble` puts the parts together; it yields what it refuses. `assemblies` are the tables it
    fills.
    """

    name: str
    formats: tuple[FileFormat, ...]
    extents: Mapping[Staged, Extent] = field(default_factory=dict)
    strict: bool = False
    ignored: frozenset[str] = frozenset()
    assemblies: Mapping[Staged, Assembly] = field(default_factory=dict)
    assemble: Callable[[Connection], Iterable[RejectedRow]] | None = None
