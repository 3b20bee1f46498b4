"""Decisions, read back from the ledger."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection

from app.errors import ErasedError, NotFoundError
from app.policy.question import Asker
from app.store.ledger import chain
from app.store.service.key_lineages import read_lineage

KIND = "decision"


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A decision as the ledger has it."""

    id: str
    caller: str | None
    answer: Mapping[str, Any]
    request: dict[str, Any]
    text: str
    subjects: list[str]
    asker: Asker
    # The SHA-256, in hex, of all that was asked and answered.
    digest: str

    @property
    def check(self) -> str:
        """Return the name of the check that it answered."""
        return str(self.answer["check"])

    @property
    def doubts(self) -> list[dict[str, Any]]:
        """Return the findings that need a review, or needed one and have been resolved."""
        return [one for one in self.answer["findings"] if one["resolvable_by"]]


def read_decision(
    connection: Connection, decision_id: str, only_by: str | None = None
) -> RecordedDecision:
    """Return the decision with this id; with `only_by` only where it is of that lineage of keys.

    Raises `NotFoundError`, and `ErasedError` where its content is gone.
    """
    row = chain.read_row(connection, decision_id)
    if row is None or row.kind != KIND or not _is_by(connection, only_by, row.caller):
        raise NotFoundError
    if row.payload is None:
        raise ErasedError
    return parse_decision(decision_id, row.caller, row.payload)


def _is_by(connection: Connection, lineage: str | None, caller: str | None) -> bool:
    if lineage is None or lineage == caller:
        return True
    return caller is not None and read_lineage(connection, caller) == lineage


def parse_decision(decision_id: str, caller: str | None, payload: str) -> RecordedDecision:
    """Return the decision that a row of the ledger holds."""
    body = orjson.loads(payload)
    schools = body.get("schools")
    return RecordedDecision(
        id=decision_id,
        caller=caller,
        answer=body["answer"],
        request=body["request"],
        text=body.get("text", ""),
        subjects=body["subjects"],
        asker=Asker(
            None if schools is None else frozenset(schools),
            body["person"],
            body.get("for_others", False),
        ),
        digest=hashlib.sha256(payload.encode()).hexdigest(),
    )
