"""Questions to the service: each is a flow that ends with an answer or raises."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import replace

from clearpost_client.answers import (
    Decision,
    Declared,
    EventPage,
    PublishedPost,
    Verified,
    read_object,
)
from clearpost_client.bodies import DeclarationBody, Json, Post, Publication, PublishedBody
from clearpost_client.exchange import Call, Flow, Limits, ask
from clearpost_client.failures import CouldNotAsk, NotCleared

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
# The service answers an empty page after so long at the most.
LONGEST_WAIT = 30


def check_post(post: Post, limits: Limits) -> Flow[Decision]:
    """Ask the check, and return the decision, whatever it is."""
    reply = yield from ask(Call("POST", "/v1/checks/post", post), limits)
    decision = Decision.read(reply.content)
    if decision.allowed and post.get("clearance") is True and decision.clearance is None:
        raise CouldNotAsk("The answer lacks the clearance that was asked for.")
    return decision


def gate(post: Post, limits: Limits) -> Flow[Decision]:
    """Ask the check, and return the decision only if it is an allow."""
    decision = yield from check_post(post, limits)
    require_allow(decision)
    return decision


def require_allow(decision: Decision) -> None:
    """Raise `NotCleared` unless the decision is an allow."""
    if not decision.allowed:
        said = [one.message for one in decision.objections] or ["It is not allowed."]
        raise NotCleared(" ".join(said), decision)


def verify(clearance_id: str, publication: Publication, limits: Limits) -> Flow[Verified]:
    """Ask whether a clearance still stands for what is about to go out."""
    path = f"/v1/clearances/{_take_id(clearance_id)}/verify"
    reply = yield from ask(Call("POST", path, publication), limits)
    return Verified.read(reply.content)


def require_live(clearance_id: str, publication: Publication, limits: Limits) -> Flow[None]:
    """Raise `NotCleared` unless the clearance is live."""
    verified = yield from verify(clearance_id, publication, limits)
    if not verified.live:
        raise NotCleared(f"{verified.message} ({verified.code})")


def declare(body: DeclarationBody, key: str | None, limits: Limits) -> Flow[Declared]:
    """Record who is pictured; under `key` the same is recorded once, also if it is sent again."""
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    reply = yield from ask(Call("POST", "/v1/declarations", body, headers), limits)
    return Declared.read(reply.content)


def report_published(body: PublishedBody, limits: Limits) -> Flow[PublishedPost]:
    """Tell that a post is out; the same report again is the same record."""
    reply = yield from ask(Call("POST", "/v1/posts/published", body), limits)
    return PublishedPost.read(reply.content)


def read_decision(decision_id: str, limits: Limits) -> Flow[Json]:
    """Read a decision as it is on file, with the messages about its review."""
    reply = yield from ask(Call("GET", f"/v1/decisions/{_take_id(decision_id)}"), limits)
    return read_object(reply.content)


def read_receipt_keys(limits: Limits) -> Flow[Json]:
    """Read the public keys that receipts are signed with."""
    reply = yield from ask(Call("GET", "/.well-known/jwks.json"), limits)
    return read_object(reply.content)


def read_events(after: str | None, wait: float, limit: int, limits: Limits) -> Flow[EventPage]:
    """Read what has happened after a cursor; an empty page comes after `wait` seconds."""
    seconds = max(0, min(LONGEST_WAIT, int(wait)))
    params: Mapping[str, str] = {
        **({} if after is None else {"after": after}),
        "wait": str(seconds),
        "limit": str(limit),
    }
    patient = replace(limits, deadline=limits.deadline + seconds, attempt=limits.attempt + seconds)
    reply = yield from ask(Call("GET", "/v1/events", params=params), patient)
    return EventPage.read(reply.content, after)


def _take_id(given: str) -> str:
    """Return an id that may stand in a path; raises ValueError for anything else."""
    if not _ID.fullmatch(given):
        raise ValueError("an id has letters, digits and hyphens only")
    return given
