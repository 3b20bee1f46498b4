"""Clearances: given with an allow, bound to its content, account and time, and judged again.

A clearance says what was allowed. Whether it still is, only the rules say, by the facts on file at
that moment: so whoever verifies one has them asked again.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, RowMapping

from app.checks.kept_questions import keep_question, rebuild_question
from app.checks.queue import Inquiry
from app.errors import StoreUnavailableError
from app.log import describe_traceback
from app.policy.case import Case, open_case
from app.policy.facts import Account, Facts, Setup
from app.policy.question import AccountRef, Asker, Question
from app.policy.resolutions import apply_resolutions
from app.policy.rulebook import evaluate_question
from app.policy.rules.text import list_named_students
from app.policy.verdict import Verdict
from app.policy.words import ClearanceCode
from app.store.clearances.digests import digest_alt_texts, digest_text
from app.store.clearances.records import NewClearance
from app.store.decisions.resolutions import digest_content, find_resolutions
from app.store.facts.loader import load_facts
from app.store.ledger.chain import make_id

_log = logging.getLogger("clearpost.clearances")
MESSAGES: Mapping[ClearanceCode, str] = {
    "live": "It may be published now.",
    "used": "A post was published on it.",
    "revoked": "It is no longer allowed. Ask the check again to learn why.",
    "suspended": "A list is too old to tell. It is live again once a fresh one comes.",
    "other_text": "It was given for another text, or for other descriptions of the media.",
    "other_media": "It was given for other media.",
    "other_account": "It was given for another account.",
    "other_time": "It is not allowed at that time.",
    "too_early": "Its time has not come.",
    "expired": "Its time is over.",
}
# Doubts that pass by themselves once the list comes or the clock is right.
_PASSING = frozenset({"list.stale", "list.missing", "list.ahead", "clock.behind"})
_UNREADABLE = "unreadable"
_ANOTHER = "another_bearer"


class Publication(NamedTuple):
    """A post as it is to go out: its text, the SHA-256 of its media, its account and its time.

    `alt_texts` describe its media, in any order.
    """

    text: str
    alt_texts: Sequence[str]
    media: Sequence[str]
    account: AccountRef
    at: datetime


class Judged(NamedTuple):
    """A clearance judged again: `suspended` where only the age of a list is in the way.

    `reason` are the codes that are against it, empty where none is.
    """

    reason: str = ""
    suspended: bool = False

    @property
    def holds(self) -> bool:
        """Return whether the post is still allowed."""
        return not self.reason


def make_clearance(
    inquiry: Inquiry, case: Case, verdict: Verdict, decision_id: str
) -> NewClearance | None:
    """Return the clearance of an allow that was asked for one; None for every other answer."""
    if not inquiry.clearance_minutes or verdict.outcome != "allow":
        return None
    if case.account is None or case.author is None or case.author.person is None:
        return None  # nothing to bind it to; such a post is no allow
    question = case.asked
    around = timedelta(minutes=inquiry.clearance_minutes)
    media = tuple(sorted({one.sha256 for one in question.media if one.sha256}))
    named = (one.id for one in list_named_students(case))
    asker = Asker(question.schools, question.asked_by, question.for_others)
    return NewClearance(
        id=make_id(),
        decision_id=decision_id,
        lineage=inquiry.owner,
        account_id=case.account.id,
        author_id=case.author.person.id,
        text_sha256=digest_text(inquiry.text),
        alt_texts_sha256=digest_alt_texts(
            one.get("alt_text") or "" for one in inquiry.request.get("media", ())
        ),
        media=media,
        not_before=verdict.as_of_at - around,
        not_after=verdict.as_of_at + around,
        made_at=case.facts.now,
        asked=keep_question(inquiry.request, inquiry.text, asker),
        facts={
            "person": {*verdict.subjects, *named},
            "account": (case.account.id,),
            "media": media,
        },
    )


def judge_again(
    connection: Connection,
    rows: Sequence[RowMapping],
    now: datetime,
    setup: Setup,
    at: datetime | None = None,
) -> list[Judged]:
    """Ask again what live clearances were given for, and return the outcome of each.

    For the time `at`, or that of each post. One that cannot be judged holds no longer, and stops no
    other.
    """
    questions = [_rebuild_question(row, at) for row in rows]
    try:
        facts = load_facts(connection, [one for one in questions if one is not None], now, setup)
    except StoreUnavailableError:
        raise
    except Exception as error:  # noqa: BLE001 - one of them may be to blame for all
        _log.error("clearances cannot be judged", extra={"error": describe_traceback(error)})
        if len(rows) == 1:
            return [Judged(_UNREADABLE)]
        return [one for row in rows for one in judge_again(connection, [row], now, setup, at)]
    verdicts = [None if one is None else _evaluate_question(one, facts) for one in questions]
    doubtful = {
        number: digest_content("post", orjson.loads(rows[number]["asked"])["request"])
        for number, verdict in enumerate(verdicts)
        if verdict is not None and verdict.outcome == "review"
    }
    given = find_resolutions(connection, doubtful.values()) if doubtful else {}
    for number, content in doubtful.items():
        question, verdict = questions[number], verdicts[number]
        if content in given and question is not None and verdict is not None:
            own = load_facts(connection, [question], now, setup)
            verdicts[number] = apply_resolutions(verdict, question, own, given[content])
    return [
        Judged(_ANOTHER) if one and facts.has_new_bearer(one.subjects, row["made_at"])
        else _describe_verdict(one)
        for one, row in zip(verdicts, rows, strict=True)
    ]  # fmt: skip


def _evaluate_question(question: Question, facts: Facts) -> Verdict | None:
    """Return the verdict; None where it fails."""
    try:
        return evaluate_question(question, facts)
    except Exception as error:  # noqa: BLE001 - whatever it is, nothing is live by it
        _log.error("a clearance cannot be judged", extra={"error": describe_traceback(error)})
        return None


def _describe_verdict(verdict: Verdict | None) -> Judged:
    if verdict is None:
        return Judged(_UNREADABLE)
    if verdict.outcome == "allow":
        return Judged()
    against = {one.code for one in verdict.findings if one.outcome != "allow"}
    suspended = verdict.outcome == "review" and against <= _PASSING
    return Judged(", ".join(sorted(against)), suspended)


def verify_clearance(
    connection: Connection, row: RowMapping, shown: Publication, now: datetime, setup: Setup
) -> tuple[ClearanceCode, Judged]:
    """Return whether a clearance is good for this publication, and what the rules say now.

    The rules are asked last, and only where all else fits. `revoked` with a reason is one that has
    to be revoked: it was live until now.
    """
    misfit = _find_end(row, shown, now) or _find_difference(row, shown)
    if misfit is not None:
        return misfit, Judged()
    meant = find_account(connection, shown.account, now, setup)
    if meant is None or meant.id != row["account_id"]:
        return "other_account", Judged()
    (judged,) = judge_again(connection, [row], now, setup, shown.at)
    if judged.holds:
        return "live", judged
    return ("suspended" if judged.suspended else "revoked"), judged


def _find_end(row: RowMapping, shown: Publication, now: datetime) -> ClearanceCode | None:
    if row["state"] != "live":
        state: ClearanceCode = row["state"]
        return state
    if shown.at < row["not_before"]:
        return "too_early"
    return "expired" if max(shown.at, now) > row["not_after"] else None


def _find_difference(row: RowMapping, shown: Publication) -> ClearanceCode | None:
    if digest_text(shown.text) != row["text_sha256"]:
        return "other_text"
    if digest_alt_texts(shown.alt_texts) != row["alt_texts_sha256"]:
        return "other_text"
    media = sorted({one.lower() for one in shown.media})
    return None if media == orjson.loads(row["media"]) else "other_media"


def find_account(
    connection: Connection, account: AccountRef, now: datetime, setup: Setup
) -> Account | None:
    """Return the account of the register that is meant, or None."""
    question = Question("account", account=account)
    return open_case(question, load_facts(connection, [question], now, setup)).account


def _rebuild_question(row: RowMapping, at: datetime | None) -> Question | None:
    """Return what a clearance was given for, for the time `at`; None where it cannot be read."""
    question = rebuild_question(row["asked"])
    return question if at is None or question is None else replace(question, publish_at=at)
