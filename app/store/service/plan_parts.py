"""The parts of an import's plan: counts of one matter, a file, a value; see `import_plans`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

# How complete the delivered rows of a table are: all there are, all of each class that appears
# in them, or only changes.
Extent = Literal["complete", "classes", "delta"]


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of one kind of records, in records."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0

    @property
    def written(self) -> int:
        """Return how many records are added or changed."""
        return self.added + self.changed

    def mark_unchanged(self) -> "Changes":
        """Return the changes of the same rows once all of them are on file."""
        return Changes(unchanged=self.added + self.changed + self.unchanged)


class Walk(NamedTuple):
    """The rows that are walked to apply changes of a kind; `whole`: all that are staged."""

    rows: int = 0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """The delivered rows of one staged table: files, rows, completeness, missing columns.

    `absent` names the columns that were not delivered: they leave what is on file as it is,
    whereas an empty cell clears it. `sha256` are those of the files.
    """

    files: tuple[str, ...]
    sha256: tuple[str, ...]
    rows: int
    extent: Extent
    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TieCounts:
    """The ties of guardians that end, sources of former guardians, and shared sources."""

    ended: int = 0
    former: int = 0
    shared: int = 0


@dataclass(frozen=True, slots=True)
class FeedRecords:
    """The records that a feed brings from now on, and no more.

    `whole`: all that is staged comes, since the feed brought nothing of it until now.
    """

    added: int = 0
    removed: int = 0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class FeedChanges:
    """The changes in what a named feed brings.

    `kinds` are those of `feed_deliveries`, true where all is delivered that there is; `records`
    are by table.
    """

    name: str
    kinds: Mapping[str, bool]
    records: Mapping[str, FeedRecords]


@dataclass(frozen=True, slots=True)
class ConsentCounts:
    """New statements by decision, and people with a changed answer.

    `at_once` are refusals that do not wait for the rest.
    """

    grant: int = 0
    refuse: int = 0
    withdraw: int = 0
    lift: int = 0
    at_once: int = 0
    people_refused: int = 0
    people_allowed: int = 0
    people_flipped: int = 0
    people_known: int = 0

    @property
    def new(self) -> int:
        """Return how many statements are new."""
        return self.grant + self.refuse + self.withdraw + self.lift + self.at_once


class Loss(NamedTuple):
    """A loss of a school: so many end, of so many on file, of so many people."""

    ending: int
    on_file: int
    people: int


@dataclass(frozen=True, slots=True)
class Losses:
    """The enrollments, ties of guardians and refusals that end, by school."""

    enrollments: Mapping[str, Loss] = field(default_factory=dict)
    ties: Mapping[str, Loss] = field(default_factory=dict)
    refusals: Mapping[str, Loss] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SchoolCounts:
    """The people of a school before and after, and those who come, change or are missing."""

    before: int | None = None
    after: int | None = None
    added: int | None = None
    changed: int | None = None
    missing: int | None = None


# By school, and by `students` or `staff`.
Schools = Mapping[str, Mapping[str, SchoolCounts]]


@dataclass(frozen=True, slots=True)
class CountsOnFile:
    """The active people on file of the delivered kinds, and the ties on file."""

    active: int = 0
    ties: int = 0


@dataclass(frozen=True, slots=True)
class ListGaps:
    """The gaps of lists that change, and by school the students whom a list lacks."""

    changed: int = 0
    absent: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IdDoubts:
    """The ids in doubt, and the places of the first few.

    `others` would get another bearer, `arrivals` are people under new ids, of so many `delivered`;
    in a `migration` most are. `settled` are doubts that end, `refused` people whose refusals are
    carried over.
    """

    others: int = 0
    settled: int = 0
    other_places: tuple[int, ...] = ()
    arrivals: int = 0
    delivered: int = 0
    migration: bool = False
    arrival_places: tuple[int, ...] = ()
    refused: int = 0


@dataclass(frozen=True, slots=True)
class RowsAside:
    """The rows that were set aside, and the classes that lack a person for it."""

    rows: int = 0
    classes: int = 0


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A delivered file; `pattern` is that of the profile which its name is like."""

    file: str
    sha256: str
    rows: int
    changes: Changes
    pattern: str | None = None
    warnings: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedValue:
    """A value of a consent column, its meaning, its rows, and for how many people it is new.

    `told` is the value in words, `said` what it does as well.
    """

    file: str
    label: str
    means: str
    rows: int
    people: int
    told: str
    said: str


@dataclass(frozen=True, slots=True)
class UndoCounts:
    """The effects of an undo beyond every plan's; see `app.schemas.imports.UndoPlan`."""

    import_id: str
    statements: Mapping[str, int] = field(default_factory=dict)
    stay_closed: int = 0
    stay: int = 0
    kept: Mapping[str, int] = field(default_factory=dict)
    lists: int = 0
    doubts: int = 0
    doubts_ended: int = 0
