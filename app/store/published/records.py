"""Published posts on record: reported by a scheduler or found in a timeline, and who is in them.

A post is known by the id that its network gave it, by its address, or, where one report lacks both,
by its text within the hour.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, insert, or_, select, update

from app.database.json_lists import as_json, is_in, json_list
from app.database.tables import accounts, published_people, published_posts, takedowns
from app.errors import NotFoundError
from app.policy.refusals import Part
from app.policy.words import (
    WAITING,
    ClearanceCode,
    PublishedList,
    PublishedMatch,
    PublishedState,
)
from app.store.clearances.digests import digest_text
from app.store.ledger.chain import make_id
from app.store.ledger.changes import Actor, Change, record_change, to_json_values
from app.store.ledger.record_sums import watch, watch_first_keys
from app.store.people.memberships import is_of_schools

KIND = "published"
ReportedBy = Literal["report", "timeline", "archive"]
_c, _people = published_posts.c, published_people.c
# Two reports of one text within this time are of one post, where no id or address parts them.
_SAME_POST = timedelta(hours=1)
_SHOWN = select(
    published_posts,
    accounts.c.platform,
    accounts.c.handle,
    accounts.c.handle_key,
    accounts.c.org_id,
).join(accounts, accounts.c.id == _c.account_id)


@dataclass(frozen=True, slots=True)
class NewPublication:
    """A report of a published post. Media are lower-case SHA-256 in order.

    None of text or media: not known. An `archive` shows what was there when it was made.
    """

    account_id: str
    published_at: datetime
    external_id: str | None = None
    url: str | None = None
    text: str | None = None
    media: tuple[str, ...] | None = None
    source: ReportedBy = "report"

    @property
    def text_sha256(self) -> str | None:
        """Return the digest of the text; None where none is known, or it is empty."""
        return digest_text(self.text) if self.text else None


@dataclass(frozen=True, slots=True)
class Match:
    """The answer that a published post had: its state, the decision, and how it was recognized.

    `differs` says in what it is not the post of the clearance that was named. `asked` is what to
    ask again, as JSON values; `accepted_at` is the time of a person's yes to the names in its
    text.
    """

    state: PublishedState
    asked: Mapping[str, Any]
    decision_id: str | None = None
    clearance_id: str | None = None
    matched_by: PublishedMatch | None = None
    differs: ClearanceCode | None = None
    accepted_at: datetime | None = None


class PublicationFilter(NamedTuple):
    """A filter of published posts; None for any. Times include their ends.

    `schools` limits the accounts to those the caller may know of.
    """

    list: PublishedList | None = None
    account_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    schools: frozenset[str] | None = None
    person_id: str | None = None


def find_publication(connection: Connection, new: NewPublication) -> RowMapping | None:
    """Return the post on record that this report is about, or None."""
    same = [
        column == value
        for column, value in ((_c.external_id, new.external_id), (_c.url, new.url))
        if value is not None
    ]
    mine = select(published_posts).where(_c.account_id == new.account_id)
    if same:
        found = connection.execute(mine.where(or_(*same)).order_by(_c.id).limit(1))
        if row := found.mappings().first():
            return row
    return _find_same_text(connection, mine, new) if new.text_sha256 else None


def _find_same_text(connection: Connection, mine: Any, new: NewPublication) -> RowMapping | None:
    """Return the post with this text of about that time, unless its ids say that it is another."""
    near = _c.published_at.between(new.published_at - _SAME_POST, new.published_at + _SAME_POST)
    rows = mine.where(_c.text_sha256 == new.text_sha256, near).order_by(_c.id)
    for row in connection.execute(rows).mappings():
        parted = (
            (row["external_id"] and new.external_id)
            or (row["url"] and new.url)
            or (None not in (row["media"], new.media) and row["media"] != _write_media(new))
        )  # both are known, and they are not the same
        if not parted:
            found: RowMapping = row
            return found
    return None


def add_publication(
    connection: Connection, actor: Actor, new: NewPublication, match: Match
) -> RowMapping:
    """Record a published post for the first time, and return it; within `binding`."""
    row = {
        "id": make_id(),
        **_describe_report(new),
        **_describe_match(match),
        "reported_by": actor.caller,
        "reported_at": actor.at,
        "seen_at": actor.at,
    }
    with watch_first_keys(connection, published_posts, [row["id"]]):
        connection.execute(insert(published_posts).values(row))
    _record_change(connection, actor, row, "reported")
    return read_publication(connection, row["id"])


def see_again(
    connection: Connection, actor: Actor, row: RowMapping, new: NewPublication, match: Match | None
) -> RowMapping:
    """Note that a post on record was reported again, and return it.

    What was not known is filled in. With a `match` it is judged by that, and its text and media
    are those of `new`. Call it within `binding`.
    """
    report = _describe_report(new)
    if match is None:
        changed = {name: one for name, one in report.items() if row[name] is None and one}
    else:
        # Whose report it is, and where and when it went out, stays as it was first told.
        of_post = ("external_id", "url", "text_sha256", "media")
        changed = {name: report[name] for name in of_post if report[name] is not None}
        changed |= _describe_match(match)
    changed = {name: value for name, value in changed.items() if value != row[name]}
    seen = update(published_posts).where(_c.id == row["id"])
    with watch_first_keys(connection, published_posts, [row["id"]] if changed else []):
        connection.execute(seen.values(**changed, seen_at=actor.at))
    if changed.keys() - {"asked"}:
        _record_change(connection, actor, {**row, **changed}, "changed")
    return read_publication(connection, row["id"])


def _write_media(new: NewPublication) -> str | None:
    return None if new.media is None else orjson.dumps(new.media).decode()


def _describe_report(new: NewPublication) -> dict[str, Any]:
    return {
        "account_id": new.account_id,
        "external_id": new.external_id,
        "url": new.url,
        "published_at": new.published_at,
        "text_sha256": new.text_sha256,
        "media": _write_media(new),
        "source": new.source,
    }


def _describe_match(match: Match) -> dict[str, Any]:
    return {
        "state": match.state,
        "decision_id": match.decision_id,
        "clearance_id": match.clearance_id,
        "matched_by": match.matched_by,
        "differs": match.differs,
        "asked": orjson.dumps(match.asked).decode(),
    }


def _record_change(
    connection: Connection, actor: Actor, row: Mapping[str, Any], action: str
) -> None:
    """Put on the ledger what is on record of a post, without its text; who is in it comes later."""
    shown = {name: value for name, value in row.items() if name in _c and name != "asked"}
    change = Change(KIND, row["id"], action, after=to_json_values(shown))
    record_change(connection, actor, change)


def read_publication(connection: Connection, published_id: str) -> RowMapping:
    """Return a published post with its account's name; raises `NotFoundError`."""
    found = connection.execute(_SHOWN.where(_c.id == published_id)).mappings().one_or_none()
    if found is None:
        raise NotFoundError
    return found


def list_publications(
    connection: Connection, wanted: PublicationFilter, before: str | None, limit: int
) -> list[RowMapping]:
    """Return up to `limit` published posts older than id `before`, the last reported first."""
    rows = _SHOWN.where(*_list_conditions(wanted))
    if before is not None:
        rows = rows.where(_c.id < before)
    return list(connection.execute(rows.order_by(_c.id.desc()).limit(limit)).mappings())


def _list_conditions(wanted: PublicationFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.list == "refused":
        conditions.append(_c.id.in_(_select_refused(wanted.schools)))
    elif wanted.list is not None:
        conditions.append(_c.state == wanted.list)
    if wanted.person_id is not None:
        theirs = select(_people.published_id).where(_people.person_id == wanted.person_id)
        conditions.append(_c.id.in_(theirs))
    if wanted.account_id is not None:
        conditions.append(_c.account_id == wanted.account_id)
    if wanted.schools is not None:
        conditions.append(accounts.c.org_id.in_(sorted(wanted.schools)))
    return [*conditions, *_list_times(wanted)]


def _list_times(wanted: PublicationFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield _c.published_at >= wanted.since
    if wanted.until is not None:
        yield _c.published_at <= wanted.until


def _select_refused(schools: frozenset[str] | None) -> Select[tuple[str]]:
    """Return the ids of posts with a takedown that waits; with `schools` about their people."""
    waiting = select(takedowns.c.published_id).where(takedowns.c.state.in_(WAITING))
    if schools is None:
        return waiting
    return waiting.where(is_of_schools(takedowns.c.subject_id, schools))


def list_in_turn(connection: Connection, after: str, limit: int) -> list[RowMapping]:
    """Return up to `limit` posts behind id `after`, in order."""
    wanted = _SHOWN.where(_c.id > after)
    return list(connection.execute(wanted.order_by(_c.id).limit(limit)).mappings())


def read_several(connection: Connection, ids: Collection[str]) -> list[RowMapping]:
    """Return these posts, in order."""
    wanted = _SHOWN.where(is_in(_c.id, json_list("ids")))
    return list(connection.execute(wanted.order_by(_c.id), {"ids": as_json(ids)}).mappings())


def find_with_people(connection: Connection, people: Iterable[str]) -> list[str]:
    """Return the ids of the posts in which any of these people is, in order."""
    wanted = select(_people.published_id).where(is_in(_people.person_id, json_list("people")))
    found = connection.scalars(wanted.distinct(), {"people": as_json(people)})
    return sorted(found)


def list_parts(connection: Connection, ids: Collection[str]) -> dict[str, set[Part]]:
    """Return who is in each of these posts."""
    wanted = select(published_people).where(is_in(_people.published_id, json_list("ids")))
    found: dict[str, set[Part]] = {}
    for row in connection.execute(wanted, {"ids": as_json(ids)}):
        found.setdefault(row.published_id, set()).add((row.person_id, row.part))
    return found


def note_parts(connection: Connection, rows: Sequence[tuple[str, Part]]) -> None:
    """Record who is in published posts, within `binding`; none of these may be on record."""
    if not rows:
        return
    values = [{"published_id": post, "person_id": who, "part": p} for post, (who, p) in rows]
    theirs = is_in(_people.published_id, json_list("ids"))
    given = {"ids": as_json({post for post, _ in rows})}
    with watch(connection, published_people, theirs, given):
        connection.execute(insert(published_people), values)
