"""Consent columns of a profile: the yes or no that each of their values means."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from app.imports.reading.headers import make_column_key
from app.imports.reading.profiles.files import ProfilePart, Word, make_value_key
from app.policy.consent_coverage import Named
from app.policy.words import Activity, Channel, Extent

Means = Literal["grant", "refuse", "not_refused", "unanswered", "nothing"]
_WORDS = {
    "unanswered": "means not answered",
    "not_refused": "means that nobody refused",
    "nothing": "says nothing",
}
_MARKS = re.compile(r"[,;|\n]")


def _split_cell(cell: str, mark: str | None = None) -> list[str]:
    """Return the values of a cell, parted by `mark` or as usual; of a blank cell one blank."""
    parts = cell.split(mark) if mark else _MARKS.split(cell)
    return [key for key in map(make_value_key, parts) if key] or [""]


def _list_channels(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class Scope(ProfilePart):
    """The scope of a value: an activity, one or several channels, an extent."""

    activity: Activity
    channels: Annotated[
        tuple[Channel, ...], BeforeValidator(_list_channels), Field(min_length=1, alias="channel")
    ]
    extent: Extent


class Meaning(ProfilePart):
    """Some values of a column and what they mean.

    A grant says what exactly it allows. A refusal without scopes is of all publishing.
    """

    values: Annotated[tuple[Annotated[str, Field(max_length=100)], ...], Field(min_length=1)]
    means: Means
    scopes: tuple[Scope, ...] = ()

    @model_validator(mode="after")
    def _check_meaning(self) -> Self:
        blank = any(not make_value_key(value) for value in self.values)
        if self.means == "grant" and blank:
            reason = "a blank cell is nobody's consent: it cannot mean grant"
            raise ValueError(reason)
        if self.means == "grant" and not self.scopes:
            reason = "a grant must say its scopes"
            raise ValueError(reason)
        if self.means in _WORDS and self.scopes:
            reason = f"what is {self.means} has no scopes"
            raise ValueError(reason)
        return self

    @property
    def words(self) -> str:
        """Return what it means, in words."""
        if self.means in _WORDS:
            return _WORDS[self.means]
        channels: dict[tuple[str, str], list[str]] = {}
        for activity, channel, extent in self.cells():
            channels.setdefault((activity, extent), []).append(channel)
        about = "; ".join(f"{' '.join(what)} ({', '.join(c)})" for what, c in channels.items())
        return f"means {'yes' if self.means == 'grant' else 'no'} to {about}"

    def cells(self) -> Iterator[Named]:
        """Yield activity, channel and extent of each statement that such a value makes."""
        if self.means == "refuse" and not self.scopes:
            yield ("publish", "all", "image")
        for scope in self.scopes:
            for channel in scope.channels:
                yield (scope.activity, channel, scope.extent)


class FlagColumn(ProfilePart):
    """One consent column, and the meaning of each of its values.

    `split` is the mark between the values of a cell that holds several. `others` says what a value
    that is not listed is: refused, or, in a column that has flags of other kinds too, passed over.
    `outweighs` names the columns with a yes that gives way to a no of this one, as the yes to a
    wider audience gives way to the no to a narrower one.
    """

    column: Word
    meanings: Annotated[tuple[Meaning, ...], Field(min_length=1)]
    others: Literal["refused", "passed_over"] = "refused"
    split: Annotated[str, Field(min_length=1, max_length=5)] | None = None
    outweighs: tuple[Word, ...] = ()

    @model_validator(mode="after")
    def _check_meanings(self) -> Self:
        keys = [make_value_key(value) for meaning in self.meanings for value in meaning.values]
        doubled = sorted({key for key in keys if keys.count(key) > 1})
        if doubled:
            reason = f"a value is listed twice: {doubled[0] or '(blank)'}"
            raise ValueError(reason)
        if "" not in keys:
            reason = 'must say what a blank cell means: list "" among the values'
            raise ValueError(reason)
        if not {meaning.means for meaning in self.meanings} & {"grant", "refuse"}:
            reason = "no value means grant or refuse"
            raise ValueError(reason)
        if self.split and any(self.split.casefold() in key for key in keys):
            reason = "split: stands in a listed value, which could never come"
            raise ValueError(reason)
        return self

    def values_of(self, cell: str) -> list[str]:
        """Return the values of a cell, as `make_value_key` writes them; of a blank cell one blank.

        A cell with flags of other kinds is taken apart where other systems part them, too, if
        that brings a refusal to light: no one's no is passed over.
        """
        if self.split is None and self.others == "passed_over":
            parts = _split_cell(cell)
            return parts if self._refusal_values.intersection(parts) else [make_value_key(cell)]
        return _split_cell(cell, self.split) if self.split else [make_value_key(cell)]

    @cached_property
    def can_answer(self) -> bool:
        """Return whether it says yes, too: a blank is then a family that has not answered."""
        return any(meaning.means == "grant" for meaning in self.meanings)

    def holds_refusal(self, value: str) -> bool:
        """Return whether a refusal stands, as whole words, in `value`, a key that is not listed."""
        words = (rf"(?<!\w){re.escape(one)}(?!\w)" for one in self._refusal_values if one)
        return any(re.search(one, value) for one in words)

    @cached_property
    def _refusal_values(self) -> frozenset[str]:
        return frozenset(key for key, _, meaning in self.labels() if meaning.means == "refuse")

    def labels(self) -> Iterator[tuple[str, str, Meaning]]:
        """Yield each value: its key, its label such as `No Media = Y`, its meaning."""
        for meaning in self.meanings:
            for value in meaning.values:
                yield (
                    make_value_key(value),
                    f"{self.column} = {value.strip() or '(blank)'}",
                    meaning,
                )

    def goes_before(self, other: "FlagColumn") -> bool:
        """Return whether a no of this column goes before a yes of the other."""
        return make_column_key(other.column) in map(make_column_key, self.outweighs)

    def cells(self, means: Means) -> Iterator[Named]:
        """Yield activity, channel and extent of all that its values grant, or refuse."""
        for meaning in self.meanings:
            if meaning.means == means:
                yield from meaning.cells()
