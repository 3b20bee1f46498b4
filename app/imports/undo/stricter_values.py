"""The values of a person that an undo does not put back, since that would be too loose."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from app.database import tables
from app.imports.undo.undone_import import Undone


def find_stricter_values(
    connection: Connection, undone: Undone, was: Mapping[str, Any], now: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the values that a person has after the undo instead of the former ones.

    Silence in a list that was made since says nothing about a person who was not there by then; and
    what was granted to one bearer of an id, or declared of one, does not count for the other.
    """
    at = undone.stamp.at
    borne = now["bearer_since"]
    # By this undo it has passed back already where a kill came after that.
    passed = borne is not None and borne >= undone.approved_at
    passes_back = was.get("bearer_since") != borne and not passed
    kept: dict[str, Any] = {"bearer_since": at if passes_back else borne}
    if undone.dated_since and was["status"] == "active" != now["status"]:
        kept["returned_at"] = at
    if undone.dated_since and any(was[name] != now[name] for name in ("org_id", "other_org_ids")):
        kept["moved_at"] = at
    if undone.dated_since and was["first_seen_at"] != now["first_seen_at"]:
        kept["first_seen_at"] = at
    if was["former_statements"] != now["former_statements"]:
        last = _find_last_since(connection, undone, was["id"], now["former_statements"] or 0)
        if last:
            kept["former_statements"] = last
    if now["identity_doubt"]:
        kept["identity_doubt"] = now["identity_doubt"]
    return kept


def _find_last_since(connection: Connection, undone: Undone, person: str, upto: int) -> int | None:
    """Return the last statement about a person, if any since is not the import's."""
    said = tables.consents.c
    theirs = said.person_id == person
    others = said.import_number.is_distinct_from(undone.number)
    since = select(said.seq).where(theirs, said.seq > upto, others).limit(1)
    if connection.execute(since).first() is None:
        return None
    last: int | None = connection.scalar(select(func.max(said.seq)).where(theirs))
    return last
