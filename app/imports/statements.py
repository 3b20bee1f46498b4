"""Consents: one dated statement a row, never changed once it is on file."""

import hashlib
from typing import Any
from zoneinfo import ZoneInfo

from app.imports.cells import CellError, choice, day, moments, needed, needed_text, text
from app.imports.formats import Column, Format, Row, StagedRow, each
from app.policy.names import name_key
from app.policy.words import Activity, Capacity, Channel, ConsentDecision, Extent
from app.store import staging
from app.store.ledger import canonical, new_id

# The widest refusal: of publishing anywhere, of the image alone, which takes the name with it.
_WIDEST = {"activity": "publish", "channel": "all", "extent": "image"}


def consents(zone: ZoneInfo) -> Format:
    """`consents.csv`; days are days in `zone`.

    A grant must say activity, channel and extent: an empty cell must not widen what somebody
    allowed. Elsewhere an empty cell means the widest: `publish`, `all`, `image`.
    """
    columns = (
        Column("person_sourced_id", needed_text, "person_id", required=True),
        Column("decision", needed(choice(ConsentDecision)), "decision", required=True),
        Column("activity", choice(Activity), "activity"),
        Column("channel", choice(Channel), "channel"),
        Column("extent", choice(Extent), "extent"),
        Column("given_by", text, "given_by"),
        Column("capacity", needed(choice(Capacity)), "capacity", required=True),
        Column("signed_at", needed(moments(zone)), "signed_at", required=True),
        Column("effective_from", day, "effective_from"),
        Column("effective_to", day, "effective_to"),
    )
    return Format("consents.csv", staging.consents, columns, each(_consent))


def _consent(row: Row, line: int) -> list[StagedRow]:
    signed = row["signed_at"]
    said: dict[str, Any] = {
        "person_id": row["person_sourced_id"],
        "decision": row["decision"],
        **_scope(row),
        "given_by": row["given_by"],
        "capacity": row["capacity"],
        "signed_at": signed.day if signed.day_only else signed.at,
        "effective_from": row["effective_from"] or signed.day,
        "effective_to": row["effective_to"],
    }
    _coherent(said)
    digest = hashlib.sha256(canonical(said).encode()).hexdigest()
    said |= {"signed_at": signed.at}
    facts = [said[name] for name in ("person_id", "decision", "activity", "channel", "extent")]
    staged = (
        line,
        new_id(),
        *facts,
        said["given_by"],
        said["capacity"],
        _source(said),
        signed.at,
        signed.day_only,
        said["effective_from"],
        said["effective_to"],
        digest,
    )
    return [(staging.consents, staged)]


def _scope(row: Row) -> dict[str, str]:
    if row["decision"] != "grant":
        return {name: row[name] or widest for name, widest in _WIDEST.items()}
    for name in _WIDEST:
        if row[name] is None:
            reason = "must not be empty in a grant"
            raise CellError(reason, name)
    return {name: row[name] for name in _WIDEST}


def _coherent(said: Row) -> None:
    if said["effective_to"] and said["effective_to"] < said["effective_from"]:
        reason = "lies before effective_from"
        raise CellError(reason, "effective_to")
    if said["capacity"] == "office_hold" and said["decision"] == "grant":
        reason = "must not be grant: an office cannot consent in anybody's place"
        raise CellError(reason, "decision")


def _source(said: Row) -> str:
    """Who made the statement, as far as the row tells; see `app.store.imports` for guardians."""
    if said["given_by"] is None:
        return "profile:csv"
    return f"{said['capacity']}:{name_key(said['given_by'])}"
