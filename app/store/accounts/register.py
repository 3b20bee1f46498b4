"""Accounts: the register of the district's presences on social networks (clauses 4 to 9)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from app.database.json_lists import as_json, json_list
from app.database.tables import accounts, authorizations
from app.errors import (
    ClosedAccountError,
    ConflictError,
    ForbiddenError,
    IllegalTransitionError,
    InvalidRequestError,
    NotFoundError,
    OwnRequestError,
    PersonRequiredError,
)
from app.policy.accounts import find_move_refusal
from app.policy.facts import Setup
from app.policy.lookalikes import find_resembling
from app.policy.question import AccountRef
from app.policy.words import AccountStatus, Likeness
from app.store.accounts.listing import Row, add_lists
from app.store.accounts.official import judge_accounts
from app.store.accounts.validation import (
    MAX_ALIASES,
    Alias,
    EditLimits,
    refuse_bad_values,
    refuse_taken_aliases,
    refuse_unknown_requester,
    sort_lists,
    write_lists,
)
from app.store.events.records import EVERYBODY, record_event
from app.store.ledger.chain import make_id
from app.store.ledger.changes import Actor, Change, record_change, to_json_values
from app.store.permissions.designations import find_capacity, require_capacity

KIND = "account"
# The identity of an account, for which an authorization was given.
_IDENTITY = ("platform", "handle_key", "kind", "url", "aliases")
# A row for each platform with all its handles, none with a newline: a tenth of the time.
_NAMES: Select[Any] = select(
    accounts.c.platform, func.aggregate_strings(accounts.c.handle_key, "\n")
).group_by(accounts.c.platform)


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A registered account, in any status, for which another name could be taken."""

    account_id: str
    platform: str
    handle: str
    handle_key: str
    url: str | None
    status: AccountStatus
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class AccountEdit:
    """The account of an edit, and the limits of its author.

    `match` is called with the version on file and raises where it is not the one that was read.
    """

    account_id: str
    bounds: EditLimits
    match: Callable[[int], None] = lambda _version: None


@dataclass(frozen=True, slots=True)
class AuthorizationDetails:
    """The details of an authorization.

    `administrator_at`: since when Communications is known to be an administrator (clause 7);
    None leaves what is on file. `by_form`: an approved form, which alone reopens a closed account.
    """

    requested_by: str | None = None
    administrator_at: datetime | None = None
    by_form: bool = False


def find_lookalikes(
    connection: Connection, platform: str, handle_key: str, most: int = 5
) -> list[Lookalike]:
    """Return the registered accounts that a name could be taken for, nearest first.

    Both in the form of `app.networks.account_names.resolve_account`; the account itself, registered
    or not, is not among them.
    """
    rows = connection.execute(_NAMES)
    names = [(platform, key) for platform, keys in rows for key in keys.split("\n")]
    found = {
        names[one.place]: one.likeness
        for one in find_resembling((platform, handle_key), names)[:most]
    }
    wanted = select(accounts).where(
        accounts.c.platform.in_(json_list("platforms")),
        accounts.c.handle_key.in_(json_list("keys")),
    )
    given = {
        "platforms": as_json(key[0] for key in found),
        "keys": as_json(key[1] for key in found),
    }
    full = {(row.platform, row.handle_key): row for row in connection.execute(wanted, given)}
    return [_make_lookalike(full[key], likeness) for key, likeness in found.items()]


def find_account(connection: Connection, platform: str, handle_key: str) -> str | None:
    """Return the id of the account of this name, or None where none is registered."""
    same = (accounts.c.platform == platform, accounts.c.handle_key == handle_key)
    return connection.scalar(select(accounts.c.id).where(*same))


def read_account(connection: Connection, account_id: str) -> Row:
    """Return the account's own columns with `managers` and `aliases`; raises `NotFoundError`."""
    wanted = select(accounts).where(accounts.c.id == account_id)
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise NotFoundError
    return add_lists(connection, [{str(name): value for name, value in row.items()}])[0]


def add_account(
    connection: Connection, actor: Actor, values: Mapping[str, Any], bounds: EditLimits
) -> str:
    """Register an account, which no one has authorized yet, and return its id.

    `values` are its columns, `managers` (sourcedIds), `aliases` (system and external_id) and
    `url_alias`, the comparable form of a `url` that no known host explains. Raises
    `InvalidRequestError` for what cannot be, `ConflictError` for what is registered already.
    """
    refuse_bad_values(connection, {"org_id": None, **values}, bounds)
    values = sort_lists(values)
    if find_account(connection, values["platform"], values["handle_key"]) is not None:
        detail = "This account is registered already"
        raise ConflictError(detail)
    account_id = make_id()
    refuse_taken_aliases(connection, account_id, values)
    row = {"id": account_id, "created_at": actor.at, "version": 1, **_pick_columns(values)}
    # An account that was found existed by now.
    if row.get("status", "unauthorized_found") == "unauthorized_found":
        row["existed_at"] = row.get("existed_at") or actor.at
    connection.execute(insert(accounts).values(row))
    write_lists(connection, account_id, values)
    _record_change(connection, actor, "created", None, read_account(connection, account_id))
    return account_id


def change_account(
    connection: Connection, actor: Actor, edit: AccountEdit, values: Mapping[str, Any]
) -> None:
    """Give an account these values, and leave the others; record nothing where none differs.

    Raises `NotFoundError`, `ForbiddenError` for a key of other schools, and what `add_account`
    raises. That an account is younger than known only Communications says; else
    `DesignationRequiredError`.
    """
    old = read_editable(connection, edit)
    refuse_bad_values(connection, values, edit.bounds)
    values = sort_lists(values)
    refuse_taken_aliases(connection, edit.account_id, values)
    if all(old[name] == value for name, value in values.items() if name in old):
        return
    if _is_made_younger(old["existed_at"], values):
        _require_communications(connection, actor, edit.bounds)
    _update_account(connection, old, _pick_columns(values))
    write_lists(connection, edit.account_id, values)
    new = read_account(connection, edit.account_id)
    changed_identity = any(old[name] != new[name] for name in _IDENTITY)
    # A change by the office itself is authorized.
    if changed_identity and not _is_office(connection, actor, edit.bounds):
        changed = update(accounts).where(accounts.c.id == edit.account_id)
        connection.execute(changed.values(identity_changed_at=actor.at))
    _record_change(connection, actor, "changed", old, read_account(connection, edit.account_id))


def add_alias(connection: Connection, actor: Actor, edit: AccountEdit, alias: Alias) -> None:
    """Let an account be found by another system's id for it; nothing changes where it is already.

    Only by who acts today for the Director of Communications, since a check by the alias is about
    this account from then on: else `DesignationRequiredError`, `PersonRequiredError`. Raises
    `ConflictError` where another account has it, `InvalidRequestError` where there are too many.
    """
    old = read_editable(connection, edit)
    _require_communications(connection, actor, edit.bounds)
    system, external_id = alias
    added = {"system": system, "external_id": external_id}
    if added in old["aliases"]:
        return
    if len(old["aliases"]) >= MAX_ALIASES:
        fault = {"at": "", "code": "too_many", "message": f"The account has {MAX_ALIASES} aliases"}
        raise InvalidRequestError([fault])
    change_account(connection, actor, edit, {"aliases": [*old["aliases"], added]})


def move_account(
    connection: Connection,
    actor: Actor,
    edit: AccountEdit,
    to: AccountStatus,
    reason: str,
    setup: Setup,
) -> None:
    """Give an account another status for `reason`, which the history keeps.

    To `authorized` only by a person with a live designation of the Director of Communications,
    and only what is authorized already; else `DesignationRequiredError`, `ConflictError`. Raises
    `ClosedAccountError` and `IllegalTransitionError` by the moves of `app.policy.accounts`.
    """
    old = read_editable(connection, edit)
    refused = find_move_refusal(old["status"], to)
    if refused:
        raise ClosedAccountError if refused == "closed_account" else IllegalTransitionError
    if to == "authorized":
        _require_communications(connection, actor, edit.bounds)
    _update_account(connection, old, {"status": to})
    if to == "authorized" and not _is_official(connection, actor, old, setup):
        detail = "No authorization in force is on file; it takes an approved form"
        raise ConflictError(detail)
    _record_change(connection, actor, to, old, read_account(connection, edit.account_id), reason)


def authorize_account(
    connection: Connection, actor: Actor, edit: AccountEdit, yes: AuthorizationDetails
) -> None:
    """Record the actor's authorization of an account.

    Its status becomes `authorized`; as long as no one has attested that Communications is an
    administrator (clause 7), `requested`.
    Raises `DesignationRequiredError` unless the actor's person acts today for the Director of
    Communications, `OwnRequestError` for one's own request, `ClosedAccountError` without a form.
    """
    old = read_editable(connection, edit)
    _require_communications(connection, actor, edit.bounds)
    refuse_unknown_requester(connection, yes.requested_by)
    if yes.requested_by == actor.person_id:
        raise OwnRequestError
    if old["status"] == "closed" and not yes.by_form:
        raise ClosedAccountError
    given = {"authorized_by": actor.person_id, "requested_by": yes.requested_by}
    row = {"id": make_id(), "account_id": edit.account_id, "authorized_at": actor.at, **given}
    connection.execute(insert(authorizations).values(**row, recorded_at=actor.at))
    # What was attested of an account before it was closed no longer counts.
    known = None if old["status"] == "closed" else old["communications_admin_at"]
    attested = yes.administrator_at or known
    status = "requested" if attested is None else "authorized"
    _update_account(connection, old, {"status": status, "communications_admin_at": attested})
    _record_change(
        connection, actor, "authorized", old, {**read_account(connection, edit.account_id), **given}
    )


def attest_administrator(connection: Connection, actor: Actor, edit: AccountEdit) -> None:
    """Record that Communications is an administrator; completes a requested account (clause 7).

    Raises `ClosedAccountError`: no one administers what is closed.
    """
    old = read_editable(connection, edit)
    if old["status"] == "closed":
        raise ClosedAccountError
    status = "authorized" if old["status"] == "requested" else old["status"]
    _update_account(connection, old, {"communications_admin_at": actor.at, "status": status})
    _record_change(connection, actor, "attested", old, read_account(connection, edit.account_id))


def _make_lookalike(row: Any, likeness: Likeness) -> Lookalike:
    return Lookalike(
        account_id=row.id,
        platform=row.platform,
        handle=row.handle,
        handle_key=row.handle_key,
        url=row.url,
        status=row.status,
        likeness=likeness,
    )


def read_editable(connection: Connection, edit: AccountEdit) -> Row:
    """Return the account before an edit; raises `ForbiddenError` where the caller may not edit."""
    old = read_account(connection, edit.account_id)
    schools = edit.bounds.schools
    if schools is not None and old["org_id"] not in schools:
        detail = "The account does not belong to one of this key's schools"
        raise ForbiddenError(detail)
    edit.match(old["version"])
    return old


def _is_made_younger(known: datetime | None, values: Mapping[str, Any]) -> bool:
    """Return whether an edit makes the account younger, which may take off a mark (clause 12)."""
    since = values.get("existed_at")
    return known is not None and "existed_at" in values and (since is None or since > known)


def _pick_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in accounts.c}


def _update_account(connection: Connection, old: Row, columns: Mapping[str, Any]) -> None:
    new = {**columns, "version": old["version"] + 1}
    connection.execute(update(accounts).where(accounts.c.id == old["id"]).values(new))


def _is_office(connection: Connection, actor: Actor, bounds: EditLimits) -> bool:
    """Return whether the actor's person acts today for the Director of Communications."""
    if actor.person_id is None:
        return False
    office = find_capacity(connection, actor.person_id, "director_communications", bounds.today)
    return office is not None


def _require_communications(connection: Connection, actor: Actor, bounds: EditLimits) -> None:
    if actor.person_id is None:
        raise PersonRequiredError
    require_capacity(connection, actor.person_id, "director_communications", bounds.today)


def _is_official(connection: Connection, actor: Actor, row: Row, setup: Setup) -> bool:
    ref = AccountRef("", row["platform"], row["handle_key"])
    return judge_accounts(connection, [ref], actor.at, setup)[0].outcome == "allow"


def _record_change(
    connection: Connection,
    actor: Actor,
    action: str,
    before: Row | None,
    after: Row,
    note: str | None = None,
) -> None:
    """Put the columns that differ on the ledger, and the action into the history."""
    named = [row[name] for row in (before or {}, after) for name in _PEOPLE if row.get(name)]
    named += [person for row in (before or {}, after) for person in row.get("managers", ())]
    differs = [name for name in after if before is None or before.get(name) != after[name]]
    record_change(
        connection,
        actor,
        Change(
            KIND,
            after["id"],
            action,
            to_json_values({name: before[name] for name in differs if name in before})
            if before
            else None,
            to_json_values({name: after[name] for name in differs}),
            note,
            sorted(set(named)),
        ),
    )
    if before is not None and before["status"] != after["status"]:
        told = {"account": after["id"], "status": after["status"]}
        record_event(connection, "account.status_changed", actor.at, told, audience=EVERYBODY)


_PEOPLE = ("owner_id", "authorized_by", "requested_by")
