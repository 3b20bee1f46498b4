"""Decisions, read back from the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection

from app.errors import ErasedError, NotFoundError
from app.policy.question import Asker
from app.store import ledger

KIND = "decision"


@dataclass(frozen=True, slots=True)
class Kept:
    """A decision as the ledger keeps it."""

    id: str
    answer: Mapping[str, Any]
    request: dict[str, Any]
    subjects: list[str]
    asker: Asker

    @property
    def check(self) -> str:
        """Which check it answered."""
        return str(self.answer["check"])

    @property
    def doubts(self) -> list[dict[str, Any]]:
        """Its findings that are to be reviewed, or were and somebody has resolved them."""
        return [one for one in self.answer["findings"] if one["resolvable_by"]]


def read(connection: Connection, decision_id: str, only_by: str | None = None) -> Kept:
    """The decision with this id, where `only_by` says so only one caller's.

    Raises `NotFoundError`, and `ErasedError` where its content is gone.
    """
    row = ledger.read(connection, decision_id)
    if row is None or row.kind != KIND or only_by not in {None, row.caller}:
        raise NotFoundError
    if row.payload is None:
        raise ErasedError
    body = orjson.loads(row.payload)
    schools = body.get("schools")
    return Kept(
        id=decision_id,
        answer=body["answer"],
        request=body["request"],
        subjects=body["subjects"],
        asker=Asker(
            None if schools is None else frozenset(schools),
            body["person"],
            body.get("for_others", False),
        ),
    )
