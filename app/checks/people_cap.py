"""The cap on how many people a key may learn of in a day, so that no one harvests a district.

Everyone counts about whom a check could tell something: by id, on file or not; by name, all who
bear it, or the name where no one does; a class by its students; a text by those it names; and the
students whose records a read shows. Of a key limited to some schools no one else's people count but
by what the key sent.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from app.errors import TooManyPeopleError
from app.policy.facts import Facts
from app.policy.namesakes import find_namesakes
from app.policy.question import PersonRef, Question
from app.store.service.asked_people import add_asked, delete_before, number_of, read_asked

# People remembered of all keys before this process asks the store anew.
_MAX_KEPT = 500_000


class AskedPeople(NamedTuple):
    """The people that one check or read is about, and the lineage of its key."""

    owner: str
    people: set[str]


class PeopleCap:
    """Counts the distinct people each key asks or reads about on a day of the district.

    What is in the store is exact over all processes. Each remembers whom a key has been counted
    for: what comes later that day about the same people costs no statement. One thread uses it.
    """

    def __init__(self, per_day: int, zone: ZoneInfo) -> None:
        self._per_day = per_day
        self._zone = zone
        self._day = date.min
        self._counted: dict[str, set[str]] = {}
        self._kept = 0
        self._has_old = True
        self._new: dict[str, set[str]] = {}

    def admit(
        self, connection: Connection, asking: Sequence[AskedPeople], now: datetime
    ) -> list[TooManyPeopleError | None]:
        """Count the people of `asking`, in order; return the error of each that is too much.

        What is refused counts for no one. Call `keep` once the transaction is committed.
        """
        day = now.astimezone(self._zone).date()
        if day != self._day:
            self._day, self._has_old = day, True
            self._forget()
        self._new = {}
        asked: dict[str, list[tuple[int, set[str]]]] = {}
        for number, one in enumerate(asking):
            unseen = one.people - self._counted.get(one.owner, set())
            if unseen:
                asked.setdefault(one.owner, []).append((number, unseen))
        refused: list[TooManyPeopleError | None] = [None] * len(asking)
        for key_id, groups in asked.items():
            for number in self._count(connection, key_id, groups):
                refused[number] = TooManyPeopleError(self._until_midnight(now))
        return refused

    def keep(self) -> None:
        """Remember the people that the last call of `admit` counted: they are in the store."""
        for key_id, people in self._new.items():
            self._counted.setdefault(key_id, set()).update(people)
            self._kept += len(people)
        self._new = {}
        if self._kept > _MAX_KEPT:
            self._forget()

    def _forget(self) -> None:
        self._counted, self._kept = {}, 0

    def _count(
        self, connection: Connection, key_id: str, groups: Iterable[tuple[int, set[str]]]
    ) -> Iterator[int]:
        """Count `groups` of people for a key in turn; yield the numbers of those beyond the cap."""
        groups = list(groups)
        numbers = {one: number_of(one) for _, people in groups for one in people}
        total, known = read_asked(connection, self._day, key_id, numbers.values())
        new: set[int] = set()
        for number, people in groups:
            more = {numbers[one] for one in people} - known - new
            if more and total + len(new) + len(more) > self._per_day:
                yield number
            else:
                new |= more
                self._new.setdefault(key_id, set()).update(people)
        if new:
            add_asked(connection, self._day, key_id, new)
            self._has_old = self._has_old and delete_before(connection, self._day)

    def _until_midnight(self, now: datetime) -> int:
        """Seconds until the district's next day begins."""
        tomorrow = datetime.combine(self._day + timedelta(days=1), clock_time(), self._zone)
        return max(1, int(tomorrow.timestamp() - now.timestamp()))


def find_asked(question: Question, facts: Facts) -> set[str]:
    """Return all people `question` asks about: ids, and names that no one bears."""
    pictured = question.pictured
    asked = {one.id for one in (*pictured.students, *pictured.employees) if one.id is not None}
    by_name = [one for one in (*pictured.students, *pictured.employees) if one.id is None]
    if question.author is not None and question.author.id != question.asked_by:
        by_name.append(question.author)
    for ref in by_name:
        asked |= _find_meant(ref, facts, question.schools)
    asked.update(_find_class(question, facts))
    for key in question.text_names:
        borne = facts.names.get(key, ())
        asked.update(one.id for one in borne if one.belongs_to(question.schools))
    return asked


def _find_meant(ref: PersonRef, facts: Facts, schools: frozenset[str] | None) -> set[str]:
    """Return who bears a name; else a limited key could count those of other schools."""
    if ref.id is not None:
        return {ref.id}
    if ref.name_key is None:
        return set()
    meant = find_namesakes(facts, ref.name_key)
    # No id begins with a space that a name is put behind.
    return {one.id for one in meant if one.belongs_to(schools)} or {f" {ref.name_key}"}


def _find_class(question: Question, facts: Facts) -> Iterable[str]:
    """Return the students of the class asked about; of another school's class no one."""
    found = facts.classes.get(question.class_id) if question.class_id is not None else None
    if found is None or (question.schools is not None and found.org_id not in question.schools):
        return ()
    return found.students
