"""Facts for a batch of questions: a fixed set of constant statements in one transaction.

Call it inside `Store.writing()`: the write lock makes all of them one consistent read, true of
the store until the ledger rows that follow are committed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select

from app.policy.facts import (
    Account,
    Authorization,
    Consent,
    Designation,
    Facts,
    Grant,
    Person,
    Release,
    SchoolClass,
    Setup,
)
from app.policy.names import email_domain
from app.policy.question import Question
from app.store import fact_statements as statements
from app.store.each import texts


@dataclass(slots=True)
class _Wanted:
    """What the questions of a batch ask about, gathered before anything is read."""

    people: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    authors: set[str] = field(default_factory=set)
    author_names: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    account_keys: set[tuple[str, str]] = field(default_factory=set)
    aliases: set[tuple[str, str]] = field(default_factory=set)
    release_ids: set[str] = field(default_factory=set)
    release_names: set[str] = field(default_factory=set)
    works: set[str] = field(default_factory=set)
    permissions: bool = False


def load_facts(
    connection: Connection, questions: Iterable[Question], now: datetime, setup: Setup
) -> Facts:
    """Everything the store knows that `questions` need, as of `now`."""
    wanted = _gather(questions)
    named = _grouped(_rows(connection, statements.NAMES, names=wanted.names))
    rosters = _rosters(connection, wanted.classes)
    ids = wanted.people.union(*named.values(), *(c.students for c in rosters.values()))
    people = {row[0]: Person(*row) for row in _rows(connection, statements.PEOPLE, ids=ids)}
    said = _rows(connection, statements.CONSENTS, ids=people)
    accounts, aliases = _accounts(connection, wanted, setup.timezone)
    grantees = _grantees(wanted, named, accounts.values()) if wanted.permissions else set()
    grants = _grants(connection, grantees)
    offices = {g.granted_by for _, g in grants}
    offices.update(a.authorization.authorized_by for a in accounts.values() if a.authorization)
    by_id, releases = _releases(connection, wanted)
    list_at, roster_at = _list_dates(connection)
    return Facts(
        now=now,
        setup=setup,
        list_at=list_at,
        roster_at=roster_at,
        people=people,
        names={key: tuple(people[i] for i in found if i in people) for key, found in named.items()},
        consents=_grouped((row[0], Consent(*row)) for row in said),
        accounts=_grouped((a.key, a) for a in accounts.values()),
        aliases=_grouped((alias, accounts[i]) for alias, i in aliases if i in accounts),
        designations=_designations(connection, offices),
        grants=_grouped(grants),
        releases_by_id=by_id,
        releases_by_name=_grouped((r.name_key, r) for r in releases),
        releases_by_work=_grouped((r.work, r) for r in releases if r.work),
        classes=rosters,
    )


def _gather(questions: Iterable[Question]) -> _Wanted:
    wanted = _Wanted()
    for question in questions:
        for ref in (*question.pictured.students, *question.pictured.employees):
            _add(ref.id, wanted.people)
            _add(ref.name_key, wanted.names)
        if question.author:
            for ids, names in (
                (wanted.people, wanted.names),
                (wanted.authors, wanted.author_names),
            ):
                _add(question.author.id, ids)
                _add(question.author.name_key, names)
        for other in question.pictured.others:
            _add(other.release_id, wanted.release_ids)
            _add(other.name_key, wanted.release_names)
        wanted.works.update(m.sha256 for m in question.media if m.sha256)
        _add(question.class_id, wanted.classes)
        _gather_account(question, wanted)
        wanted.permissions |= question.uses_logo or question.speaks_for_district
    return wanted


def _gather_account(question: Question, wanted: _Wanted) -> None:
    ref = question.account
    if ref is None or ref.personal:
        return
    if ref.platform is not None and ref.handle_key is not None:
        wanted.account_keys.add((ref.platform, ref.handle_key))
    elif ref.alias is not None:
        wanted.aliases.add(ref.alias)


def _add(value: str | None, to: set[str]) -> None:
    if value:
        to.add(value)


def _rows(connection: Connection, statement: Select[Any], **lists: Iterable[str]) -> Sequence[Any]:
    """The rows of `statement`; nothing is asked of the store where every list is empty."""
    if not any(lists.values()):
        return ()
    return connection.execute(statement, {k: texts(v) for k, v in lists.items()}).all()


def _grouped(pairs: Iterable[Any]) -> dict[Any, tuple[Any, ...]]:
    """`(key, value)` pairs as each key's values, in order."""
    groups: defaultdict[Any, list[Any]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return {key: tuple(values) for key, values in groups.items()}


def _rosters(connection: Connection, class_ids: set[str]) -> dict[str, SchoolClass]:
    students = _grouped(_rows(connection, statements.ROSTERS, ids=class_ids))
    return {
        row.id: SchoolClass(row.id, row.org_id, students.get(row.id, ()))
        for row in _rows(connection, statements.CLASSES, ids=class_ids)
    }


def _accounts(
    connection: Connection, wanted: _Wanted, zone: ZoneInfo
) -> tuple[dict[str, Account], list[tuple[tuple[str, str], str]]]:
    """The accounts asked for by id, and which alias means which of them."""
    aliases = [
        ((row.system, row.value), row.account_id)
        for row in _rows(
            connection,
            statements.ALIASES,
            systems={system for system, _ in wanted.aliases},
            values={value for _, value in wanted.aliases},
        )
    ]
    rows = _rows(
        connection,
        statements.ACCOUNTS,
        platforms={platform for platform, _ in wanted.account_keys},
        handles={handle for _, handle in wanted.account_keys},
        ids={account_id for _, account_id in aliases},
    )
    managers = _grouped(_rows(connection, statements.MANAGERS, ids=[row.id for row in rows]))
    return {row.id: _account(row, managers.get(row.id, ()), zone) for row in rows}, aliases


def _account(row: Row[Any], managers: Sequence[str], zone: ZoneInfo) -> Account:
    given = None
    if row.authorized_at is not None:
        day = row.authorized_at.astimezone(zone).date()
        given = Authorization(row.authorized_by, row.requested_by, day)
    return Account(
        id=row.id,
        platform=row.platform,
        handle_key=row.handle_key,
        kind=row.kind,
        org_id=row.org_id,
        owner_id=row.owner_id,
        owner_active=row.owner_status == "active",
        managers=len(managers),
        active_managers=sum(status == "active" for status in managers),
        contact_email_domain=email_domain(row.contact_email),
        communications_admin_on=_day(row.communications_admin_at, zone),
        authorization=given,
    )


def _day(at: datetime | None, zone: ZoneInfo) -> date | None:
    return at.astimezone(zone).date() if at else None


def _grantees(
    wanted: _Wanted, named: dict[str, tuple[str, ...]], accounts: Iterable[Account]
) -> set[str]:
    """Whoever could hold a permission: the authors and the accounts, registered or not."""
    keys = {f"{platform}/{handle}" for platform, handle in wanted.account_keys}
    keys.update(account.key for account in accounts)
    keys.update(wanted.authors)
    return keys.union(*(named.get(name, ()) for name in wanted.author_names))


def _grants(connection: Connection, grantees: set[str]) -> list[tuple[tuple[str, str], Grant]]:
    rows = _rows(connection, statements.GRANTS, grantees=grantees)
    return [
        ((row.grantee_kind, row.grantee), Grant(*row[2:7]))
        for row in _in_force(rows, "effective_to")
    ]


def _designations(connection: Connection, people: set[str]) -> dict[str, tuple[Designation, ...]]:
    rows = _in_force(_rows(connection, statements.DESIGNATIONS, ids=people), "effective_to")
    return _grouped((row.person_id, Designation(*row)) for row in rows)


def _releases(connection: Connection, wanted: _Wanted) -> tuple[dict[str, Release], list[Release]]:
    """Releases by every id that ever named them, and the rows in force."""
    rows = _rows(
        connection,
        statements.RELEASES,
        ids=wanted.release_ids,
        names=wanted.release_names,
        works=wanted.works,
    )
    latest = {_identity(row, "id", "effective_to"): Release(*row) for row in rows}
    by_id = {row.id: latest[_identity(row, "id", "effective_to")] for row in rows}
    return by_id, list(latest.values())


def _in_force(rows: Sequence[Any], *loose: str) -> list[Any]:
    """Of rows that differ only in `loose` columns, the last: it changed the end of the others."""
    return list({_identity(row, *loose): row for row in rows}.values())


def _identity(row: Row[Any], *loose: str) -> tuple[Any, ...]:
    return tuple(v for k, v in row._mapping.items() if k not in loose)  # noqa: SLF001 - its public name


def _list_dates(connection: Connection) -> tuple[datetime | None, datetime | None]:
    """When the consent list was last complete or attested, and the rosters delivered."""
    at = {row.kind: row.at for row in connection.execute(statements.LIST_DATES)}
    lists = [at[kind] for kind in ("consents", "attestation") if kind in at]
    return max(lists, default=None), at.get("rosters")
