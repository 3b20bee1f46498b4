"""Accounts as they are read: with owners and managers, last authorization, and care needed."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    true,
)

from app.database.json_lists import as_json, json_list
from app.database.tables import (
    account_aliases,
    account_managers,
    accounts,
    authorizations,
    moderations,
    people,
)
from app.errors import NotFoundError
from app.policy.words import CLASSROOM_KINDS, AccountFlag, AccountKind, AccountStatus
from app.settings import Settings
from app.store.permissions.grants import grants_network_email

Row = dict[str, Any]
# Flags of another school's accounts that only callers who may know its staff see.
STAFF_FLAGS: frozenset[AccountFlag] = frozenset(
    {
        "no_owner",
        "owner_left",
        "no_manager",
        "manager_left",
        "unapproved_email",
        "no_moderation_report",
    }
)
_account = accounts.c
_latest = authorizations.alias("latest")
_AUTHORIZED = authorizations.c.seq == (
    select(func.max(_latest.c.seq)).where(_latest.c.account_id == _account.id).scalar_subquery()
)
_MANAGERS = select(account_managers.c.account_id, account_managers.c.person_id).where(
    account_managers.c.account_id.in_(json_list("ids"))
)
_ALIASES = select(account_aliases).where(
    account_aliases.c.account_id.in_(json_list("ids")), account_aliases.c.system != "url"
)


class Upkeep(NamedTuple):
    """The limits of an account's care: today in the district, numbers of days, and its domains."""

    today: date
    zone: ZoneInfo
    review_days: int
    stale_days: int
    moderation_days: int
    email_domains: frozenset[str]


def read_upkeep(settings: Settings, today: date) -> Upkeep:
    """Return the settings by which accounts are judged on the district's day `today`."""
    return Upkeep(
        today,
        settings.zone,
        settings.account_review_days,
        settings.account_stale_days,
        settings.account_moderation_days,
        frozenset(settings.email_domains),
    )


class AccountFilter(NamedTuple):
    """A filter of accounts; None for all. Of several `flags` one suffices.

    `staff_of`: the schools that limit which staff the caller may know of, None for all.
    """

    status: AccountStatus | None = None
    kind: AccountKind | None = None
    org_id: str | None = None
    flags: frozenset[AccountFlag] = frozenset()
    kept_up: bool = False
    staff_of: frozenset[str] | None = None


def read_account(connection: Connection, account_id: str, upkeep: Upkeep) -> Row:
    """Return the account with this id; raises `NotFoundError`."""
    rows = _fill_rows(connection, _select_accounts(upkeep).where(_account.id == account_id), upkeep)
    if not rows:
        raise NotFoundError
    return rows[0]


def list_aliases(connection: Connection, account_id: str) -> list[tuple[str, str]]:
    """Return the ids by which other systems know an account, as (system, id)."""
    wanted = select(account_aliases.c.system, account_aliases.c.value)
    rows = connection.execute(wanted.where(account_aliases.c.account_id == account_id))
    return [(row.system, row.value) for row in rows]


def list_accounts(
    connection: Connection, wanted: AccountFilter, upkeep: Upkeep, after: str, limit: int
) -> list[Row]:
    """Return up to `limit` accounts with ids behind `after`, in their order."""
    rows = _select_accounts(upkeep).where(_account.id > after, _match_filter(wanted, upkeep))
    return _fill_rows(connection, rows.order_by(_account.id).limit(limit), upkeep)


def select_flags(upkeep: Upkeep) -> dict[AccountFlag, ColumnElement[bool]]:
    """Return, by flag, the condition under which an account has it (clauses 3 to 21)."""
    tomorrow = _find_day_start(upkeep.today + timedelta(days=1), upkeep.zone)
    attested = _account.communications_admin_at
    managing = account_managers.c.account_id == _account.id
    left = people.c.status != "active"
    return {
        "no_owner": _account.owner_id.is_(None),
        "owner_left": exists().where(people.c.id == _account.owner_id, left),
        "no_manager": not_(exists().where(managing)),
        "manager_left": exists().where(managing, people.c.id == account_managers.c.person_id, left),
        "no_administrator": or_(attested.is_(None), attested >= tomorrow),
        "review_due": _is_overdue(_account.reviewed_on, upkeep.review_days, upkeep),
        "stale": _is_overdue(_account.last_post_on, upkeep.stale_days, upkeep),
        "existed_before": and_(
            _account.existed_at.is_not(None), not_(_has_authorization_by(_account.existed_at))
        ),
        "unapproved_email": _is_unapproved(upkeep),
        "no_moderation_report": _lacks_moderation(upkeep),
    }


def _has_authorization_by(at: Any) -> ColumnElement[bool]:
    """Return the condition that the account was authorized at or before that time."""
    given = authorizations.alias("given").c
    return exists().where(given.account_id == _account.id, given.authorized_at <= at)


def _is_unapproved(upkeep: Upkeep) -> ColumnElement[bool]:
    """Return the condition of a district address on a network not approved for it (clause 10)."""
    address = func.lower(_account.contact_email)
    ours = [
        address.endswith(f"{parting}{domain}", autoescape=True)
        for domain in sorted(upkeep.email_domains)
        for parting in "@."
    ]
    whose = (_account.platform + "/" + _account.handle_key, _account.owner_id, _account.org_id)
    approved = grants_network_email(_account.platform, whose, upkeep.today)
    return and_(or_(false(), *ours), not_(approved))


def _lacks_moderation(upkeep: Upkeep) -> ColumnElement[bool]:
    """Return the condition that a classroom account's moderation report is overdue (clause 15).

    It is owed from when the account was authorized.
    """
    limit = upkeep.today - timedelta(days=upkeep.moderation_days)
    told = exists().where(moderations.c.account_id == _account.id, moderations.c.done_on >= limit)
    owed = _has_authorization_by(_find_day_start(limit, upkeep.zone))
    return and_(_account.kind.in_(sorted(CLASSROOM_KINDS)), owed, not_(told))


def _is_overdue(column: Any, days: int, upkeep: Upkeep) -> ColumnElement[bool]:
    """Return the condition of no such day within `days`; never counts from the registration."""
    limit = upkeep.today - timedelta(days=days)
    never = and_(column.is_(None), _account.created_at < _find_day_start(limit, upkeep.zone))
    return or_(column < limit, never)


def _find_day_start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _match_filter(wanted: AccountFilter, upkeep: Upkeep) -> ColumnElement[bool]:
    exact = {"status": wanted.status, "kind": wanted.kind, "org_id": wanted.org_id}
    conditions = [_account[name] == value for name, value in exact.items() if value is not None]
    if wanted.kept_up:
        conditions.append(_account.status != "closed")
    if wanted.flags:
        raised = select_flags(upkeep)
        flags = [
            _is_flag_known(flag, raised[flag], wanted.staff_of) for flag in sorted(wanted.flags)
        ]
        conditions.append(or_(*flags))
    return and_(true(), *conditions)


def _is_flag_known(
    flag: AccountFlag, raised: ColumnElement[bool], staff_of: frozenset[str] | None
) -> ColumnElement[bool]:
    """Return the condition, for a flag about staff restricted to the caller's own schools."""
    if staff_of is None or flag not in STAFF_FLAGS:
        return raised
    return and_(raised, _account.org_id.in_(sorted(staff_of)))


def _select_accounts(upkeep: Upkeep) -> Select[Any]:
    given = (
        authorizations.c.authorized_by,
        authorizations.c.requested_by,
        authorizations.c.authorized_at,
    )
    flags = [condition.label(f"flag_{name}") for name, condition in select_flags(upkeep).items()]
    joined = accounts.outerjoin(authorizations, _AUTHORIZED)
    return select(accounts, *given, *flags).select_from(joined)


def _fill_rows(connection: Connection, rows: Select[Any], upkeep: Upkeep) -> list[Row]:
    found = [{str(k): v for k, v in row.items()} for row in connection.execute(rows).mappings()]
    for row in found:
        flags = [name.removeprefix("flag_") for name in row if name.startswith("flag_")]
        existed_at = row["existed_at"]
        row["existed_on"] = existed_at and existed_at.astimezone(upkeep.zone).date()
        row["flags"] = [name for name in flags if row.pop(f"flag_{name}")]
    return add_lists(connection, found)


def add_lists(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """Return accounts with their `managers` and, but for `url`, their `aliases`, in order."""
    by_id = {row["id"]: {**row, "managers": [], "aliases": []} for row in rows}
    given = {"ids": as_json(by_id)}
    for account_id, person_id in connection.execute(_MANAGERS, given) if by_id else ():
        by_id[account_id]["managers"].append(person_id)
    for one in connection.execute(_ALIASES, given) if by_id else ():
        by_id[one.account_id]["aliases"].append({"system": one.system, "external_id": one.value})
    # Sorted here, since the stores do not agree on the order of texts.
    for row in by_id.values():
        row["managers"].sort()
        row["aliases"].sort(key=lambda one: (one["system"], one["external_id"]))
    return list(by_id.values())


def find_managers(connection: Connection, account_id: str) -> list[str]:
    """Return the sourcedIds of the account's managers, also of those who have left."""
    given = {"ids": as_json([account_id])}
    return [row.person_id for row in connection.execute(_MANAGERS, given)]
