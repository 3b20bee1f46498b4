"""What a mapping profile says: which column of which file means what about whose consent.

Polarity differs from system to system, and a wrong one publishes a child who must not be
published. So nothing is guessed: every value is listed, blank included, and what is not listed is
refused.
"""

import re
from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    model_validator,
)

from app.imports.headers import column_key
from app.imports.profiles.files import Part, Renamed, Text, Word, value_key
from app.policy.facts import UNNAMED
from app.policy.words import Activity, Channel, Extent

Means = Literal["grant", "refuse", "unanswered"]
Matches = Literal["sourced_id", "student_number"]
Status = Literal["active", "inactive", "tobedeleted"]
_MARKS = re.compile(r"[,;|\n]")
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})", re.ASCII)


def _apart(cell: str, mark: str | None = None) -> list[str]:
    """The values of a cell, parted by `mark`, or by what is usual; of a blank cell one blank."""
    parts = cell.split(mark) if mark else _MARKS.split(cell)
    return [key for key in map(value_key, parts) if key] or [""]


def _month_day(text: str) -> str:
    found = _MONTH_DAY.fullmatch(text)
    try:
        # A year without a 29 February: a day that comes every year is meant.
        date(2001, int(found[1]), int(found[2])) if found else date.min.replace(day=99)
    except ValueError:
        reason = "must be a day of every year, MM-DD"
        raise ValueError(reason) from None
    return text


def _channels(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class Scope(Part):
    """What a value is about: an activity, one or several channels, an extent."""

    activity: Activity
    channels: Annotated[
        tuple[Channel, ...], BeforeValidator(_channels), Field(min_length=1, alias="channel")
    ]
    extent: Extent


class Meaning(Part):
    """Some values of a column and what they mean.

    A grant says what exactly it allows. A refusal without scopes is of all publishing.
    """

    values: Annotated[tuple[Annotated[str, Field(max_length=100)], ...], Field(min_length=1)]
    means: Means
    scopes: tuple[Scope, ...] = ()

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        blank = any(not value_key(value) for value in self.values)
        if self.means == "grant" and blank:
            reason = "a blank cell is nobody's consent: it cannot mean grant"
            raise ValueError(reason)
        if self.means == "grant" and not self.scopes:
            reason = "a grant must say its scopes"
            raise ValueError(reason)
        if self.means == "unanswered" and self.scopes:
            reason = "what is not answered has no scopes"
            raise ValueError(reason)
        return self

    @property
    def words(self) -> str:
        """What it means, in words."""
        if self.means == "unanswered":
            return "means not answered"
        channels: dict[tuple[str, str], list[str]] = {}
        for activity, channel, extent in self.cells():
            channels.setdefault((activity, extent), []).append(channel)
        about = "; ".join(f"{' '.join(what)} ({', '.join(c)})" for what, c in channels.items())
        return f"means {'yes' if self.means == 'grant' else 'no'} to {about}"

    def cells(self) -> Iterator[tuple[str, str, str]]:
        """Activity, channel and extent of each statement that such a value makes."""
        if self.means == "refuse" and not self.scopes:
            yield ("publish", "all", "image")
        for scope in self.scopes:
            for channel in scope.channels:
                yield (scope.activity, channel, scope.extent)


class FlagColumn(Part):
    """One consent column: what each of its values means.

    `split` is the mark between the values of a cell that holds several. `others` says what a value
    that is not listed is: refused, or, in a column that has flags of other kinds too, passed over.
    `outweighs` names the columns whose yes a no of this one goes before, as the no to a narrower
    audience goes before the yes to a wider one.
    """

    column: Word
    meanings: Annotated[tuple[Meaning, ...], Field(min_length=1)]
    others: Literal["refused", "passed_over"] = "refused"
    split: Annotated[str, Field(min_length=1, max_length=5)] | None = None
    outweighs: tuple[Word, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        keys = [value_key(value) for meaning in self.meanings for value in meaning.values]
        doubled = sorted({key for key in keys if keys.count(key) > 1})
        if doubled:
            reason = f"a value is listed twice: {doubled[0] or '(blank)'}"
            raise ValueError(reason)
        if "" not in keys:
            reason = 'must say what a blank cell means: list "" among the values'
            raise ValueError(reason)
        if all(meaning.means == "unanswered" for meaning in self.meanings):
            reason = "no value means grant or refuse"
            raise ValueError(reason)
        if self.split and any(self.split.casefold() in key for key in keys):
            reason = "split: stands in a listed value, which could never come"
            raise ValueError(reason)
        return self

    def values_of(self, cell: str) -> list[str]:
        """Return the values of a cell, as `value_key` writes them; of a blank cell one blank.

        A cell with flags of other kinds is taken apart where other systems part them, too, if
        that brings a refusal to light: nobody's no is passed over.
        """
        if self.split is None and self.others == "passed_over":
            parts = _apart(cell)
            return parts if self._refusals.intersection(parts) else [value_key(cell)]
        return _apart(cell, self.split) if self.split else [value_key(cell)]

    def holds_refusal(self, value: str) -> bool:
        """Whether a refusal stands, as whole words, in `value`, a key that is not listed."""
        words = (rf"(?<!\w){re.escape(one)}(?!\w)" for one in self._refusals if one)
        return any(re.search(one, value) for one in words)

    @cached_property
    def _refusals(self) -> frozenset[str]:
        return frozenset(key for key, _, meaning in self.labels() if meaning.means == "refuse")

    def labels(self) -> Iterator[tuple[str, str, Meaning]]:
        """Each value: how it is compared, its label such as `No Media = Y`, its meaning."""
        for meaning in self.meanings:
            for value in meaning.values:
                yield value_key(value), f"{self.column} = {value.strip() or '(blank)'}", meaning

    def goes_before(self, other: "FlagColumn") -> bool:
        """Whether a no of this column goes before a yes of the other."""
        return column_key(other.column) in map(column_key, self.outweighs)

    def cells(self, means: Means) -> Iterator[tuple[str, str, str]]:
        """Activity, channel and extent of all that its values grant, or refuse."""
        for meaning in self.meanings:
            if meaning.means == means:
                yield from meaning.cells()


class FlagFile(Part):
    """The consent columns of one file.

    `file` is its name, in which `*` stands for anything; `key` the column that says whose row it
    is, by what `matches` says. Grants end on the day `expires` of each year. Unless it
    is `complete` it tells only what changed, and makes no list fresh.
    """

    file: Word
    key: Word
    matches: Matches = "sourced_id"
    complete: bool = True
    expires: Annotated[str, AfterValidator(_month_day)] | None = None
    columns: Annotated[tuple[FlagColumn, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [column_key(name) for name in (self.key, *(c.column for c in self.columns))]
        if len(set(names)) < len(names):
            reason = "names a column twice"
            raise ValueError(reason)
        known = {column_key(column.column) for column in self.columns}
        if any(column_key(name) not in known for c in self.columns for name in c.outweighs):
            reason = "outweighs: names a column that is none of the file's"
            raise ValueError(reason)
        return self

    @model_validator(mode="after")
    def _one_word_each(self) -> Self:
        """Where one column could say yes to what another says no to, nobody knows what holds."""
        for column in self.columns:
            granted = set(column.cells("grant"))
            others = (
                other
                for other in self.columns
                if other is not column and not other.goes_before(column)
            )
            refused = {cell for other in others for cell in other.cells("refuse")}
            for both in granted & refused:
                reason = f"column {column.column} grants what another refuses: {' '.join(both)}"
                raise ValueError(reason)
        return self

    def names(self, file: str) -> bool:
        """Whether a file of this name is meant."""
        return fnmatchcase(file.casefold(), self.file.casefold())

    def ends(self, today: date) -> str | None:
        """The day on which what is granted `today` ends."""
        if self.expires is None:
            return None
        end = f"{today.year}-{self.expires}"
        return end if end >= today.isoformat() else f"{today.year + 1}-{self.expires}"


class Profile(Part):
    """One mapping profile.

    `roles` adds to the standard's roles, which are `student`, `employee`, `affiliate`,
    `guardian`, `statuses` to its words of who is there; `files` are rosters under other names than
    the plain format's. `student_number` is the column of a standard's users with the students'
    numbers, where it is not the standard's.
    With `bulk` a OneRoster delivery without a manifest holds all there is.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
    title: Word
    about: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)] = ""
    text: Text = Text()
    student_number: Word | None = None
    bulk: bool = False
    roles: dict[Word, Literal["student", "employee", "affiliate", "guardian"]] = Field(
        default_factory=dict
    )
    statuses: dict[Word, Status] = Field(default_factory=dict)
    flags: tuple[FlagFile, ...] = ()
    files: tuple[Renamed, ...] = ()

    @model_validator(mode="after")
    def _of_use(self) -> Self:
        if self.source in UNNAMED:
            reason = "name: stands for papers by guardians whom nobody named; take another"
            raise ValueError(reason)
        words = self.roles or self.statuses
        said = self.flags or self.files or words or self.student_number or self.bulk
        if not said and self.text == Text():
            reason = "says nothing: it has neither flags nor files, roles or text"
            raise ValueError(reason)
        files = [flag_file.file.casefold() for flag_file in self.flags]
        if len(set(files)) < len(files):
            reason = "flags: two entries are about one file"
            raise ValueError(reason)
        return self

    @model_validator(mode="after")
    def _whole_together(self) -> Self:
        for reads in {file.reads for file in self.files}:
            if len({file.complete for file in self.files if file.reads == reads}) > 1:
                reason = f"files: all that are read as {reads} are complete together, or none is"
                raise ValueError(reason)
        return self

    def told(self) -> Iterator[str]:
        """What each value of each consent column means, as sentences: the polarity in words."""
        for flags in self.flags:
            for column in flags.columns:
                for _, label, meaning in column.labels():
                    until = f", until {flags.expires} each year" if flags.expires else ""
                    ends = until if meaning.means == "grant" else ""
                    yield f"{flags.file}: {label} {meaning.words}{ends}"

    @property
    def source(self) -> str:
        """Who makes the statements that it maps, as consent precedence tells sources apart."""
        return f"profile:{self.name}"

    def flags_of(self, file: str) -> FlagFile | None:
        """What it says of the file of this name."""
        return next((flags for flags in self.flags if flags.names(file)), None)
