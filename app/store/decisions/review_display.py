"""The display of a review: the question, its author, and the messages about it.

Names are looked up when it is shown. A resolution has to state the digest of all that does not
change by itself: the decision, its request and its text.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from app.database.json_lists import as_json, json_list
from app.database.tables import api_keys
from app.store.decisions.records import RecordedDecision
from app.store.decisions.review_messages import ReviewMessage, find_messages
from app.store.people.staff import find_names


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A person's id, where known, and the name on file or, else, as it was sent."""

    id: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class ShownReview:
    """A review as it is shown. `asked_with` is the key's name, or the operator's."""

    decision: RecordedDecision
    asked_with: str | None
    asked_by: NamedPerson | None
    author: NamedPerson | None
    messages: list["ShownMessage"]

    @property
    def shown(self) -> str:
        """Return the digest that a resolution of it states."""
        return digest_review(self.decision, [one.message for one in self.messages])


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message about a review, with the key's name and the person it acts for."""

    message: ReviewMessage
    by_key: str | None
    by: NamedPerson | None


def digest_review(decision: RecordedDecision, messages: Iterable[ReviewMessage]) -> str:
    """Return the SHA-256, hex, over what a review of `decision` shows."""
    said = ["review", decision.id, decision.digest, *(one.id for one in messages)]
    return hashlib.sha256(" ".join(said).encode()).hexdigest()


def describe_reviews(
    connection: Connection, decisions: Sequence[RecordedDecision]
) -> list[ShownReview]:
    """Return `decisions` as reviews, in their order."""
    messages = show_messages(connection, [one.id for one in decisions])
    people = {
        who for one in decisions for who in (one.asker.person_id, _find_author_id(one)) if who
    }
    names = find_names(connection, people)
    keys = _read_key_names(connection, {one.caller for one in decisions if one.caller})
    return [
        ShownReview(
            decision=one,
            asked_with=keys.get(one.caller or "", one.caller),
            asked_by=_name_person(one.asker.person_id, names),
            author=_find_author(one, names),
            messages=messages.get(one.id, []),
        )
        for one in decisions
    ]


def show_messages(
    connection: Connection, decisions: Collection[str]
) -> dict[str, list[ShownMessage]]:
    """Return the messages about these decisions, with names, by decision."""
    found = find_messages(connection, decisions)
    said = [one for some in found.values() for one in some]
    names = find_names(connection, {one.person_id for one in said if one.person_id})
    keys = _read_key_names(connection, {one.caller for one in said})
    return {
        decision: [
            ShownMessage(one, keys.get(one.caller, one.caller), _name_person(one.person_id, names))
            for one in some
        ]
        for decision, some in found.items()
    }


def _find_author_id(decision: RecordedDecision) -> str | None:
    return (decision.request.get("author") or {}).get("id")


def _find_author(decision: RecordedDecision, names: dict[str, str | None]) -> NamedPerson | None:
    given = decision.request.get("author")
    if not given:
        return None
    return _name_person(given.get("id"), names) or NamedPerson(None, given.get("name"))


def _name_person(person_id: str | None, names: dict[str, str | None]) -> NamedPerson | None:
    return None if person_id is None else NamedPerson(person_id, names.get(person_id))


def _read_key_names(connection: Connection, ids: set[str]) -> dict[str, str]:
    """Return the names of keys by id; an operator's id is a name already."""
    rows = select(api_keys.c.id, api_keys.c.name).where(api_keys.c.id.in_(json_list("ids")))
    return {row.id: row.name for row in connection.execute(rows, {"ids": as_json(ids)})}
