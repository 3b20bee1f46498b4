"""Social Media Authorization Forms on file: drafted, changed, read (clauses 6, 12 and 24).

`app.store.accounts.form_moves` makes the moves of a form.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, insert, select, true, update

from app.database.tables import accounts, authorization_requests
from app.errors import NotFoundError
from app.policy.authorization_form import OPEN_STATES, FormFacts
from app.policy.names import email_domain
from app.policy.words import AccountKind, FormState
from app.store.accounts.register import Lookalike, find_lookalikes
from app.store.accounts.validation import EditLimits, refuse_bad_values
from app.store.ledger.chain import make_id
from app.store.ledger.changes import Actor, Change, record_change, to_json_values
from app.store.people.references import RequestContext, Schools, find_staff
from app.store.permissions import grants

KIND = "authorization_request"
Row = dict[str, Any]
_table = authorization_requests
_PEOPLE = ("requested_by", "owner_id", "principal_id", "decided_by")


@dataclass(frozen=True, slots=True)
class FormContent:
    """The requester's entries; the account is in the register's form, `managers` are sourcedIds.

    `url_alias` is the address where no known host explains it.
    """

    platform: str
    handle: str
    handle_key: str
    url: str | None
    url_alias: str | None
    kind: AccountKind
    org_id: str | None
    owner_id: str | None
    managers: tuple[str, ...]
    contact_email: str | None
    purpose: str | None


class FormFilter(NamedTuple):
    """A filter of forms; None for any."""

    state: FormState | None = None
    org_id: str | None = None
    requester: str | None = None


class FormChange(NamedTuple):
    """The action on a form, in the past tense, and the reason that was given."""

    action: str
    note: str | None = None


class SimilarForms(NamedTuple):
    """Accounts, open forms and lookalikes that the person who decides has to see (clause 26)."""

    accounts: Sequence[Mapping[Any, Any]]
    requests: Sequence[Mapping[Any, Any]]
    lookalikes: Sequence[Lookalike]


def add_form(connection: Connection, actor: Actor, by: RequestContext, content: FormContent) -> Row:
    """Add a draft of the caller's person; raises `InvalidRequestError` for unknown names in it."""
    refuse_unknown_names(connection, by, content)
    row = {
        "id": make_id(),
        "version": 1,
        "state": "draft",
        "requested_by": by.person,
        "created_at": actor.at,
        "updated_at": actor.at,
        **asdict(content),
    }
    connection.execute(insert(_table).values({**row, "managers": _pack_managers(content.managers)}))
    new = read_form(connection, row["id"], by.schools)
    _append_change(connection, actor, FormChange("created"), None, new)
    return new


def write_form(
    connection: Connection, actor: Actor, old: Row, values: Mapping[str, Any], done: FormChange
) -> Row:
    """Give a form these values and its next version, and record what was done."""
    columns = {**values, "version": old["version"] + 1, "updated_at": actor.at}
    if "managers" in columns:
        columns["managers"] = _pack_managers(columns["managers"])
    connection.execute(update(_table).where(_table.c.id == old["id"]).values(columns))
    new = read_form(connection, old["id"], None)
    _append_change(connection, actor, done, old, new)
    return new


def read_form(connection: Connection, request_id: str, schools: Schools) -> Row:
    """Return the form with this id; raises `NotFoundError`, also for one of another school."""
    wanted = select(_table).where(_table.c.id == request_id, _is_visible_to(schools))
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise NotFoundError
    return _unpack_managers(row)


def list_forms(
    connection: Connection, wanted: FormFilter, schools: Schools, after: str, limit: int
) -> list[Row]:
    """Return up to `limit` forms with ids behind `after`, oldest first."""
    asked = {
        _table.c.state: wanted.state,
        _table.c.org_id: wanted.org_id,
        _table.c.requested_by: wanted.requester,
    }
    where = [column == value for column, value in asked.items() if value is not None]
    rows = select(_table).where(_table.c.id > after, _is_visible_to(schools), *where)
    return [
        _unpack_managers(row)
        for row in connection.execute(rows.order_by(_table.c.id).limit(limit)).mappings()
    ]


def list_open(connection: Connection) -> list[Row]:
    """Return all forms that are not decided yet, oldest first."""
    rows = select(_table).where(_table.c.state.in_(OPEN_STATES)).order_by(_table.c.id)
    return [_unpack_managers(row) for row in connection.execute(rows).mappings()]


def find_similar(connection: Connection, row: Row, schools: Schools) -> SimilarForms:
    """Return the account itself if registered, other open forms for it, and lookalikes."""
    name = (row["platform"], row["handle_key"])
    same = (accounts.c.platform == name[0], accounts.c.handle_key == name[1])
    registered = connection.execute(select(accounts).where(*same)).mappings().all()
    others = select(_table).where(
        _table.c.platform == name[0],
        _table.c.handle_key == name[1],
        _table.c.id != row["id"],
        _table.c.state.in_(OPEN_STATES),
        _is_visible_to(schools),
    )
    waiting = connection.execute(others.order_by(_table.c.id)).mappings().all()
    return SimilarForms(registered, waiting, find_lookalikes(connection, *name))


def describe_form(connection: Connection, row: Row, by: RequestContext) -> FormFacts:
    """Return the values of a form that the policy judges, as of today."""
    people = find_staff(connection, [row["owner_id"], *row["managers"]])
    active = {one.id for one in people.values() if one.active}
    return FormFacts(
        state=row["state"],
        kind=row["kind"],
        requested_by=row["requested_by"],
        org=row["org_id"] is not None,
        owner=row["owner_id"] in active,
        manager=not active.isdisjoint(row["managers"]),
        purpose=row["purpose"] is not None,
        contact_domain=email_domain(row["contact_email"]),
        acknowledged=row["principal_at"] is not None,
        notified=row["notice_on"] is not None,
        attested=_is_attested(connection, row),
        network_approved=_is_network_approved(connection, row, by),
    )


def refuse_unknown_names(connection: Connection, by: RequestContext, content: FormContent) -> None:
    """Raise `InvalidRequestError` for an org or a person that this key does not know."""
    named = {name: getattr(content, name) for name in ("org_id", "owner_id", "managers")}
    refuse_bad_values(connection, named, EditLimits(by.day, by.schools))


def _append_change(
    connection: Connection, actor: Actor, done: FormChange, before: Row | None, after: Row
) -> None:
    """Put the columns that differ on the ledger, and the action into the history."""
    changed = [name for name in after if before is None or before[name] != after[name]]
    named = [row[name] for row in (before or {}, after) for name in _PEOPLE if row.get(name)]
    named += [one for row in (before or {}, after) for one in row.get("managers", ())]
    change = Change(
        KIND,
        after["id"],
        done.action,
        to_json_values({name: before[name] for name in changed}) if before else None,
        to_json_values({name: after[name] for name in changed}),
        done.note,
        sorted(set(named)),
    )
    record_change(connection, actor, change)


def _is_attested(connection: Connection, row: Row) -> bool:
    """Return whether it is attested on this form, or on the account that is registered."""
    if row["communications_admin_at"] is not None:
        return True
    same = (accounts.c.platform == row["platform"], accounts.c.handle_key == row["handle_key"])
    wanted = select(accounts.c.communications_admin_at).where(*same, accounts.c.status != "closed")
    return connection.scalar(wanted) is not None


def _is_network_approved(connection: Connection, row: Row, by: RequestContext) -> bool:
    key = f"{row['platform']}/{row['handle_key']}"
    whose = [one for one in (key, row["owner_id"], row["org_id"]) if one is not None]
    return grants.is_network_approved(connection, row["platform"], whose, by.day)


def _is_visible_to(schools: Schools) -> ColumnElement[bool]:
    return true() if schools is None else _table.c.org_id.in_(sorted(schools))


def _pack_managers(managers: Iterable[str]) -> str:
    return orjson.dumps(list(managers)).decode()


def _unpack_managers(row: Mapping[Any, Any]) -> Row:
    return {**{str(k): v for k, v in row.items()}, "managers": orjson.loads(row["managers"])}
