"""Facts for a batch of questions: one constant statement, one round trip.

Call it inside `Store.writing()`: the write lock keeps the facts true of the store until the ledger
rows that follow are committed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from app.database.driver import run_raw
from app.database.json_lists import as_json
from app.database.json_rows import parse_day, parse_day_in, parse_time, read_json_rows
from app.policy.declarations import apply_declarations
from app.policy.facts import (
    EVERYBODY,
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
from app.policy.name_matching import asked_keys
from app.policy.names import email_domain
from app.policy.question import OtherRef, PersonRef, Question
from app.store.declarations.lookup import find_declarations
from app.store.facts.facts_query import FoundFacts, compile_statement

_NONE: frozenset[str] = frozenset()


@dataclass(slots=True)
class _FactKeys:
    """The keys that the questions of a batch ask for, gathered before the read."""

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

    def parameters(self) -> dict[str, Iterable[str]]:
        """Return the lists that `compile_statement` takes."""
        grantees = {f"{platform}/{handle}" for platform, handle in self.account_keys}
        return {
            "people": self.people,
            "names": self.names,
            "classes": self.classes,
            "platforms": {platform for platform, _ in self.account_keys},
            "handles": {handle for _, handle in self.account_keys},
            "systems": {system for system, _ in self.aliases},
            "values": {value for _, value in self.aliases},
            "grantees": grantees | self.authors if self.permissions else (),
            "author_names": self.author_names if self.permissions else (),
            "release_ids": self.release_ids,
            "release_names": self.release_names,
            "works": self.works,
        }


def load_facts(
    connection: Connection, questions: Iterable[Question], now: datetime, setup: Setup
) -> Facts:
    """Return all facts that `questions` need, as of `now`."""
    asked = list(questions)
    declarations = find_declarations(connection, asked)
    if declarations:
        asked = [apply_declarations(one, declarations).question for one in asked]
    found = _read_found(connection, _gather_keys(asked))
    people = _make_people(found)
    accounts = _make_accounts(found, setup.timezone)
    by_id, releases = _make_releases(found)
    list_at, recorded_at = _read_list_dates(found)
    return Facts(
        now=now,
        setup=setup,
        list_at=list_at,
        school_lists=_read_school_dates(found),
        recorded_at=recorded_at,
        people=people,
        names=_group_pairs((key, people[i]) for key, i in found.names),
        consents=_make_consents(found),
        accounts=_group_pairs((account.key, account) for account in accounts.values()),
        aliases=_group_pairs(((system, value), accounts[i]) for system, value, i in found.aliases),
        designations=_make_designations(found),
        grants=_make_grants(found),
        releases_by_id=by_id,
        releases_by_name=_group_pairs((r.name_key, r) for r in releases),
        releases_by_work=_group_pairs((r.work, r) for r in releases if r.work),
        classes=_make_classes(found),
        declarations=declarations,
        class_rosters={row[0]: parse_time(row[-1]) for row in found.classes if row[-1]},
    )


def _gather_keys(questions: Iterable[Question]) -> _FactKeys:
    wanted = _FactKeys()
    for question in questions:
        for ref in (*question.pictured.students, *question.pictured.employees):
            _add_key(ref.id, wanted.people)
            wanted.names.update(_list_name_keys(ref))
        if question.author:
            for ids, names in (
                (wanted.people, wanted.names),
                (wanted.authors, wanted.author_names),
            ):
                _add_key(question.author.id, ids)
                names.update(_list_name_keys(question.author))
        for other in question.pictured.others:
            _add_key(other.release_id, wanted.release_ids)
            _add_key(other.name_key, wanted.release_names)
            wanted.names.update(_list_name_keys(other))
        wanted.works.update(m.sha256 for m in question.media if m.sha256)
        wanted.names.update(question.text_names)
        _add_key(question.class_id, wanted.classes)
        _gather_account(question, wanted)
        wanted.permissions |= question.uses_logo or question.speaks_for_district
    return wanted


def _list_name_keys(ref: PersonRef | OtherRef) -> Iterable[str]:
    if not ref.name_key:
        return ()
    return chain.from_iterable(map(asked_keys, (ref.name_key, *ref.other_keys)))


def _gather_account(question: Question, wanted: _FactKeys) -> None:
    ref = question.account
    if ref is None or ref.personal:
        return
    if ref.platform is not None and ref.handle_key is not None:
        wanted.account_keys.add((ref.platform, ref.handle_key))
    elif ref.alias is not None:
        wanted.aliases.add(ref.alias)
    if ref.system_id is not None:
        wanted.aliases.add(ref.system_id)


def _add_key(value: str | None, to: set[str]) -> None:
    if value:
        to.add(value)


def _read_found(connection: Connection, wanted: _FactKeys) -> FoundFacts:
    statement, places = compile_statement(connection.dialect.name)
    given: dict[str, Any] = {name: as_json(some) for name, some in wanted.parameters().items()}
    given["permissions"] = wanted.permissions
    row = run_raw(connection, statement, [given[place] for place in places]).fetchone()
    return FoundFacts(*map(read_json_rows, row))


def _group_pairs(pairs: Iterable[Any]) -> dict[Any, tuple[Any, ...]]:
    """Return the values of `(key, value)` pairs by key, in order."""
    groups: defaultdict[Any, list[Any]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return {key: tuple(values) for key, values in groups.items()}


def _make_people(found: FoundFacts) -> dict[str, Person]:
    orgs = {ident: (name_key, kind) for ident, name_key, kind, *_ in found.orgs}
    orgs[None] = (None, None)
    return {
        ident: Person(
            ident, kind, given, family, preferred, grade, org, *orgs[org],
            parse_day(born) if born else None, status,
            parse_time(seen), parse_time(back) if back else None,
            *(_find_other_orgs(others, org, orgs) if others else ((), ())), doubt is not None,
            bool(doubted), gap, parse_time(moved) if moved else None,
            parse_time(since) if since else None,
        )
        for ident, kind, given, family, preferred, grade, org, born, status, seen, back, moved,
            others, doubted, doubt, _, gap, since in found.people
    }  # fmt: skip


def _find_other_orgs(
    listed: str, first: str | None, orgs: Mapping[Any, tuple[Any, ...]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids of a person's further orgs on file, and the keys of their names."""
    ids = tuple(one for one in orjson.loads(listed) if one in orgs and one != first)
    return ids, tuple(orgs[ident][0] for ident in ids)


def _make_consents(found: FoundFacts) -> dict[str, tuple[Consent, ...]]:
    said = [(row[0], _make_consent(row)) for row in found.consents]
    if formers := {row[0]: row[-3] for row in found.people if row[-3] is not None}:
        for n, row in enumerate(found.consents):
            if row[-1] <= formers.get(row[0], 0):
                said[n] = row[0], said[n][1]._replace(of_former_bearer=True)
    return _group_pairs(said)


def _make_consent(row: list[Any]) -> Consent:
    *said, since, until, ident, lifts, former, shared, _ = row
    said[7:9] = parse_time(said[7]), bool(said[8])
    named = frozenset(lifts.split()) if lifts else _NONE
    known = (ident, named, bool(former), bool(shared), False)
    return Consent._make((*said, *_parse_days(since, until), *known))


def _make_classes(found: FoundFacts) -> dict[str, SchoolClass]:
    students = _group_pairs(sorted(found.students))
    return {
        ident: SchoolClass(ident, org, students.get(ident, ()), lacks_somebody=bool(gap))
        for ident, org, gap, _ in found.classes
    }


def _make_accounts(found: FoundFacts, zone: ZoneInfo) -> dict[str, Account]:
    """Return the accounts by id."""
    status = dict(found.responsible)
    managers = _group_pairs((ident, status.get(person)) for ident, person in found.managers)
    given = {
        ident: (Authorization(by, asked_by, parse_day_in(at, zone)), parse_time(at))
        for ident, by, asked_by, at in found.authorizations
    }
    return {
        ident: Account(
            id=ident,
            platform=platform,
            handle_key=handle,
            kind=kind,
            status=stands,
            org_id=org,
            owner_id=owner,
            owner_active=status.get(owner) == "active",
            managers=len(managers.get(ident, ())),
            active_managers=managers.get(ident, ()).count("active"),
            contact_email_domain=email_domain(email),
            communications_admin_on=parse_day_in(admin_at, zone) if admin_at else None,
            authorization=given[ident][0] if ident in given else None,
            changed_since=bool(
                changed and ident in given and given[ident][1] < parse_time(changed)
            ),
        )
        for (
            ident,
            platform,
            handle,
            kind,
            stands,
            org,
            owner,
            email,
            admin_at,
            changed,
        ) in found.accounts
    }


def _make_grants(found: FoundFacts) -> dict[tuple[str, str], tuple[Grant, ...]]:
    return _group_pairs(_make_grant(row) for row in _keep_latest(found.grants))


def _make_grant(row: list[Any]) -> tuple[tuple[str, str], Grant]:
    _, grantee_kind, grantee, kind, network, by, mark, purpose, topic, since, until = row
    period = _parse_days(since, until)
    whose = EVERYBODY if grantee_kind == "district" else (grantee_kind, grantee)
    return whose, Grant(kind, network, by, *period, purpose or topic, mark)


def _make_designations(found: FoundFacts) -> dict[str, tuple[Designation, ...]]:
    return _group_pairs(
        (person, Designation(office, person, capacity, *_parse_days(since, until)))
        for _, office, person, capacity, since, until in _keep_latest(found.designations)
    )


def _make_releases(found: FoundFacts) -> tuple[dict[str, Release], list[Release]]:
    """Return releases by every id that ever named them, and the rows in force."""
    latest = {tuple(row[2:-1]): row for row in sorted(found.releases)}
    in_force = {
        key: Release._make((*row[1:5], *_parse_days(*row[5:]))) for key, row in latest.items()
    }
    by_id = {row[1]: in_force[tuple(row[2:-1])] for row in found.releases}
    return by_id, list(in_force.values())


def _keep_latest(rows: list[list[Any]]) -> Iterable[list[Any]]:
    """Return the latest of rows that differ in their first column (number) and last (end) alone."""
    return {tuple(row[1:-1]): row for row in sorted(rows)}.values()


def _parse_days(since: str, until: str | None) -> tuple[date, date | None]:
    return parse_day(since), parse_day(until) if until else None


def _read_list_dates(found: FoundFacts) -> tuple[datetime | None, datetime | None]:
    """Return the latest date of the district's list, and the latest time on the ledger."""
    complete, attested, recorded = (parse_time(at) if at else None for at in found.list_dates[0])
    return max(filter(None, (complete, attested)), default=None), recorded


def _read_school_dates(found: FoundFacts) -> dict[str, datetime]:
    """Return the latest date of each school's list, complete or attested."""
    dates = ((org, complete, attested) for org, _, _, complete, attested in found.orgs)
    return {org: max(parse_time(at) for at in said if at) for org, *said in dates if any(said)}
