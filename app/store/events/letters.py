"""Letters that are due: reviews that wait for offices and owners, and posts to be taken down.

Each is sent to an address once. A review that has ended is forgotten, so that it is sent again
where it begins anew.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple, get_args

import orjson
from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from app.database.json_lists import as_json, is_in, json_list
from app.database.tables import account_aliases, accounts, events, mail_rounds, notices, people
from app.policy.words import Office
from app.store.decisions.records import RecordedDecision, parse_decision
from app.store.decisions.resolutions import digest_content
from app.store.decisions.review_queue import ReviewFilter, list_waiting
from app.store.permissions.designations import list_acting

LetterKind = Literal["review", "takedown"]
KINDS: tuple[LetterKind, ...] = get_args(LetterKind)
# What waited before that is no news: mail was not set up, or its server was away.
NEWS = timedelta(days=7)
_MOST_REVIEWS = 500
_COMMUNICATIONS: Office = "director_communications"
_OFFICES: tuple[Office, ...] = (_COMMUNICATIONS, "superintendent")
_OWNER = "content_owner"
# Nothing that means more in a letter's head: lists, groups, comments, names, quotes.
_ADDRESS = re.compile(r"[^@\s,<>()\[\]:;\"\\\x00-\x1f\x7f]+@[^@\s,<>()\[\]:;\"\\\x00-\x1f\x7f]+")
# Returns the account that a check's request asks about, or None.
AccountOf = Callable[[str, Mapping[str, Any]], str | None]


class DueNotice(NamedTuple):
    """Something that an address has not been sent; `note` is what is kept once it has."""

    kind: LetterKind
    id: str
    address: str
    note: str


class DueLetters(NamedTuple):
    """Notices to be sent, the oldest first, and the notes of what has ended since it was sent."""

    notices: list[DueNotice]
    ended: list[str]


def find_due(
    connection: Connection, now: datetime, today: date, account_of: AccountOf
) -> DueLetters:
    """Return what is due; the index of decisions has been caught up."""
    rows = connection.execute(
        select(notices.c.kind, notices.c.about).where(notices.c.kind.in_(KINDS))
    )
    told = {row.about: row.kind for row in rows}
    waiting = list_waiting(connection, ReviewFilter(since=now - NEWS), None, _MOST_REVIEWS)
    reviews = [*_list_reviews(connection, reversed(waiting), today, account_of)]
    due = [*reviews, *_list_takedowns(connection, now, today)]
    still = {one.note for one in reviews}
    of_reviews = [note for note, kind in told.items() if kind == "review"]
    all_seen = len(waiting) < _MOST_REVIEWS
    return DueLetters(
        [one for one in due if one.note not in told],
        [note for note in of_reviews if all_seen and note not in still],
    )


def note_sent(connection: Connection, sent: Iterable[DueNotice], at: datetime) -> None:
    """Record that a letter was sent to an address."""
    rows = {one.note: {"kind": one.kind, "about": one.note, "sent_at": at} for one in sent}
    connection.execute(insert(notices), list(rows.values()))


def forget_ended(connection: Connection, ended: Sequence[str], now: datetime) -> None:
    """Forget what was sent about reviews that no longer wait, and of what is no news any more."""
    given = {"notes": as_json(ended)}
    gone = notices.c.kind == "review", is_in(notices.c.about, json_list("notes"))
    connection.execute(delete(notices).where(*gone), given)
    old = notices.c.kind == "takedown", notices.c.sent_at < now - 2 * NEWS
    connection.execute(delete(notices).where(*old))


def begin_round(connection: Connection, name: str, now: datetime, until: datetime) -> bool:
    """Take the round of mail for this process, until `until`; return whether it is free."""
    if not is_round_free(connection, name, now):
        return False
    end_round(connection, name, until)
    return True


def end_round(connection: Connection, name: str, next_at: datetime) -> None:
    """Say when the next round may begin."""
    table = mail_rounds
    moved = update(table).where(table.c.name == name).values(next_at=next_at)
    if connection.execute(moved).rowcount == 0:
        connection.execute(insert(table).values(name=name, next_at=next_at))


def is_round_free(connection: Connection, name: str, now: datetime) -> bool:
    """Return whether a round may begin now."""
    next_at = connection.scalar(select(mail_rounds.c.next_at).where(mail_rounds.c.name == name))
    return next_at is None or next_at <= now


def _list_reviews(
    connection: Connection, rows: Iterable[RowMapping], today: date, account_of: AccountOf
) -> Iterator[DueNotice]:
    acting = {office: list_acting(connection, office, today) for office in _OFFICES}
    for row in rows:
        decision = parse_decision(row["id"], row["caller"], row["payload"])
        content = digest_content(decision.check, decision.request)
        parties = _find_parties(decision)
        able = {
            person: address
            for office in _OFFICES
            if office in parties
            for person, address in acting[office].items()
        }
        if _OWNER in parties:
            able |= _find_owner(connection, account_of(decision.check, decision.request))
        able.pop(decision.asker.person_id or "", None)  # nobody answers their own
        yield from _address_notices("review", decision.id, content, able.values())


def _list_takedowns(connection: Connection, now: datetime, today: date) -> Iterator[DueNotice]:
    opened = select(events.c.id, events.c.data).where(
        events.c.kind == "takedown.opened", events.c.at >= now - NEWS
    )
    found = connection.execute(opened.order_by(events.c.number)).all()
    if not found:
        return
    able = list_acting(connection, _COMMUNICATIONS, today)
    for one in found:  # each time it is opened is news of its own
        takedown = orjson.loads(one.data)["takedown"]
        yield from _address_notices("takedown", takedown, one.id, able.values())


def _find_parties(decision: RecordedDecision) -> frozenset[str]:
    """Return who can end it alone; where no one can, all who have a part in it."""
    open_ones = [one for one in decision.doubts if one["outcome"] == "review"]
    parts = [frozenset(one["resolvable_by"]) for one in open_ones]
    if not parts:
        return frozenset()
    return frozenset.intersection(*parts) or frozenset.union(*parts)


def _find_owner(connection: Connection, account: str | None) -> dict[str, str | None]:
    """Return the content owner of the account that a decision is found by, with the address."""
    if account is None:
        return {}
    platform, _, handle_key = account.partition("/")
    system, _, external_id = account.partition(":")
    aliased = select(account_aliases.c.account_id).where(
        account_aliases.c.system == system, account_aliases.c.value == external_id
    )
    named = (accounts.c.platform == platform) & (accounts.c.handle_key == handle_key)
    owner = select(people.c.id, people.c.email).join(accounts, accounts.c.owner_id == people.c.id)
    same = named | accounts.c.id.in_(aliased)
    rows = connection.execute(owner.where(same, people.c.status == "active"))
    return {row.id: row.email for row in rows}


def _address_notices(
    kind: LetterKind, ident: str, about: str, addresses: Collection[str | None]
) -> Iterator[DueNotice]:
    for address in sorted({one for one in addresses if one and _ADDRESS.fullmatch(one)}):
        note = hashlib.sha256(f"{kind} {about} {address}".encode()).hexdigest()
        yield DueNotice(kind, ident, address, note)
