"""Asking back: what whoever answers a review wants to know, and what whoever asked says to it."""

from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from app.auth.authenticator import Caller
from app.checks.reviews import record_message
from app.errors import (
    AlreadyResolvedError,
    ConflictError,
    ErasedError,
    IdempotencyKeyReusedError,
    NotAReviewError,
    NotFoundError,
    PersonRequiredError,
)
from app.http.authorization import require_scope
from app.http.context import OpenStore
from app.http.problems import list_responses
from app.http.record_writes import (
    IdempotencyKey,
    NewRecord,
    RecordId,
    RecordReply,
    RecordWrites,
    person_of,
    reads,
)
from app.http.slot_routes import SlotRoute
from app.schemas.reviews import AskedBy, MessageIn, MessageOut, Messages, NamedOut
from app.store.decisions import records as decisions
from app.store.decisions.records import RecordedDecision
from app.store.decisions.review_display import NamedPerson, ShownMessage, show_messages
from app.store.decisions.review_messages import MessageKind
from app.store.ledger.changes import Actor

router = APIRouter(prefix="/v1/decisions", tags=["reviews"], route_class=SlotRoute)
_ASKER = Annotated[Caller, Depends(require_scope("check"))]
_PROBLEMS = list_responses(
    PersonRequiredError,
    NotFoundError,
    ErasedError,
    NotAReviewError,
    AlreadyResolvedError,
    ConflictError,
    IdempotencyKeyReusedError,
)


@router.post(
    "/{id:record}/questions", status_code=201, response_model=MessageOut, responses=_PROBLEMS
)
def ask_review_question(
    records: RecordWrites,
    caller: Annotated[Caller, Depends(require_scope("reviews:decide"))],
    decision_id: RecordId,
    body: Annotated[MessageIn, Depends(reads(MessageIn))],
    key: IdempotencyKey = None,
) -> Response:
    """Ask whoever asked the check, before answering its review.

    The one who asked reads it with the decision or at `/messages`. What the review shows has
    changed then, and its `shown` with it. A key limited to schools asks about what it asked itself.
    """
    only_by = caller.lineage if caller.schools is not None else None

    def work(connection: Connection, actor: Actor) -> RecordReply:
        person_of(actor)
        decision = decisions.read_decision(connection, decision_id, only_by)
        return _append_message(connection, actor, decision, "question", body.text)

    return records.create(caller, NewRecord(body, key), work)


@router.post(
    "/{id:record}/answers", status_code=201, response_model=MessageOut, responses=_PROBLEMS
)
def answer_review_question(
    records: RecordWrites,
    caller: _ASKER,
    decision_id: RecordId,
    body: Annotated[MessageIn, Depends(reads(MessageIn))],
    key: IdempotencyKey = None,
) -> Response:
    """Answer a question about the review of a check that this key asked, for the same person."""

    def work(connection: Connection, actor: Actor) -> RecordReply:
        return _append_message(
            connection,
            actor,
            _read_own_decision(connection, caller, decision_id),
            "answer",
            body.text,
        )

    return records.create(caller, NewRecord(body, key), work)


@router.get("/{id:record}/messages", responses=list_responses(NotFoundError, ErasedError))
def list_review_messages(store: OpenStore, caller: _ASKER, decision_id: RecordId) -> Messages:
    """What was asked about the review of a check that this key asked, for the same person."""
    with store.reading() as connection:
        decision = _read_own_decision(connection, caller, decision_id)
        found = show_messages(connection, [decision.id]).get(decision.id, [])
    return Messages(items=[message_out(one) for one in found])


def message_out(one: ShownMessage) -> MessageOut:
    """A message on the wire."""
    said = one.message
    by = AskedBy(key=one.by_key, person=named_out(one.by))
    return MessageOut(id=said.id, kind=said.kind, by=by, at=said.at, text=said.text)


def named_out(one: NamedPerson | None) -> NamedOut | None:
    """Someone on the wire."""
    return NamedOut(id=one.id, name=one.name) if one else None


def _read_own_decision(
    connection: Connection, caller: Caller, decision_id: str
) -> RecordedDecision:
    """The decision, if this caller asked it; a token's key may have asked for others."""
    decision = decisions.read_decision(connection, decision_id, caller.lineage)
    if decision.asker.person_id != caller.person_id:
        raise NotFoundError
    return decision


def _append_message(
    connection: Connection, actor: Actor, decision: RecordedDecision, kind: MessageKind, text: str
) -> RecordReply:
    said = record_message(connection, actor, decision, kind, text)
    shown = show_messages(connection, [decision.id])[decision.id]
    return RecordReply(message_out(next(one for one in shown if one.message.id == said.id)))
