"""A list of any length as one parameter, so that a statement's text never depends on it.

Expanding `IN (?, ?, …)` compiles anew for every length; one JSON array does not.
"""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import Select, Text, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class _EachText(GenericFunction[Any]):
    name = "clearpost_each_text"
    inherit_cache = True


@compiles(_EachText, "sqlite")
def _on_sqlite(element: _EachText, compiler: Any, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(_EachText, "postgresql")
def _on_postgresql(element: _EachText, compiler: Any, **kw: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **kw)} AS JSON))"


def each(name: str) -> Select[tuple[str]]:
    """The texts of the JSON array bound to `name`, for `column.in_(each("ids"))`."""
    values = _EachText(bindparam(name, type_=Text)).table_valued("value")
    return select(values.c.value)


def texts(values: Iterable[str]) -> str:
    """The parameter for `each`: `values` as a JSON array."""
    return orjson.dumps(list(values)).decode()
