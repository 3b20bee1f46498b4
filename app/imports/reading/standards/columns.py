"""Parts that the rostering standards share: spellings, readers and checks of columns."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.imports.reading.cell_values import UNREAD, Read, UnreadCell, parse_grade, parse_ids
from app.imports.reading.delimited_text import Dialect
from app.imports.reading.delivery_formats import Context
from app.imports.reading.file_formats import Column, RowBatch
from app.imports.reading.standards.vocabulary import add_words, make_word_reader
from app.imports.staging import staged_tables
from app.imports.staging.staged_tables import Staged

Spelt = Mapping[str, str]  # field -> name of its column

TOLERANT = Dialect(tolerant=True, multiline=True)
DELETED = "tobedeleted"
_STATES = {"": "active", "active": "active", "inactive": "inactive", DELETED: DELETED}
STATUS = make_word_reader(_STATES, "active, inactive or tobedeleted")


def make_status_reader(context: Context) -> Read:
    """Return a reader of who is there: the standard's words, and those that the profile adds."""
    own = context.profile.statuses if context.profile else {}
    return (
        make_word_reader(add_words(_STATES, own), "active, inactive or tobedeleted")
        if own
        else STATUS
    )


UNREADABLE_DATES = (
    "dates are left out: they are no days, or only a profile's `dates` can tell their order"
)
# Spellings of columns that exports are known to have.
_ALSO = {
    "agentSourcedIds": ("agentSourceIds", "agents"),
    "orgSourcedIds": ("orgSourcedId", "orgs"),
    "orgSourcedId": ("orgSourcedIds",),
    "givenName": ("firstName",),
    "familyName": ("lastName", "surname"),
    "preferredGivenName": ("preferredFirstName", "preferredName"),
    "birthDate": ("dateOfBirth", "dob"),
    "grades": ("grade",),
    "grade": ("grades",),
}


def parse_first_id(cell: str) -> str | None:
    """Return the first of ids parted by commas, or as JSON."""
    return next(iter(parse_all_ids(cell)), None)


def parse_all_ids(cell: str) -> tuple[str, ...]:
    """Return all ids of a cell, parted by commas, or as JSON."""
    if cell[:1] in ("[", "{"):
        return parse_ids(cell)
    return tuple(part.strip() for part in cell.split(",") if part.strip())


def parse_first_grade(cell: str) -> str | UnreadCell | None:
    """Return the first of the grades of a cell, as `parse_grade` does."""
    return parse_grade(parse_first_id(cell) or "")


def make_columns(
    spelt: Spelt, reads: Mapping[str, Read], required: Iterable[str]
) -> tuple[Column, ...]:
    """Return the columns of `spelt`, each with its reader; those of `required` must be there."""
    return tuple(
        Column(name, reads[field], field, field in required, _ALSO.get(name, ()))
        for field, name in spelt.items()
    )


class Fields:
    """A batch by what its columns are here; what the standard does not have is empty."""

    def __init__(self, rows: RowBatch, spelt: Spelt) -> None:
        self.rows = rows
        self._spelt = spelt

    def __getitem__(self, field: str) -> Sequence[Any]:
        name = self._spelt.get(field)
        return self.rows[name] if name else [None] * len(self.rows)

    def readable(self, field: str, what: str) -> Sequence[Any]:
        """Return the field without unreadable cells, which are counted as `what`."""
        values = self.counted(field, what)
        if UNREAD not in values:
            return values
        return [None if value is UNREAD else value for value in values]

    def counted(self, field: str, what: str) -> Sequence[Any]:
        """Return the field, its unreadable cells counted as `what` and still `UNREAD`."""
        values = self[field]
        self.rows.warn(what, sum(value is UNREAD for value in values))
        return values

    def drop_deleted(self, kind: str, *key: str) -> list[tuple[Any, ...]]:
        """Drop the rows of deleted records; return what is staged in their place.

        `key` are the fields of the record's id, and of an enrollment's person and role.
        """
        states = self["status"]
        if DELETED not in states:
            return []
        gone = [n for n, state in enumerate(states) if state == DELETED]
        ids = [self[field] for field in key]
        for n in gone:
            self.rows.skip(n)
        self.rows.warn("records are marked to be deleted", len(gone))
        blank = ("",) * (3 - len(key))
        return [(self.rows.places[n], kind, *(one[n] for one in ids), *blank) for n in gone]


def stage_deleted(rows: list[tuple[Any, ...]]) -> list[tuple[Staged, list[tuple[Any, ...]]]]:
    """Return the staged rows of records marked as deleted, if any."""
    return [(staged_tables.deleted, rows)] if rows else []
