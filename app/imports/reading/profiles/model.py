"""Mapping profiles: the meaning of a system's columns for consent.

Polarity differs from system to system, and a wrong one publishes a child who must not be
published. So nothing is guessed: every value is listed, blank included, and what is not listed is
refused.
"""

import re
from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    model_validator,
)

from app.imports.reading.headers import make_column_key
from app.imports.reading.profiles.columns import FlagColumn
from app.imports.reading.profiles.files import ProfilePart, RenamedFile, TextOptions, Word
from app.policy.facts import UNNAMED
from app.store.consents.list_dates import DISTRICT

Matches = Literal["sourced_id", "student_number"]
Status = Literal["active", "inactive", "tobedeleted"]
NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,39}$"
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})", re.ASCII)


def check_month_day(text: str) -> str:
    """Return a day of every year, MM-DD; raise `ValueError` for any other text."""
    found = _MONTH_DAY.fullmatch(text)
    try:
        # A year without a 29 February: a day that comes every year is meant.
        date(2001, int(found[1]), int(found[2])) if found else date.min.replace(day=99)
    except ValueError:
        reason = "must be a day of every year, MM-DD"
        raise ValueError(reason) from None
    return text


class FlagFile(ProfilePart):
    """The consent columns of one file.

    `file` is its name, in which `*` stands for anything; `key` the column that names the
    student of a row, as `matches` says. Grants end on the day `expires` of each year. Unless it
    is `complete` it tells only what changed, and makes no list fresh.

    A grant that ran out is not renewed by the same row: no one was asked anew. It is where the
    answer is `standing`, or where the column `given` has a later day on which it was given.

    `lists` names the people of a complete one: everyone, so that it says nothing of one that it
    lacks, or the refusers. `schools` are the sourcedIds of the schools that it lists; `listed`
    are those with students in it.
    """

    file: Word
    key: Word
    matches: Matches = "sourced_id"
    complete: bool = True
    lists: Literal["everybody", "refusers"] = "everybody"
    schools: Literal["listed", "all"] | Annotated[tuple[Word, ...], Field(min_length=1)] = "listed"
    expires: Annotated[str, AfterValidator(check_month_day)] | None = None
    standing: bool = False
    given: Word | None = None
    columns: Annotated[tuple[FlagColumn, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_columns(self) -> Self:
        own = [self.given] if self.given else []
        said = (self.key, *own, *(c.column for c in self.columns))
        names = [make_column_key(name) for name in said]
        if len(set(names)) < len(names):
            reason = "names a column twice"
            raise ValueError(reason)
        if self.standing and self.given:
            reason = "standing: an answer that stands needs no day on which it was given"
            raise ValueError(reason)
        known = {make_column_key(column.column) for column in self.columns}
        if any(make_column_key(name) not in known for c in self.columns for name in c.outweighs):
            reason = "outweighs: names a column that is none of the file's"
            raise ValueError(reason)
        return self

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> Self:
        """Refuse a file where one column grants and another refuses the same."""
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
        """Return whether a file of this name is meant."""
        return fnmatchcase(file.casefold(), self.file.casefold())

    @property
    def named_schools(self) -> tuple[str, ...] | None:
        """Return its schools; `DISTRICT` for all, None for those of the listed students."""
        if isinstance(self.schools, tuple):
            return self.schools
        return (DISTRICT,) if self.schools == "all" else None

    def ends(self, today: date) -> str | None:
        """Return the day on which what is granted `today` ends."""
        if self.expires is None:
            return None
        end = f"{today.year}-{self.expires}"
        return end if end >= today.isoformat() else f"{today.year + 1}-{self.expires}"


class Profile(ProfilePart):
    """One mapping profile.

    `roles` adds to the standard's roles, which are `student`, `employee`, `affiliate`,
    `guardian`, `statuses` to its words of who is there; `files` are rosters under other names than
    the plain format's. `student_number` is the column of a standard's users with the students'
    numbers, where it is not the standard's.
    With `bulk` a OneRoster delivery without a manifest holds all there is.
    """

    name: Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
    title: Word
    about: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)] = ""
    text: TextOptions = TextOptions()
    student_number: Word | None = None
    bulk: bool = False
    roles: dict[Word, Literal["student", "employee", "affiliate", "guardian"]] = Field(
        default_factory=dict
    )
    statuses: dict[Word, Status] = Field(default_factory=dict)
    flags: tuple[FlagFile, ...] = ()
    files: tuple[RenamedFile, ...] = ()

    @model_validator(mode="after")
    def _check_content(self) -> Self:
        if self.source in UNNAMED:
            reason = "name: stands for papers by guardians whom nobody named; take another"
            raise ValueError(reason)
        words = self.roles or self.statuses
        said = self.flags or self.files or words or self.student_number or self.bulk
        if not said and self.text == TextOptions():
            reason = "says nothing: it has neither flags nor files, roles or text"
            raise ValueError(reason)
        files = [flag_file.file.casefold() for flag_file in self.flags]
        if len(set(files)) < len(files):
            reason = "flags: two entries are about one file"
            raise ValueError(reason)
        return self

    @model_validator(mode="after")
    def _check_complete(self) -> Self:
        for reads in {file.reads for file in self.files}:
            if len({file.complete for file in self.files if file.reads == reads}) > 1:
                reason = f"files: all that are read as {reads} are complete together, or none is"
                raise ValueError(reason)
        return self

    def told(self) -> Iterator[str]:
        """Yield the meaning of each value of each consent column as a sentence."""
        for flags in self.flags:
            for column in flags.columns:
                for _, label, meaning in column.labels():
                    until = f", until {flags.expires} each year" if flags.expires else ""
                    ends = until if meaning.means == "grant" else ""
                    yield f"{flags.file}: {label} {meaning.words}{ends}"

    @property
    def source(self) -> str:
        """Return the source of the statements that it maps, as consent precedence compares it."""
        return f"profile:{self.name}"

    def flags_of(self, file: str) -> FlagFile | None:
        """Return what it says of the file of this name."""
        return next((flags for flags in self.flags if flags.names(file)), None)
