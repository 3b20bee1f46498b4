"""Takedowns, by comparison of state: who is refused in a published post now, and which are open.

Whoever changed what, the comparison finds it: right where a post is reported, and in turn over all
posts by `PublishedPosts`, which the recall watches.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping

from app.checks.kept_questions import rebuild_question
from app.checks.recall import CALLER, Facts, NewsSource, Watched
from app.checks.revocations import LISTS_CHANGED
from app.database import tables as t
from app.database.session import Store
from app.errors import StoreUnavailableError
from app.log import describe_traceback
from app.policy.case import Case, open_case
from app.policy.facts import Setup
from app.policy.refusals import Refusal, find_refusals, list_parts
from app.policy.words import WAITING
from app.store.facts.loader import load_facts
from app.store.ledger.changes import Actor
from app.store.published import records as stored
from app.store.published import takedowns
from app.store.published.records import Part

_log = logging.getLogger("clearpost.takedowns")
_DAY = 24 * 60 * 60.0


class PublishedPosts(Watched):
    """Published posts: a takedown is open as long as a person in one is refused.

    A turn begins once a day, since a refusal may begin, and a child come of age, without any news.
    """

    sources = (
        NewsSource(t.consents, "person", t.consents.c.person_id),
        NewsSource(t.declarations),
        NewsSource(t.ledger, where=LISTS_CHANGED),
    )
    turn_seconds = _DAY

    def __init__(self, store: Store, setup: Setup) -> None:
        self._store, self._setup = store, setup

    def list_some(self, connection: Connection, after: str, limit: int) -> list[RowMapping]:
        """Return up to `limit` published posts with ids behind `after`, in order."""
        return stored.list_asked(connection, after, limit)

    def read_some(self, connection: Connection, ids: Sequence[str]) -> list[RowMapping]:
        """Return those of these posts that can be asked about again, in order."""
        return stored.read_asked(connection, ids)

    def find_touched(self, connection: Connection, facts: Facts) -> list[str]:
        """Return the posts in which any of these people is, in order."""
        return stored.find_with_people(connection, facts.get("person", ()))

    def begin_turn(self) -> None:
        """Do nothing: nothing is due before a turn."""

    def judge_some(self, find: Callable[[Connection], list[RowMapping]]) -> list[RowMapping]:
        """Judge the posts that `find` reads, open and lapse takedowns, and return all."""
        with self._store.reading() as connection:
            rows = find(connection)
            actor = Actor(CALLER, None, self._store.now())
            needs = find_needs(connection, rows, actor, self._setup)
        if changed := [one.post for one in needs if one.any]:
            with self._store.writing() as connection:
                actor = Actor(CALLER, None, self._store.now())
                opened = settle_publications(connection, actor, self._setup, changed)
            if opened:
                _log.info("takedowns were opened", extra={"count": opened})
        return rows


class PostNeed(NamedTuple):
    """The changes that a published post needs: people to note, takedowns to open or to move."""

    post: str
    parts: Sequence[Part]
    opened: Sequence[Refusal]
    reopened: Sequence[RowMapping]
    lapsed: Sequence[RowMapping]

    @property
    def any(self) -> bool:
        """Return whether there is anything to do."""
        return bool(self.parts or self.opened or self.reopened or self.lapsed)


def settle_publications(
    connection: Connection,
    actor: Actor,
    setup: Setup,
    ids: Sequence[str],
    *,
    accepted: bool = False,
    seen: bool = False,
) -> int:
    """Note who is in these posts, open the takedowns they need, and let others lapse.

    `accepted`: a person has said yes to their texts before they went out. `seen`: the posts were
    just found online, so that takedowns confirmed before are open again. Return how many were
    opened.
    """
    rows = stored.read_asked(connection, ids)
    opened = 0
    for need in find_needs(connection, rows, actor, setup, accepted=accepted, seen=seen):
        stored.note_parts(connection, [(need.post, part) for part in need.parts])
        takedowns.open_takedowns(connection, actor, [(need.post, one) for one in need.opened])
        takedowns.move_takedowns(connection, actor, need.reopened, "open")
        takedowns.move_takedowns(connection, actor, need.lapsed, "lapsed")
        opened += len(need.opened) + len(need.reopened)
    return opened


def find_needs(
    connection: Connection,
    rows: Sequence[RowMapping],
    actor: Actor,
    setup: Setup,
    *,
    accepted: bool = False,
    seen: bool = False,
) -> list[PostNeed]:
    """Return what each of these posts needs, by the facts on file now.

    One that cannot be judged needs nothing, and stops no other.
    """
    ids = [row["id"] for row in rows]
    parts = stored.list_parts(connection, ids)
    on_file = takedowns.list_of_posts(connection, ids)
    needs = []
    for row, case in zip(rows, _open_cases(connection, rows, actor, setup), strict=True):
        if case is None:
            continue
        post, known = row["id"], parts.get(row["id"], set())
        try:
            needs.append(_find_need(post, case, known, on_file.get(post, ()), accepted, seen))
        except Exception as error:  # noqa: BLE001 - whatever it is, it stops no other
            _log.error("a post cannot be judged", extra={"error": describe_traceback(error)})
    return needs


def _find_need(
    post: str,
    case: Case,
    known: set[Part],
    on_file: Sequence[RowMapping],
    accepted: bool,
    seen: bool,
) -> PostNeed:
    refusals = list(find_refusals(case))
    found = list_parts(case)
    if accepted:
        found |= {(one.person_id, "accepted") for one in refusals if one.part == "named"}
    pardoned = {person for person, part in known | found if part == "accepted"}
    against = {
        one.person_id: one
        for one in refusals
        if one.part == "pictured" or one.person_id not in pardoned
    }
    latest = {row["subject_id"]: row for row in on_file}
    there = {
        person for person, _ in found
    }  # an erasure may have blanked the text that named others
    return PostNeed(
        post,
        sorted(found - known),
        [one for who, one in against.items() if who not in latest or _is_new(latest[who])],
        [row for who, row in latest.items() if seen and who in against and _is_down(row)],
        [
            row
            for who, row in latest.items()
            if row["state"] in WAITING and who in there and who not in against
        ],
    )


def _is_new(last: RowMapping) -> bool:
    """Return whether a refusal is another one than that of the last takedown, which has lapsed."""
    return bool(last["state"] == "lapsed")


def _is_down(row: RowMapping) -> bool:
    return bool(row["state"] == "confirmed")


def _open_cases(
    connection: Connection, rows: Sequence[RowMapping], actor: Actor, setup: Setup
) -> list[Case | None]:
    """Return each post's case on the facts of now; None for what cannot be read."""
    asked = [rebuild_question(row["asked"]) for row in rows]
    # A post is out: its planned time is of no account any more.
    questions = [None if one is None else replace(one, publish_at=None) for one in asked]
    try:
        facts = load_facts(connection, [q for q in questions if q is not None], actor.at, setup)
        return [None if one is None else open_case(one, facts) for one in questions]
    except StoreUnavailableError:
        raise
    except Exception as error:  # noqa: BLE001 - one of them may be to blame for all
        _log.error("published posts cannot be judged", extra={"error": describe_traceback(error)})
        if len(rows) <= 1:
            return [None] * len(rows)
        return [one for row in rows for one in _open_cases(connection, [row], actor, setup)]
