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

from app.checks.kept_questions import ELSEWHERE, clean_text, keep_question
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
from app.store.ledger.record_sums import binding
from app.store.published import records as stored
from app.store.published.records import Match, NewPublication

# A decision is about a post that goes out from a day before its planned time to a week after. It
# may have been asked for long before; so far back it is looked for.
_EARLY, _LATE = timedelta(days=1), timedelta(days=7)
_PLANNED = timedelta(days=400)
# Decisions about one account that are compared with a post.
_MOST = 1_000
# Findings about names in a text, which a person may say yes to.
_NAMES = frozenset({"text.name_not_allowed", "text.other_name_not_allowed"})


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
    text has changed since, or where it was not known to be asked about. Raises
    `InvalidRequestError` for a clearance or a decision that the reporter may not know.
    """
    with binding(connection, actor.at, actor.caller):
        known = stored.find_publication(connection, new)
        match: Match | None
        if known is None:
            match = _find_match(connection, account, new, cited)
            row = stored.add_publication(connection, actor, new, match)
        else:
            told, match = _match_again(connection, account, new, cited, known)
            row = stored.see_again(connection, actor, known, told, match)
        if match is not None and match.clearance_id is not None:
            _use_clearance(connection, actor, match.clearance_id)
        settle_publications(
            connection,
            actor,
            setup,
            [row["id"]],
            accepted_at=None if match is None else match.accepted_at,
            # That of an archive may have been taken down since the archive was made.
            seen=new.source != "archive",
        )
    return Recorded(row, known is not None)


def _match_again(
    connection: Connection,
    account: Account,
    new: NewPublication,
    cited: NamedAnswer,
    known: RowMapping,
) -> tuple[NewPublication, Match | None]:
    """Return what is known of a post on record by now, and its match; None where that stands.

    Networks alter texts. So a text from another source does not replace that of a post that was
    asked about: both are judged.
    """
    old = _read_asked(known)
    old_text = None if known["text_sha256"] is None else old["text"]
    is_elsewhere = new.source != known["source"]
    keeps_text = new.text is None or (
        is_elsewhere and (old_text is not None or known["state"] != "unasked")
    )
    told = replace(
        new,
        text=old_text if keeps_text else new.text,
        media=_read_media(known) if new.media is None else new.media,
    )
    edited = told.text_sha256 != known["text_sha256"] or told.media != _read_media(known)
    if not edited:
        told = replace(told, published_at=min(new.published_at, known["published_at"]))
    if edited or known["state"] == "unasked":
        match = _find_match(connection, account, told, cited)
        return told, match if match.state != "unasked" else _add_known(match, old, told)
    if is_elsewhere and new.text and new.text != old["text"]:
        return told, _keep_match(known, {**old, ELSEWHERE: clean_text(new.text)})
    return told, None


def _add_known(match: Match, old: Mapping[str, Any], told: NewPublication) -> Match:
    """Return a match that keeps what is known of the post: an edit takes no person out of it."""
    if "request" not in old:
        return match
    request = dict(old["request"])
    there = {(one.get("sha256") or "").lower() for one in request.get("media", ())}
    added = [{"kind": "photo", "sha256": one} for one in told.media or () if one not in there]
    request["media"] = [*request.get("media", ()), *added][:MAX_MEDIA]
    return replace(match, asked={**old, "request": request, "text": clean_text(told.text or "")})


def _keep_match(known: RowMapping, asked: Mapping[str, Any]) -> Match:
    """Return the match of a post on record with another question, by which it is judged."""
    return Match(
        known["state"], asked, known["decision_id"], known["clearance_id"], known["matched_by"],
        known["differs"],
    )  # fmt: skip


def _read_asked(known: RowMapping) -> dict[str, Any]:
    asked: dict[str, Any] = {"text": ""} if known["asked"] is None else orjson.loads(known["asked"])
    return asked


def _read_media(known: RowMapping) -> tuple[str, ...] | None:
    return None if known["media"] is None else tuple(orjson.loads(known["media"]))


def _find_match(
    connection: Connection, account: Account, new: NewPublication, cited: NamedAnswer
) -> Match:
    differs: ClearanceCode | None = None
    if cited.clearance is not None:
        row = _read_clearance(connection, cited)
        differs = _compare_clearance(row, new)
        if differs is None or differs == "revoked":
            return _match_clearance(connection, account, row, new, differs)
    named = _read_cited(connection, cited) if cited.decision is not None else None
    names = _list_names(connection, account)
    since, until = new.published_at - _PLANNED, new.published_at + CLOCKS_DIFFER
    # The last one counts, even where an earlier one is named: it was decided on newer facts.
    for decision in list_decisions_about(connection, names, since, until, _MOST):
        if _is_recognized(new) and _fits_decision(decision, new):
            is_named = named is not None and named.id == decision.id
            by: PublishedMatch = "decision" if is_named else "text" if new.text else "media"
            return replace(_match_decision(connection, decision, new, by), differs=differs)
    if named is not None and _is_on(connection, named, account) and _fits_decision(named, new):
        return _match_decision(connection, named, new, "decision")
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
        (is_late, "revoked"),
        (new.published_at < row["not_before"], "too_early"),
        (new.published_at > row["not_after"], "expired"),
        (row["state"] == "used", "used"),
    )
    return next((code for misfits_it, code in misfits if misfits_it), None)


def _match_clearance(
    connection: Connection,
    account: Account,
    row: RowMapping,
    new: NewPublication,
    differs: ClearanceCode | None,
) -> Match:
    state: PublishedState = "allowed" if differs is None else "not_allowed"
    try:
        decision = read_decision(connection, row["decision_id"])
    except (ErasedError, NotFoundError):
        asked = _make_question(account, new)
        return Match(state, asked, row["decision_id"], row["id"], "clearance", differs)
    found = _match_decision(connection, decision, new, "clearance")
    if row["asked"] is not None and not new.text:  # the ledger keeps the text of reviews alone
        found = replace(found, asked=orjson.loads(row["asked"]))
    return replace(found, state=state, clearance_id=row["id"], differs=differs)


def _match_decision(
    connection: Connection, decision: RecordedDecision, new: NewPublication, by: PublishedMatch
) -> Match:
    allowed = decision.answer["outcome"] == "allow"
    allowed = allowed and not _is_revoked(connection, decision, new.published_at)
    text = clean_text(new.text or decision.text)
    return Match(
        state="allowed" if allowed else "not_allowed",
        asked=keep_question(decision.request, text, decision.asker),
        decision_id=decision.id,
        matched_by=by,
        accepted_at=_find_acceptance(decision),
    )


def _is_revoked(connection: Connection, decision: RecordedDecision, at: datetime) -> bool:
    """Return whether the clearance that a decision gave had been revoked by then."""
    given = decision.answer.get("clearance")
    row = clearances.read_clearance(connection, given["id"]) if given else None
    return row is not None and row["state"] == "revoked" and row["ended_at"] <= at


def _find_acceptance(decision: RecordedDecision) -> datetime | None:
    """Return when a person's yes to the names in the text of an allow was counted, or None."""
    if decision.answer["outcome"] != "allow":
        return None
    for one in decision.answer["findings"]:
        resolved = one.get("resolved")
        if one["code"] in _NAMES and resolved is not None and resolved["outcome"] == "allow":
            return datetime.fromisoformat(decision.answer["decided_at"])
    return None


def _make_question(account: Account, new: NewPublication) -> dict[str, Any]:
    """Return the question that nobody asked, as far as the report tells what the post is."""
    media = [{"kind": "photo", "sha256": one} for one in new.media or ()]
    named = {"platform": account.platform, "handle": account.handle_key}
    request = {"account": named, "purpose": "school", "media": media[:MAX_MEDIA]}
    return keep_question(request, clean_text(new.text or ""), Asker())


def _is_on(connection: Connection, decision: RecordedDecision, account: Account) -> bool:
    label = account_asked("post", decision.request)
    return label is not None and label in _list_names(connection, account)


def _list_names(connection: Connection, account: Account) -> set[str]:
    """Return every name by which checks ask about an account, as `account_asked` writes it."""
    aliases = list_aliases(connection, account.id)
    return {account.key, *(f"{system}:{value}" for system, value in aliases)}


def _is_recognized(new: NewPublication) -> bool:
    """Return whether there is anything of its content to recognize a post by."""
    return new.text is not None or bool(new.media)


def _fits_decision(decision: RecordedDecision, new: NewPublication) -> bool:
    """Return whether a post may be that of a decision, which was to go out about then.

    What is not known of it contradicts nothing.
    """
    planned = datetime.fromisoformat(decision.answer["publish_at"])
    decided = datetime.fromisoformat(decision.answer["decided_at"])
    if not planned - _EARLY <= new.published_at <= planned + _LATE:
        return False
    if decided > new.published_at + CLOCKS_DIFFER:
        return False
    return _has_text(decision.request, new.text) and _has_media(decision.request, new.media)


def _has_text(request: Mapping[str, Any], text: str | None) -> bool:
    asked = request.get("text_sha256")
    if text is None:
        return True  # its media say
    return asked in _digest_forms(text) if text.strip() else asked is None


def _has_media(request: Mapping[str, Any], media: Sequence[str] | None) -> bool:
    """Return whether the media are those that were asked about, each by its digest."""
    if media is None:
        return True  # its text says
    return {(one.get("sha256") or "").lower() for one in request.get("media") or ()} == set(media)


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
