"""Reviews that end: the queue of those that wait for a person, and that person's answer."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from app.auth.authenticator import Caller
from app.checks.questions import account_label
from app.checks.request_parser import account_asked
from app.checks.reviews import ReviewAnswer, record_answer
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
    NotShownError,
    OwnRequestError,
    PersonRequiredError,
    ReviewChangedError,
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
from app.http.slot_routes import SlotRoute, use_slots
from app.policy.resolutions import yes_ends_at
from app.policy_setup import read_setup
from app.routers.decisions import only_by
from app.routers.messages import message_out, named_out
from app.schemas.pages import Page, make_page, read_cursor
from app.schemas.reviews import (
    AskedBy,
    FileShown,
    FindingResolved,
    OpenFinding,
    ResolutionIn,
    ResolutionOut,
    ReviewOut,
    ReviewSearch,
)
from app.store.decisions import index, review_queue
from app.store.decisions import records as decisions
from app.store.decisions.review_display import ShownReview, describe_reviews
from app.store.ledger.changes import Actor

router = APIRouter(prefix="/v1", tags=["reviews"], route_class=SlotRoute)
_DECIDER = Annotated[Caller, Depends(require_scope("reviews:decide"))]
_PROBLEMS = list_responses(
    PersonRequiredError,
    OwnRequestError,
    DesignationRequiredError,
    NotFoundError,
    NotAReviewError,
    AlreadyResolvedError,
    ReviewChangedError,
    NotShownError,
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
def resolve_decision(
    records: RecordWrites,
    caller: _DECIDER,
    decision_id: RecordId,
    body: Annotated[ResolutionIn, Depends(reads(ResolutionIn))],
    key: IdempotencyKey = None,
) -> Response:
    """Answer the review findings of a decision; asking the same again then gives this answer.

    By a person whom every one of the findings names: who acts for that office today, or owns the
    account's content; never the one who asked, the author or who may be it. A yes is for judgement
    only, and for posts published within `CLEARPOST_YES_DAYS`; a no can also be said by
    Communications. Either holds for the same content until a fact about it changes, and never
    touches a deny. A yes can be taken back with a no. A key limited to schools resolves only what
    it asked itself.
    """
    setup = read_setup(records.settings)
    index.catch_up(records.store, account_asked)

    def work(connection: Connection, actor: Actor) -> RecordReply:
        decision = decisions.read_decision(connection, decision_id, only_by(caller))
        said = ReviewAnswer(body.outcome, body.reason, body.shown.lower())
        ident, covered = record_answer(connection, actor, person_of(actor), decision, said, setup)
        holds_until = yes_ends_at(actor.at, setup.yes_days)
        made = ResolutionOut(
            id=ident,
            decision_id=decision.id,
            outcome=body.outcome,
            resolved_at=actor.at,
            holds_until=holds_until if body.outcome == "allow" else None,
            findings=[FindingResolved(code=code, at=at) for code, at, _ in covered],
        )
        return RecordReply(made)

    return records.create(caller, NewRecord(body, key), work)


@router.get(
    "/reviews/{id:record}", responses=list_responses(NotFoundError, ErasedError, NotAReviewError)
)
def read_review(store: OpenStore, caller: _DECIDER, decision_id: RecordId) -> ReviewOut:
    """What was asked, by whom, and what is in doubt about it: by the id of the decision.

    Also of a decision that a person has answered. A key limited to schools reads only what it
    asked itself.
    """
    with store.reading() as connection:
        decision = decisions.read_decision(connection, decision_id, only_by(caller))
        if not decision.doubts:
            raise NotAReviewError
        (review,) = describe_reviews(connection, [decision])
    return _show_review(review)


@router.post("/reviews/search", responses=list_responses(IndexBehindError))
@use_slots("searches")
def search_reviews(
    store: OpenStore,
    caller: _DECIDER,
    body: Annotated[ReviewSearch, Depends(reads(ReviewSearch))],
) -> Page[ReviewOut]:
    """Decisions that wait for a person, newest first: of each content the last one.

    A key limited to schools finds only what it asked itself.
    """
    place = read_cursor(body.cursor, int, at="/cursor")
    wanted = review_queue.ReviewFilter(
        resolvable_by=body.resolvable_by,
        account=None if body.account is None else account_label(body.account, "/account"),
        since=body.since,
        until=body.until,
        only_by=only_by(caller),
    )
    index.catch_up(store, account_asked)
    before = int(place[0]) if place else None
    with store.reading() as connection:
        rows = review_queue.list_waiting(connection, wanted, before, body.limit + 1)
        found = [decisions.parse_decision(row["id"], row["caller"], row["payload"]) for row in rows]
        reviews = {
            one.decision.id: _show_review(one) for one in describe_reviews(connection, found)
        }
    return make_page(rows, body.limit, "ledger_seq", lambda row: reviews[row["id"]])


def _show_review(review: ShownReview) -> ReviewOut:
    decision = review.decision
    asked, answer = decision.request, decision.answer
    return ReviewOut(
        decision_id=decision.id,
        check=answer["check"],
        outcome=answer["outcome"],
        decided_at=answer["decided_at"],
        publish_at=answer["publish_at"],
        asked_by=AskedBy(key=review.asked_with, person=named_out(review.asked_by)),
        account=account_asked(decision.check, asked) or _find_personal(asked),
        author=named_out(review.author),
        purpose=asked.get("purpose"),
        text=decision.text or None,
        media=[_show_file(one) for one in asked.get("media", ()) if decision.check == "post"],
        request=asked,
        findings=[OpenFinding(**one) for one in decision.doubts],
        messages=[message_out(one) for one in review.messages],
        shown=review.shown,
    )


def _find_personal(asked: Mapping[str, Any]) -> str | None:
    return "personal" if (asked.get("account") or {}).get("personal") else None


def _show_file(one: Mapping[str, Any]) -> FileShown:
    return FileShown(
        kind=one["kind"],
        name=one.get("name"),
        sha256=one.get("sha256"),
        rights=one.get("rights", "unknown"),
        premises=one.get("premises", "none"),
    )
