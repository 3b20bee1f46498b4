"""Published posts: which answer a post went out on, and its record.

A post is matched to a decision by the clearance or the decision that its report names; else by its
content, to the last decision about the same text and media on the same account. What matches
nothing was never asked. When in doubt it is unasked: that is work for people, and never a yes.
"""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, RowMapping

from app.checks.kept_questions import keep_question
from app.checks.request_parser import account_asked
from app.checks.requests import MAX_MEDIA
from app.checks.takedowns import settle_publications
from app.errors import ErasedError, InvalidRequestError, NotFoundError
from app.policy.consent import CLOCKS_DIFFER
from app.policy.facts import Account, Setup
from app.policy.question import Asker
from app.policy.words import ClearanceCode, PublishedMatch, PublishedState
from app.store.accounts.listing import list_aliases
from app.store.clearances import records as clearances
from app.store.clearances.digests import digest_text
from app.store.decisions.index import list_decisions_about
from app.store.decisions.records import RecordedDecision, read_decision
from app.store.ledger.changes import Actor
from app.store.published import records as stored
from app.store.published.records import Match, NewPublication

# A decision is about a post that goes out from a day before its planned time to a week after. It
# may have been asked for long before; so far back it is looked for.
_EARLY, _LATE = timedelta(days=1), timedelta(days=7)
_PLANNED = timedelta(days=400)
# Decisions about one account that are compared with a post.
_MOST = 1_000


class NamedAnswer(NamedTuple):
    """The answer that a report names: a clearance, a decision, or none.

    `lineage` is that of the keys whose answers the reporter may name; None for all.
    """

    clearance: str | None = None
    decision: str | None = None
    lineage: str | None = None


class Recorded(NamedTuple):
    """A published post on record; `existed` where it was reported before."""

    row: RowMapping
    existed: bool


def record_publication(
    connection: Connection,
    actor: Actor,
    setup: Setup,
    account: Account,
    new: NewPublication,
    cited: NamedAnswer,
) -> Recorded:
    """Record a published post of `account` with its match, the people in it, and its takedowns.

    The clearance that it went out on is used. A post that is on record is judged again where its
    text has changed since, or where nobody knew that it was asked about. Raises
    `InvalidRequestError` for a clearance or a decision that the reporter may not know.
    """
    known = stored.find_publication(connection, new)
    match: Match | None
    if known is None:
        match = _find_match(connection, account, new, cited)
        row = stored.add_publication(connection, actor, new, match)
    else:
        match = _match_again(connection, account, new, cited, known)
        row = stored.see_again(connection, actor, known, new, match)
    if match is not None and match.clearance_id is not None:
        _use_clearance(connection, actor, match.clearance_id)
    accepted = match is not None and match.accepted
    seen = new.source != "archive"  # it may have been taken down since that was made
    settle_publications(connection, actor, setup, [row["id"]], accepted=accepted, seen=seen)
    return Recorded(row, known is not None)


def _match_again(
    connection: Connection,
    account: Account,
    new: NewPublication,
    cited: NamedAnswer,
    known: RowMapping,
) -> Match | None:
    """Return the match of a post on record by the new report; None where the old one stands."""
    edited = (
        new.source == known["source"]
        and new.text_sha256 is not None
        and known["text_sha256"] not in (None, new.text_sha256)
    )
    if not edited and known["state"] != "unasked":
        return None
    match = _find_match(connection, account, new, cited)
    return match if match.state != "unasked" else _add_known(match, known, new)


def _add_known(match: Match, known: RowMapping, new: NewPublication) -> Match:
    """Return a match that keeps who and what is known to be in the post.

    An edited text does not take anybody out of the picture.
    """
    if known["asked"] is None:
        return match
    old = orjson.loads(known["asked"])
    request, text = dict(old["request"]), old["text"] if new.text is None else new.text
    there = {one.get("sha256") for one in request.get("media", ())}
    added = [{"kind": "photo", "sha256": one} for one in new.media or () if one not in there]
    request["media"] = [*request.get("media", ()), *added][:MAX_MEDIA]
    return replace(match, asked={**old, "request": request, "text": text})


def _find_match(
    connection: Connection, account: Account, new: NewPublication, cited: NamedAnswer
) -> Match:
    differs: ClearanceCode | None = None
    if cited.clearance is not None:
        row = _read_clearance(connection, cited)
        differs = _compare_clearance(row, new)
        if differs is None or differs == "revoked":
            return _match_clearance(connection, row, new, differs)
    elif cited.decision is not None:
        named = _read_cited(connection, cited)
        if named is not None and _is_on(connection, named, account) and _is_same(named, new):
            return _match_decision(named, new, "decision")
    names = _list_names(connection, account)
    since, until = new.published_at - _PLANNED, new.published_at + CLOCKS_DIFFER
    for decision in list_decisions_about(connection, names, since, until, _MOST):
        if _is_same(decision, new):
            found = _match_decision(decision, new, "text" if new.text else "media")
            return replace(found, differs=differs)
    return Match("unasked", _make_question(account, new), differs=differs)


def _read_clearance(connection: Connection, cited: NamedAnswer) -> RowMapping:
    row = clearances.read_clearance(connection, cited.clearance or "")
    if row is None or (cited.lineage is not None and row["lineage"] != cited.lineage):
        raise _refuse_unknown("/clearance", "Is the id of no clearance")
    return row


def _read_cited(connection: Connection, cited: NamedAnswer) -> RecordedDecision | None:
    """Return the decision that is named; None where its content is erased."""
    try:
        decision = read_decision(connection, cited.decision or "", cited.lineage)
    except ErasedError:
        return None
    except NotFoundError:
        decision = None
    if decision is None or decision.check != "post":
        raise _refuse_unknown("/decision", "Is the id of no decision about a post")
    return decision


def _refuse_unknown(at: str, message: str) -> InvalidRequestError:
    return InvalidRequestError([{"at": at, "code": "unknown", "message": message}])


def _compare_clearance(row: RowMapping, new: NewPublication) -> ClearanceCode | None:
    """Return in what a post is not that of the clearance; `revoked` where it had ended before."""
    text_differs = new.text is not None and digest_text(new.text) != row["text_sha256"]
    media_differ = new.media is not None and list(new.media) != orjson.loads(row["media"])
    is_late = row["state"] == "revoked" and row["ended_at"] <= new.published_at
    misfits: tuple[tuple[bool, ClearanceCode], ...] = (
        (row["account_id"] != new.account_id, "other_account"),
        (text_differs, "other_text"),
        (media_differ, "other_media"),
        (new.published_at < row["not_before"], "too_early"),
        (new.published_at > row["not_after"], "expired"),
        (row["state"] == "used", "used"),
        (is_late, "revoked"),
    )
    return next((code for misfits_it, code in misfits if misfits_it), None)


def _match_clearance(
    connection: Connection, row: RowMapping, new: NewPublication, differs: ClearanceCode | None
) -> Match:
    state: PublishedState = "allowed" if differs is None else "not_allowed"
    try:
        decision = read_decision(connection, row["decision_id"])
    except (ErasedError, NotFoundError):
        return Match(state, None, row["decision_id"], row["id"], "clearance", differs)
    found = _match_decision(decision, new, "clearance")
    if row["asked"] is not None and not new.text:  # the ledger keeps the text of reviews alone
        found = replace(found, asked=orjson.loads(row["asked"]))
    return replace(found, state=state, clearance_id=row["id"], differs=differs)


def _match_decision(decision: RecordedDecision, new: NewPublication, by: PublishedMatch) -> Match:
    return Match(
        state="allowed" if decision.answer["outcome"] == "allow" else "not_allowed",
        asked=keep_question(decision.request, new.text or decision.text, decision.asker),
        decision_id=decision.id,
        matched_by=by,
        accepted=decision.answer.get("resolution") is not None,
    )


def _make_question(account: Account, new: NewPublication) -> dict[str, Any]:
    """Return the question that nobody asked, as far as the report tells what the post is."""
    media = [{"kind": "photo", "sha256": one} for one in new.media or ()]
    named = {"platform": account.platform, "handle": account.handle_key}
    request = {"account": named, "purpose": "school", "media": media[:MAX_MEDIA]}
    return keep_question(request, new.text or "", Asker())


def _is_on(connection: Connection, decision: RecordedDecision, account: Account) -> bool:
    label = account_asked("post", decision.request)
    return label is not None and label in _list_names(connection, account)


def _list_names(connection: Connection, account: Account) -> set[str]:
    """Return every name by which checks ask about an account, as `account_asked` writes it."""
    aliases = list_aliases(connection, account.id)
    return {account.key, *(f"{system}:{value}" for system, value in aliases)}


def _is_same(decision: RecordedDecision, new: NewPublication) -> bool:
    """Return whether a decision is about a post of this content, that was to go out about then."""
    planned = datetime.fromisoformat(decision.answer["publish_at"])
    decided = datetime.fromisoformat(decision.answer["decided_at"])
    if not planned - _EARLY <= new.published_at <= planned + _LATE:
        return False
    if decided > new.published_at + CLOCKS_DIFFER:
        return False
    if new.text is None and not new.media:
        return False  # nothing to recognize it by
    return _has_text(decision.request, new.text) and _has_media(decision.request, new.media)


def _has_text(request: Mapping[str, Any], text: str | None) -> bool:
    asked = request.get("text_sha256")
    if text is None:
        return True  # its media say
    return asked in _digest_forms(text) if text.strip() else asked is None


def _has_media(request: Mapping[str, Any], media: Sequence[str] | None) -> bool:
    """Return whether the media can be those that were asked about; without digests as many."""
    if media is None:
        return True  # its text says
    asked = request.get("media") or ()
    known = {one["sha256"].lower() for one in asked if one.get("sha256")}
    if len(known) < len(asked):
        return known <= set(media) and len(media) == len(asked)
    return known == set(media)


def _digest_forms(text: str) -> set[str]:
    """Return the SHA-256 of a text as a caller may have sent it: its line ends, blanks and NFC."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = {text, lines, lines.strip(), unicodedata.normalize("NFC", lines.strip())}
    forms = plain | {one.replace("\n", "\r\n") for one in plain}
    return {hashlib.sha256(one.encode()).hexdigest() for one in forms}


def _use_clearance(connection: Connection, actor: Actor, clearance_id: str) -> None:
    live = clearances.read_live(connection, [clearance_id])
    clearances.end_clearances(
        connection, actor, [clearances.Ending(row, "used", None) for row in live]
    )
