"""Declarations, clearances and answers to reviews held against the ledger.

It finds records that were changed, removed or slipped in, and clearances made live again.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, select

from app.database import tables as t
from app.database.json_lists import as_json, is_in, json_list
from app.store.clearances.digests import digest_alt_texts, digest_text
from app.store.ledger.evidence import CHUNK, STREAMED, Mismatch

_OF_VERSION = ("id", "version", "code", "reason")
_OF_ANSWER = ("decision", "content", "facts", "findings", "outcome")
_row = t.ledger.c


def find_declaration_faults(connection: Connection) -> Iterator[Mismatch]:
    """Yield versions of declarations that are not as the ledger has them, or that it has not."""
    told: dict[tuple[str, int], tuple[str, str]] = {}
    blank = 0
    rows = select(_row.kind, _row.payload).where(_row.kind.startswith("declaration."))
    for kind, payload in connection.execute(rows, execution_options=STREAMED):
        if payload is None:
            blank += 1
            continue
        body = orjson.loads(payload)
        after = body["after"]
        said = {name: one for name, one in after.items() if name not in _OF_VERSION}
        action = kind.partition(".")[2]
        told[after["id"], after["version"]] = action, _write_version(after, body["person"], said)
    extra = 0
    versions = connection.execute(select(t.declarations), execution_options=STREAMED)
    for row in versions.mappings():
        key = row["id"], row["version"]
        if key not in told:
            extra += 1
            continue
        now = _write_version(row, row["made_by"], orjson.loads(row["said"]))
        if (row["action"], now) != told.pop(key):
            yield Mismatch("declarations", row["id"], "says another thing than the ledger")
    for ident, _ in told:
        yield Mismatch("declarations", ident, "is gone")
    if extra > blank:
        yield Mismatch("declarations", None, f"rows without a row on the ledger: {extra - blank}")


def find_resolution_faults(connection: Connection) -> Iterator[Mismatch]:
    """Yield answers to reviews that differ from the ledger, are not on it, or are gone.

    A yes that was slipped in past the service would open a post.
    """
    told, blank = _read_told_answers(connection)
    answers = connection.execute(select(t.resolutions), execution_options=STREAMED)
    extra = 0
    for row in answers.mappings():
        if row["id"] not in told:
            extra += 1
        elif told.pop(row["id"]) != _describe_answer(row):
            yield Mismatch("resolutions", row["id"], "says another thing than the ledger")
    # Answers to a decision that was erased go with it.
    decided = _read_decisions(connection, [one["decision"] for one in told.values()])
    for ident, one in told.items():
        if decided.get(one["decision"]) is not None:
            yield Mismatch("resolutions", ident, "is gone")
    if extra > blank:
        yield Mismatch("resolutions", None, f"rows without a row on the ledger: {extra - blank}")


def _read_told_answers(connection: Connection) -> tuple[dict[str, dict[str, Any]], int]:
    """Return the answers that the ledger has, by their ids, and how many rows are blank."""
    told: dict[str, dict[str, Any]] = {}
    blank = 0
    rows = select(_row.payload).where(_row.kind == "review.resolved")
    for payload in connection.execute(rows, execution_options=STREAMED).scalars():
        if payload is None:
            blank += 1
            continue
        body = orjson.loads(payload)
        said = {name: body["after"].get(name) for name in _OF_ANSWER}
        told[body["record"]] = {**said, "resolved_by": body["person"]}
    return told, blank


def _describe_answer(row: RowMapping) -> dict[str, Any]:
    said = {name: row[name] for name in ("content", "facts", "outcome", "resolved_by")}
    return {**said, "decision": row["decision_id"], "findings": orjson.loads(row["findings"])}


def find_clearance_faults(connection: Connection) -> Iterator[Mismatch]:
    """Yield clearances that ended otherwise than the ledger says, or were never given so."""
    ends = select(_row.kind, _row.payload).where(_row.kind.startswith("clearance."))
    ended: dict[str, tuple[str, str | None]] = {}
    blank: Counter[str] = Counter()
    for kind, payload in connection.execute(ends, execution_options=STREAMED):
        state = kind.partition(".")[2]
        if payload is None:
            blank[state] += 1
            continue
        body = orjson.loads(payload)
        ended[body["record"]] = state, body["after"]["reason"]
    rows = connection.execute(select(t.clearances), execution_options=STREAMED).mappings()
    for some in rows.partitions(CHUNK):
        decided = _read_decisions(connection, [row["decision_id"] for row in some])
        for row in some:
            if reason := _find_clearance_fault(row, ended.pop(row["id"], None), decided, blank):
                yield Mismatch("clearances", row["id"], reason)
    for ident in ended:
        yield Mismatch("clearances", ident, "is gone")


def _find_clearance_fault(
    row: RowMapping,
    ended: tuple[str, str | None] | None,
    decided: Mapping[str, Any],
    blank: Counter[str],
) -> str | None:
    if ended is not None:
        return None if ended == (row["state"], row["reason"]) else "has ended otherwise"
    if row["state"] in ("used", "revoked"):
        blank[row["state"]] -= 1
        return None if blank[row["state"]] >= 0 else "has ended, and the ledger does not say so"
    if row["decision_id"] not in decided:
        return "is of no decision"
    body = decided[row["decision_id"]]
    return None if body is None or row["state"] != "live" else _find_false_content(row, body)


def _find_false_content(row: RowMapping, body: Mapping[str, Any]) -> str | None:
    given = body["answer"].get("clearance") or {}
    if given.get("id") != row["id"]:
        return "was not given with its decision"
    window = [datetime.fromisoformat(given[name]) for name in ("not_before", "not_after")]
    if window != [row["not_before"], row["not_after"]]:
        return "says another window than the ledger"
    return None if _is_content_as_asked(row, body["request"]) else "is of another post"


def _is_content_as_asked(row: RowMapping, request: Mapping[str, Any]) -> bool:
    """Return true where a live clearance is of the post that its decision was about."""
    asked, media = orjson.loads(row["asked"] or "{}"), request.get("media") or ()
    text = asked.get("text", "")
    same_text = hashlib.sha256(text.encode()).hexdigest() == request.get("text_sha256")
    return (
        asked.get("request") == request
        and (same_text or not text)
        and row["text_sha256"] == digest_text(text)
        and row["alt_texts_sha256"] == digest_alt_texts(one.get("alt_text") or "" for one in media)
        and orjson.loads(row["media"])
        == sorted({one["sha256"].lower() for one in media if one.get("sha256")})
    )


def _read_decisions(connection: Connection, ids: list[str]) -> dict[str, Any]:
    """Return what the ledger has of these decisions, None where it was erased."""
    wanted = select(_row.id, _row.payload).where(is_in(_row.id, json_list("ids")))
    found = connection.execute(wanted, {"ids": as_json(ids)})
    return {ident: payload and orjson.loads(payload) for ident, payload in found}


def _write_version(of: Mapping[Any, Any], maker: str | None, said: Mapping[str, Any]) -> str:
    whole = {"code": of["code"], "made_by": maker, "said": said}
    return orjson.dumps(whole, option=orjson.OPT_SORT_KEYS).decode()
