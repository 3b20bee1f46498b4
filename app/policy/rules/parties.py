"""Other people and things in the media: clauses 41, 42, 46 and 47."""

from collections.abc import Iterator

from app.policy.case import Case
from app.policy.codes import finding
from app.policy.consent_coverage import barring_cells, combine_cells
from app.policy.facts import Person, Release
from app.policy.namesakes import find_namesakes
from app.policy.question import Media, OtherRef
from app.policy.verdict import Finding


def coworker_consent(case: Case) -> Iterator[Finding]:
    """Clause 46: no picture of a co-worker without the co-worker's consent."""
    for one in case.employees:
        if one.person is None:
            code = f"employee.{one.status}"
        elif case.author and case.author.person == one.person:
            code = "coworker.own_picture"
        else:
            code = coworker_code(case, one.person)
        yield finding(code, one.ref.at, one.subject("employee"), {"use": case.use})


def other_parties(case: Case) -> Iterator[Finding]:
    """Clause 42: the expressed consent of all other parties is on file.

    A release does not cover a child of the same name: clause 44 asks for that child's consent.
    """
    for ref in case.question.pictured.others:
        code = _find_release_code(case, ref)
        if code == "release.on_file" and _may_be_student(case, ref):
            code = "release.may_be_student"
        yield finding(code, ref.at, values={"use": case.use})


def media_rights(case: Case) -> Iterator[Finding]:
    """Clauses 41 and 42: the district may distribute the media."""
    for media in case.question.media:
        code = f"rights.{media.rights}"
        if media.rights == "released" and not _is_work_released(case, media):
            code = "rights.release_not_found"
        yield finding(code, f"{media.at}/rights")


def premises(case: Case) -> Iterator[Finding]:
    """Clause 47: no non-public images of district premises, floor plans included."""
    for media in case.question.media:
        if media.premises != "none":
            yield finding(f"premises.{media.premises}", f"{media.at}/premises")


def coworker_code(case: Case, person: Person) -> str:
    """Return the code that decides if this employee may be shown; severest reason first."""
    asked = case.question
    said = case.standing(person)
    barring = barring_cells(asked.activity, case.channel, asked.extent, video=case.video)
    if said.held & barring:
        return "coworker.office_hold"
    if said.refused & barring:
        return "coworker.refused"
    if said.pending & barring:
        return "coworker.refusal_pending"
    wanted = combine_cells((asked.activity,), (case.channel,), (asked.extent,))
    if said.granted & wanted != wanted:
        return "coworker.no_consent"
    if person.identity_doubted:
        return "coworker.identity_doubtful"
    return "coworker.unread" if person.doubted else "coworker.granted"


def _may_be_student(case: Case, ref: OtherRef) -> bool:
    """Return whether a student bears the name; a limited key learns of its schools' alone."""
    schools = case.question.schools
    return any(
        person.kind == "student" and person.belongs_to(schools)
        for person in find_namesakes(case.facts, ref.name_key, ref.other_keys)
    )


def _find_release_code(case: Case, ref: OtherRef) -> str:
    if ref.release_id is not None:
        found = case.facts.releases_by_id.get(ref.release_id)
        releases: tuple[Release, ...] = (found,) if found else ()
    else:
        releases = case.facts.releases_by_name.get(ref.name_key or "", ())
    covering = [_is_covered_by(case, release) for release in releases]
    if not covering:
        return "release.missing"
    if all(covering):
        return "release.on_file"
    return "release.ambiguous" if any(covering) else "release.not_covering"


def _is_covered_by(case: Case, release: Release) -> bool:
    """Return whether `release` is in force and, if given for one work, the post shows that work."""
    shown = release.work is None or any(m.sha256 == release.work for m in case.question.media)
    return shown and _is_in_force(release, case)


def _is_work_released(case: Case, media: Media) -> bool:
    releases = case.facts.releases_by_work.get(media.sha256 or "", ())
    return any(_is_in_force(release, case) for release in releases)


def _is_in_force(release: Release, case: Case) -> bool:
    """Return whether `release` is in force on the post's day, for the place it will be shown.

    A release for videos alone is never enough.
    """
    begun = release.effective_from <= case.as_of
    ended = release.effective_to is not None and release.effective_to < case.as_of
    return begun and not ended and release.channel in {"all", case.channel}
