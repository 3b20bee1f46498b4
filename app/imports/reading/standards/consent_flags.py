"""Consent columns, read as a profile says, in files of their own or beside other columns."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Any

from app.imports.reading.cell_values import CellError, Read, needed_text
from app.imports.reading.child_mentions import ConsentVoice, strip_formulas
from app.imports.reading.days import make_day_reader
from app.imports.reading.delivery_formats import Context
from app.imports.reading.file_formats import Column, FileFormat, RowBatch, StagedRows
from app.imports.reading.headers import make_column_key
from app.imports.reading.profiles.columns import FlagColumn, Meaning, Means
from app.imports.reading.profiles.model import FlagFile, Profile
from app.imports.reading.standards.columns import TOLERANT
from app.imports.report import format_count
from app.imports.staging import staged_tables
from app.imports.staging.list_coverage import BLANK, ENDED, PRESENT, UNANSWERED
from app.policy.consent_coverage import Named, lies_inside

_TIME_OF_DAY = re.compile(r"[T ]")
# Of a row: what of, the decision, the last day, the label.
_Said = tuple[str, str, str, str, str | None, str]


@dataclass(slots=True, eq=False)
class Tally:
    """A value of a consent column in the profile's words: its meaning, and its number of rows.

    `scopes` are activity, channel and extent of each statement that it makes. `is_unanswered`: the
    column says yes and no, and this is neither.
    """

    file: str
    label: str
    meaning: Meaning
    scopes: tuple[Named, ...]
    is_unanswered: bool = False
    rows: int = 0

    @property
    def means(self) -> Means:
        """Grant, refuse, not refused, unanswered, or nothing."""
        return self.meaning.means

    @property
    def is_kept(self) -> bool:
        """Return whether an earlier refusal of its column stays: repeated, or cell silent."""
        return self.is_unanswered or self.means in ("refuse", "nothing")

    def __str__(self) -> str:
        return f"{self.label} {self.meaning.words}: {format_count(self.rows, 'row', 'rows')}"


@dataclass(slots=True)
class FlagReader:
    """The consent columns of one file: their readers, and how often each value came."""

    flags: FlagFile
    profile: Profile
    tallies: list[Tally] = field(default_factory=list)

    def columns(self, file: str) -> tuple[Column, ...]:
        """Return the consent columns of the file of this name."""
        return tuple(
            Column(column.column, self._make_reader(file, column), required=True, exact=True)
            for column in self.flags.columns
        )

    def _make_reader(self, file: str, column: FlagColumn) -> Read:
        known: dict[str, Tally] = {}
        for key, label, meaning in column.labels():
            blank = meaning.means == "unanswered" and column.can_answer
            known[key] = Tally(file, label, meaning, tuple(meaning.cells()), blank)
        self.tallies += known.values()

        def read_cell(cell: str) -> tuple[Tally, ...]:
            values = column.values_of(cell)
            for value in values:
                if value not in known:
                    _refuse_unlisted(column, value)
            return tuple(known[value] for value in values if value in known)

        return read_cell

    def voice(self, columns: Sequence[Column], key: str) -> ConsentVoice:
        """Return the voice of these columns: they speak of the child named in `key`."""
        return ConsentVoice(
            key,
            self.flags.matches,
            self.profile.source,
            {column.name: column.read for column in columns},
            lambda tallies: any(tally.means == "refuse" for tally in tallies),
            lambda tallies: any(tally.means in ("grant", "refuse") for tally in tallies),
        )

    def given_column(self, context: Context) -> list[Column]:
        """Return the column with the day of the answer, if there is one.

        Unreadable and future days count for none.
        """
        if self.flags.given is None:
            return []
        read, today = make_day_reader(self.profile.text.dates), context.today.isoformat()

        def read_day(cell: str) -> str | None:
            try:
                day = read(_TIME_OF_DAY.split(cell, maxsplit=1)[0])
            except CellError:
                return None
            return day if day and day <= today else None

        return [Column(self.flags.given, read_day, required=True, exact=True)]

    def _find_answer_days(self, rows: RowBatch, today: str) -> Sequence[str | None]:
        """Return the day on which each row of a batch was answered, where it is known.

        A standing answer is given anew each day.
        """
        if self.flags.given is not None:
            return rows[self.flags.given]
        return [today if self.flags.standing else None] * len(rows)

    def stage(self, rows: RowBatch, key: str, context: Context) -> list[tuple[Any, ...]]:
        """Return the staged flags of a batch; `key` is the column of the person's id or number."""
        staged: list[tuple[Any, ...]] = []
        end, given = (
            self.flags.ends(context.today),
            self._find_answer_days(rows, context.today.isoformat()),
        )
        source, people, places = self.profile.source, strip_formulas(rows[key]), rows.places
        columns = [rows[column.column] for column in self.flags.columns]
        out, others = rows.skipped | rows.refused.keys(), 0
        known = _Remembered(partial(self._say_row, end=end))
        for n, values in enumerate(zip(*columns, strict=True)):
            if n in out:
                continue
            others += sum(not tallies for tallies in values)
            for tally in chain.from_iterable(values):
                tally.rows += 1
            who = places[n], people[n], source
            staged += [(*who, *said, given[n]) for said in known[values]]
        rows.warn("values of other kinds are passed over, as the profile says", others)
        return staged

    def _say_row(self, values: Sequence[tuple[Tally, ...]], end: str | None) -> Iterator[_Said]:
        """Yield what a row with these values says: of each scope a no before a yes."""
        said: dict[Named, Tally] = {}
        for tally in chain.from_iterable(values):
            for scope in tally.scopes:
                if tally.means == "refuse" or scope not in said:
                    said[scope] = tally
        for scope, tally in said.items():
            yield (*scope, tally.means, end if tally.means == "grant" else None, tally.label)
        over = list(self._say_ended(values, said))
        yield from over
        # A list must know each person in the file, and those without an answer.
        if any(tally.is_unanswered for tally in chain.from_iterable(values)):
            yield ("", "", "", UNANSWERED, None, "")
        elif any(tally.means == "nothing" for tally in chain.from_iterable(values)):
            yield ("", "", "", BLANK, None, "")
        elif not said and not over:
            yield ("", "", "", PRESENT, None, "")

    def _say_ended(
        self, values: Sequence[tuple[Tally, ...]], said: Mapping[Named, Tally]
    ) -> Iterator[_Said]:
        """Yield the refusals that a row no longer makes, with any earlier value.

        Not what another column of it may still have a no to.
        """
        over: dict[Named, str] = {}
        kept: set[Named] = set()
        for column, tallies in zip(self.flags.columns, values, strict=True):
            refusable = set(column.cells("refuse"))
            if any(tally.is_kept for tally in tallies):
                kept |= refusable
            else:
                label = tallies[0].label if tallies else f"{column.column} = (another)"
                over |= dict.fromkeys(refusable, label)
        granted = {scope for scope, tally in said.items() if tally.means == "grant"}
        for scope, label in over.items():
            if scope not in kept | said.keys() and not lies_inside(scope, granted):
                yield (*scope, ENDED, None, label)


class _Remembered(dict[Any, list[_Said]]):
    """The statements of rows with equal values: there are few kinds of them."""

    def __init__(self, read: Callable[[Any], Iterator[_Said]]) -> None:
        self._read = read

    def __missing__(self, values: Any) -> list[_Said]:
        self[values] = list(self._read(values))
        return self[values]


def _refuse_unlisted(column: FlagColumn, value: str) -> None:
    """Raise `CellError` for a value that is not listed, unless it may be passed over.

    Nothing is passed over that a refusal stands in: that would lose someone's no.
    """
    if column.others == "refused":
        reason = "is a value of which the profile does not say what it means"
        raise CellError(reason)
    if column.holds_refusal(value):
        reason = "holds a value that refuses, beside others: the profile must say what parts them"
        raise CellError(reason)


def make_flag_format(name: str, reader: FlagReader, context: Context) -> FileFormat:
    """Return the format of a file that is there for its consent columns."""
    numbered = reader.flags.matches == "student_number"
    staged = staged_tables.numbered if numbered else staged_tables.flags
    key = Column(reader.flags.key, needed_text, staged.key[0], required=True, exact=True)

    def stage_rows(rows: RowBatch) -> StagedRows:
        return [(staged, reader.stage(rows, key.name, context))]

    flags = reader.columns(name)
    voice = reader.voice(flags, key.name)
    columns = (key, *flags, *reader.given_column(context))
    return FileFormat(name, staged_tables.flags, columns, stage_rows, None, TOLERANT, voice=voice)


def add_flag_columns(format_: FileFormat, reader: FlagReader, context: Context) -> FileFormat:
    """Return a standard's file with consent columns beside its own.

    Raises `CellError` where the profile names a column that the standard reads for itself, or
    names people by a number that stands beside their id: that could be someone else's too.
    """
    if reader.flags.matches != "sourced_id":
        reason = f"must be sourced_id, since {format_.name} says it: name that column as the key"
        raise CellError(reason, "matches")
    own = {make_column_key(column.name): column for column in format_.columns}
    for column in reader.flags.columns:
        if make_column_key(column.column) in own:
            reason = "is a column of the standard and cannot be one of consents"
            raise CellError(reason, column.column)
    added = list(reader.columns(format_.name))
    voice = reader.voice(tuple(added), reader.flags.key)
    key = own.get(make_column_key(reader.flags.key))
    if key is None:
        key = Column(reader.flags.key, needed_text, required=True, exact=True)
        added.append(key)
    added += reader.given_column(context)
    stage = _stage_both(format_.stage, reader, key.name, context)
    voice = replace(voice, key=key.name)
    return replace(format_, columns=(*format_.columns, *added), stage=stage, voice=voice)


def _stage_both(
    stage: Callable[[RowBatch], StagedRows], reader: FlagReader, key: str, context: Context
) -> Callable[[RowBatch], StagedRows]:
    def stage_rows(rows: RowBatch) -> StagedRows:
        staged = list(stage(rows))  # first, since it says which rows are refused or left out
        return [*staged, (staged_tables.flags, reader.stage(rows, key, context))]

    return stage_rows
