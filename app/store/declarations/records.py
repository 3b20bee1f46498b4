"""Declarations on file: made, corrected, withdrawn, read and listed.

Each version is a row, and the last counts. What it says holds people by id; the ledger's row about
it goes with the erasure of any of them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, RowMapping, func, insert, or_, select

from app.database.tables import accounts, declarations, declared_media, people
from app.errors import ConflictError, NotFoundError, PersonRequiredError
from app.store.declarations.codes import make_code
from app.store.ledger.chain import make_id
from app.store.ledger.changes import Actor, Change, record_change
from app.store.people.memberships import belongs_to

KIND = "declaration"
# Declarations about one file, whatever became of them: a check compares each with all others.
MOST_ABOUT = 20
_c = declarations.c


@dataclass(frozen=True, slots=True)
class DeclarationContent:
    """The content of a version, as JSON values, and the people in it.

    `said` has `purpose`, `account_id`, `media`, `pictured`, `uses_logo` and `speaks_for_district`.
    """

    said: Mapping[str, Any]
    subjects: Sequence[str]

    @property
    def digests(self) -> list[str]:
        """Return the SHA-256 of all its media."""
        return sorted({one["sha256"] for one in self.said["media"]})


Schools = Collection[str] | None


class DeclarationFilter(NamedTuple):
    """A filter of declarations; None for any. `of` is who made the first version.

    With `schools` those that are about these schools alone, with all their versions.
    """

    of: str | None = None
    sha256: str | None = None
    schools: Schools = None


class Version(NamedTuple):
    """A version and those before it, oldest first."""

    row: RowMapping
    history: Sequence[RowMapping]


def add_declaration(
    connection: Connection, actor: Actor, content: DeclarationContent
) -> RowMapping:
    """Record a declaration; raises `PersonRequiredError` where no person answers for it."""
    code = make_code()
    while connection.scalar(select(_c.seq).where(_c.code == code).limit(1)) is not None:
        code = make_code()
    first = {"id": make_id(), "version": 1, "code": code, "action": "made"}
    return _write_version(connection, actor, first, content, None)


def correct_declaration(
    connection: Connection,
    actor: Actor,
    reference: str,
    of: str | None,
    new: DeclarationContent,
    schools: Schools = None,
) -> RowMapping:
    """Record a new version in place of the last; raises as `withdraw_declaration` does."""
    last = _read_live(connection, reference, of, schools)
    following = {**_identify_next(last), "action": "corrected"}
    return _write_version(connection, actor, following, new, last)


def withdraw_declaration(
    connection: Connection,
    actor: Actor,
    reference: str,
    of: str | None,
    reason: str,
    schools: Schools = None,
) -> RowMapping:
    """Record that a declaration counts no more; the reason stands on the ledger alone.

    `of` limits it to those that this person made, `schools` as in a filter. Raises `NotFoundError`,
    `ConflictError` where it is withdrawn, `PersonRequiredError` where no person answers for it.
    """
    last = _read_live(connection, reference, of, schools)
    content = DeclarationContent(orjson.loads(last["said"]), list_people(last))
    gone = {**_identify_next(last), "action": "withdrawn"}
    return _write_version(connection, actor, gone, content, last, reason)


def read_declaration(
    connection: Connection, reference: str, of: str | None, schools: Schools = None
) -> Version:
    """Return a declaration by its id or code, of one maker or of any; raises `NotFoundError`.

    With `schools` one that is about other people or accounts, too, is as if it were not there.
    """
    wanted = select(declarations).where(or_(_c.id == reference, _c.code == reference))
    rows = connection.execute(wanted.order_by(_c.seq)).mappings().all()
    if not rows or (of is not None and rows[0]["made_by"] != of):
        raise NotFoundError
    if schools is not None and not _is_within(connection, rows, schools):
        raise NotFoundError
    return Version(rows[-1], rows)


def list_declarations(
    connection: Connection, wanted: DeclarationFilter, before: str | None, limit: int
) -> list[RowMapping]:
    """Return up to `limit` declarations older than id `before`, newest first, as they now are."""
    shown: list[RowMapping] = []
    while rows := _list_next(connection, wanted, before, limit):
        shown += _keep_within(connection, rows, wanted.schools)
        before = rows[-1]["id"]
        if len(rows) < limit or len(shown) >= limit:
            break
    return shown[:limit]


def _list_next(
    connection: Connection, wanted: DeclarationFilter, before: str | None, limit: int
) -> list[RowMapping]:
    found = select(_c.id).where(_c.version == 1)
    if wanted.of is not None:
        found = found.where(_c.made_by == wanted.of)
    if wanted.sha256 is not None:
        media = declared_media.c
        found = found.where(
            _c.id.in_(select(media.declaration_id).where(media.sha256 == wanted.sha256))
        )
    if before is not None:
        found = found.where(_c.id < before)
    ids = found.order_by(_c.id.desc()).limit(limit).subquery()
    last = select(func.max(_c.seq)).where(_c.id.in_(select(ids.c.id))).group_by(_c.id)
    rows = select(declarations).where(_c.seq.in_(last)).order_by(_c.id.desc())
    return list(connection.execute(rows).mappings())


def _keep_within(
    connection: Connection, rows: Sequence[RowMapping], schools: Schools
) -> list[RowMapping]:
    """Return the declarations that are about these schools alone, in all their versions."""
    if schools is None:
        return list(rows)
    ids = [row["id"] for row in rows]
    versions: dict[str, list[RowMapping]] = {}
    for one in connection.execute(select(declarations).where(_c.id.in_(ids))).mappings():
        versions.setdefault(one["id"], []).append(one)
    return [row for row in rows if _is_within(connection, versions[row["id"]], schools)]


def _is_within(
    connection: Connection, versions: Sequence[RowMapping], schools: Collection[str]
) -> bool:
    """Return true where all people and accounts are of these schools, or are the maker."""
    named = {one for row in versions for one in list_people(row)} - {versions[0]["made_by"]}
    theirs = people.c.id.in_(named), belongs_to(sorted(schools))
    known = connection.scalar(select(func.count()).select_from(people).where(*theirs))
    used = {orjson.loads(row["said"]).get("account_id") for row in versions} - {None}
    ours = accounts.c.id.in_(used), accounts.c.org_id.in_(sorted(schools))
    found = connection.scalar(select(func.count()).select_from(accounts).where(*ours))
    return (known, found) == (len(named), len(used))


def list_people(row: RowMapping) -> list[str]:
    """Return the ids of the students and employees in a version."""
    pictured = orjson.loads(row["said"])["pictured"]
    return [one["id"] for kind in ("students", "employees") for one in pictured[kind]]


def _read_live(
    connection: Connection, reference: str, of: str | None, schools: Schools
) -> RowMapping:
    last = read_declaration(connection, reference, of, schools).row
    if last["action"] == "withdrawn":
        detail = "It was withdrawn; make a new declaration"
        raise ConflictError(detail)
    return last


def _identify_next(last: RowMapping) -> dict[str, Any]:
    return {"id": last["id"], "code": last["code"], "version": last["version"] + 1}


def _write_version(
    connection: Connection,
    actor: Actor,
    identity: Mapping[str, Any],
    content: DeclarationContent,
    last: RowMapping | None,
    reason: str | None = None,
) -> RowMapping:
    if actor.person_id is None:
        raise PersonRequiredError
    said = orjson.dumps(content.said, option=orjson.OPT_SORT_KEYS).decode()
    row = {**identity, "said": said, "made_by": actor.person_id, "made_at": actor.at}
    connection.execute(insert(declarations).values(row))
    _note_media(connection, identity["id"], content.digests)
    before = None if last is None else orjson.loads(last["said"])
    after = {**content.said, **identity} | ({"reason": reason} if reason else {})
    about = sorted({*content.subjects, *(list_people(last) if last is not None else ())})
    change = Change(KIND, identity["id"], identity["action"], before, after, subjects=about)
    record_change(connection, actor, change)
    written = select(declarations).where(_c.id == identity["id"])
    latest = written.order_by(_c.seq.desc()).limit(1)
    return connection.execute(latest).mappings().one()


def _note_media(connection: Connection, declaration_id: str, digests: Sequence[str]) -> None:
    c = declared_media.c
    known = set(connection.scalars(select(c.sha256).where(c.declaration_id == declaration_id)))
    new = [one for one in digests if one not in known]
    about = select(c.sha256).where(c.sha256.in_(new)).group_by(c.sha256)
    if connection.scalar(about.having(func.count() >= MOST_ABOUT).limit(1)) is not None:
        detail = f"{MOST_ABOUT} declarations are about one of these media; correct one of them"
        raise ConflictError(detail)
    if new:
        rows = [{"sha256": one, "declaration_id": declaration_id} for one in new]
        connection.execute(insert(declared_media), rows)
