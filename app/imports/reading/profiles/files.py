"""The files of a profile: how they are written, and rosters under other names."""

from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.imports.reading.delimited_text import Encoding
from app.imports.reading.headers import make_column_key

DateOrder = Literal["ymd", "mdy", "dmy"]
Delimiter = Literal["comma", "tab", "semicolon", "pipe"]
DELIMITERS: dict[Delimiter, str] = {"comma": ",", "tab": "\t", "semicolon": ";", "pipe": "|"}
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


def make_value_key(cell: str) -> str:
    """Return a system's word as words are compared: no case, single blanks."""
    return " ".join(cell.split()).casefold()


class ProfilePart(BaseModel):
    """A part of a profile: what it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)


class TextOptions(ProfilePart):
    """The way files are written, where they do not show it themselves.

    `dates` is the order of day, month and year where dates are not `YYYY-MM-DD`.
    """

    encoding: Encoding | None = None
    delimiter: Delimiter | None = None
    dates: DateOrder | None = None

    @property
    def separator(self) -> str | None:
        """The delimiter as a character."""
        return self.delimiter and DELIMITERS[self.delimiter]


class RenamedFile(ProfilePart):
    """A file of the plain format under other names: its columns, and what all its rows say.

    `complete`: its people, or enrollments, are all there are. `values` gives, for a column of the
    plain format, the system's own words and the plain format's for each; a word that is not
    listed is an error. What is complete is so without a file that is `optional`. `may_lack` are
    columns that need not be there, `also` other names of a column; a class without a title has
    its id for one where it may lack it.
    """

    file: Word
    reads: Literal["orgs", "people", "classes", "enrollments", "guardians"] = Field(alias="as")
    complete: bool = False
    optional: bool = False
    columns: Annotated[dict[Word, Word], Field(min_length=1)]
    may_lack: tuple[Word, ...] = ()
    also: dict[Word, tuple[Word, ...]] = {}
    constants: dict[Word, Word] = {}
    values: dict[Word, Annotated[dict[str, str], Field(min_length=1)]] = {}

    @model_validator(mode="after")
    def _check_distinct(self) -> Self:
        headers = [make_column_key(header) for header in self.columns.values()]
        if len(set(headers)) < len(headers):
            reason = "one column cannot be read as two"
            raise ValueError(reason)
        if self.columns.keys() & self.constants.keys():
            reason = "what has a column cannot have a constant"
            raise ValueError(reason)
        return self

    @model_validator(mode="after")
    def _check_options(self) -> Self:
        unknown = {*self.may_lack, *self.also} - self.columns.keys()
        if unknown:
            reason = f"may_lack, also: {min(unknown)} is none of the columns"
            raise ValueError(reason)
        return self

    @model_validator(mode="after")
    def _check_words(self) -> Self:
        for column, words in self.values.items():
            if column not in self.columns:
                reason = f"values: {column} is none of the columns"
                raise ValueError(reason)
            if len({make_value_key(word) for word in words}) < len(words):
                reason = f"values: a word of {column} is listed twice"
                raise ValueError(reason)
        return self

    @model_validator(mode="after")
    def _check_complete(self) -> Self:
        if self.complete and self.reads not in ("people", "enrollments"):
            reason = f"only people and enrollments can be complete, not {self.reads}"
            raise ValueError(reason)
        return self

    def names(self, file: str) -> bool:
        """Return whether a file of this name is meant."""
        return fnmatchcase(file.casefold(), self.file.casefold())
