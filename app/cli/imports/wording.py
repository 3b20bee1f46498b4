"""The effect of an import in words and tables, and its exit code."""

from collections.abc import Iterator
from dataclasses import astuple

from app.cli.terminal import REFUSED, hint, print_rows
from app.imports.report import format_count
from app.store.service.import_plans import RecordedPlan
from app.store.service.import_records import DONE, State
from app.store.service.plan_parts import Schools

HELD, BUSY = 4, 5
# What is said of a whole file, once.
_OF_THE_FILE = ("cells are parted", "has a header", "is not UTF-8", "column ")
_FILES = ("file", "rows", "added", "changed", "unchanged", "removed")


def exit_code(state: State | None, reason: str | None = None) -> int:
    """The exit code of an import that came to this state, for this reason."""
    if state in DONE:
        return 0
    if state == "planned":
        return HELD if reason else 0
    return HELD if state == "held" else REFUSED


def show_plan(plan: RecordedPlan) -> None:
    """A plan: its files as a table for people and programs, the rest for people."""
    print_rows(_FILES, list_file_counts(plan))
    for line in describe_plan(plan):
        hint(line)


def list_file_counts(plan: RecordedPlan) -> list[tuple[str, ...]]:
    """Return what each file does to the store, in records."""
    return [
        (one.file, str(one.rows), *(str(count) for count in astuple(one.changes)))
        for one in plan.files
    ]


def describe_plan(plan: RecordedPlan) -> Iterator[str]:
    """Yield what a person should know of a plan before they say yes."""
    yield from (f"Warning: {warning}" for warning in plan.warnings)
    for one in plan.files:
        for what, count in one.warnings.items():
            number = "" if what.startswith(_OF_THE_FILE) else f": {count:,}"
            yield f"Warning: {one.file}: {what}{number}"
    for said in plan.delivered.values():
        if len(said.files) > 1:
            yield f"{said.files[0]}: its counts are of {' and '.join(said.files)} together."
    yield from (f"{value.said}." for value in plan.values if value.rows)
    consents = plan.consents
    if consents.people_refused or consents.people_allowed:
        yield (
            f"Of the people on file {consents.people_refused:,} may be shown for less than "
            f"before, {consents.people_allowed:,} for more."
        )
    if plan.missing:
        missing = format_count(plan.missing, "person on file is", "people on file are")
        yield (f"{missing} missing from the feed: marked as such, and not deleted.")
    if plan.ended:
        yield f"{format_count(plan.ended, 'enrollment ends', 'enrollments end')}."
    yield from _describe_ties(plan)
    yield from _describe_schools(plan.schools)


def _describe_ties(plan: RecordedPlan) -> Iterator[str]:
    if ended := plan.ties and plan.ties.ended:
        yield (
            f"{format_count(ended, 'tie of a guardian ends', 'ties of guardians end')}: what they "
            "agreed to counts no more, what they refused stays."
        )


def _describe_schools(schools: Schools) -> Iterator[str]:
    """Yield the schools of which numbers change."""
    for school, said in sorted(schools.items()):
        for who, counts in sorted(said.items()):
            before, after = counts.before or 0, counts.after or 0
            if before != after:
                where = f"School {school}" if school else "Without a school"
                yield f"{where}: {before:,} {who} before, {after:,} after."


def describe_state(
    import_id: str | None, state: State | None, reason: str | None, *, is_undo: bool = False
) -> Iterator[str]:
    """Yield the state an import ended in, and the next step."""
    told = {
        "applied": "applied",
        "unchanged": "nothing new; all of it was on file",
        "planned": "planned, nothing applied",
        "held": "held: it waits for a person. New refusals are in force already",
        "invalid": "nothing was applied, but for new refusals in rows that are in order. "
        "Mend the export and deliver it again",
        "failed": "failed",
        "rejected": "rejected; refusals in force stay in force",
        "superseded": "superseded",
        "received": "received, and not begun yet",
        "staging": "being read",
        "applying": "being applied",
    }
    if is_undo:
        told["held"] = "an undo that waits for a person; nothing of it is in force"
    yield f"Import {import_id}: {told.get(state or '', state)}."
    waits = state in ("held", "planned")
    for one in (reason.split("; ") if waits else [reason]) if reason else ():
        yield f"{'It would be held' if state == 'planned' else 'Why'}: {one}."
    if state in ("held", "planned"):
        yield f"To apply it: clearpost import approve {import_id}"
