"""The rows of a select as one JSON text, which one quick parser reads.

Through SQLAlchemy each value of each row is fetched and converted by itself, in Python.
"""

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import ScalarSelect, Select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class _Rows(GenericFunction[str]):
    name = "clearpost_rows"
    inherit_cache = True


@compiles(_Rows, "sqlite")
def _compile_on_sqlite(element: _Rows, compiler: Any, **kw: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **kw)}))"


@compiles(_Rows, "postgresql")
def _compile_on_postgresql(element: _Rows, compiler: Any, **kw: Any) -> str:
    # As text, or the driver would parse it by a slower parser than ours.
    return f"CAST(json_agg(json_build_array({compiler.process(element.clauses, **kw)})) AS TEXT)"


def as_json_rows(rows: Select[Any]) -> ScalarSelect[str]:
    """Return the rows of a select as one value, for `read_json_rows`; in no order."""
    array: Select[tuple[str]] = rows.with_only_columns(
        _Rows(*rows.selected_columns), maintain_column_froms=True
    )
    return array.scalar_subquery()


def read_json_rows(text: str | None) -> list[list[Any]]:
    """Return the rows that were packed. Days and times are text, SQLite's booleans 0 or 1."""
    return orjson.loads(text) if text else []


# The same few days and times are repeated: birthdays, and times of deliveries.
@lru_cache(maxsize=10_000)
def parse_day(text: str) -> date:
    """Return a day that was packed."""
    return date.fromisoformat(text)


@lru_cache(maxsize=10_000)
def parse_time(text: str) -> datetime:
    """Return a packed time, aware and in UTC; SQLite's have no offset (`UtcDateTime`)."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


@lru_cache(maxsize=10_000)
def parse_day_in(text: str, zone: ZoneInfo) -> date:
    """Return the day in `zone` of a time that was packed."""
    return parse_time(text).astimezone(zone).date()
