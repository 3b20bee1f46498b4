"""Consents: one dated statement a row, never changed once it is on file."""

from typing import Any
from zoneinfo import ZoneInfo

from app.imports.cells import CellError, choice, day, moments, needed, needed_text, text
from app.imports.formats import Column, Format, Row, StagedRow, each
from app.policy.statements import WIDEST, misfits, source, widened
from app.policy.words import Activity, Capacity, Channel, ConsentDecision, Extent
from app.store import staging
from app.store.consents import digest


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
        **{name: row[name] for name in ("decision", *WIDEST, "given_by", "capacity")},
        "person_id": row["person_sourced_id"],
        "signed_at": signed.day if signed.day_only else signed.at,
        "effective_from": row["effective_from"] or signed.day,
        "effective_to": row["effective_to"],
    }
    for misfit in misfits(said):
        raise CellError(misfit.reason, misfit.field)
    said |= widened(said)
    said |= {
        "line": line,
        # See `app.store.imports` for guardians who are on file.
        "source": source(said["capacity"], said["given_by"], profile="csv"),
        "digest": digest(said),
        "signed_at": signed.at,
        "signed_day_only": signed.day_only,
    }
    return [(staging.consents, tuple(said[column.name] for column in staging.consents.c))]
