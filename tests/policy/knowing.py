"""From what a scenario gives to the facts the policy sees: no store and no clock."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import vocabulary as v
import yaml
from picturing import read_media, read_pictured

from app.policy.declarations import Declaration
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
from app.policy.name_matching import recorded_keys
from app.policy.names import grade_key, name_key
from app.policy.words import OrgKind
from app.policy.words import Permission as KindOfGrant

HERE = Path(__file__).parent
ORGS: dict[str, OrgKind] = {"Communications": "communications", "District Office": "district"}
CAPACITIES = {"student": "eligible_student", "office": "office_hold"}
CAST = v.Given.model_validate(yaml.safe_load((HERE / "cast.yaml").read_text("utf-8")))


def moment(when: datetime | date, zone: ZoneInfo) -> datetime:
    """A day is its noon; a time without an offset is the district's."""
    if not isinstance(when, datetime):
        when = datetime.combine(when, time(12))
    return when if when.tzinfo else when.replace(tzinfo=zone).astimezone(UTC)


def facts(given: v.Given) -> Facts:
    """What the store would have found."""
    zone = ZoneInfo(given.settings.timezone)
    people = {p.id: _person(p, zone) for p in (*CAST.people, *given.people)}
    names = defaultdict(list)
    for somebody in {p.id: p for p in (*CAST.people, *given.people)}.values():
        for key in _name_keys(somebody):
            names[key].append(people[somebody.id])
    accounts = {
        key: _account(key, presence, people)
        for key, presence in {a.account: a for a in (*CAST.accounts, *given.accounts)}.items()
    }
    aliases = defaultdict(list)
    for presence in given.accounts:
        for alias in presence.known_as.items():
            aliases[alias].append(accounts[presence.account])
    releases = [_release(paper) for paper in given.releases]
    return Facts(
        now=moment(given.today, zone),
        setup=Setup(
            timezone=zone,
            consent_mode=given.settings.consent_mode,
            list_max_age_days=given.settings.list_max_age_days,
            email_domains=given.settings.email_domains,
        ),
        list_at=None if given.list_date == "never" else moment(given.list_date, zone),
        school_lists={org_id(at): moment(day, zone) for at, day in given.school_lists.items()},
        recorded_at=given.last_recorded and moment(given.last_recorded, zone),
        people=people,
        names=_tuples(names),
        consents=_grouped(
            (s.student or s.employee, _consent(s, moment(given.today, zone), zone))
            for s in given.consents
        ),
        accounts={key: (account,) for key, account in accounts.items()},
        aliases=_tuples(aliases),
        designations=_grouped((d.person, _designation(d)) for d in given.offices or CAST.offices),
        grants=_grouped((_grantee(p), _grant(p)) for p in given.permissions),
        releases_by_id={release.id: release for release in releases},
        releases_by_name=_grouped((r.name_key, r) for r in releases),
        releases_by_work=_grouped((r.work, r) for r in releases if r.work),
        classes={c.id: _school_class(c) for c in given.classes},
        declarations=tuple(_declaration(d, zone) for d in given.declarations),
        class_rosters={
            c.id: moment(given.roster_date, zone)
            for c in given.classes
            if given.roster_date != "never"
        },
    )


def _school_class(group: v.Group) -> SchoolClass:
    return SchoolClass(
        group.id, org_id(group.at), group.students, lacks_somebody=group.lacks_somebody
    )


def _declaration(said: v.Declared, zone: ZoneInfo) -> Declaration:
    pieces = [v.Piece(sha256=one) if isinstance(one, str) else one for one in said.of]
    return Declaration(
        id=said.id,
        code=f"{said.id:0>8}",
        version=1,
        made_at=moment(said.on, zone),
        made_by=said.by,
        withdrawn=said.withdrawn,
        purpose=said.purpose,
        account_id=said.account,
        media=tuple(read_media(f"/media/{i}", one) for i, one in enumerate(pieces)),
        pictured=read_pictured(said.pictured),
        uses_logo=said.uses_logo,
        speaks_for_district=said.speaks_for_district,
    )


def _tuples(lists: dict[Any, list[Any]]) -> dict[Any, tuple[Any, ...]]:
    return {key: tuple(values) for key, values in lists.items()}


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, tuple[Any, ...]]:
    lists: dict[Any, list[Any]] = defaultdict(list)
    for key, value in pairs:
        lists[key].append(value)
    return _tuples(lists)


def org_id(name: str | None) -> str | None:
    """`Maple Elementary` has the sourcedId `org-maple-elementary`."""
    return "org-" + name_key(name).replace(" ", "-") if name else None


def _person(p: v.Somebody, zone: ZoneInfo) -> Person:
    given_name, family_name = p.name.split(" ", 1)
    return Person(
        id=p.id,
        kind=p.kind,
        given_name=given_name,
        family_name=family_name,
        preferred_name=p.preferred,
        grade=grade_key(p.grade) if p.grade else None,
        org_id=org_id(p.at),
        org_name_key=name_key(p.at) if p.at else None,
        org_kind=ORGS.get(p.at, "school") if p.at else None,
        birth_date=p.born,
        status=p.status,
        first_seen_at=moment(p.first_seen, zone),
        returned_at=p.came_back and moment(p.came_back, zone),
        moved_at=p.moved and moment(p.moved, zone),
        other_org_ids=tuple(org_id(at) or "" for at in p.also_at),
        other_org_name_keys=tuple(map(name_key, p.also_at)),
        identity_doubted=p.id_in_doubt,
        doubted=p.doubted,
        list_gap=p.list_gap,
    )


def _name_keys(p: v.Somebody) -> set[str]:
    given_name, family_name = p.name.split(" ", 1)
    return {*recorded_keys(given_name, family_name, p.preferred), *map(name_key, p.former_names)}


def _consent(s: v.Statement, now: datetime, zone: ZoneInfo) -> Consent:
    said = {"grant": s.grant, "refuse": s.refuse, "withdraw": s.withdraw, "lift": s.lift}
    word, activity = next((word, what) for word, what in said.items() if what)
    signed = s.signed or min(s.begins, now.astimezone(zone).date())
    capacity, _, source = s.by.partition(" ")
    return Consent(
        person_id=s.student or s.employee,
        decision=word,
        activity=activity,
        channel=s.channel,
        extent=s.extent,
        capacity=CAPACITIES.get(capacity, capacity),
        source={"unnamed": "profile:csv", "": capacity}.get(source, source),
        signed_at=moment(signed, zone),
        signed_day_only=not isinstance(signed, datetime),
        effective_from=s.begins,
        effective_to=s.to,
        id=s.called,
        lifts=frozenset(s.lifts),
        by_former=s.now == "no_guardian",
        at_shared_address=s.now == "shared_address",
        of_former_bearer=s.now == "former_bearer",
    )


def _account(key: str, a: v.Presence, people: dict[str, Person]) -> Account:
    platform, handle = key.split("/")

    def active(person: str | None) -> bool:
        return person is not None and people[person].status == "active"

    return Account(
        id=key,
        platform=platform,
        handle_key=handle,
        kind=a.kind,
        status=a.status,
        org_id=org_id(a.at),
        owner_id=a.owner,
        owner_active=active(a.owner),
        managers=len(a.managers),
        active_managers=sum(map(active, a.managers)),
        contact_email_domain=a.contact_email_domain,
        communications_admin_on=a.communications_is_admin_since,
        authorization=a.authorized
        and Authorization(a.authorized.by, a.authorized.asked_by, a.authorized.dated),
        changed_since=a.changed_since,
    )


def _designation(d: v.Appointment) -> Designation:
    return Designation(d.office, d.person, d.as_, d.begins, d.to)


def _grantee(p: v.Permission) -> tuple[str, str]:
    grantee = p.logo or p.speak or p.district_email
    if grantee == "everybody":
        return EVERYBODY
    if "/" in grantee:
        return "account", grantee
    return ("org", org_id(grantee)) if " " in grantee else ("person", grantee)


def _grant(p: v.Permission) -> Grant:
    kind: KindOfGrant = "logo" if p.logo else "spokesperson" if p.speak else "network_email"
    return Grant(kind, p.network, p.by, p.begins, p.to, p.only_for, p.mark)


def _release(p: v.Paper) -> Release:
    return Release(p.id, name_key(p.name), p.work, p.channel, p.begins, p.to)
