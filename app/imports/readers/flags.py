"""Consent columns, read as a profile says, in files of their own or beside other columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from app.imports.cells import CellError, Read, needed_text
from app.imports.formats import Column, Format, Rows, StagedRows
from app.imports.headers import column_key
from app.imports.profiles.model import FlagColumn, FlagFile, Meaning, Means, Profile
from app.imports.readers.fields import TOLERANT
from app.imports.report import counted
from app.imports.shapes import Context
from app.imports.voices import Voice, plain_keys
from app.store import staging
from app.store.list_coverage import UNANSWERED


@dataclass(slots=True)
class Tally:
    """One value of a consent column, in the profile's words: what it means and how often it came.

    `scopes` are activity, channel and extent of each statement that it makes.
    """

    file: str
    label: str
    meaning: Meaning
    scopes: tuple[tuple[str, str, str], ...]
    rows: int = 0

    @property
    def means(self) -> Means:
        """Grant, refuse, or unanswered."""
        return self.meaning.means

    def __str__(self) -> str:
        return f"{self.label} {self.meaning.words}: {counted(self.rows, 'row', 'rows')}"


@dataclass(slots=True)
class FlagReader:
    """The consent columns of one file: their readers, and how often each value came."""

    flags: FlagFile
    profile: Profile
    tallies: list[Tally] = field(default_factory=list)

    def columns(self, file: str) -> tuple[Column, ...]:
        """The consent columns of the file of this name."""
        return tuple(
            Column(column.column, self._reader(file, column), required=True, exact=True)
            for column in self.flags.columns
        )

    def _reader(self, file: str, column: FlagColumn) -> Read:
        known: dict[str, Tally] = {}
        for key, label, meaning in column.labels():
            known[key] = Tally(file, label, meaning, tuple(meaning.cells()))
        self.tallies += known.values()

        def reads(cell: str) -> tuple[Tally, ...]:
            values = column.values_of(cell)
            for value in values:
                if value not in known:
                    _refuse_unlisted(column, value)
            return tuple(known[value] for value in values if value in known)

        return reads

    def voice(self, columns: Sequence[Column], key: str) -> Voice:
        """How the file of these consent columns speaks of the child named in `key`."""
        return Voice(
            key,
            self.flags.matches,
            self.profile.source,
            {column.name: column.read for column in columns},
            lambda tallies: any(tally.means == "refuse" for tally in tallies),
            lambda tallies: any(tally.means != "unanswered" for tally in tallies),
        )

    def stage(self, rows: Rows, key: str, end: str | None) -> list[tuple[Any, ...]]:
        """The staged flags of a batch; `key` is the column with the person's id or number."""
        staged: list[tuple[Any, ...]] = []
        source, people, places = self.profile.source, plain_keys(rows[key]), rows.places
        columns = [rows[column.column] for column in self.flags.columns]
        out, others = rows.skipped | rows.refused.keys(), 0
        for n, values in enumerate(zip(*columns, strict=True)):
            if n in out:
                continue
            said: dict[tuple[str, str, str], Tally] = {}
            others += sum(not tallies for tallies in values)
            for tally in chain.from_iterable(values):
                tally.rows += 1
                for scope in tally.scopes:
                    if tally.means == "refuse" or scope not in said:
                        said[scope] = tally
            if not said and any(values):
                # That somebody stands in the file: a list speaks of the schools it has rows of.
                nothing = (people[n], source, "", "", "", UNANSWERED, None, "")
                staged.append((places[n], *nothing))
            for scope, tally in said.items():
                until = end if tally.means == "grant" else None
                staged.append(
                    (places[n], people[n], source, *scope, tally.means, until, tally.label)
                )
        rows.warn("values of other kinds are passed over, as the profile says", others)
        return staged


def _refuse_unlisted(column: FlagColumn, value: str) -> None:
    """Raise `CellError` for a value that is not listed, unless it may be passed over.

    Nothing is passed over that a refusal stands in: that would lose somebody's no.
    """
    if column.others == "refused":
        reason = "is a value of which the profile does not say what it means"
        raise CellError(reason)
    if column.holds_refusal(value):
        reason = "holds a value that refuses, beside others: the profile must say what parts them"
        raise CellError(reason)


def flags_alone(name: str, reader: FlagReader, context: Context) -> Format:
    """A file that is there for its consent columns."""
    numbered = reader.flags.matches == "student_number"
    staged = staging.numbered if numbered else staging.flags
    key = Column(reader.flags.key, needed_text, staged.key[0], required=True, exact=True)
    end = reader.flags.ends(context.today)

    def stage(rows: Rows) -> StagedRows:
        return [(staged, reader.stage(rows, key.name, end))]

    flags = reader.columns(name)
    voice = reader.voice(flags, key.name)
    return Format(name, staging.flags, (key, *flags), stage, None, TOLERANT, voice=voice)


def flags_beside(format_: Format, reader: FlagReader, context: Context) -> Format:
    """A file of a standard with consent columns beside its own.

    Raises `CellError` where the profile means a column that the standard reads for itself, or
    names people by a number that stands beside their id: that could be somebody else's too.
    """
    if reader.flags.matches != "sourced_id":
        reason = f"must be sourced_id, since {format_.name} says it: name that column as the key"
        raise CellError(reason, "matches")
    own = {column_key(column.name): column for column in format_.columns}
    for column in reader.flags.columns:
        if column_key(column.column) in own:
            reason = "is a column of the standard and cannot be one of consents"
            raise CellError(reason, column.column)
    added = list(reader.columns(format_.name))
    voice = reader.voice(tuple(added), reader.flags.key)
    key = own.get(column_key(reader.flags.key))
    if key is None:
        key = Column(reader.flags.key, needed_text, required=True, exact=True)
        added.append(key)
    stage = _both(format_.stage, reader, key.name, reader.flags.ends(context.today))
    voice = replace(voice, key=key.name)
    return replace(format_, columns=(*format_.columns, *added), stage=stage, voice=voice)


def _both(
    stage: Callable[[Rows], StagedRows], reader: FlagReader, key: str, end: str | None
) -> Callable[[Rows], StagedRows]:
    def stages(rows: Rows) -> StagedRows:
        staged = list(stage(rows))  # first, since it says which rows are refused or left out
        return [*staged, (staging.flags, reader.stage(rows, key, end))]

    return stages
