"""A list of any length as one parameter, so that a statement's text never depends on it.

Expanding `IN (?, ?, …)` compiles anew for every length; one JSON array does not.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, SelectBase, Text, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class _EachText(GenericFunction[Any]):
    name = "clearpost_each_text"
    inherit_cache = True


@compiles(_EachText, "sqlite")
def _compile_on_sqlite(element: _EachText, compiler: Any, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(_EachText, "postgresql")
def _compile_on_postgresql(element: _EachText, compiler: Any, **kw: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **kw)} AS JSON))"


@cache
def json_list(name: str) -> Select[tuple[str]]:
    """Return the texts of the JSON array bound to `name`, for `column.in_(json_list("ids"))`."""
    values = _EachText(bindparam(name, type_=Text)).table_valued("value")
    return select(values.c.value)


def select_values(column: ColumnElement[Any]) -> Any:
    """Return a table of the texts of the JSON array in a row's `column`; none where it is null.

    Its one column is `value`. It is joined to the row it takes the column from.
    """
    return _EachText(column).table_valued("value")


class _Among(GenericFunction[Any]):
    name = "clearpost_among"
    inherit_cache = True


@compiles(_Among, "sqlite")
def _compile_among_on_sqlite(element: _Among, compiler: Any, **kw: Any) -> str:
    column, values = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} IN {values}"


@compiles(_Among, "postgresql")
def _compile_among_on_postgresql(element: _Among, compiler: Any, **kw: Any) -> str:
    # PostgreSQL looks an array up in an index, however long it takes it to be; for IN it may join
    # with a scan of the whole table instead.
    column, values = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} = ANY (ARRAY{values})"


def is_in(column: ColumnElement[Any], values: SelectBase) -> ColumnElement[bool]:
    """Return the condition that `column` is one of `values`, which an index on it can serve."""
    # Without a type: SQLAlchemy would write a Boolean as "… = 1", which no index serves.
    return _Among(column, values.scalar_subquery())


def as_json(values: Iterable[str]) -> str:
    """Return the parameter for `json_list`: `values` as a JSON array."""
    return orjson.dumps(list(values)).decode()
