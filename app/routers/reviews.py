"""Reviews that end: the queue of those that wait for a person, and that person's answer."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection
from starlette.responses import Response

from app.auth import Caller, requires
from app.errors import (
    AlreadyResolvedError,
    DesignationRequiredError,
    ErasedError,
    FactMissingError,
    IdempotencyKeyReusedError,
    IndexBehindError,
    NotAReviewError,
    NotFoundError,
    NotIdentifiedError,
    OwnRequestError,
    PersonRequiredError,
    ReviewChangedError,
)
from app.pipeline import setup_of
from app.reviews import Said, resolve
from app.routers.decisions import only_by
from app.routers.problems import documented
from app.routers.records import (
    IdempotencyKey,
    Made,
    RecordId,
    Sent,
    creating,
    person_of,
    reads,
)
from app.schemas.pages import Page, paged, position
from app.schemas.questions import account_label
from app.schemas.reading import account_asked
from app.schemas.reviews import (
    Doubt,
    FindingResolved,
    ResolutionIn,
    ResolutionOut,
    ReviewOut,
    ReviewSearch,
)
from app.store import decision_index, decisions, review_queue
from app.store.changes import Actor
from app.store.session import Store

router = APIRouter(prefix="/v1", tags=["reviews"])
_DECIDER = Annotated[Caller, Depends(requires("reviews:decide"))]
_PROBLEMS = documented(
    PersonRequiredError,
    OwnRequestError,
    DesignationRequiredError,
    NotFoundError,
    NotAReviewError,
    AlreadyResolvedError,
    ReviewChangedError,
    FactMissingError,
    NotIdentifiedError,
    ErasedError,
    IdempotencyKeyReusedError,
    IndexBehindError,
)


@router.post(
    "/decisions/{id:record}/resolve",
    status_code=201,
    response_model=ResolutionOut,
    responses=_PROBLEMS,
)
def resolve_review(
    request: Request,
    caller: _DECIDER,
    decision_id: RecordId,
    body: Annotated[ResolutionIn, Depends(reads(ResolutionIn))],
    key: IdempotencyKey = None,
) -> Response:
    """Answer the review findings of a decision; asking the same again then gives this answer.

    By a person whom every one of the findings names: who acts for that office today, or owns the
    account's content; never the author or the one who asked. It holds for the same content until
    a fact about it changes, and never touches a deny. A yes can be taken back with a no. A key
    limited to schools resolves only what it asked itself.
    """
    setup = setup_of(request.app.state.settings)
    decision_index.catch_up(request.app.state.store, account_asked)

    def work(connection: Connection, actor: Actor) -> Made:
        decision = decisions.read(connection, decision_id, only_by(caller))
        said = Said(body.outcome, body.reason, body.text)
        ident, covered = resolve(connection, actor, person_of(actor), decision, said, setup)
        findings = [FindingResolved(code=code, at=at) for code, at, _ in covered]
        made = ResolutionOut(
            id=ident,
            decision_id=decision.id,
            outcome=body.outcome,
            resolved_at=actor.at,
            findings=findings,
        )
        return Made(made)

    return creating(request, caller, Sent(body, key), work)


@router.post("/reviews/search", responses=documented(IndexBehindError))
def search_reviews(
    request: Request,
    caller: _DECIDER,
    body: Annotated[ReviewSearch, Depends(reads(ReviewSearch))],
) -> Page[ReviewOut]:
    """Decisions that wait for a person, newest first: of each content the last one.

    A key limited to schools finds only what it asked itself.
    """
    place = position(body.cursor, int, at="/cursor")
    wanted = review_queue.Wanted(
        resolvable_by=body.resolvable_by,
        account=None if body.account is None else account_label(body.account, "/account"),
        since=body.since,
        until=body.until,
        only_by=only_by(caller),
    )
    store: Store = request.app.state.store
    decision_index.catch_up(store, account_asked)
    before = int(place[0]) if place else None
    with store.reading() as connection:
        rows = review_queue.waiting(connection, wanted, before, body.limit + 1)
    return paged(rows, body.limit, "ledger_seq", _review)


def _review(row: Mapping[Any, Any]) -> ReviewOut:
    answer = orjson.loads(row["payload"])["answer"]
    return ReviewOut(
        decision_id=row["id"],
        check=answer["check"],
        decided_at=answer["decided_at"],
        publish_at=answer["publish_at"],
        caller=row["caller"],
        account=row["account"],
        findings=[Doubt(**one) for one in answer["findings"] if one["outcome"] == "review"],
    )
