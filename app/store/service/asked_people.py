"""People that keys asked about today, distinct and exact over all worker processes.

A person is kept as a number made of their id, one row a day and key; rows of days gone by are
deleted a few at a time. Call it inside `Store.writing()`: its lock makes the counts exact.
"""

from collections.abc import Collection
from datetime import date
from hashlib import blake2b
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from app.database.driver import run_raw

# Old rows that are deleted along with one batch of new ones.
_DELETED_AT_ONCE = 1_000
_READ = {
    "sqlite": """
        SELECT 1, people FROM asked_totals WHERE day = ? AND key_id = ?
        UNION ALL
        SELECT 0, person FROM asked_people WHERE day = ? AND key_id = ?
        AND person IN (SELECT value FROM json_each(?))""",
    "postgresql": """
        SELECT 1, people FROM asked_totals WHERE day = $1 AND key_id = $2
        UNION ALL
        SELECT 0, person FROM asked_people WHERE day = $1 AND key_id = $2
        AND person = ANY (CAST($3 AS BIGINT[]))""",
}
_INSERT = {
    "sqlite": "INSERT INTO asked_people (day, key_id, person) SELECT ?, ?, value FROM json_each(?)",
    "postgresql": "INSERT INTO asked_people (day, key_id, person) "
    "SELECT $1, $2, person FROM unnest(CAST($3 AS BIGINT[])) AS given (person)",
}
_COUNT = {
    "sqlite": "INSERT INTO asked_totals (day, key_id, people) VALUES (?, ?, ?) ",
    "postgresql": "INSERT INTO asked_totals (day, key_id, people) VALUES ($1, $2, $3) ",
}
_ADDED = "ON CONFLICT (day, key_id) DO UPDATE SET people = asked_totals.people + excluded.people"
_DELETE = {
    "sqlite": "DELETE FROM asked_people WHERE (day, key_id, person) IN "
    "(SELECT day, key_id, person FROM asked_people WHERE day < ? LIMIT ?)",
    "postgresql": "DELETE FROM asked_people WHERE ctid = ANY (ARRAY("
    "SELECT ctid FROM asked_people WHERE day < $1 LIMIT $2))",
}
_DELETE_TOTALS = {
    "sqlite": "DELETE FROM asked_totals WHERE day < ?",
    "postgresql": "DELETE FROM asked_totals WHERE day < $1",
}


class AskedBefore(NamedTuple):
    """The number of people a key has asked about that day, and those of a list among them."""

    total: int
    people: frozenset[int]


def number_person(person: str) -> int:
    """Return the number that stands for a person, of 63 bits: one for everyone in a district."""
    digest = blake2b(person.encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def read_asked(
    connection: Connection, day: date, key_id: str, people: Collection[int]
) -> AskedBefore:
    """Return those of `people` the key has asked about on `day`, and the number of all."""
    dialect, number = connection.dialect.name, day.toordinal()
    once, given = (number, key_id), _make_list_parameter(dialect, people)
    values = (*once, *once, given) if dialect == "sqlite" else (*once, given)
    rows = run_raw(connection, _READ[dialect], values).fetchall()
    total = next((value for is_total, value in rows if is_total), 0)
    return AskedBefore(total, frozenset(value for is_total, value in rows if not is_total))


def add_asked(connection: Connection, day: date, key_id: str, people: Collection[int]) -> None:
    """Record that the key asks about `people`, which it has not on `day` before."""
    dialect, number = connection.dialect.name, day.toordinal()
    run_raw(connection, _INSERT[dialect], (number, key_id, _make_list_parameter(dialect, people)))
    run_raw(connection, _COUNT[dialect] + _ADDED, (number, key_id, len(people)))


def delete_before(connection: Connection, day: date) -> bool:
    """Delete some of the rows of days before `day`, and return whether there may be more."""
    dialect, number = connection.dialect.name, day.toordinal()
    gone = run_raw(connection, _DELETE[dialect], (number, _DELETED_AT_ONCE)).rowcount
    if gone < _DELETED_AT_ONCE:
        run_raw(connection, _DELETE_TOTALS[dialect], (number,))
    return bool(gone == _DELETED_AT_ONCE)


def _make_list_parameter(dialect: str, people: Collection[int]) -> str | list[int]:
    """Return numbers as one parameter."""
    return orjson.dumps(list(people)).decode() if dialect == "sqlite" else list(people)
