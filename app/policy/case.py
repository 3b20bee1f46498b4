"""A case: one question with every person and thing in it identified, ready for the rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from app.policy.consent import NOTHING, Standing, weigh_statements
from app.policy.credible_births import with_credible_birth
from app.policy.declarations import Declared, apply_declarations
from app.policy.facts import Account, Facts, Person, SchoolClass
from app.policy.names import name_key
from app.policy.namesakes import find_namesakes
from app.policy.question import AccountRef, PersonRef, Question
from app.policy.uses import describe_use
from app.policy.verdict import Subject
from app.policy.words import WEBSITE_PLATFORMS, Channel, PersonKind

PersonStatus = Literal["found", "unknown", "ambiguous", "unidentified", "wrong_kind"]
AccountMeant = Literal["absent", "personal", "found", "unknown", "ambiguous", "mismatched"]


class Identified(NamedTuple):
    """A person reference and the person meant; `person` is None unless `status` is `found`."""

    ref: PersonRef
    status: PersonStatus
    person: Person | None

    def subject(self, kind: PersonKind) -> Subject | None:
        """Return the subject of a finding, only where the caller sent the id."""
        if self.ref.id is None or self.ref.declared:
            return None
        return Subject(kind, self.ref.id)


@dataclass(frozen=True, slots=True)
class Case:
    """The view of a question that a rule looks at.

    `question` is `asked` with what the declarations `declared.relied_on` say. `as_of_at` is
    max(publish_at, now), so that a date in the past escapes nothing; `as_of` is its day in the
    district's time zone. `channel` is where the picture will be shown: as asked, and for a post
    where its account is. `video` is true where a video is asked about or in the post; a `video`
    refusal covers it on every channel. `school_class` is None unless a class was asked about and
    is known to this key.
    """

    asked: Question
    question: Question
    declared: Declared
    facts: Facts
    as_of_at: datetime
    as_of: date
    students: tuple[Identified, ...]
    employees: tuple[Identified, ...]
    author: Identified | None
    account_status: AccountMeant
    account: Account | None
    school_class: SchoolClass | None
    channel: Channel
    video: bool

    @property
    def platform(self) -> str | None:
        """Return the network the post goes to, where the account determines it."""
        return _find_platform(self.question, self.account)

    @property
    def use(self) -> str:
        """Return the use asked about in words, with the place it will be shown, for messages."""
        return describe_use(self.question.activity, self.channel, video=self.video)

    def standing(self, person: Person) -> Standing:
        """Return the outcome of `person`'s statements on the day the case is decided for."""
        statements = self.facts.consents.get(person.id, ())
        if not statements:
            return NOTHING
        now, zone = self.facts.now, self.facts.setup.timezone
        somebody = with_credible_birth(person, find_day(zone, now))
        return weigh_statements(somebody, statements, self.as_of, now, zone)

    @property
    def official(self) -> bool:
        """Return whether the account rules apply: an account is named and is not a personal one."""
        return self.account_status not in {"absent", "personal"}


def open_case(asked: Question, facts: Facts) -> Case:
    """Identify every person and thing in the question."""
    declared = apply_declarations(asked, facts.declarations)
    question = declared.question
    as_of_at = max(question.publish_at or facts.now, facts.now)
    status, account = _identify_account(question.account, facts)
    pictured = question.pictured
    return Case(
        asked=asked,
        question=question,
        declared=declared,
        facts=facts,
        as_of_at=as_of_at,
        as_of=find_day(facts.setup.timezone, as_of_at),
        students=tuple(_identify_student(ref, question, facts) for ref in pictured.students),
        employees=tuple(_identify_employee(ref, question, facts) for ref in pictured.employees),
        author=_identify_author(question, facts),
        account_status=status,
        account=account,
        school_class=_find_class(question, facts),
        channel=_find_channel(question, account),
        video=_has_video(question),
    )


def _find_platform(question: Question, account: Account | None) -> str | None:
    if account is not None:
        return account.platform
    return question.account.platform if question.account else None


def _find_channel(question: Question, account: Account | None) -> Channel:
    """Return the channel asked for; a post's is its account's: a website, else social media."""
    if question.check != "post":
        return question.channel
    return "website" if _find_platform(question, account) in WEBSITE_PLATFORMS else "social"


def _has_video(question: Question) -> bool:
    """Return whether a video is meant. `channel: video` is one, wherever it will be shown."""
    if question.picture_kind == "video" or question.channel == "video":
        return True
    return any(m.kind == "video" for m in question.media)


# The checks of a batch ask for the day of the same few times.
@lru_cache(maxsize=8)
def find_day(zone: ZoneInfo, at: datetime) -> date:
    """Return the day it is in `zone` at the time `at`."""
    return at.astimezone(zone).date()


def list_involved(case: Case) -> Iterator[str]:
    """Yield the sourcedIds of everyone the case turned out to be about."""
    everyone = (*case.students, *case.employees, *((case.author,) if case.author else ()))
    yield from (one.person.id for one in everyone if one.person)
    if case.school_class:
        yield from case.school_class.students


def _identify_person(ref: PersonRef, facts: Facts, kind: PersonKind | None) -> Identified:
    """Identify the person meant, among people of this kind; `kind` None takes anyone."""
    if ref.id is not None:
        person = facts.people.get(ref.id)
        if person is None:
            return Identified(ref, "unknown", None)
        if not _is_kind(person, kind):
            return Identified(ref, "wrong_kind", None)
        return Identified(ref, "found", person)
    candidates = _list_bearers(ref, facts, kind)
    if len(candidates) > 1:
        return Identified(ref, "ambiguous", None)
    if candidates and _has_record_of(candidates[0], ref):
        return Identified(ref, "found", candidates[0])
    return Identified(ref, "unknown", None)


def list_meant(one: Identified, facts: Facts, kind: PersonKind) -> list[Person]:
    """Return the person meant; of a reference that is not clear everybody who may be."""
    if one.person is not None:
        return [one.person]
    is_unclear = one.status in ("ambiguous", "unidentified")
    return _list_bearers(one.ref, facts, kind) if is_unclear else []


def _list_bearers(ref: PersonRef, facts: Facts, kind: PersonKind | None) -> list[Person]:
    known = find_namesakes(facts, ref.name_key, ref.other_keys)
    return [p for p in known if _is_kind(p, kind) and _may_be_meant(p, ref)]


def _is_kind(person: Person, kind: PersonKind | None) -> bool:
    return kind is None or person.kind == kind


def _may_be_meant(person: Person, ref: PersonRef) -> bool:
    """Return whether nothing on record rules `person` out; a missing grade or school does not."""
    if ref.grade is not None and person.grade not in {None, ref.grade}:
        return False
    if ref.school is None or not person.org_ids:
        return True
    key = name_key(ref.school)
    named = key == person.org_name_key or key in person.other_org_name_keys
    return named or ref.school in person.org_ids


def _has_record_of(person: Person, ref: PersonRef) -> bool:
    """Return whether the grade and the school that `ref` gives are on record for `person`."""
    grade = ref.grade is None or person.grade is not None
    return grade and (ref.school is None or bool(person.org_ids))


def _identify_student(ref: PersonRef, question: Question, facts: Facts) -> Identified:
    """Identify the student meant.

    A key limited to some schools gets one and the same answer for no student, several, or one of
    another school.
    """
    found = _identify_person(ref, facts, "student")
    schools = question.schools
    if schools is None or (found.person and found.person.belongs_to(schools)):
        return found
    return Identified(ref, "unidentified", None)


def _identify_employee(ref: PersonRef, question: Question, facts: Facts) -> Identified:
    """Identify the employee meant.

    A key limited to some schools gets one and the same answer for no employee, several, or one of
    another school. It does learn of the person it acts for.
    """
    found = _identify_person(ref, facts, "employee")
    person, schools = found.person, question.schools
    own = person is not None and person.id == question.asked_by
    if schools is None or own or (person and person.belongs_to(schools)):
        return found
    return Identified(ref, "unknown", None)


def _identify_author(question: Question, facts: Facts) -> Identified | None:
    """Identify who posts; a student who bears the name is found as well, as `wrong_kind`.

    A key limited to some schools learns of its own person and of those schools' people. For
    everyone else it gets one and the same answer.
    """
    ref, schools = question.author, question.schools
    if ref is None:
        return None
    found = _identify_person(ref, facts, None)
    person = found.person
    own = person is not None and person.id == question.asked_by
    if not own and schools is not None and not (person and person.belongs_to(schools)):
        return Identified(ref, "unidentified", None)
    student = person is not None and person.kind == "student"
    return Identified(ref, "wrong_kind", None) if student else found


def _identify_account(ref: AccountRef | None, facts: Facts) -> tuple[AccountMeant, Account | None]:
    if ref is None:
        return "absent", None
    if ref.personal:
        return "personal", None
    if ref.key is not None:
        found = facts.accounts.get(ref.key, ())
    else:
        found = facts.aliases.get(ref.alias, ()) if ref.alias else ()
    if ref.system_id is not None:
        by_id = facts.aliases.get(ref.system_id, ())
        if (found or by_id) and not set(found) & set(by_id):
            return "mismatched", None
        found = tuple(one for one in found if one in by_id)
    if len(found) == 1:
        return "found", found[0]
    return ("ambiguous" if found else "unknown"), None


def _find_class(question: Question, facts: Facts) -> SchoolClass | None:
    found = facts.classes.get(question.class_id) if question.class_id else None
    if found and question.schools is not None and found.org_id not in question.schools:
        return None
    return found
