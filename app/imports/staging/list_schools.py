"""The schools of a delivered list, inferred from the students in it.

Students of one school show it. Those of several do not: they stand in the list of each. So they
count only for a school without students of its own, and only in a list of everyone.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from app.store.consents.list_dates import DISTRICT

# In percent of a school's students: fewer than the first stand in another school's list by chance,
# where of some school at least the second do.
_STRAYS, _MOST = 10, 50

# How many students belong to just these schools.
Groups = Mapping[frozenset[str], int]


@dataclass(frozen=True, slots=True)
class FoundSchools:
    """The schools of a list, `DISTRICT` for all of them.

    `students` are those on file who stand in it, `strays` those of another school alone.
    """

    schools: frozenset[str] = frozenset()
    students: int = 0
    strays: int = 0


def group_students(rows: Iterable[Any], offices: Collection[str]) -> dict[frozenset[str], int]:
    """Return the groups of students counted by first school and further ones, as JSON.

    `offices` are orgs that are no schools: a student of a school and the district is of one school.
    """
    groups = Counter[frozenset[str]]()
    for first, others, count in rows:
        orgs = frozenset({first, *orjson.loads(others or "[]")})
        groups[orgs.difference(offices) or orgs] += count
    return dict(groups)


def find_schools(listed: Groups, students: Groups, *, everybody: bool) -> FoundSchools:
    """Return the schools of a list with the `listed` students, of all `students`."""
    alone, totals = _count_alone(listed), _count_alone(students)
    if not everybody:
        return _make_found(set(alone), set(alone), listed, students)
    shares = _find_shares(alone, totals)
    most = {school for school, share in shares.items() if share >= _MOST}
    # A school without students of its own is shown by those of no school that is known.
    shared = _list_schools(students) - {*alone, *totals}
    apart = {of: count for of, count in listed.items() if not of & most}
    most |= shared & _find_most(apart, students)
    strays = {one for one, share in shares.items() if share < _STRAYS} - most if most else set()
    schools = (set(alone) - strays) | most
    known = schools | (shared & _find_most(listed, students))
    return _make_found(schools, known, listed, students, sum(alone[one] for one in strays))


def _make_found(
    schools: set[str], known: set[str], listed: Groups, students: Groups, strays: int = 0
) -> FoundSchools:
    whole = name_whole(known, students)
    found = whole if DISTRICT in whole else frozenset(schools)
    return FoundSchools(found, sum(listed.values()), strays)


def name_whole(schools: Collection[str], students: Groups) -> frozenset[str]:
    """Return the same schools, `DISTRICT` where they are all that students belong to."""
    whole = DISTRICT in schools or (schools and set(schools) >= _list_schools(students))
    return frozenset({DISTRICT} if whole else schools)


def _count_alone(groups: Groups) -> dict[str, int]:
    """Return by school the students who have no other."""
    return {next(iter(of)): count for of, count in groups.items() if len(of) == 1}


def _count_members(groups: Groups) -> dict[str, int]:
    members = Counter[str]()
    for of, count in groups.items():
        for school in of:
            members[school] += count
    return members


def _list_schools(groups: Groups) -> set[str]:
    return set[str]().union(*groups)


def _find_shares(counts: Mapping[str, int], totals: Mapping[str, int]) -> dict[str, float]:
    """Return what part of each school's students is counted, in percent."""
    return {school: 100 * n / max(totals.get(school, n), n) for school, n in counts.items()}


def _find_most(listed: Groups, students: Groups) -> set[str]:
    """Return the schools of which at least half of the students are listed."""
    shares = _find_shares(_count_members(listed), _count_members(students))
    return {school for school, share in shares.items() if share >= _MOST}
