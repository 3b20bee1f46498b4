"""The rules that hold a plan for a person: over its numbers, with the district's thresholds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.imports.list_hold_rules import find_list_reasons, list_consent_columns
from app.imports.loss_hold_rules import LossLimits, find_loss_reasons
from app.imports.report import format_count
from app.imports.staging.staged_tables import split_place
from app.settings import Settings
from app.store.service.import_plans import RecordedPlan
from app.store.service.plan_parts import Changes, IdDoubts


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The limits, in percent, of people missing, people changed and people with flipped consent.

    A percentage holds an import only where it is of at least `count` people. `blackout` are first
    and last days of the times in which no import is applied unattended.
    """

    missing: float
    changed: float
    flips: float
    count: int
    blackout: tuple[tuple[date, date], ...] = ()
    losses: LossLimits = field(default_factory=LossLimits)


def read_thresholds(settings: Settings) -> Thresholds:
    """Return the thresholds of the settings."""
    return Thresholds(
        settings.import_hold_missing_percent,
        settings.import_hold_changed_percent,
        settings.import_hold_flips_percent,
        settings.import_hold_from_people,
        settings.import_blackout,
        LossLimits(
            settings.import_hold_ended_percent,
            settings.import_hold_lifted_students,
            settings.import_hold_lifted_percent,
        ),
    )


@dataclass(frozen=True, slots=True)
class EarlierPlans:
    """The imports that a plan is judged by.

    `last` is the plan that it is compared with (`app.imports.merge.earlier_plans`), `lists` are
    those of the feed's last imports with lists of consents; `of_other_feeds` is how many people of
    other feeds the feed's last deliveries lacked.
    """

    last: RecordedPlan | None = None
    lists: Sequence[RecordedPlan] = ()
    of_other_feeds: int = 0


def find_hold_reasons(
    plan: RecordedPlan, before: EarlierPlans, limits: Thresholds, today: date
) -> list[str]:
    """Return the reasons why the plan waits for a person, in sentences; empty if it does not."""
    return [
        *_check_shares(plan, limits),
        *_check_dropped(plan, before.last),
        *_check_other_feeds(plan, before, limits),
        *find_list_reasons(plan, before.lists, limits.missing, limits.count),
        *_check_other_bearers(plan),
        *_check_arrivals(plan),
        *find_loss_reasons(plan, limits.losses),
        *_check_emptied_schools(plan),
        *_check_blackout(limits, today),
    ]


def _check_shares(plan: RecordedPlan, limits: Thresholds) -> Iterator[str]:
    consents, people = plan.consents, plan.kinds.get("people", Changes())
    on_file = plan.base.active
    shares = (
        (plan.missing, on_file, limits.missing,
         "people on file would be missing from the feed"),
        (people.changed, on_file, limits.changed, "people on file would change"),
        (consents.people_flipped, consents.people_known, limits.flips,
         "people with statements on file would change in what they consent to"),
    )  # fmt: skip
    for count, of, percent, what in shares:
        if count >= limits.count and count * 100 > of * percent:
            yield f"{count:,} of {of:,} {what} (more than {percent:g}% waits)"


def _check_other_feeds(
    plan: RecordedPlan, before: EarlierPlans, limits: Thresholds
) -> Iterator[str]:
    """Yield a reason where this delivery lacks many more people of other feeds than lately.

    So a renamed feed is noticed: otherwise no one would be missing from it any more.
    """
    more = plan.of_other_feeds - before.of_other_feeds
    on_file = plan.base.active
    if more >= limits.count and more * 100 > on_file * limits.missing:
        yield (
            f"{more:,} of {on_file:,} people on file are of another feed, and this delivery says "
            f"nothing about them (more than {limits.missing:g}% waits): is it of the right feed?"
        )


def _check_dropped(plan: RecordedPlan, last: RecordedPlan | None) -> Iterator[str]:
    """Yield what the last delivery had and this one, though as complete, lacks."""
    if last is None or not _list_complete(plan):
        return
    for name in sorted(_list_complete(last) - _list_complete(plan)):
        yield f"the last delivery brought all {name}, this one does not"
    for file in sorted(_list_file_patterns(last) - _list_file_patterns(plan)):
        if _list_complete(last):
            yield f"the last delivery had the file {file}, this one has not"
    for column in sorted(list_consent_columns(last) - list_consent_columns(plan)):
        yield f"the last delivery had the consent column {column}, this one has not"


def _list_file_patterns(plan: RecordedPlan) -> set[str]:
    """Return the kinds of its files: a profile's file name pattern, or the name without one."""
    return {one.pattern or one.file for one in plan.files}


def _list_complete(plan: RecordedPlan) -> set[str]:
    """Return what is complete but for statements of consent, which may be delivered alone."""
    return set(plan.complete) - {"consents"}


def _check_other_bearers(plan: RecordedPlan) -> Iterator[str]:
    """Yield a reason where ids would get another bearer: the former one may have consented."""
    said = plan.identities or IdDoubts()
    if count := said.others:
        yield (
            f"{format_count(count, 'person', 'people')} on file would become somebody else "
            f"({_describe_places(plan, said.other_places)}): of given name, family name, "
            "date of birth and student number two differ, or the kind does. Until it is "
            "decided no picture of them is allowed, after it no consent from before counts. "
            "Check their sourcedIds"
        )


def _check_arrivals(plan: RecordedPlan) -> Iterator[str]:
    """Yield a reason where people come under new ids: their refusals must come along."""
    said = plan.identities or IdDoubts()
    count = said.arrivals
    if not count:
        return
    refused = f"the refusals and holds of {format_count(said.refused, 'person', 'people')}"
    if said.migration:
        yield (
            f"the SIS seems to have been migrated: {count:,} of {said.delivered:,} people come "
            "under other sourcedIds than before, with the numbers or the names of people on file. "
            f"Approving carries {refused} over, and no consent"
        )
    else:
        yield (
            f"{format_count(count, 'person comes', 'people come')} under another sourcedId "
            f"({_describe_places(plan, said.arrival_places)}), with the student number, "
            f"or the name and date of birth, of somebody on file: {refused} are carried over, "
            "and no consent. Until it is decided no picture of them is allowed"
        )


def _describe_places(plan: RecordedPlan, places: Sequence[int]) -> str:
    """Describe the places of the first few rows in words."""
    lines = (split_place(place) for place in places)
    return ", ".join(f"{plan.files[file].file} line {line}" for file, line in lines)


def _check_emptied_schools(plan: RecordedPlan) -> Iterator[str]:
    for said in plan.schools.values():
        for who, counts in said.items():
            if counts.before and not counts.after:
                yield f"a school would be left without any {who}"


def _check_blackout(limits: Thresholds, today: date) -> Iterator[str]:
    for first, last in limits.blackout:
        if first <= today <= last:
            yield f"no import is applied unattended from {first} to {last}"
