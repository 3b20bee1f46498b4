"""The search for people by name, with what tells namesakes apart and nothing more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, select

from app.database.json_lists import as_json, json_list
from app.database.tables import classes, orgs, people, person_names
from app.policy.name_matching import recorded_keys
from app.policy.names import full_name_key, name_key
from app.store.people.index_scan import NameQuery, ScanPlace, search_index
from app.store.people.memberships import belongs_to
from app.store.people.search_terms import Term, find_terms, rank_match

Match = Literal["exact", "prefix", "near"]
_MATCHES: tuple[Match, ...] = ("exact", "prefix", "near")

_PEOPLE = (
    select(
        people.c.id,
        people.c.kind,
        people.c.given_name,
        people.c.family_name,
        people.c.preferred_name,
        people.c.grade,
        orgs.c.name.label("school"),
    )
    .select_from(people.outerjoin(orgs, orgs.c.id == people.c.org_id))
    .where(people.c.id.in_(json_list("ids")))
)
_NAMES = (
    select(person_names.c.person_id, person_names.c.name_key)
    .where(person_names.c.person_id.in_(json_list("ids")))
    .order_by(person_names.c.name_key)
)


@dataclass(frozen=True, slots=True)
class PeopleQuery:
    """A search; `name` is a name key, `school` an org's id or name, None is no limit."""

    name: str = ""
    school: str | None = None
    grade: str | None = None
    class_id: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """One person: `name` as it is shown, and the other name that answered, if it was one."""

    id: str
    kind: str
    name: str
    matched_name: str | None
    match: Match | None
    school: str | None
    grade: str | None


def find_people(
    connection: Connection,
    asked: PeopleQuery,
    schools: frozenset[str] | None,
    after: ScanPlace | None,
    limit: int,
) -> tuple[list[FoundPerson], ScanPlace | None]:
    """Return up to `limit` people behind `after` for a key of `schools`, and the next place.

    People and classes of other schools are as unknown ones.
    """
    within = _find_orgs(connection, asked, schools)
    wanted = NameQuery(
        find_terms(connection, asked.name, within), within, asked.kind, asked.grade, asked.class_id
    )
    hits = search_index(connection, wanted, after, limit)
    return _read_found_people(connection, wanted.terms, hits.found), hits.rest


def show_people(
    connection: Connection, ids: Sequence[str], kind: str | None, schools: frozenset[str] | None
) -> list[FoundPerson]:
    """Return those of `ids` that a key of `schools` may know, in this order, each once."""
    known = select(people.c.id).where(people.c.id.in_(json_list("ids")))
    asked = {"ids": as_json(ids)}
    if kind is not None:
        known = known.where(people.c.kind == kind)
    if schools is not None:
        known = known.where(belongs_to(json_list("schools")))
        asked["schools"] = as_json(schools)
    found = frozenset(connection.scalars(known, asked))
    places = [ScanPlace(person_id=one) for one in dict.fromkeys(ids) if one in found]
    return _read_found_people(connection, (), places)


def _find_orgs(
    connection: Connection, asked: PeopleQuery, schools: frozenset[str] | None
) -> frozenset[str] | None:
    """Return the orgs of the people searched for; None for all, empty where none can match."""
    if asked.class_id is not None and schools is not None:
        its_org = select(classes.c.org_id).where(classes.c.id == asked.class_id)
        if connection.scalar(its_org) not in schools:
            return frozenset()
    if asked.school is None:
        return schools
    meant = (orgs.c.id == asked.school) | (orgs.c.name_key == name_key(asked.school))
    found = frozenset(connection.scalars(select(orgs.c.id).where(meant)))
    return found if schools is None else found & schools


def _read_found_people(
    connection: Connection, asked: Sequence[Term], places: Sequence[ScanPlace]
) -> list[FoundPerson]:
    ids = {"ids": as_json(place.person_id for place in places)}
    rows = {row.id: row for row in connection.execute(_PEOPLE, ids)}
    keys: dict[str, list[str]] = {}
    for person_id, key in connection.execute(_NAMES, ids):
        keys.setdefault(person_id, []).append(key)
    return [
        _make_found(rows[place.person_id], keys.get(place.person_id, []), asked, place.rank)
        for place in places
    ]


def _make_found(row: Any, keys: list[str], asked: Sequence[Term], level: int) -> FoundPerson:
    name = f"{row.preferred_name or row.given_name} {row.family_name}".strip()
    return FoundPerson(
        id=row.id,
        kind=row.kind,
        name=name,
        matched_name=_find_other_name(row, keys, asked, name),
        match=_MATCHES[level] if asked else None,
        school=row.school,
        grade=row.grade,
    )


def _find_other_name(row: Any, keys: list[str], asked: Sequence[Term], name: str) -> str | None:
    """Return a name that answers better than the one shown; a former one as a name key."""
    given = f"{row.given_name} {row.family_name}".strip()
    present = {full_name_key(given, ""): given, name_key(name): name}
    derived = recorded_keys(row.given_name, row.family_name, row.preferred_name)
    others = [given, *(key for key in keys if key not in present and key not in derived)]
    best = min([name, *others], key=lambda one: _count_misses(asked, one))
    return None if best == name else best


def _count_misses(asked: Sequence[Term], name: str) -> tuple[int, int]:
    """Return how many words `name` does not answer, and the worst level of the rest."""
    borne = name_key(name).split()
    levels = [rank_match([term], borne) for term in asked]
    found = [level for level in levels if level is not None]
    return len(levels) - len(found), max(found, default=0)
