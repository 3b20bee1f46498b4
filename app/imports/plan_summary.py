"""The parts of a plan that describe the delivery: its digest, its tables, files and lists."""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal

import orjson

from app.imports.merge.merge_plan import KINDS, find_name
from app.imports.reading.archive import DAMAGE, Member
from app.imports.reading.dated_names import find_pattern
from app.imports.reading.delivery import Delivery
from app.imports.reading.delivery_formats import Context
from app.imports.reading.list_warnings import find_list_warnings
from app.imports.reading.standards.consent_flags import Tally
from app.imports.report import format_count
from app.imports.staging import staged_tables
from app.imports.staging.staged_tables import Staged
from app.schemas.delivery_options import DeliveryOptions
from app.store.consents.list_dates import DISTRICT
from app.store.service.import_plans import Comparison, Description
from app.store.service.plan_parts import Changes, Delivered, PlannedFile, PlannedValue, RowsAside

# Raise it when the same files would be read differently.
_READING = 3
_CHUNK = 1 << 20


def digest_files(delivery: Delivery) -> dict[str, str] | None:
    """Return the SHA-256 of each file's bytes, in hex; None where a file cannot be read."""
    try:
        return {s.member.name: _digest_file(s.member) for s in delivery.sources}
    except DAMAGE:
        return None


def digest_delivery(files: Mapping[str, str], context: Context, declared: DeliveryOptions) -> str:
    """Return the SHA-256, in hex, of all that decides the staging and the plan."""
    profile = context.profile
    said = {
        "reading": _READING,
        "zone": str(context.zone),
        "profile": profile and profile.model_dump_json(),
        # Grants of another school year are others.
        "ends": [flags.ends(context.today) for flags in profile.flags] if profile else [],
        "options": declared.list_decisive(),
        "files": dict(files),
    }
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _digest_file(member: Member) -> str:
    found = hashlib.sha256()
    with member.open() as stream:
        while chunk := stream.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def list_delivered(delivery: Delivery) -> dict[Staged, Delivered]:
    """Return what was delivered, by staged table."""
    return {
        staged: Delivered(
            tuple(source.report.file for source in table.sources),
            tuple(source.sha256 for source in table.sources),
            sum(source.report.rows for source in table.sources),
            table.extent,
            tuple(sorted(table.absent)),
        )
        for staged, table in delivery.tables.items()
        if staged in KINDS.values()
    }


def describe_delivery(
    delivery: Delivery,
    delivered: Mapping[Staged, Delivered],
    compared: Comparison,
    *,
    empty: frozenset[str] | None,
) -> Description:
    """Return what was delivered, as the plan has it, and what a person should know of it.

    `empty` are the schools of which a list without rows is taken; None: of none.
    """
    whole = (find_name(s) for s, said in delivered.items() if said.extent == "complete")
    schools = _find_list_schools(delivery, delivered, accept_empty=empty is not None)
    return Description(
        format=delivery.format,
        delivered={find_name(staged): said for staged, said in delivered.items()},
        complete=tuple(sorted(whole)),
        consent_columns=tuple(sorted(delivery.consent_columns)),
        lists=_list_fresh(delivery, delivered, schools),
        list_schools=tuple(sorted(schools)),
        list_digest=_digest_lists(delivered),
        strange_lists=tuple(delivery.coverage.strangers),
        aside=RowsAside(delivery.report.rows_aside, delivery.gaps),
        warnings=(
            *_list_warnings(delivery, delivered, compared, accept_empty=empty is not None),
            *_warn_of_aside(delivery),
            *_warn_of_absent(compared.classes_absent),
            *_warn_of_births(compared.doubtful_births),
            *_warn_of_ended(compared.ended_since),
            *_warn_of_former_owners(compared.former_owners),
            *_warn_of_offices(compared),
        ),
        files=_list_files(delivery, delivered, compared),
        values=_list_values(delivery, compared),
    )


def _warn_of_ended(counts: Mapping[str, int]) -> Iterator[str]:
    for table, count in counts.items():
        yield (
            f"{table} that were ended since stay ended, though they are delivered: "
            f"{count:,}; to give one again, let it begin on another day"
        )


def _warn_of_former_owners(count: int) -> Iterator[str]:
    if count:
        yield (
            "owners and managers of accounts whose ids pass, or have passed, to other people and "
            f"who may be the former ones: {count:,} are not taken; name them in the register"
        )


def _warn_of_aside(delivery: Delivery) -> Iterator[str]:
    """Yield warnings about the rows that were set aside."""
    if count := delivery.report.rows_aside:
        rows = format_count(count, "row is", "rows are")
        yield f"{rows} set aside, all others are taken; what they are about stays as it is on file"
    if delivery.gaps:
        classes = format_count(delivery.gaps, "class lacks", "classes lack")
        yield (
            f"{classes} somebody for it: who may be pictured there is review until the roster "
            "comes without such rows"
        )
    if delivery.stray_gap:
        yield "the rosters keep their date: rows are set aside of which nobody knows the class"


def _warn_of_absent(classes: int) -> Iterator[str]:
    if classes:
        lack = format_count(classes, "class on file is", "classes on file are")
        yield (
            f"{lack} not in these rosters: everybody there stays, and the rosters keep their date"
        )


def _warn_of_offices(compared: Comparison) -> Iterator[str]:
    """Yield warnings about designations and authorizations, for which no one is asked."""
    if count := compared.begun:
        yield (
            f"new designations that begin before today: {count:,}; what these people authorized or "
            "permitted since then counts"
        )
    if count := compared.without_form:
        some = _list_some(compared.without_form_of, count)
        yield (
            f"accounts that are authorized without a Social Media Authorization Form: {count:,}; "
            f"the delivery alone says so (clause 6): {some}"
        )


def _list_some(names: Sequence[str], count: int) -> str:
    """Return the first names of `count`, and how many more there are."""
    more = f" and {count - len(names):,} more" if count > len(names) else ""
    return ", ".join(names) + more


def _find_list_schools(
    delivery: Delivery, delivered: Mapping[Staged, Delivered], *, accept_empty: bool
) -> set[str]:
    """Return the schools of which the consent list is whole by this delivery.

    A list without rows makes none fresh, unless it is accepted as empty, nor does a list that was
    not declared complete.
    """
    statements = delivered.get(staged_tables.consents)
    schools = set(delivery.coverage.schools)
    if statements and _is_whole(statements, accept_empty=accept_empty):
        schools |= {DISTRICT}
    return schools


def _list_fresh(
    delivery: Delivery, delivered: Mapping[Staged, Delivered], schools: Collection[str]
) -> tuple[Literal["consents", "rosters"], ...]:
    """Return the lists that become fresh."""
    rosters = delivered.get(staged_tables.enrollments)
    lists: list[Literal["consents", "rosters"]] = ["consents"] if schools else []
    whole = rosters and rosters.rows and rosters.extent != "delta"
    if whole and not delivery.stray_gap:
        lists.append("rosters")
    return tuple(lists)


def _digest_lists(delivered: Mapping[Staged, Delivered]) -> str:
    """Return the SHA-256, in hex, of the digests of the files with consents."""
    said = (delivered.get(staged) for staged in (staged_tables.consents, staged_tables.flags))
    files = sorted({sha256 for one in said if one for sha256 in one.sha256})
    return hashlib.sha256(" ".join(files).encode()).hexdigest()


def _is_whole(statements: Delivered, *, accept_empty: bool) -> bool:
    return accept_empty if not statements.rows else statements.extent == "complete"


def _list_warnings(
    delivery: Delivery,
    delivered: Mapping[Staged, Delivered],
    compared: Comparison,
    *,
    accept_empty: bool,
) -> list[str]:
    """Return what a person should know of the delivery."""
    found = list(delivery.report.warnings)
    statements = delivered.get(staged_tables.consents)
    if statements and statements.rows and statements.extent != "complete":
        found.append(f"{', '.join(statements.files)} is not said to be complete: {_NO_DATE}")
    found += find_list_warnings(delivery, compared)
    for staged, what in (
        (staged_tables.consents, "the consent list keeps its date, unless it is accepted as empty"),
        (staged_tables.enrollments, "the rosters keep their date"),
    ):
        said = delivered.get(staged)
        if (
            said
            and not said.rows
            and not (accept_empty and staged is not staged_tables.enrollments)
        ):
            found.append(f"{', '.join(said.files)} has no rows: {what}")
    return found


def _warn_of_births(count: int) -> list[str]:
    if not count:
        return []
    who = format_count(
        count, "student has a birth date that is", "students have birth dates that are"
    )
    return [f"{who} impossible in that grade: it counts as none, so as of a minor"]


_NO_DATE = (
    "the consent list keeps its date. If all refusals there are stand in it: --complete consents"
)
_BECOMES = {
    "grant": ("student consents", "students consent"),
    "refuse": ("student becomes refused", "students become refused"),
}
_NO_MORE = ("student is refused by it no more", "students are refused by it no more")


def _list_values(delivery: Delivery, compared: Comparison) -> tuple[PlannedValue, ...]:
    """Return each value of a consent column: its meaning, its rows, and its news in people."""
    new, ends = compared.people_by_value, compared.people_by_ending
    return tuple(
        PlannedValue(
            file=tally.file,
            label=tally.label,
            means=tally.means,
            rows=tally.rows,
            people=new.get(tally.label, 0),
            told=str(tally),
            said=_describe_value(tally, new.get(tally.label, 0), ends.get(tally.label, 0)),
        )
        for tally in delivery.tallies
    )


def _describe_value(tally: Tally, new: int, ends: int) -> str:
    """Describe a value, and count the students for which it is news or ends a refusal."""
    said = [str(tally)]
    if tally.means in _BECOMES:
        said.append(format_count(new, *_BECOMES[tally.means]))
    if ends:
        said.append(format_count(ends, *_NO_MORE))
    return "; ".join(said)


def _list_files(
    delivery: Delivery, delivered: Mapping[Staged, Delivered], compared: Comparison
) -> tuple[PlannedFile, ...]:
    """Return each file with its digest, its rows, and its changes of the store in records.

    The changes of a table that several files bring stand with the first of them.
    """
    changes = {
        said.files[0]: _count_changes(staged, said, compared)
        for staged, said in reversed(list(delivered.items()))
    }
    return tuple(
        PlannedFile(
            file=source.report.file,
            pattern=_find_pattern(delivery, source.report.file),
            sha256=source.sha256,
            rows=source.report.rows,
            changes=changes.get(source.report.file, Changes()),
            warnings=source.report.warnings,
        )
        for source in delivery.sources
    )


def _find_pattern(delivery: Delivery, file: str) -> str | None:
    return find_pattern(delivery.profile, file) if delivery.profile else None


def _count_changes(staged: Staged, said: Delivered, compared: Comparison) -> Changes:
    if staged in (staged_tables.consents, staged_tables.flags):
        added = compared.consents.new
        return Changes(added=added, unchanged=max(said.rows - added, 0))
    return compared.kinds[find_name(staged)]
