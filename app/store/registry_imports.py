"""The registry's part of a delivery: accounts with their authorizations, and dated permissions."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Table,
    and_,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.sql.expression import ColumnElement

from app.store import staging, tables
from app.store.each import each, texts
from app.store.merging import Changes, add, upsert
from app.store.staging import Staged

_staged = staging.accounts.c
_managing = staging.account_managers.c
_accounts, _managers, _aliases = tables.accounts, tables.account_managers, tables.account_aliases
_SAME = and_(_accounts.c.platform == _staged.platform, _accounts.c.handle_key == _staged.handle_key)
_MANAGES = and_(
    _accounts.c.platform == _managing.platform, _accounts.c.handle_key == _managing.handle_key
)
# Accounts that a delivered authorization makes authorized ones; those held back it does not.
_WAITS = _accounts.c.status.in_(("requested", "unauthorized_found"))
_AUTHORIZED = and_(_SAME, _staged.authorized_by.is_not(None))
_COUNT_UP = (
    update(_accounts).where(_accounts.c.id.in_(each("ids"))).values(version=_accounts.c.version + 1)
)


def merge_accounts(connection: Connection, at: datetime, absent: frozenset[str]) -> dict[str, bool]:
    """Accounts by platform and handle, with their managers, addresses and authorizations.

    A delivery closes nothing, nor does it free what the offices hold back. Gives the ids of the
    accounts that this added (true) or changed (false); those that changed have another version.
    """
    touched = _touched(connection, absent)
    upsert(connection, staging.accounts, _accounts, absent, created_at=at)
    if "managers" not in absent:
        _replace_managers(connection)
    if "url" not in absent:
        _replace_addresses(connection)
    _authorize(connection, at)
    connection.execute(
        update(_accounts).where(_WAITS, exists().where(_AUTHORIZED)).values(status="authorized")
    )
    changed = texts(account_id for account_id, added in touched.items() if not added)
    connection.execute(_COUNT_UP, {"ids": changed})
    return touched


def _touched(connection: Connection, absent: frozenset[str]) -> dict[str, bool]:
    skipped = {*absent, *staging.accounts.key, "id"}
    names = [c.name for c in _staged if c.name in _accounts.c and c.name not in skipped]
    differs = [_accounts.c[name].is_distinct_from(_staged[name]) for name in names]
    if "managers" not in absent:
        differs += [_joins(), _leaves()]
    differs.append(and_(_WAITS, _staged.authorized_by.is_not(None)))
    new = _accounts.c.id.is_(None)
    rows = (
        select(func.coalesce(_accounts.c.id, _staged.id), new)
        .select_from(staging.accounts.table.outerjoin(_accounts, _SAME))
        .where(or_(new, *differs))
    )
    return {account_id: bool(added) for account_id, added in connection.execute(rows)}


def _joins() -> ColumnElement[bool]:
    """Whether the delivery names a manager whom the account has not."""
    on_file = exists().where(
        _managers.c.account_id == _accounts.c.id, _managers.c.person_id == _managing.person_id
    )
    return exists().where(_MANAGES, not_(on_file))


def _leaves() -> ColumnElement[bool]:
    """Whether the account has a manager whom the delivery does not name."""
    named = exists().where(_MANAGES, _managing.person_id == _managers.c.person_id)
    return exists().where(_managers.c.account_id == _accounts.c.id, not_(named))


def _replace_managers(connection: Connection) -> None:
    delivered = select(_accounts.c.id).join(staging.accounts.table, _SAME)
    named = (
        exists()
        .where(_MANAGES, _accounts.c.id == _managers.c.account_id)
        .where(_managing.person_id == _managers.c.person_id)
    )
    gone = delete(_managers).where(_managers.c.account_id.in_(delivered), not_(named))
    connection.execute(gone)
    rows = select(_accounts.c.id, _managing.person_id).where(_MANAGES)
    add(connection, _managers, ["account_id", "person_id"], rows)


def _replace_addresses(connection: Connection) -> None:
    """The address that no known host explains is the account's alias `url`, and its only one."""
    delivered = select(_accounts.c.id).join(staging.accounts.table, _SAME)
    same = exists().where(
        _SAME, _accounts.c.id == _aliases.c.account_id, _staged.alias == _aliases.c.value
    )
    gone = delete(_aliases).where(
        _aliases.c.system == "url", _aliases.c.account_id.in_(delivered), not_(same)
    )
    connection.execute(gone)
    rows = select(_accounts.c.id, literal("url"), _staged.alias).where(
        _SAME, _staged.alias.is_not(None)
    )
    add(connection, _aliases, ["account_id", "system", "value"], rows)


def _authorize(connection: Connection, at: datetime) -> None:
    """A row per authorization that is not on file yet, told apart by account, person and time."""
    target = tables.authorizations
    known = exists().where(
        target.c.account_id == _accounts.c.id,
        target.c.authorized_by == _staged.authorized_by,
        target.c.authorized_at == _staged.authorized_at,
    )
    rows = select(
        _staged.authorization_id,
        _accounts.c.id,
        _staged.authorized_by,
        _staged.authorized_at,
        literal(at, target.c.recorded_at.type),
    ).where(_SAME, _staged.authorized_by.is_not(None), not_(known))
    names = ["id", "account_id", "authorized_by", "authorized_at", "recorded_at"]
    add(connection, target, names, rows.order_by(_staged.line))


def merge_permissions(
    connection: Connection, staged: Staged, target: Table, at: datetime
) -> Changes:
    """Designations, grants or releases: a row for each whose end on file is not the one delivered.

    Of the rows equal in all but the end the latest is in force, so a new end is a new row.
    """
    total = staging.count(connection, staged)
    known = connection.scalar(
        select(func.count()).select_from(staged.table).where(exists().where(*_same(staged, target)))
    )
    newer = target.alias("newer")
    newest = select(func.max(newer.c.seq)).where(*_same(staged, newer)).scalar_subquery()
    in_force = exists().where(
        target.c.seq == newest.correlate(staged.table),
        target.c.effective_to.is_not_distinct_from(staged.c.effective_to),
    )
    names = [column.name for column in staged.c if column.name in target.c]
    rows = select(
        *(staged.c[name] for name in names), literal(at, target.c.recorded_at.type)
    ).where(not_(in_force))
    written = add(connection, target, [*names, "recorded_at"], rows.order_by(staged.c.line))
    added = total - (known or 0)
    return Changes(added, written - added, total - written)


def _same(staged: Staged, target: Any) -> list[ColumnElement[bool]]:
    """Whether a row on file is the staged one in all but its end."""
    return [
        target.c[name].is_not_distinct_from(staged.c[name])
        if target.c[name].nullable
        else target.c[name] == staged.c[name]
        for name in staged.key
    ]
