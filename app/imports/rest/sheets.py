"""The files of a OneRoster delivery, from the records that come over REST.

A column is written where any record has its field: what a provider does not export stays on file
as it is, whereas an empty cell clears it. Only what is read is written: no passwords, no phones.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app.imports.reading.headers import make_column_key
from app.imports.reading.profiles import Profile
from app.imports.reading.standards.typed_ids import USER_IDS, split_typed
from app.imports.rest.replies import PullError
from app.imports.rest.walks import Record

_METADATA = "metadata."
_MOST = 10_000
_MIDNIGHT = re.compile(r"^(\d{4}-\d{2}-\d{2})T00:00(:00(\.0+)?)?(Z|[+-]\d{2}:?\d{2})?$", re.ASCII)
# The mark between ids in a cell.
_PARTING = frozenset(",;")


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column: its name, and its cell of a record; None where the record does not have it.

    An `always` one is written though no record had it.
    """

    name: str
    cell: Callable[[Record], str | None]
    always: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file: the collection it is made of, its columns, and what of a record makes a row each."""

    file: str
    collection: str
    columns: tuple[SheetColumn, ...]
    parts: Callable[[Record], Iterable[Record]] = lambda record: (record,)


def _list_older_columns() -> tuple[SheetColumn, ...]:
    """Return the columns of users that 1.1 has and 1.2 has elsewhere."""
    return _references_column("orgs", "orgSourcedIds"), _plain_column("role", always=True)


def make_sheets(version: str, profile: Profile | None, *, demographics: bool) -> tuple[Sheet, ...]:
    """Return the files of a delivery, in the order in which their collections are read.

    What refers to others is read before them: who comes while we read is in all of them then.
    """
    old = version == "1.1"
    users = (
        *_RECORD,
        _plain_column("enabledUser"),
        *_plain_columns("givenName familyName", always=True),
        *(_list_older_columns() if old else _NEWER),
        *_plain_columns("identifier email"),
        _plain_column("grades"),
        _references_column("agents", "agentSourcedIds"),
    )
    sheets = [
        Sheet("enrollments.csv", "enrollments", _ENROLLMENTS),
        Sheet("classes.csv", "classes", _CLASSES),
        Sheet("demographics.csv", "demographics", (*_RECORD, _day_column("birthDate"))),
        Sheet("users.csv", "users", users),
        Sheet("roles.csv", "users", _ROLES, _list_roles),
        Sheet("orgs.csv", "orgs", _ORGS),
    ]
    left_out = {*(("roles.csv",) if old else ()), *(() if demographics else ("demographics.csv",))}
    return tuple(_add_own_columns(sheet, profile) for sheet in sheets if sheet.file not in left_out)


def _add_own_columns(sheet: Sheet, profile: Profile | None) -> Sheet:
    """Add the columns that the profile names, and the standard does not have among ours."""
    known = {make_column_key(column.name) for column in sheet.columns}
    names = [
        name for name in _list_named(sheet.file, profile) if make_column_key(name) not in known
    ]
    own = tuple(_make_own_column(name) for name in dict.fromkeys(names))
    return Sheet(sheet.file, sheet.collection, (*sheet.columns, *own), sheet.parts)


def _list_named(file: str, profile: Profile | None) -> Iterable[str]:
    if profile is None:
        return
    for flags in profile.flags:
        if flags.names(file):
            yield flags.key
            yield from (column.column for column in flags.columns)
    if file == "users.csv" and profile.student_number:
        yield split_typed(profile.student_number)[0]


def _make_own_column(name: str) -> SheetColumn:
    """Return a column of the provider's own: a field, or one of `metadata`, however spelt."""
    if name.casefold() == USER_IDS.casefold():
        return SheetColumn(name, _write_typed_ids)
    inner = name.casefold().startswith(_METADATA)
    wanted = make_column_key(name[len(_METADATA) :] if inner else name)

    def read_cell(record: Record) -> str | None:
        fields = record.get("metadata") if inner else record
        if not isinstance(fields, Mapping):
            return None
        found = [value for key, value in fields.items() if make_column_key(key) == wanted]
        return _write_value(found[0] if len(found) == 1 else found) if found else None

    return SheetColumn(name, read_cell)


def _write_value(value: Any) -> str:
    """Return a value as it stands in a cell; of what is no single value its JSON.

    What is too long to be taken stays so, and a NUL another control character: the import refuses
    the row, not the file.
    """
    if isinstance(value, str):
        return value[:_MOST].replace("\0", "\x1a")
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ",".join(value)[:_MOST].replace("\0", "\x1a")
    return orjson.dumps(value).decode()[:_MOST]


def _plain_column(name: str, column: str | None = None, *, always: bool = False) -> SheetColumn:
    return SheetColumn(
        column or name,
        lambda record: _write_value(record[name]) if name in record else None,
        always,
    )


def _plain_columns(names: str, *, always: bool = False) -> Iterable[SheetColumn]:
    return (_plain_column(name, always=always) for name in names.split())


def _day_column(name: str) -> SheetColumn:
    """Return a column of days, of which some write the midnight along."""

    def read_cell(record: Record) -> str | None:
        return _MIDNIGHT.sub(r"\1", _write_value(record[name])) if name in record else None

    return SheetColumn(name, read_cell)


def _reference_column(name: str, column: str, *, always: bool = False) -> SheetColumn:
    """Return a column with the id of the one record that is referred to."""

    def read_cell(record: Record) -> str | None:
        return _read_id(record[name]) if name in record else None

    return SheetColumn(column, read_cell, always)


def _references_column(name: str, column: str) -> SheetColumn:
    """Return a column with the ids of all records that are referred to, parted by commas."""

    def read_cell(record: Record) -> str | None:
        if name not in record:
            return None
        said = record[name]
        ids = [_read_id(one) for one in (said if isinstance(said, list) else [said])]
        if any(_PARTING.intersection(one) for one in ids):
            reason = f"{name}: an id with a comma or a semicolon in it cannot be delivered"
            raise PullError(reason)
        return ",".join(one for one in ids if one)

    return SheetColumn(column, read_cell)


def _read_id(said: Any) -> str:
    return _write_value(said.get("sourcedId") if isinstance(said, Mapping) else said)


def _write_typed_ids(record: Record) -> str | None:
    """Return `userIds` as the files of the standard write them: `{type:id}`, parted by commas."""
    said = record.get(USER_IDS)
    if not isinstance(said, Sequence) or isinstance(said, str):
        return None
    pairs = [one for one in said if isinstance(one, Mapping)]
    return ",".join(
        f"{{{_write_value(one.get('type'))}:{_write_value(one.get('identifier'))}}}"
        for one in pairs
    )


def _list_roles(record: Record) -> Iterable[Record]:
    """Yield each of a user's roles, with the user it is of and that one's status."""
    said = record.get("roles")
    for n, role in enumerate(said if isinstance(said, list) else [], 1):
        if isinstance(role, Mapping):
            user = record.get("sourcedId")
            of = {
                "sourcedId": f"{_write_value(user)}:{n}",
                "status": record.get("status"),
                "user": user,
            }
            yield {**role, **of}


_RECORD = tuple(_plain_columns("sourcedId status dateLastModified", always=True))
_NEWER = (
    _reference_column("primaryOrg", "primaryOrgSourcedId"),
    _plain_column("preferredFirstName", "preferredGivenName"),
)
_ROLES = (
    *_RECORD, _reference_column("user", "userSourcedId", always=True), _plain_column("roleType"),
    _plain_column("role", always=True), _day_column("beginDate"), _day_column("endDate"),
    _reference_column("org", "orgSourcedId", always=True),
)  # fmt: skip
_ORGS = (
    *_RECORD,
    *_plain_columns("name type", always=True),
    _reference_column("parent", "parentSourcedId"),
)
_CLASSES = (
    *_RECORD,
    _plain_column("title", always=True),
    _reference_column("school", "schoolSourcedId"),
)
_ENROLLMENTS = (
    *_RECORD, _reference_column("class", "classSourcedId", always=True),
    _reference_column("user", "userSourcedId", always=True), _plain_column("role", always=True),
    _day_column("beginDate"), _day_column("endDate"),
)  # fmt: skip
