"""The end and the reach of an allow: what the passing of time alone will change.

The same question is asked again of the same facts at each later moment at which one of them begins
or ends. So this module knows nothing of the use a rule makes of a date; a new kind of date only has
to be listed among the moments. No one can foresee what is recorded meanwhile: a post is checked
again before it is published.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from app.policy.case import Case, find_day
from app.policy.consent import ADULT_AGE, eighteenth_birthday
from app.policy.credible_births import find_last_birthday, with_credible_birth
from app.policy.facts import Consent, Grant, Person, Release
from app.policy.lists import is_moved_since_list, list_date
from app.policy.resolutions import yes_ends_at
from app.policy.rulebook import evaluate_question
from app.policy.rules.accounts import find_network_grants
from app.policy.rules.text import list_named_students
from app.policy.verdict import Finding, Verdict
from app.policy.words import Activity, Channel, CheckKind, Extent, PictureKind, Purpose

# They ask for permissions, and show nobody.
_ABOUT_ACCOUNTS: frozenset[CheckKind] = frozenset({"account", "logo", "spokesperson"})
_DAY, _INSTANT = timedelta(days=1), timedelta(microseconds=1)
# So many moments are looked at; where all of them change nothing, the next one is the answer.
_MOST_MOMENTS = 8


@dataclass(frozen=True, slots=True)
class AllowTerms:
    """The end of an allow (None: nothing under it ends), and what it was asked for.

    A part that the check does not ask for is None. `account` is `platform/handle`; None for a
    personal one, or where none is named. `day` is the day in the district's time zone that was
    decided for.
    """

    until: datetime | None
    activity: Activity | None
    channel: Channel | None
    media: PictureKind | None
    extent: Extent | None
    purpose: Purpose | None
    account: str | None
    day: date


def find_allow_terms(case: Case, verdict: Verdict) -> AllowTerms | None:
    """Return the reach of the allow of `verdict`, which is that of `case`; None for another.

    It ends at the first moment at which a finding would change, or a person pictured comes of age,
    so that others speak for the picture.
    """
    if verdict.outcome != "allow":
        return None
    question = case.question
    account = case.account.key if case.account else question.account and question.account.key
    shown = question.check not in _ABOUT_ACCOUNTS
    named = any(one.ref.named for one in case.students)
    return AllowTerms(
        until=_find_end(case, verdict),
        activity=question.activity if shown else None,
        channel=case.channel if shown else None,
        media=_find_media_kind(case) if shown else None,
        extent=("image_with_name" if named else question.extent) if shown else None,
        purpose=question.purpose if shown else None,
        account=account,
        day=case.as_of,
    )


def _find_media_kind(case: Case) -> PictureKind | None:
    """Return the kind that refusals were looked up for; None of a post without any media."""
    if case.question.check == "post" and not case.question.media:
        return None
    return "video" if case.video else "photo"


def _find_end(case: Case, verdict: Verdict) -> datetime | None:
    students = tuple(_list_students(case))
    ends = [*_list_stale_times(case, students), *_list_yes_ends(case, verdict)]
    soonest = min(ends, default=None)
    ends += _list_birthdays(case, students, soonest)
    certain = min(ends, default=None)
    moments = sorted(_list_changes(case, students, certain))
    if not moments:
        return certain
    told = _summarize_findings(verdict.findings)  # a person's yes changes outcomes, and no codes
    for at in moments[:_MOST_MOMENTS]:
        later = replace(case.facts, now=at + _INSTANT)
        if _summarize_findings(evaluate_question(case.asked, later).findings) != told:
            return at
    return moments[_MOST_MOMENTS] if len(moments) > _MOST_MOMENTS else certain


def _summarize_findings(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    return [(one.code, one.at) for one in findings]


def _list_stale_times(case: Case, students: Sequence[Person]) -> Iterator[datetime]:
    """Yield the times at which the lists under the answer grow stale (clauses 43 and 44)."""
    asked, facts = case.question, case.facts
    limit = timedelta(days=facts.setup.list_max_age_days)
    if facts.setup.consent_mode == "refusal_list":
        dates = {list_date(facts, person) for person in students} - {None}
        if any(map(partial(is_moved_since_list, facts), students)):
            dates.add(facts.list_at)
        yield from (at + limit for at in dates if at is not None)
    rosters_at = facts.class_rosters.get(asked.class_id or "")
    if rosters_at is not None:
        yield rosters_at + limit


def _list_yes_ends(case: Case, verdict: Verdict) -> Iterator[datetime]:
    """Yield the times at which a person's yes to a doubt counts no longer."""
    for one in verdict.findings:
        if one.resolved is not None:
            yield yes_ends_at(one.resolved.resolved_at, case.facts.setup.yes_days)


def _list_birthdays(
    case: Case, students: Sequence[Person], before: datetime | None
) -> Iterator[datetime]:
    """Yield the times before `before` at which a person pictured comes of age."""
    last = _find_last_day(case, before)
    today = find_day(case.facts.setup.timezone, case.facts.now)
    for person in students:
        if person.birth_date is None or person.birth_date.year + ADULT_AGE > last.year:
            continue  # as most are
        of_age = eighteenth_birthday(person.birth_date)
        if of_age is None or not case.as_of < of_age <= last:
            continue
        if with_credible_birth(person, today).birth_date is not None:
            yield _find_day_start(case, of_age)


def _list_changes(case: Case, students: Sequence[Person], before: datetime | None) -> set[datetime]:
    """Return the times before `before` at which a statement, grant or release begins or has ended.

    Among them are the times from which a birth date of a person pictured cannot be right any more:
    one too old for the grade counts as a minor (`app.policy.credible_births`).
    """
    last = _find_last_day(case, before)
    days: set[date] = set()
    for one in _list_dated(case, students):
        days.add(one.effective_from)
        # Some systems write the last day there is for "without an end".
        if one.effective_to is not None and one.effective_to < date.max:
            days.add(one.effective_to + _DAY)
    for person in students:
        if person.birth_date is not None and case.facts.consents.get(person.id):
            days.add(find_last_birthday(person.birth_date, person.grade))
    times = (_find_day_start(case, day) for day in days if case.as_of < day <= last)
    return {at for at in times if before is None or at < before}


def _find_last_day(case: Case, before: datetime | None) -> date:
    """Return the last day that begins before `before`."""
    return find_day(case.facts.setup.timezone, before) if before is not None else date.max


def _list_dated(case: Case, students: Sequence[Person]) -> Iterator[Consent | Grant | Release]:
    facts, asked = case.facts, case.question
    employees = (one.person for one in case.employees if one.person)
    for person in (*students, *employees):
        yield from facts.consents.get(person.id, ())
    if asked.uses_logo or asked.speaks_for_district:
        yield from _list_grants(case)
    yield from find_network_grants(case)
    for other in asked.pictured.others:
        by_id = facts.releases_by_id.get(other.release_id or "")
        yield from (by_id,) if by_id else ()
        yield from facts.releases_by_name.get(other.name_key or "", ())
    for media in asked.media:
        yield from facts.releases_by_work.get(media.sha256 or "", ())


def _list_grants(case: Case) -> Iterator[Grant]:
    if case.author and case.author.person:
        yield from case.facts.grants.get(("person", case.author.person.id), ())
    named = case.question.account.key if case.question.account else None
    key = case.account.key if case.account else named
    if key:
        yield from case.facts.grants.get(("account", key), ())


def _list_students(case: Case) -> Iterator[Person]:
    """Yield the students that the answer depends on: pictured, of the class, named in the text."""
    yield from (one.person for one in case.students if one.person)
    yield from list_named_students(case)
    if case.school_class:
        people = case.facts.people
        yield from (people[one] for one in case.school_class.students if one in people)


def _find_day_start(case: Case, day: date) -> datetime:
    return datetime.combine(day, time(), case.facts.setup.timezone).astimezone(UTC)
