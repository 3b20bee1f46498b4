"""Effects of a changed designation on acts by right of it (clauses 4, 48 and 50)."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, func, or_, select

from app.database.json_lists import as_json, json_list
from app.database.tables import (
    accounts,
    authorizations,
    decision_index,
    decision_subjects,
    designations,
    grants,
)
from app.policy.case import find_day
from app.policy.facts import Designation
from app.policy.rules.permissions import GRANTING_OFFICE, capacity_in
from app.policy.words import Office

_IDENTITY = ("office", "person_id", "capacity", "effective_from", "org_id")
_AUTHORIZED = select(
    authorizations.c.authorized_at, accounts.c.platform + "/" + accounts.c.handle_key
).join(accounts, accounts.c.id == authorizations.c.account_id)
_GRANTED = select(grants.c.kind, grants.c.effective_from, grants.c.grantee_kind, grants.c.grantee)
_AFFECTED = select(func.count()).where(
    or_(
        decision_index.c.account.in_(json_list("keys")),
        decision_index.c.ledger_seq.in_(
            select(decision_subjects.c.ledger_seq).where(
                decision_subjects.c.person_id.in_(json_list("people"))
            )
        ),
    )
)


@dataclass(frozen=True, slots=True)
class OfficeChange:
    """A designation before and after, as its columns; `before` is None for a new one."""

    before: Mapping[str, Any] | None
    after: Mapping[str, Any]

    def is_backward(self, today: date) -> bool:
        """Return whether it gives an office for past days, or takes one as of today or sooner."""
        start = self.after["effective_from"]
        new = self.after["effective_to"] or date.max
        if self.before is None:
            return bool(start < today)
        old = self.before["effective_to"] or date.max
        if new < old:
            first_lost: date = max(start, new + timedelta(days=1))
            return first_lost <= today
        first_won: date = max(start, old + timedelta(days=1)) if old < new else date.max
        return first_won < today


@dataclass(frozen=True, slots=True)
class Effect:
    """The number of acts that would count otherwise: authorizations of accounts and permissions.

    `decisions` on file are about these accounts and people, as far as their index goes. `digest`
    (SHA-256, hex) stands for the change and these numbers.
    """

    authorizations: int
    grants: int
    decisions: int
    digest: str


def find_effect(connection: Connection, change: OfficeChange, zone: ZoneInfo) -> Effect:
    """Return the effect of `change` on the acts of its person."""
    person = change.after["person_id"]
    before, after = _list_designations(connection, person, change)

    def differs(office: Office, day: date) -> bool:
        return (capacity_in(before, office, day) is None) != (
            capacity_in(after, office, day) is None
        )

    given = connection.execute(_AUTHORIZED.where(authorizations.c.authorized_by == person))
    keys = [key for at, key in given if differs("director_communications", find_day(zone, at))]
    rows = connection.execute(_GRANTED.where(grants.c.granted_by == person))
    permitted = [row for row in rows if differs(GRANTING_OFFICE[row.kind], row.effective_from)]
    decisions = _count_decisions(connection, keys, permitted)
    said = [
        {name: str(value) for name, value in change.after.items()},
        str(change.before and change.before["effective_to"]),
        len(keys), len(permitted), decisions,
    ]  # fmt: skip
    digest = hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Effect(len(keys), len(permitted), decisions, digest)


def _list_designations(
    connection: Connection, person: str, change: OfficeChange
) -> tuple[list[Designation], list[Designation]]:
    """Return the person's designations before and after; the last of equal rows counts."""
    columns = (*_IDENTITY, "effective_to")
    theirs = select(*(designations.c[name] for name in columns)).where(
        designations.c.person_id == person
    )
    found = {tuple(row[:-1]): row[-1] for row in connection.execute(
        theirs.order_by(designations.c.seq))}  # fmt: skip
    changed = {tuple(change.after[name] for name in _IDENTITY): change.after["effective_to"]}
    return _make_designations(found), _make_designations(found | changed)


def _make_designations(ends: Mapping[tuple[Any, ...], date | None]) -> list[Designation]:
    return [Designation(key[0], key[1], key[2], key[3], last_day) for key, last_day in ends.items()]


def _count_decisions(connection: Connection, keys: Iterable[str], permitted: Iterable[Any]) -> int:
    whole = {"account": set(keys), "person": set[str](), "org": set[str]()}
    for row in permitted:
        whole[row.grantee_kind].add(row.grantee)
    given = {"keys": as_json(whole["account"]), "people": as_json(whole["person"])}
    return connection.scalar(_AFFECTED, given) or 0
