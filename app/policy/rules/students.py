"""Students pictured: clauses 42 (every person in the media), 43, 44 and 45."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.policy.case import Case, Identified, find_day
from app.policy.codes import CODES, finding
from app.policy.consent import NOTHING, Standing
from app.policy.consent_coverage import CHANNELS, EXTENTS, barring_cells, combine_cells
from app.policy.facts import Person, SchoolClass
from app.policy.lists import is_ahead, is_moved_since_list, is_stale, list_date
from app.policy.verdict import Finding, NotPictured
from app.policy.words import Extent

# In English in every process, whatever its locale.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def student_consent(case: Case) -> Iterator[Finding]:
    """Clause 44: no picture of a child without the parents' consent."""
    for one in case.students:
        if one.person is None:
            yield finding(f"student.{one.status}", one.ref.at, one.subject("student"))
            continue
        code = consent_code(case, one.person, _find_extent(case, one))
        told = message_values(case, one.person)
        yield finding(code, one.ref.at, one.subject("student"), told)


def class_consent(case: Case) -> Iterator[Finding]:
    """Clause 44 for a whole class: how many may be pictured, and how many not."""
    if case.question.class_id is None:
        return
    if case.school_class is None:
        yield finding("class.unknown", "/class_id")
        return
    yield from _judge_roster(case, case.school_class)
    if not case.school_class.students:
        yield finding("class.empty", "/class_id")
        return
    counts = Counter(one.outcome for one in not_pictured(case))
    told: dict[str, str | int] = {"use": case.use}
    if counts["deny"]:
        told["count"] = counts["deny"]
        yield finding("class.some_refused", "/class_id", values=told)
    if counts["review"]:
        told["count"] = counts["review"]
        yield finding("class.some_doubtful", "/class_id", values=told)
    if not counts:
        told["count"] = len(case.school_class.students)
        yield finding("class.may_be_pictured", "/class_id", values=told)


def _judge_roster(case: Case, school_class: SchoolClass) -> Iterator[Finding]:
    if school_class.students and not _is_fresh(case, case.facts.class_rosters.get(school_class.id)):
        yield finding("class.roster_stale", "/class_id", values={"days": _describe_max_age(case)})
    if school_class.lacks_somebody:
        yield finding("class.roster_incomplete", "/class_id")


def not_pictured(case: Case) -> Iterator[NotPictured]:
    """Yield the students of the class who may not be shown, or not before a person has looked."""
    if case.school_class is None:
        return
    for student_id in case.school_class.students:
        person = case.facts.people.get(student_id)
        if person is None:
            yield NotPictured(student_id, "", "review", "student.unknown")
            continue
        code = consent_code(case, person, case.question.extent)
        outcome = CODES[code].outcome
        if outcome != "allow":
            yield NotPictured(student_id, _display_name(person), outcome, code)


def consent_list(case: Case) -> Iterator[Finding]:
    """Clause 43: before posting, the list of those who have not consented is reviewed.

    The list's age is taken at the time of the decision and not on the post's day. Of students with
    different lists, the worst list is reported.
    """
    if case.facts.setup.consent_mode != "refusal_list" or not _asks_of_students(case):
        return
    dates = {list_date(case.facts, person) for person in _list_asked(case)}
    dates = dates or {case.facts.list_at}
    known = [at for at in dates if at is not None]
    latest = max(known, default=None)
    if latest is not None and is_ahead(case.facts, latest):
        yield finding("list.ahead", "", values={"list_date": list_day(case, latest)})
    elif len(known) < len(dates):
        yield finding("list.missing", "")
    elif not _is_fresh(case, min(known)):
        told = {"list_date": list_day(case, min(known)), "days": _describe_max_age(case)}
        yield finding("list.stale", "", values=told)
    else:
        yield finding("list.fresh", "", values={"list_date": list_day(case, min(known))})


def student_purpose(case: Case) -> Iterator[Finding]:
    """Clause 45: no student's picture for any but a school purpose, even with consent.

    On an employee's own account it is personal use, unless a person finds that it serves school.
    """
    if not _asks_of_students(case):
        return
    if case.question.purpose != "school":
        yield finding("purpose.not_school", "/purpose")
        return
    personal = case.account_status == "personal"
    yield finding("purpose.own_account" if personal else "purpose.school", "/purpose")


def pictured_declared(case: Case) -> Iterator[Finding]:
    """Clause 42: every person in the media is accounted for."""
    if all(m.kind == "audio" for m in case.question.media):
        return
    if not case.question.pictured.declared:
        yield finding("pictured.missing", "/pictured")
    elif case.question.pictured.nobody_identifiable:
        yield finding("pictured.nobody", "/pictured")


def consent_code(case: Case, person: Person, extent: Extent) -> str:
    """Return the code that decides if `person` may be shown; severest reason first."""
    said = case.standing(person)
    if said == NOTHING and not (person.doubted or person.identity_doubted):  # as of most students
        return _judge_silence(case, person)
    if code := _find_bar_code(case, said, extent):
        return code
    if person.identity_doubted:
        return "consent.identity_doubtful"
    if person.doubted:  # no grant outweighs what nobody has read
        return "consent.unread"
    return _find_permit_code(case, said, extent) or _judge_silence(case, person)


def message_values(case: Case, person: Person) -> dict[str, str | int]:
    """Return the values for messages about a student's consent: the list's day and the use."""
    return {"list_date": list_day(case, list_date(case.facts, person)), "use": case.use}


def has_fresh_list(case: Case, person: Person) -> bool:
    """Return whether the list that speaks for `person` is fresh."""
    return _is_fresh(case, list_date(case.facts, person))


def list_day(case: Case, at: datetime | None) -> str:
    """Return the day of a consent list made `at` that time, for the messages that name it."""
    if at is None:
        return "never"
    return _write_day(case.facts.setup.timezone, at)


# The lists of a batch have few dates, and each child's finding names one.
@lru_cache(maxsize=64)
def _write_day(zone: ZoneInfo, at: datetime) -> str:
    day = find_day(zone, at)
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def _find_bar_code(case: Case, said: Standing, extent: Extent) -> str | None:
    asked = case.question
    barring = barring_cells(asked.activity, case.channel, extent, video=case.video)
    if said.held & barring:
        return "consent.office_hold"
    if said.refused & barring:
        return _find_refusal_code(case, said.refused, barring)
    return "consent.refusal_pending" if said.pending & barring else None


def _find_permit_code(case: Case, said: Standing, extent: Extent) -> str | None:
    asked = case.question
    wanted = combine_cells((asked.activity,), (case.channel,), (extent,))
    if said.granted & wanted == wanted:
        return "consent.granted"
    return "consent.name_not_granted" if _lacks_name(case, said, extent) else None


def _lacks_name(case: Case, said: Standing, extent: Extent) -> bool:
    """Return whether the picture is granted on a channel of the use, but without the name.

    A person who chose the smaller of two consents has not been silent about the larger (ADR-0007).
    """
    asked = case.question
    if extent == "image":
        return False
    uses = combine_cells((asked.activity,), (case.channel,), EXTENTS)
    both = (combine_cells((asked.activity,), (channel,), EXTENTS) & uses for channel in CHANNELS)
    images = combine_cells((asked.activity,), CHANNELS, ("image",))
    return any(said.granted & use == use & images for use in both if use)


def _find_refusal_code(case: Case, refused: int, barring: int) -> str:
    asked = case.question
    bare = barring_cells(asked.activity, case.channel, "image", video=case.video)
    if not refused & bare:
        return "consent.name_refused"
    captures = combine_cells(("capture",), CHANNELS, EXTENTS)
    return "consent.capture_refused" if refused & barring & captures else "consent.refused"


def _judge_silence(case: Case, person: Person) -> str:
    """Return the code for silence (ADR-0001). A lapsed guardian's yes is no silence."""
    said = case.facts.consents.get(person.id, ())
    if any(one.by_former and one.decision == "grant" for one in said):
        return "consent.former_guardian"
    if case.facts.setup.consent_mode == "opt_in":
        return "consent.nothing_on_file"
    if person.status != "active":
        return "consent.student_left"
    list_at = list_date(case.facts, person)
    if list_at is None or is_ahead(case.facts, list_at):
        return "consent.nothing_on_file"
    return _judge_unlisted(case, person, list_at)


def _judge_unlisted(case: Case, person: Person, list_at: datetime) -> str:
    """Return the code for a student who is not on a list made at that time."""
    if person.first_seen_at > list_at:
        return "consent.new_student"
    if person.returned_at is not None and person.returned_at > list_at:
        return "consent.student_returned"
    if person.list_gap:
        return "consent.unanswered" if person.list_gap == "unanswered" else "consent.not_listed"
    if is_moved_since_list(case.facts, person) and not _is_known_to_district(case, person):
        return "consent.student_moved"
    return "consent.not_on_list"


def _is_known_to_district(case: Case, person: Person) -> bool:
    """Return whether the district's list is fresh, and its makers knew the student."""
    at = case.facts.list_at
    if at is None or not _is_fresh(case, at):
        return False
    return max(person.first_seen_at, person.returned_at or person.first_seen_at) <= at


def _find_extent(case: Case, one: Identified) -> Extent:
    return "image_with_name" if one.ref.named else case.question.extent


def _asks_of_students(case: Case) -> bool:
    return bool(case.students) or case.question.class_id is not None


def _list_asked(case: Case) -> Iterator[Person]:
    """Yield every student asked about who is on file, those of a class included."""
    yield from (one.person for one in case.students if one.person is not None)
    for student_id in case.school_class.students if case.school_class else ():
        if person := case.facts.people.get(student_id):
            yield person


def _is_fresh(case: Case, at: datetime | None) -> bool:
    return at is not None and not is_stale(case.facts, at) and not is_ahead(case.facts, at)


def _describe_max_age(case: Case) -> str:
    days = case.facts.setup.list_max_age_days
    return "1 day" if days == 1 else f"{days} days"


def _display_name(person: Person) -> str:
    return f"{person.preferred_name or person.given_name} {person.family_name}"
