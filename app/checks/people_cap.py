"""The cap on the people a key may learn of in a day, so that no key harvests a district.

Each person that a check could reveal something about counts: by id, on file or not; by name, all
who bear it, or the name itself where no one does; a class by its students; a text by those it
names; and the students in the records that a read shows. For a key limited to some schools people
of others count only as far as the key named them.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from app.errors import TooManyPeopleError
from app.policy.declarations import apply_declarations
from app.policy.facts import Facts
from app.policy.namesakes import find_namesakes
from app.policy.question import PersonRef, Question
from app.store.service.asked_people import add_asked, delete_before, number_person, read_asked

# People remembered of all keys before this process asks the store anew.
_MAX_KEPT = 500_000


class AskedPeople(NamedTuple):
    """The people one check or read is about, and the key's owner they count for.

    The owner stands for a key together with those it replaces.
    """

    owner: str
    people: set[str]


class PeopleCap:
    """The count of distinct people each key asks or reads about on a day of the district.

    The counts in the store are exact over all processes. Each process remembers the people a key
    has been counted for: a later request of that day about the same people costs no statement. One
    thread uses it.
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
        """Count the people of each of `asking`, in order; return the error of each beyond the cap.

        The people of a refused one are not counted. Call `keep` once the transaction is committed.
        """
        day = now.astimezone(self._zone).date()
        if day != self._day:
            self._day, self._has_old = day, True
            self._forget_counted()
        self._new = {}
        asked: dict[str, list[tuple[int, set[str]]]] = {}
        for number, one in enumerate(asking):
            unseen = one.people - self._counted.get(one.owner, set())
            if unseen:
                asked.setdefault(one.owner, []).append((number, unseen))
        refused: list[TooManyPeopleError | None] = [None] * len(asking)
        for key_id, groups in asked.items():
            for number in self._count_groups(connection, key_id, groups):
                refused[number] = TooManyPeopleError(self._count_seconds_left(now))
        return refused

    def keep(self) -> None:
        """Remember the people the last call of `admit` counted: they are in the store."""
        for key_id, people in self._new.items():
            self._counted.setdefault(key_id, set()).update(people)
            self._kept += len(people)
        self._new = {}
        if self._kept > _MAX_KEPT:
            self._forget_counted()

    def _forget_counted(self) -> None:
        self._counted, self._kept = {}, 0

    def _count_groups(
        self, connection: Connection, key_id: str, groups: Iterable[tuple[int, set[str]]]
    ) -> Iterator[int]:
        """Count `groups` of people for a key in turn; yield the numbers of those beyond the cap."""
        groups = list(groups)
        numbers = {one: number_person(one) for _, people in groups for one in people}
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

    def _count_seconds_left(self, now: datetime) -> int:
        """Return the seconds until the district's next day begins."""
        tomorrow = datetime.combine(self._day + timedelta(days=1), clock_time(), self._zone)
        return max(1, int(tomorrow.timestamp() - now.timestamp()))


def find_asked(question: Question, facts: Facts) -> set[str]:
    """Return every person that `question` asks about: ids, and names that no one bears."""
    pictured = apply_declarations(question, facts.declarations).question.pictured
    asked = {
        one.id
        for one in (*pictured.students, *pictured.employees)
        if one.id is not None and _is_counted(one, question, facts)
    }
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


def _is_counted(ref: PersonRef, question: Question, facts: Facts) -> bool:
    """Return whether somebody named by id counts: of whom a declaration names, the key's own."""
    if not ref.declared:
        return True
    person = facts.people.get(ref.id or "")
    return person is not None and person.belongs_to(question.schools)


def _find_meant(ref: PersonRef, facts: Facts, schools: frozenset[str] | None) -> set[str]:
    """Return the people a reference means, of the key's schools alone, or else the name itself.

    A limited key could otherwise count the bearers of a name in other schools.
    """
    if ref.id is not None:
        return {ref.id}
    if ref.name_key is None:
        return set()
    meant = find_namesakes(facts, ref.name_key, ref.other_keys)
    # No id begins with a space that a name is put behind.
    return {one.id for one in meant if one.belongs_to(schools)} or {f" {ref.name_key}"}


def _find_class(question: Question, facts: Facts) -> Iterable[str]:
    """Return the students of the class asked about; none for a class of another school."""
    found = facts.classes.get(question.class_id) if question.class_id is not None else None
    if found is None or (question.schools is not None and found.org_id not in question.schools):
        return ()
    return found.students
