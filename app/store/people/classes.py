"""Classes and orgs, in lists from which a person picks."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from heapq import nsmallest
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, Select, func, select

from app.database.json_lists import as_json, json_list
from app.database.tables import classes, enrollments, orgs, people
from app.store.people.class_words import (
    Match,
    Words,
    keep_answering,
    make_title_key,
    name_match,
    rank_class,
    split_title,
    split_words,
)
from app.store.people.search import PeopleQuery, find_people

_CLASSES = (
    select(classes.c.id, classes.c.title, classes.c.org_id, orgs.c.name.label("school"))
    .select_from(classes.outerjoin(orgs, orgs.c.id == classes.c.org_id))
    .where(classes.c.id.in_(json_list("ids")))
)
_ORGS: Select[Any] = select(orgs.c.id, orgs.c.name, orgs.c.kind, orgs.c.parent_id)
_SIZES = (
    select(enrollments.c.class_id, func.count())
    .where(enrollments.c.class_id.in_(json_list("ids")), enrollments.c.role == "student")
    .group_by(enrollments.c.class_id)
)
_TEACHERS = (
    select(
        enrollments.c.class_id,
        people.c.given_name,
        people.c.family_name,
        people.c.preferred_name,
    )
    .join_from(enrollments, people, people.c.id == enrollments.c.person_id)
    .where(enrollments.c.class_id.in_(json_list("ids")), enrollments.c.role == "teacher")
    .order_by(enrollments.c.class_id, people.c.family_name, people.c.given_name, people.c.id)
)
_TAUGHT = select(enrollments.c.class_id, enrollments.c.person_id).where(
    enrollments.c.person_id.in_(json_list("ids")), enrollments.c.role == "teacher"
)
Schools = frozenset[str] | None
# Limits: teachers looked at for one name, and words of a question.
_MOST_TEACHERS, _MOST_WORDS = 200, 12
# Characters of a title that a cursor can hold.
_ORDERED_BY = 40


class ClassFilter(NamedTuple):
    """A filter of classes: by id, by school, by words of title, teacher or school; None for any."""

    class_id: str | None = None
    school: str | None = None
    words: str | None = None


class ClassPlace(NamedTuple):
    """The place of a class in a list; without words a list is ordered by id alone."""

    rank: int
    title: str
    class_id: str


START = ClassPlace(-1, "", "")


@dataclass(frozen=True, slots=True)
class FoundClass:
    """A class with its school, its teachers and its number of students.

    `match` is None where no words were asked for.
    """

    id: str
    title: str
    org_id: str | None
    school: str | None
    teachers: tuple[str, ...]
    students: int
    match: Match | None
    place: ClassPlace


class Heading(NamedTuple):
    """The heading of a class's list."""

    title: str
    school: str | None
    teachers: tuple[str, ...] = ()
    students: int | None = None


def find_classes(
    connection: Connection, schools: Schools, asked: ClassFilter, after: ClassPlace, limit: int
) -> list[FoundClass]:
    """Return up to `limit` of these schools' classes behind `after`, best first."""
    if asked.words is None or not asked.words.strip():
        wanted = _limit_to_schools(select(classes.c.id), schools, asked)
        wanted = wanted.where(classes.c.id > after.class_id).order_by(classes.c.id).limit(limit)
        places = [ClassPlace(0, "", one) for one in connection.scalars(wanted)]
        return _read_classes(connection, places, matched=False)
    words = split_words(asked.words)[:_MOST_WORDS]
    if not words:
        return []
    ranked = (one for one in _rank_all(connection, schools, asked, words) if one > after)
    return _read_classes(connection, nsmallest(limit, ranked), matched=True)


def _limit_to_schools(wanted: Select[Any], schools: Schools, asked: ClassFilter) -> Select[Any]:
    if schools is not None:
        wanted = wanted.where(classes.c.org_id.in_(sorted(schools)))
    if asked.school is not None:
        wanted = wanted.where(classes.c.org_id == asked.school)
    if asked.class_id is not None:
        wanted = wanted.where(classes.c.id == asked.class_id)
    return wanted


def _rank_all(
    connection: Connection, schools: Schools, asked: ClassFilter, words: Words
) -> Iterator[ClassPlace]:
    """Yield the place of each class that answers.

    All classes are read, so little is done for each.
    """
    by_school = {
        row.id: keep_answering(words, split_words(row.name)) for row in connection.execute(_ORGS)
    }
    by_class = _find_teachers(connection, words, schools)
    rank = cache(rank_class)
    wanted = _limit_to_schools(
        select(classes.c.id, classes.c.title, classes.c.org_id), schools, asked
    )
    for class_id, title, org_id in connection.execute(wanted):
        others = by_class.get(class_id, ()) + by_school.get(org_id, ())
        level = rank(words, split_title(title), others)
        if level is not None:
            yield ClassPlace(level, make_title_key(title)[:_ORDERED_BY], class_id)


def _find_teachers(connection: Connection, words: Words, schools: Schools) -> dict[str, Words]:
    """Return, by class, the name words of the teachers that one of `words` finds."""
    names: dict[str, Words] = {}
    for word in {one for one in words if not one.isdigit()}:
        asked = PeopleQuery(word, kind="employee")
        found, _ = find_people(connection, asked, schools, None, _MOST_TEACHERS)
        for one in found:
            if one.match != "near":
                borne = split_words(f"{one.name} {one.matched_name or ''}")
                names[one.id] = keep_answering(words, borne)
    taught: dict[str, Words] = defaultdict(tuple)
    for class_id, person_id in connection.execute(_TAUGHT, {"ids": as_json(names)}):
        taught[class_id] += names[person_id]
    return taught


def _read_classes(
    connection: Connection, places: Sequence[ClassPlace], *, matched: bool
) -> list[FoundClass]:
    ids = {"ids": as_json(place.class_id for place in places)}
    rows = {row["id"]: row for row in connection.execute(_CLASSES, ids).mappings()}
    sizes = {row[0]: row[1] for row in connection.execute(_SIZES, ids)}
    teachers: dict[str, list[str]] = defaultdict(list)
    for class_id, given, family, preferred in connection.execute(_TEACHERS, ids):
        teachers[class_id].append(f"{preferred or given} {family}".strip())
    return [
        FoundClass(
            **rows[place.class_id],
            teachers=tuple(teachers.get(place.class_id, ())),
            students=sizes.get(place.class_id, 0),
            match=name_match(place.rank) if matched else None,
            place=place,
        )
        for place in places
    ]


def org_page(connection: Connection, schools: Schools, after: str, limit: int) -> list[RowMapping]:
    """Return up to `limit` orgs behind the id `after`, of these schools."""
    wanted = _ORGS.where(orgs.c.id > after).order_by(orgs.c.id).limit(limit)
    if schools is not None:
        wanted = wanted.where(orgs.c.id.in_(sorted(schools)))
    return list(connection.execute(wanted).mappings())


def read_heading(connection: Connection, class_id: str, schools: Schools) -> Heading | None:
    """Return the class's heading, or None where it is unknown or of another school."""
    asked = ClassFilter(class_id=class_id)
    for found in find_classes(connection, schools, asked, START, 1):
        return Heading(found.title, found.school, found.teachers, found.students)
    return None
