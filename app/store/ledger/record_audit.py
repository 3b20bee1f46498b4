"""The comparison of records with the ledger: statements, permissions, offices and accounts.

Each row of a history was put on the ledger with its values, in the transaction that wrote it. So a
record that was changed, removed or slipped in past the service differs from its ledger row, or has
none. Rows with deleted contents cannot be compared; they only count.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, Table, func, select

from app.database import tables as t
from app.database.json_lists import as_json, json_list
from app.store.ledger import record_sums
from app.store.ledger.account_audit import find_account_faults, find_form_faults
from app.store.ledger.address_audit import find_endpoint_faults, find_origin_faults
from app.store.ledger.answer_audit import (
    find_clearance_faults,
    find_declaration_faults,
    find_resolution_faults,
)
from app.store.ledger.evidence import CHUNK, STREAMED, Mismatch, is_same
from app.store.ledger.key_audit import find_key_faults
from app.store.ledger.lifecycle_audit import find_lifecycle_faults

# Tables of histories, by the first word of the ledger row's kind.
_HISTORIES: dict[str, Table] = {
    "authorization": t.authorizations,
    "consent": t.consents,
    "designation": t.designations,
    "grant": t.grants,
    "moderation": t.moderations,
    "release": t.releases,
}
_KINDS = tuple(sorted(_HISTORIES))
# Columns of a row, not of its fact.
_OF_THE_ROW = frozenset({"seq", "recorded_at", "recorded_by", "recorded_by_person", "digest"})
# Audits of records that the ledger has otherwise than a history.
_AUDITS = (
    find_declaration_faults,
    find_clearance_faults,
    find_resolution_faults,
    find_key_faults,
    find_account_faults,
    find_form_faults,
    find_endpoint_faults,
    find_origin_faults,
    find_lifecycle_faults,
)


@dataclass(frozen=True, slots=True)
class AuditResult:
    """The number of records compared, and the first mismatches, at most `MOST` of them.

    `unbound` are tables that nothing on the ledger is about, until an import comes.
    """

    records: int
    mismatches: tuple[Mismatch, ...]
    unbound: tuple[str, ...] = ()


MOST = 20


def compare_records(connection: Connection) -> AuditResult:
    """Compare the records with their rows on the ledger; in one read of the store."""
    present = {kind: _count_rows(connection, kind) for kind in _KINDS}
    matched: Counter[str] = Counter()
    blank: Counter[str] = Counter()
    mismatches: list[Mismatch] = []
    for kind, told in _read_ledger_records(connection, blank):
        on_file = _read_current_rows(connection, _HISTORIES[kind], [body["id"] for body in told])
        for body in told:
            row = on_file.get(body["id"])
            if row is None:
                mismatches.append(Mismatch(_HISTORIES[kind].name, body["id"], "is gone"))
            elif name := _find_difference(row, body):
                reason = f"says another {name} than the ledger"
                mismatches.append(Mismatch(_HISTORIES[kind].name, row["id"], reason))
            matched[kind] += row is not None and row["seq"] <= present[kind][0]
    mismatches += _match_office_authorizations(connection, matched, blank)
    mismatches += _find_unrecorded(present, matched, blank)
    mismatches += [Mismatch(table, None, why) for table, why in record_sums.find_faults(connection)]
    for find_faults in _AUDITS:
        mismatches += find_faults(connection)
    records = sum(matched.values()) + record_sums.count_records(connection)
    unbound = tuple(record_sums.list_unbound(connection))
    return AuditResult(records, tuple(mismatches[:MOST]), unbound)


def _match_office_authorizations(
    connection: Connection, matched: Counter[str], blank: Counter[str]
) -> list[Mismatch]:
    """Match the office's own authorizations, which the ledger has as changes of the account."""
    told: Counter[tuple[str, str, str | None]] = Counter()
    rows = select(t.ledger.c.payload).where(t.ledger.c.kind == "account.authorized")
    for payload in connection.execute(rows, execution_options=STREAMED).scalars():
        if payload is None:
            blank["authorization"] += 1
            continue
        body = orjson.loads(payload)
        given = body["after"]
        told[body["record"], given["authorized_by"], given.get("requested_by")] += 1
    c = t.authorizations.c
    given_by = select(c.account_id, c.authorized_by, c.requested_by)
    on_file = Counter(tuple(row) for row in connection.execute(given_by))
    found = told & on_file
    matched["authorization"] += found.total()
    return [
        Mismatch(t.authorizations.name, None, "one that the office gave is gone, or says another")
        for _ in (told - found).elements()
    ]


def _count_rows(connection: Connection, kind: str) -> tuple[int, int]:
    """Return the highest number of a history's rows, and their count."""
    seq = _HISTORIES[kind].c.seq
    last, count = connection.execute(select(func.coalesce(func.max(seq), 0), func.count(seq))).one()
    return last, count


def _find_unrecorded(
    present: Mapping[str, tuple[int, int]], matched: Counter[str], blank: Counter[str]
) -> Iterator[Mismatch]:
    """Yield a mismatch for each history with more rows than the ledger has for it."""
    for kind, (_, count) in present.items():
        extra = count - matched[kind] - blank[kind]
        if extra > 0:
            reason = f"rows without a row on the ledger: {extra}"
            yield Mismatch(_HISTORIES[kind].name, None, reason)


def _read_ledger_records(
    connection: Connection, blank: Counter[str]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield records from the ledger, a few of one kind at a time; counts rows in `blank`."""
    row = t.ledger.c
    for told_as in connection.scalars(select(row.kind).distinct().order_by(row.kind)).all():
        kind = told_as.partition(".")[0]
        if kind not in _HISTORIES:
            continue
        rows = select(row.payload).where(row.kind == told_as).order_by(row.seq)
        streamed = connection.execute(rows, execution_options=STREAMED)
        for some in streamed.scalars().partitions(CHUNK):
            blank[kind] += sum(payload is None for payload in some)
            yield (
                kind,
                [_read_record(orjson.loads(payload)) for payload in some if payload is not None],
            )


def _read_record(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record in a ledger row, with its id."""
    after = body.get("after")
    return {**after, "id": body["record"]} if after is not None else dict(body)


def _read_current_rows(
    connection: Connection, table: Table, ids: Sequence[str]
) -> dict[str, RowMapping]:
    wanted = select(table).where(table.c.id.in_(json_list("ids")))
    rows: Iterable[RowMapping] = connection.execute(wanted, {"ids": as_json(ids)}).mappings()
    return {row["id"]: row for row in rows}


def _find_difference(row: RowMapping, told: Mapping[str, Any]) -> str | None:
    """Return the first column in which a record differs from the ledger."""
    for name in row.keys() & told.keys() - _OF_THE_ROW:
        if not is_same(row[name], told[name]):
            return str(name)
    return None
