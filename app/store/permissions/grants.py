"""Grants: the logo, speaking for the district, district e-mail on a network (clauses 48, 50, 10).

A person who acts for the office on that day gives one; it is never changed. Revoking adds a row.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, exists, or_, select, true

from app.database.tables import accounts, grants, orgs, people
from app.errors import ConflictError, InvalidRequestError, OwnRequestError
from app.policy.rules.permissions import GRANTING_OFFICE
from app.policy.words import Permission, PermissionTo
from app.store.ledger.changes import Actor
from app.store.people.memberships import belongs_to
from app.store.people.references import (
    Fault,
    RequestContext,
    Schools,
    find_org_faults,
    find_staff_faults,
)
from app.store.permissions import designations, effective_dating
from app.store.permissions.effective_dating import EndDate, FactKind

_DATED = FactKind(
    "grant",
    grants,
    (
        "kind", "grantee_kind", "grantee", "network", "granted_by", "effective_from", "mark",
        "purpose", "topic",
    ),
    lambda row: [row["granted_by"], *([row["grantee"]] if row["grantee_kind"] == "person" else [])],
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A permission to be given; days of the district, both inclusive.

    `grantee` is a sourcedId, or an account as `platform/handle_key`, registered or not; `network`
    a platform's key or `all`. `mark` and `purpose` are the logo's, `topic` the spokesperson's.
    """

    kind: Permission
    grantee_kind: PermissionTo
    grantee: str
    network: str
    effective_from: date
    effective_to: date | None = None
    mark: str | None = None
    purpose: str | None = None
    topic: str | None = None


def add_grant(
    connection: Connection, actor: Actor, by: RequestContext, new: NewGrant
) -> RowMapping:
    """Record a permission.

    Raises `DesignationRequiredError` unless the person acts for the office today and on the
    grant's first day, `OwnRequestError`, `InvalidRequestError` for a grantee not on file, and
    `ConflictError` where the same is on file and has not ended.
    """
    person, office = by.person, GRANTING_OFFICE[new.kind]
    for day in (by.day, new.effective_from):
        designations.require_capacity(connection, person, office, day)
    if (new.grantee_kind, new.grantee) == ("person", person):
        raise OwnRequestError
    if faults := _find_grantee_faults(connection, new, by.schools):
        raise InvalidRequestError(faults)
    fact = {**asdict(new), "granted_by": person}
    old = effective_dating.find_latest(connection, _DATED, fact)
    if old is not None and not effective_dating.has_ended(old, by.day):
        detail = "The same grant is on file and has not ended"
        raise ConflictError(detail)
    return effective_dating.add_fact(connection, actor, _DATED, fact)


def revoke_grant(
    connection: Connection, actor: Actor, by: RequestContext, grant_id: str, note: str | None
) -> RowMapping:
    """Take a permission back: from today on it is not in force.

    Raises `NotFoundError`, `DesignationRequiredError`, and `ConflictError` where it has ended or
    a later row has changed its end.
    """
    old = read_grant(connection, grant_id, by.schools)
    designations.require_capacity(connection, by.person, GRANTING_OFFICE[old["kind"]], by.day)
    if effective_dating.has_ended(old, by.day):
        detail = "It has ended already"
        raise ConflictError(detail)
    ending = EndDate(effective_dating.find_day_before(by.day), "revoked", note)
    return effective_dating.end_fact(connection, actor, _DATED, old, ending)


def read_grant(connection: Connection, grant_id: str, schools: Schools) -> RowMapping:
    """Return the row with this id, in force or not; raises `NotFoundError`."""
    return effective_dating.read_fact(connection, _DATED, grant_id, _is_visible_to(schools))


@dataclass(frozen=True, slots=True)
class GrantFilter:
    """A filter of grants; None for any. `on` asks for those in force on that day."""

    kind: Permission | None = None
    grantee: str | None = None
    network: str | None = None
    on: date | None = None


def list_grants(
    connection: Connection, wanted: GrantFilter, schools: Schools, after: int, limit: int
) -> list[RowMapping]:
    """Return up to `limit` rows behind number `after`, oldest first."""
    where = [
        grants.c[name] == value
        for name in ("kind", "grantee", "network")
        if (value := getattr(wanted, name)) is not None
    ]
    if wanted.on is not None:
        where.append(effective_dating.is_in_force(_DATED, wanted.on))
    return effective_dating.list_facts(
        connection, _DATED, after, limit, _is_visible_to(schools), *where
    )


def is_network_approved(
    connection: Connection, network: str, grantees: Collection[str], day: date
) -> bool:
    """Return whether one of `grantees` may use district e-mail on `network` (clause 10)."""
    return bool(connection.scalar(select(grants_network_email(network, grantees, day))))


def grants_network_email(network: Any, grantees: Collection[Any], day: date) -> ColumnElement[bool]:
    """Return the condition that it is granted; network and grantees may be columns.

    What is granted to the district is granted to all.
    """
    everybody = select(orgs.c.id).where(orgs.c.kind == "district")
    return exists().where(
        grants.c.kind == "network_email",
        grants.c.network == network,
        or_(grants.c.grantee.in_(grantees), grants.c.grantee.in_(everybody)),
        effective_dating.is_in_force(_DATED, day),
    )


def _is_visible_to(schools: Schools) -> ColumnElement[bool]:
    """Return the condition that the grantee belongs to `schools`; None for no limit."""
    if schools is None:
        return true()
    person = exists().where(people.c.id == grants.c.grantee, belongs_to(sorted(schools)))
    key = accounts.c.platform + "/" + accounts.c.handle_key
    account = exists().where(key == grants.c.grantee, accounts.c.org_id.in_(schools))
    kind = grants.c.grantee_kind
    return or_(
        and_(kind == "person", person),
        and_(kind == "account", account),
        and_(kind == "org", grants.c.grantee.in_(schools)),
    )


def _find_grantee_faults(connection: Connection, new: NewGrant, schools: Schools) -> list[Fault]:
    if new.grantee_kind == "person":
        return find_staff_faults(connection, {"/person_id": new.grantee}, schools)
    if new.grantee_kind == "org":
        return find_org_faults(connection, new.grantee, schools)
    if schools is None:
        return []
    platform, _, handle_key = new.grantee.partition("/")
    ours = exists().where(
        accounts.c.platform == platform,
        accounts.c.handle_key == handle_key,
        accounts.c.org_id.in_(schools),
    )
    if connection.scalar(select(ours)):
        return []
    message = "Must be a registered account"
    return [{"at": "/account", "code": "unknown_account", "message": message}]
