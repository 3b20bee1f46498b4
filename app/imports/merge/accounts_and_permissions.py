"""Accounts with their authorizations, and dated permissions: the registry's part of a delivery."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Table,
    and_,
    delete,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.sql.expression import ColumnElement

from app.database import tables
from app.database.json_lists import as_json, json_list
from app.imports.merge import ledger_rows, previous_records
from app.imports.merge.ledger_rows import ImportStamp
from app.imports.merge.records import make_insert, make_upsert
from app.imports.merge.slices import KeyRange, KeyRangeScan, MergeStep, Prepared
from app.imports.staging import staged_tables
from app.imports.staging.staged_tables import Staged
from app.store.accounts.status_events import read_statuses, tell_changed
from app.store.service.plan_parts import Changes

_staged = staged_tables.accounts.c
_managing = staged_tables.account_managers.c
_accounts, _managers, _aliases = tables.accounts, tables.account_managers, tables.account_aliases
_SAME = and_(_accounts.c.platform == _staged.platform, _accounts.c.handle_key == _staged.handle_key)
_MANAGES = and_(
    _accounts.c.platform == _managing.platform, _accounts.c.handle_key == _managing.handle_key
)
# Accounts that a delivered authorization makes authorized ones; those held back it does not.
_WAITS = _accounts.c.status.in_(("requested", "unauthorized_found"))
# A delivery sets once since when an account exists; a later one may only make it older.
_EXISTED = "existed_at"
_COUNT_UP = (
    update(_accounts)
    .where(_accounts.c.id.in_(json_list("ids")))
    .values(version=_accounts.c.version + 1)
)


def make_account_step(rows: int, stamp: ImportStamp, absent: frozenset[str]) -> MergeStep:
    """Return the step of accounts, each with its managers, addresses and authorizations.

    A delivery closes nothing, nor does it free what the offices hold back.
    """
    walk = KeyRangeScan(_staged.platform, _staged.handle_key)

    def apply(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        """Write the accounts of the slice and their rows of the ledger."""
        before = ledger_rows.read_marks(connection)
        found = connection.execute(_select_touched_accounts(absent).where(walk.within), bounds)
        touched = {account_id: bool(added) for account_id, added in found}
        known = [account_id for account_id, added in touched.items() if not added]
        previous_records.keep_accounts(connection, stamp.number, known)
        statuses = read_statuses(connection, known)
        for statement in _make_account_statements(connection, stamp, absent, walk.within):
            connection.execute(statement, bounds)
        connection.execute(_COUNT_UP, {"ids": as_json(known)})
        ledger_rows.append_accounts(connection, stamp, touched)
        tell_changed(connection, stamp.at, statuses)
        ledger_rows.append_added(connection, stamp, before)

    return MergeStep("accounts", walk, apply, rows)


def count_account_changes(connection: Connection, absent: frozenset[str]) -> Changes:
    """Count what the staged accounts change on file. A change of managers is one of the account."""
    touched = _select_touched_accounts(absent).subquery()
    rows = select(touched.c.new, func.count()).group_by(touched.c.new)
    found = {bool(new): number for new, number in connection.execute(rows)}
    added, changed = found.get(True, 0), found.get(False, 0)
    total = staged_tables.count_rows(connection, staged_tables.accounts)
    return Changes(added, changed, total - added - changed)


def _make_account_statements(
    connection: Connection, stamp: ImportStamp, absent: frozenset[str], within: ColumnElement[bool]
) -> Iterator[Any]:
    accounts = staged_tables.accounts
    rows = (accounts.table, within)
    yield _note_changed_identity(stamp, absent, within)
    lasting = absent | {_EXISTED}
    yield make_upsert(connection, accounts, _accounts, stamp, rows, lasting, created_at=stamp.at)
    if "managers" not in absent:
        yield from _replace_managers(connection, within)
    if "url" not in absent:
        yield from _replace_addresses(connection, within)
    yield _add_authorizations(connection, stamp, within)
    yield _note_existence(within)
    yield _note_finds(stamp, within)
    ids = select(_accounts.c.id).join(accounts.table, _SAME)
    authorized = ids.where(within, _staged.authorized_by.is_not(None))
    yield (
        update(_accounts).where(_WAITS, _accounts.c.id.in_(authorized)).values(status="authorized")
    )


def _note_changed_identity(
    stamp: ImportStamp, absent: frozenset[str], within: ColumnElement[bool]
) -> Any:
    """Note when the kind or the address of an account changes: it was authorized as it was."""
    differs = [
        _accounts.c[name].is_distinct_from(_staged[name])
        for name in ("kind", "url")
        if name not in absent
    ]
    changed = select(_accounts.c.id).join(staged_tables.accounts.table, _SAME)
    return (
        update(_accounts)
        .where(_accounts.c.id.in_(changed.where(within, or_(false(), *differs))))
        .values(identity_changed_at=stamp.at)
    )


def _note_existence(within: ColumnElement[bool]) -> Any:
    """Record the earliest time at which a delivery reports an account to have existed (clause 12).

    A delivery makes none younger: that would take a mark off it.
    """
    said = select(_staged.existed_at).where(_SAME).scalar_subquery()
    older = (
        select(_accounts.c.id).join(staged_tables.accounts.table, _SAME).where(within, _is_older())
    )
    return update(_accounts).where(_accounts.c.id.in_(older)).values(existed_at=said)


def _note_finds(stamp: ImportStamp, within: ColumnElement[bool]) -> Any:
    """Record that an account exists which a delivery registers as authorized by no one."""
    found = select(_accounts.c.id).join(staged_tables.accounts.table, _SAME)
    unauthorized = found.where(within, _staged.authorized_by.is_(None))
    return (
        update(_accounts)
        .where(_accounts.c.id.in_(unauthorized), _accounts.c.existed_at.is_(None))
        .where(_accounts.c.status == "unauthorized_found", _accounts.c.created_at == stamp.at)
        .values(existed_at=stamp.at)
    )


def _is_older() -> ColumnElement[bool]:
    """Return true where the delivery dates an account earlier than the store does."""
    known = _accounts.c.existed_at
    return and_(_staged.existed_at.is_not(None), or_(known.is_(None), _staged.existed_at < known))


def _select_touched_accounts(absent: frozenset[str]) -> Select[Any, bool]:
    """Select the ids of the accounts that are added or changed, and whether they are `new`."""
    skipped = {*absent, *staged_tables.accounts.key, "id", _EXISTED}
    names = [c.name for c in _staged if c.name in _accounts.c and c.name not in skipped]
    differs = [_accounts.c[name].is_distinct_from(_staged[name]) for name in names]
    if "managers" not in absent:
        differs += [_has_new_manager(), _has_unnamed_manager()]
    differs.append(and_(_WAITS, _staged.authorized_by.is_not(None)))
    differs += [not_(_is_known()), _is_older()]
    new = _accounts.c.id.is_(None)
    return (
        select(func.coalesce(_accounts.c.id, _staged.id).label("id"), new.label("new"))
        .select_from(staged_tables.accounts.table.outerjoin(_accounts, _SAME))
        .where(or_(new, *differs))
    )


def _has_new_manager() -> ColumnElement[bool]:
    """Return true where the delivery names a manager that the account lacks."""
    on_file = exists().where(
        _managers.c.account_id == _accounts.c.id, _managers.c.person_id == _managing.person_id
    )
    return exists().where(_MANAGES, not_(on_file))


def _has_unnamed_manager() -> ColumnElement[bool]:
    """Return true where the account has a manager that the delivery does not name."""
    named = exists().where(_MANAGES, _managing.person_id == _managers.c.person_id)
    return exists().where(_managers.c.account_id == _accounts.c.id, not_(named))


def _replace_managers(connection: Connection, within: ColumnElement[bool]) -> list[Any]:
    delivered = select(_accounts.c.id).join(staged_tables.accounts.table, _SAME).where(within)
    named = (
        exists()
        .where(_MANAGES, _accounts.c.id == _managers.c.account_id)
        .where(_managing.person_id == _managers.c.person_id)
    )
    rows = select(_accounts.c.id, _managing.person_id).where(_MANAGES, _SAME, within)
    return [
        delete(_managers).where(_managers.c.account_id.in_(delivered), not_(named)),
        make_insert(connection, _managers, ["account_id", "person_id"], rows),
    ]


def _replace_addresses(connection: Connection, within: ColumnElement[bool]) -> list[Any]:
    """Replace the account's only alias `url` by the address that no known host explains."""
    delivered = select(_accounts.c.id).join(staged_tables.accounts.table, _SAME).where(within)
    same = exists().where(
        _SAME, _accounts.c.id == _aliases.c.account_id, _staged.alias == _aliases.c.value
    )
    gone = delete(_aliases).where(
        _aliases.c.system == "url", _aliases.c.account_id.in_(delivered), not_(same)
    )
    rows = select(_accounts.c.id, literal("url"), _staged.alias).where(
        _SAME, _staged.alias.is_not(None), within
    )
    return [gone, make_insert(connection, _aliases, ["account_id", "system", "value"], rows)]


def _is_known() -> ColumnElement[bool]:
    """Return true unless an authorization was delivered that is not yet on file.

    It is on file where account, person and time are the same.
    """
    known = tables.authorizations.c
    return or_(
        _staged.authorized_by.is_(None),
        exists().where(
            known.account_id == _accounts.c.id,
            known.authorized_by == _staged.authorized_by,
            known.authorized_at == _staged.authorized_at,
        ),
    )


def _add_authorizations(
    connection: Connection, stamp: ImportStamp, within: ColumnElement[bool]
) -> Any:
    """Insert a row for each authorization that is not on file yet."""
    target = tables.authorizations
    rows = select(
        _staged.authorization_id,
        _accounts.c.id,
        _staged.authorized_by,
        _staged.authorized_at,
        *_stamp_columns(stamp, target),
        _staged.line,
    ).where(_SAME, not_(_is_known()), within)
    names = ["id", "account_id", "authorized_by", "authorized_at", *_STAMPED]
    return make_insert(connection, target, names, rows.order_by(_staged.line))


_STAMPED = ("recorded_at", "import_number", "import_place")


def _stamp_columns(stamp: ImportStamp, target: Table) -> list[Any]:
    return [literal(stamp.at, target.c.recorded_at.type), literal(stamp.number)]


# Designations, grants and releases; their keys are defined in `staged_tables`.
PERMISSIONS: dict[Staged, Table] = {
    staged_tables.designations: tables.designations,
    staged_tables.releases: tables.releases,
    staged_tables.grants: tables.grants,
}


def count_permission_changes(connection: Connection, staged: Staged) -> Changes:
    """Count what staged permissions change on file."""
    target = PERMISSIONS[staged]
    total = staged_tables.count_rows(connection, staged)
    rows = select(func.count()).select_from(staged.table)
    known = connection.scalar(rows.where(exists().where(*_match_all_but_end(staged, target)))) or 0
    written = connection.scalar(rows.where(_is_news(staged, target))) or 0
    added = total - known
    return Changes(added, written - added, total - written)


def count_ended_since(connection: Connection) -> dict[str, int]:
    """Count by table the delivered permissions that stay ended because a person ended them."""
    found: dict[str, int] = {}
    for staged, target in PERMISSIONS.items():
        rows = select(func.count()).select_from(staged.table).where(_is_ended(staged, target))
        if count := connection.scalar(rows):
            found[f"{target.name}"] = count
    return found


def count_begun(connection: Connection, today: date) -> int:
    """Count new designations that begin before `today` and so bear on decisions already made."""
    staged, target = staged_tables.designations, tables.designations
    rows = select(func.count()).select_from(staged.table)
    begun = rows.where(_is_news(staged, target), staged.c.effective_from < today)
    return connection.scalar(begun) or 0


def find_without_form(connection: Connection) -> list[str]:
    """Return the accounts, as `platform/handle`, of new authorizations no form asked for (6)."""
    forms = tables.authorization_requests.c
    asked_for = exists().where(
        forms.state == "approved",
        forms.platform == _staged.platform,
        forms.handle_key == _staged.handle_key,
    )
    names = select(_staged.platform + "/" + _staged.handle_key)
    rows = names.select_from(staged_tables.accounts.table.outerjoin(_accounts, _SAME))
    wanted = rows.where(not_(_is_known()), not_(asked_for))
    return list(connection.scalars(wanted.order_by(_staged.platform, _staged.handle_key)))


def make_permission_step(staged: Staged, rows: int, stamp: ImportStamp) -> MergeStep:
    """Return the step that adds a row for each permission with a new end.

    Of the rows equal in all but the end the latest is in force, so a new end is a new row. An end
    by a person stays: the file may have been written before.
    """
    target, walk = PERMISSIONS[staged], KeyRangeScan(staged.c.line)
    names = [column.name for column in staged.c if column.name in target.c]
    wanted = (
        select(*(staged.c[name] for name in names), *_stamp_columns(stamp, target), staged.c.line)
        .where(_is_news(staged, target), walk.within)
        .order_by(staged.c.line)
    )

    def apply(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        """Insert the permissions of the slice and append their rows of the ledger."""
        before = ledger_rows.read_marks(connection)
        connection.execute(make_insert(connection, target, [*names, *_STAMPED], wanted), bounds)
        ledger_rows.append_added(connection, stamp, before)

    return MergeStep(target.name, walk, apply, rows)


@cache
def _is_news(staged: Staged, target: Table) -> ColumnElement[bool]:
    """Return true for a staged permission that has to be put on file."""
    said = exists().where(
        target.c.seq == _find_newest_row(staged, target),
        target.c.effective_to.is_not_distinct_from(staged.c.effective_to),
    )
    return not_(or_(said, _is_ended(staged, target)))


@cache
def _is_ended(staged: Staged, target: Table) -> ColumnElement[bool]:
    """Return true where the permission on file ended sooner than the staged row does.

    A person ended it, or it ended since the id of its bearer passed to another person.
    """
    end, before = target.c.effective_to, target.alias("before")
    shortened = (
        exists()
        .where(*_match_all_but_end(staged, before), before.c.seq < target.c.seq)
        .where(_is_later(before.c.effective_to, end))
        .correlate(staged.table, target)
    )
    return exists().where(
        target.c.seq == _find_newest_row(staged, target),
        or_(target.c.import_number.is_(None), *_has_passed(target)),
        _is_later(staged.c.effective_to, end),
        shortened,
    )


def _has_passed(target: Table) -> Iterator[ColumnElement[bool]]:
    """Yield the condition that the id of a row's bearer passed to another person since."""
    name = {"designations": "person_id", "grants": "grantee"}.get(target.name)
    if name:
        people = tables.people.alias("bearer").c
        yield exists().where(
            people.id == target.c[name], people.bearer_since >= target.c.recorded_at
        )


def _is_later(end: Any, other: Any) -> ColumnElement[bool]:
    """Return true where `end` is later than `other`; null means that there is no end."""
    return and_(other.is_not(None), or_(end.is_(None), end > other))


def _find_newest_row(staged: Staged, target: Table) -> Any:
    newer = target.alias("newer")
    newest = (
        select(func.max(newer.c.seq)).where(*_match_all_but_end(staged, newer)).scalar_subquery()
    )
    return newest.correlate(staged.table)


def _match_all_but_end(staged: Staged, target: Any) -> list[ColumnElement[bool]]:
    """Return the conditions under which a row on file equals the staged one in all but its end."""
    return [
        target.c[name].is_not_distinct_from(staged.c[name])
        if target.c[name].nullable
        else target.c[name] == staged.c[name]
        for name in staged.key
    ]
