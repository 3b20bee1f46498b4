"""Takedowns, by comparison of state: who is refused in a published post now, and which are open.

Whoever changed what, the comparison finds it: right where a post is reported, and in turn over all
posts by `PublishedPosts`, which the recall watches.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping

from app.checks.kept_questions import rebuild_questions
from app.checks.recall import CALLER, ChangedFacts, NewsSource, Watched
from app.checks.revocations import LISTS_CHANGED
from app.database import tables as t
from app.database.session import Store
from app.errors import StoreUnavailableError
from app.log import describe_traceback
from app.policy.case import Case, open_case
from app.policy.facts import Facts, Setup
from app.policy.question import AccountRef, PersonRef, Pictured, Question
from app.policy.refusals import Part, Refusal, find_refusals, is_known, list_parts
from app.policy.words import WAITING
from app.store.consents.statements import find_people_since
from app.store.facts.loader import load_facts
from app.store.ledger.changes import Actor
from app.store.ledger.record_sums import binding
from app.store.published import records as stored
from app.store.published import takedowns

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
        return stored.list_in_turn(connection, after, limit)

    def read_some(self, connection: Connection, ids: Sequence[str]) -> list[RowMapping]:
        """Return these posts, in order."""
        return stored.read_several(connection, ids)

    def find_touched(self, connection: Connection, facts: ChangedFacts) -> list[str]:
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
                with binding(connection, actor.at, actor.caller):
                    opened = settle_publications(connection, actor, self._setup, changed)
            if opened:
                _log.info("takedowns were opened", extra={"count": opened})
        return rows


class PostNeed(NamedTuple):
    """The changes that a published post needs: people to note, takedowns to open or to move."""

    post: str
    parts: Sequence[Part]
    opened: Sequence[Refusal]
    reopened: Sequence[tuple[RowMapping, Refusal]]
    lapsed: Sequence[RowMapping]

    @property
    def any(self) -> bool:
        """Return whether there is anything to do."""
        return bool(self.parts or self.opened or self.reopened or self.lapsed)


class _Judged(NamedTuple):
    """A post by the facts of now: its case, everybody in it, on record or found, who is refused."""

    case: Case
    parts: set[Part]
    refusals: Sequence[Refusal]


def settle_publications(
    connection: Connection,
    actor: Actor,
    setup: Setup,
    ids: Sequence[str],
    *,
    accepted_at: datetime | None = None,
    seen: bool = False,
) -> int:
    """Note who is in these posts, open the takedowns they need, and let others lapse.

    `accepted_at`: when a person's yes to the names in their texts was counted; a refusal since then
    still opens a takedown. `seen`: the posts were just found online, so that takedowns confirmed
    before are open again. Return how many were opened. Call it within `binding`.
    """
    rows = stored.read_several(connection, ids)
    opened = 0
    needs = find_needs(connection, rows, actor, setup, accepted_at=accepted_at, seen=seen)
    stored.note_parts(connection, [(need.post, part) for need in needs for part in need.parts])
    for need in needs:
        takedowns.open_takedowns(connection, actor, [(need.post, one) for one in need.opened])
        takedowns.reopen_takedowns(connection, actor, need.reopened)
        takedowns.move_takedowns(connection, actor, need.lapsed, "lapsed")
        opened += len(need.opened) + len(need.reopened)
    return opened


def find_needs(
    connection: Connection,
    rows: Sequence[RowMapping],
    actor: Actor,
    setup: Setup,
    *,
    accepted_at: datetime | None = None,
    seen: bool = False,
) -> list[PostNeed]:
    """Return what each of these posts needs, by the facts on file now.

    One that cannot be judged needs nothing, and stops no other.
    """
    ids = [row["id"] for row in rows]
    parts = stored.list_parts(connection, ids)
    on_file = takedowns.list_of_posts(connection, ids)
    needs = []
    for row, judged in zip(rows, _judge_posts(connection, rows, parts, actor, setup), strict=True):
        if judged is None:
            continue
        known = parts.get(row["id"], set())
        if accepted_at is not None:
            named = [one.person_id for one in judged.refusals if one.part == "named"]
            pardoned = set(named) - find_people_since(connection, named, accepted_at)
            judged.parts.update((person, "accepted") for person in pardoned)
        needs.append(_find_need(row, judged, known, on_file.get(row["id"], ()), seen=seen))
    return needs


def _find_need(
    row: RowMapping, judged: _Judged, known: set[Part], on_file: Sequence[RowMapping], *, seen: bool
) -> PostNeed:
    pardoned = {person for person, part in judged.parts if part == "accepted"}
    against = {
        one.person_id: one
        for one in judged.refusals
        if one.part == "pictured" or one.person_id not in pardoned
    }
    people = judged.case.facts.people
    there = {who for who, _ in judged.parts if who in people and is_known(people[who])}
    latest = {one["subject_id"]: one for one in on_file}
    return PostNeed(
        row["id"],
        sorted(judged.parts - known),
        [one for who, one in against.items() if _is_new(latest.get(who))],
        [
            (latest[who], one)
            for who, one in against.items()
            if who in latest and _is_open_again(latest[who], one, row, seen=seen)
        ],
        [
            one
            for who, one in latest.items()
            if one["state"] in WAITING and who in there and who not in against
        ],
    )


def _is_new(last: RowMapping | None) -> bool:
    """Return whether a refusal is new work: there was none before, or it is over."""
    return last is None or bool(last["state"] == "lapsed")


def _is_open_again(last: RowMapping, one: Refusal, row: RowMapping, *, seen: bool) -> bool:
    """Return whether a takedown is open again: the post is back, or shows whom it only named."""
    if last["state"] == "confirmed":
        return seen or bool(row["seen_at"] > last["changed_at"])
    return bool(last["state"] == "contested" and (last["part"], one.part) == ("named", "pictured"))


def _judge_posts(
    connection: Connection,
    rows: Sequence[RowMapping],
    parts: Mapping[str, set[Part]],
    actor: Actor,
    setup: Setup,
) -> list[_Judged | None]:
    """Return each post as it is judged on the facts of now; None where that fails."""
    asked = [_list_questions(row) for row in rows]
    on_record = [_make_question(some) for some in parts.values()]
    try:
        everything = [*on_record, *(one for questions in asked for one in questions)]
        facts = load_facts(connection, everything, actor.at, setup)
        return [
            _judge_post(questions, facts, parts.get(row["id"], set()))
            for row, questions in zip(rows, asked, strict=True)
        ]
    except StoreUnavailableError:
        raise
    except Exception as error:  # noqa: BLE001 - one of them may be to blame for all
        _log.error("published posts cannot be judged", extra={"error": describe_traceback(error)})
        if len(rows) <= 1:
            return [None] * len(rows)
        each = (_judge_posts(connection, [row], parts, actor, setup) for row in rows)
        return [one for some in each for one in some]


def _judge_post(questions: Sequence[Question], facts: Facts, known: set[Part]) -> _Judged:
    cases = [open_case(one, facts) for one in questions]
    parts = known.union(*(list_parts(case) for case in cases))
    return _Judged(cases[0], parts, [*find_refusals(cases[0], parts)])


def _make_question(known: Iterable[Part]) -> Question:
    """Return a question for the facts about everybody who is on record in a post."""
    refs = tuple(PersonRef("", id=who) for who in sorted({who for who, _ in known}))
    return Question("photo-consent", pictured=Pictured(students=refs))


def _list_questions(row: RowMapping) -> list[Question]:
    """Return the questions by which everybody in a post is found; the first is that of the post.

    The others are about its text elsewhere, and about what declarations say of its media beside it.
    Nobody's schools limit them: whoever asked, everybody in the post is heard.
    """
    asked = [] if row["asked"] is None else rebuild_questions(row["asked"])
    account = AccountRef("", row["platform"], row["handle_key"])
    # A post is out: its planned time is of no account any more.
    questions = [
        replace(one, publish_at=None, schools=None)
        for one in asked or [Question("post", account=account)]
    ]
    post = questions[0]
    if post.pictured.declared and any(one.sha256 for one in post.media):
        questions.append(replace(post, pictured=Pictured(), declaration=None))
    return questions
