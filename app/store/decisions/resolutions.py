"""Resolutions: a person's answers to the review findings of a decision."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select

from app.database.json_lists import as_json, json_list
from app.database.tables import people, resolutions
from app.policy.resolutions import Key, Resolution, ResolvedOutcome
from app.policy.verdict import Resolved
from app.store.events.records import record_event
from app.store.ledger.chain import make_id, write_canonical
from app.store.ledger.changes import Actor, Change, record_change
from app.store.people.staff import make_display_name

KIND = "review"
_NOT_CONTENT = frozenset({"publish_at", "clearance"})
_BY_CONTENT = (
    select(resolutions, people.c.given_name, people.c.preferred_name, people.c.family_name)
    .join(people, people.c.id == resolutions.c.resolved_by)
    .where(resolutions.c.content.in_(json_list("contents")))
    .order_by(resolutions.c.seq)
)


@dataclass(frozen=True, slots=True)
class NewResolution:
    """An answer to be recorded. `subjects` are the people the decision was about.

    `lineage` is that of the key that asked, which receives the event.
    """

    decision_id: str
    content: str
    facts: str
    findings: Collection[Key]
    outcome: ResolvedOutcome
    reason: str
    subjects: Sequence[str]
    lineage: str | None = None


def find_resolutions(
    connection: Connection, contents: Iterable[str]
) -> dict[str, list[Resolution]]:
    """Return the resolutions of any of `contents`, oldest first, by content."""
    found: dict[str, list[Resolution]] = {}
    for row in connection.execute(_BY_CONTENT, {"contents": as_json(contents)}):
        covered: frozenset[Key] = frozenset(
            (code, at, detail) for code, at, detail in orjson.loads(row.findings)
        )
        name = make_display_name(row.given_name, row.preferred_name, row.family_name)
        said = Resolved(row.id, row.outcome, row.resolved_at, row.resolved_by, name)
        found.setdefault(row.content, []).append(Resolution(said, row.facts, covered))
    return found


def read_outcomes(connection: Connection, decision_id: str) -> set[str]:
    """Return the outcomes of a decision's resolutions so far."""
    said = select(resolutions.c.outcome).where(resolutions.c.decision_id == decision_id)
    return set(connection.scalars(said))


def add_resolution(connection: Connection, actor: Actor, person_id: str, new: NewResolution) -> str:
    """Record an answer, on the ledger with its reason, and return its id."""
    ident = make_id()
    said = {
        "decision": new.decision_id,
        "content": new.content,
        "facts": new.facts,
        "findings": sorted(map(list, new.findings)),
        "outcome": new.outcome,
    }
    connection.execute(
        insert(resolutions).values(
            id=ident,
            decision_id=new.decision_id,
            content=new.content,
            facts=new.facts,
            findings=orjson.dumps(said["findings"]).decode(),
            outcome=new.outcome,
            resolved_by=person_id,
            resolved_at=actor.at,
        )
    )
    after = {**said, "reason": new.reason}
    about = sorted({person_id, *new.subjects})
    record_change(connection, actor, Change(KIND, ident, "resolved", after=after, subjects=about))
    ended = {"decision": new.decision_id, "outcome": new.outcome}
    record_event(connection, "review.ended", actor.at, ended, audience=new.lineage)
    return ident


def digest_content(check: str, request: Mapping[str, Any]) -> str:
    """Return the SHA-256, hex, over a check and its request as the ledger keeps it.

    Without `publish_at`: a post is checked when it is scheduled and again when it is sent. Its text
    is in it by its digest; the names of its files are no part of it, nor is whether a clearance was
    asked for.
    """
    asked = {name: value for name, value in request.items() if name not in _NOT_CONTENT}
    if check == "post" and "media" in asked:
        asked["media"] = [
            {name: value for name, value in one.items() if name != "name"} for one in asked["media"]
        ]
    return hashlib.sha256(write_canonical({"check": check, "request": asked}).encode()).hexdigest()
