"""Lineages of keys that replace one another: what one key asked or made is its successors' too.

A lineage is named by the id of its first key. It holds both ways as long as an old key and its
successor overlap.
"""

from sqlalchemy import ColumnElement, Connection, select

from app.database.json_lists import as_json, json_list
from app.database.tables import api_keys


def read_lineage(connection: Connection, caller: str) -> str:
    """Return the lineage of the key `caller`; of an operator, who is no key, the name itself."""
    first = select(api_keys.c.first_id).where(api_keys.c.id == caller)
    return connection.scalar(first) or caller


def match_lineage(
    connection: Connection, column: ColumnElement[str], lineage: str
) -> ColumnElement[bool]:
    """Return the condition that the caller in `column` is a key of `lineage`."""
    later = connection.scalars(select(api_keys.c.id).where(api_keys.c.first_id == lineage)).all()
    if not later:  # nearly always; rows then come in order from an index
        return column == lineage
    given = json_list("callers").params(callers=as_json([lineage, *later]))
    return column.in_(given)
