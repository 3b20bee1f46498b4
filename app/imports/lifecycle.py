"""The shared steps of every import: plan what is staged, hold it or apply it, resume it."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, NoReturn, TypeVar

from sqlalchemy import Connection

from app.errors import ConflictError, StoreUnavailableError
from app.imports import attempts
from app.imports.doubts import doubt_records
from app.imports.hold_rules import EarlierPlans, find_hold_reasons, read_thresholds
from app.imports.identities import id_doubts
from app.imports.identities.carried_refusals import ComparisonTime
from app.imports.identities.former_accounts import leave_former_accounts
from app.imports.merge import (
    accounts_and_permissions,
    application,
    flag_endings,
    list_gaps,
    merge_plan,
    statements,
)
from app.imports.merge.earlier_plans import count_before, find_covered, find_earlier
from app.imports.merge.feeds import read_feeds
from app.imports.merge.impossible_birth_dates import count_doubtful_births
from app.imports.reading.delivery import Delivery
from app.imports.report import Progress
from app.imports.staging import flag_statements, staged_tables
from app.imports.staging.staged_area import StagingArea
from app.imports.staging.staged_tables import Staged
from app.imports.undo import undo_application
from app.log import describe_traceback
from app.settings import Settings
from app.store.consents.list_dates import find_bytes_date
from app.store.service import import_records
from app.store.service.import_plans import Comparison, Description, RecordedPlan
from app.store.service.import_records import ImportRecord, State
from app.store.service.plan_parts import Delivered

_log = logging.getLogger("clearpost.imports")
_Described = TypeVar("_Described", bound=Description)
LOST = "its staged rows are gone: deliver it again"


def find_delivery_day(found: ImportRecord, settings: Settings) -> date:
    """Return the district's day of the delivery: statements of snapshots begin on it."""
    return found.created_at.astimezone(settings.zone).date()


# The number of accounts without a form that a report names.
_FEW = 10


def plan_import(
    area: StagingArea,
    found: ImportRecord,
    delivered: Mapping[Staged, Delivered],
    settings: Settings,
    *,
    noted: bool = False,
) -> Comparison:
    """Compare what is staged with what is on file.

    `noted`: the ids have been compared already, and nothing was put on file since.
    """
    with area.connection.begin():
        day = find_delivery_day(found, settings)
        people = delivered.get(staged_tables.people)
        absent = frozenset(people.absent if people else ())
        if not noted:
            note_identities(area, settings, absent)
        left = leave_former_accounts(area.connection)
        unformed = accounts_and_permissions.find_without_form(area.connection)
        since = area.store.now() - timedelta(days=settings.list_max_age_days)
        feeds = read_feeds(area.connection, found.number, since)
        said = merge_plan.plan(area.connection, feeds, delivered, day, settings.zone)
        return replace(
            said,
            list_gaps=list_gaps.note_gaps(area.connection, absent),
            people_by_value=statements.count_by_value(area.connection),
            people_by_ending=flag_endings.count_endings(area.connection),
            endings_kept=flag_endings.count_kept(area.connection, found.number),
            identities=id_doubts.count_id_doubts(area.connection),
            run_out=flag_statements.count_run_out(area.connection, day),
            doubtful_births=count_doubtful_births(area.connection, delivered, day),
            ended_since=accounts_and_permissions.count_ended_since(area.connection),
            former_owners=left,
            begun=accounts_and_permissions.count_begun(area.connection, day),
            without_form=len(unformed),
            without_form_of=tuple(unformed[:_FEW]),
        )


def note_identities(area: StagingArea, settings: Settings, absent: frozenset[str]) -> None:
    """Note the ids in doubt; `absent` are the fields of people that were not delivered."""
    id_doubts.note_id_doubts(
        area.connection, absent, ComparisonTime(area.store.now(), settings.zone)
    )


def doubt_at_once(area: StagingArea, found: ImportRecord, *, known_only: bool = False) -> bool:
    """Allow no picture under ids in doubt, without waiting for the rest; return true for any.

    `known_only`: no new person is put on file for it, as by a delivery that does not validate.
    """
    with area.connection.begin():
        counted = id_doubts.count_id_doubts(area.connection)
    if known_only:
        counted = replace(counted, arrivals=0)
    stamp = application.make_stamp(found, area.store.now())
    application.doubt_at_once(area.store, area.connection, stamp, counted)
    return bool(counted.others or counted.arrivals)


def note_refusals(area: StagingArea, found: ImportRecord) -> None:
    """Note what goes at once of a delivery that is not planned, since it does not validate."""
    with area.connection.begin():
        statements.note_new(area.connection, found.number)


def note_doubts(area: StagingArea, found: ImportRecord, delivery: Delivery, *, waits: bool) -> int:
    """Put children in doubt where a row about them is unreadable or not kept; count such rows.

    `waits`: nothing but refusals at once is applied of the delivery now.
    """

    def located(place: int) -> tuple[str, int]:
        source, line = delivery.located(place)
        return source.member.name, line

    with area.connection.begin():
        doubt_records.stage_unkept(area.connection, waits=waits)
    stamp = application.make_stamp(found, area.store.now())
    return doubt_records.note_doubts(area.store, area.connection, stamp, located)


def refuse_at_once(area: StagingArea, found: ImportRecord) -> None:
    """Put new refusals of people on file in force, without waiting for the rest."""
    stamp = application.make_stamp(found, area.store.now())
    application.refuse_at_once(area.store, area.connection, stamp)


def mark_at_once(area: StagingArea, found: ImportRecord) -> None:
    """Put the gaps of a waiting delivery's lists on file: no silence in them allows anything."""
    stamp = application.make_stamp(found, area.store.now())
    application.run_at_once(
        area.store, area.connection, list_gaps.make_gap_steps(stamp, 0, at_once=True)
    )


def find_holds(
    area: StagingArea, found: ImportRecord, said: RecordedPlan, settings: Settings
) -> list[str]:
    """Return the reasons why this plan waits for a person."""
    with area.store.reading() as connection:
        last = find_earlier(connection, said, found.feed)
        earlier = import_records.read_last_plans(connection, found.feed)
        others_before = count_before(connection, said.format, found.feed)
    today = area.store.now().astimezone(settings.zone).date()
    before = EarlierPlans(last, earlier, others_before)
    return find_hold_reasons(said, before, read_thresholds(settings), today)


def find_schools(area: StagingArea, found: ImportRecord) -> frozenset[str]:
    """Return the schools of a consent list without rows, as the lists before it cover them."""
    with area.store.reading() as connection:
        return find_covered(connection, found.format or "", found.feed)


def date_lists(
    area: StagingArea, found: ImportRecord, said: _Described, settings: Settings
) -> _Described:
    """Return it with the limit of days for a list of the same bytes, and a warning beyond it."""
    with area.store.reading() as connection:
        return note_same_bytes(connection, said, found.created_at, settings)


def note_same_bytes(
    connection: Connection, said: _Described, at: datetime, settings: Settings
) -> _Described:
    """Return the same for a delivery made at `at`, by an open connection."""
    days = settings.import_same_list_days
    said = replace(said, same_list_days=days)
    made = application.read_list_bytes(said)
    warnings = tuple(one for one in said.warnings if one != said.late_lists)
    late_lists = None
    if made and "consents" in said.lists:
        dates = [find_bytes_date(connection, of, at, made) for of in said.list_schools]
        if late := sum(dated < at for dated, _ in dates):
            since = min(since for _, since in dates).astimezone(settings.zone).date()
            late_lists = (
                f"the consent list has come as the same bytes since {since}, longer than {days} "
                f"days: {late} of {len(dates)} lists are not dated anew. See whether the export "
                "still runs; if it does, let the office attest the list: clearpost list attest"
            )
            warnings = (*warnings, late_lists)
    return replace(said, warnings=warnings, late_lists=late_lists)


def change_state(
    area: StagingArea, found: ImportRecord, state: State, **values: Any
) -> ImportRecord:
    """Set the state of an import, and other columns."""
    with area.store.writing() as connection:
        return import_records.change_import(
            connection, found.id, area.store.now(), state=state, **values
        )


def apply_import(
    area: StagingArea, found: ImportRecord, progress: Progress | None = None
) -> ImportRecord:
    """Apply an import in state `applying`, from where it stands; nothing stays staged.

    Where its staged rows are lost it has failed, and has to be delivered again.
    """
    if found.undoes is not None:
        return attempts.try_apply(
            area,
            found,
            lambda one: undo_application.apply_undo(
                area.store, area.connection, one, _pass_progress(progress)
            ),
            lambda reason: change_state(area, found, "failed", reason=reason),
        )
    if not area.holds(found.id):
        return give_up(area, found, LOST)
    return attempts.try_apply(
        area,
        found,
        lambda one: _apply_staged(area, one, progress),
        lambda reason: give_up(area, found, reason),
    )


def _apply_staged(
    area: StagingArea, found: ImportRecord, progress: Progress | None
) -> ImportRecord:
    # Here, not before: it may have been killed as soon as it was approved.
    refuse_at_once(area, found)
    stamp = application.make_stamp(found, area.store.now())
    applied = application.apply_steps(
        area.store, area.connection, found, stamp, _pass_progress(progress)
    )
    area.clear()
    return applied


def give_up(area: StagingArea, found: ImportRecord, reason: str) -> ImportRecord:
    """Apply no more of an import; what it has put on file stays, and later imports continue."""
    if area.holds(found.id):
        area.clear()
    application.index_again(area.store, area.connection, found)
    stamp = application.make_stamp(found, area.store.now())
    application.end_writes(area.store, stamp.at, stamp.caller)
    return change_state(area, found, "failed", reason=reason)


def _pass_progress(progress: Progress | None) -> application.Told:
    def told(step: str, done: int, total: int) -> None:
        if progress:
            progress(step, done, done, total)

    return told


def resume_interrupted(area: StagingArea, progress: Progress | None = None) -> list[ImportRecord]:
    """Resume what was being applied when its process ended; return the imports at their end."""
    with area.store.reading() as connection:
        found = import_records.list_in_states(connection, "applying")
    return [_end_interrupted(area, one, progress) for one in found]


def _end_interrupted(
    area: StagingArea, found: ImportRecord, progress: Progress | None
) -> ImportRecord:
    """Resume an import until it is done or given up: nothing behind it must wait for it."""
    while found.state == "applying":
        try:
            return apply_import(area, found, progress)
        except (ConflictError, StoreUnavailableError):
            raise
        except Exception as error:  # noqa: BLE001 - it is counted, and the third ends it
            _log.error(
                "an import failed, and is tried again", extra={"error": describe_traceback(error)}
            )
        with area.store.reading() as connection:
            found = import_records.read_import(connection, found.id)
    return found


def fail_lost(area: StagingArea, found: ImportRecord) -> NoReturn:
    """Set a waiting import without staged rows to failed, and raise `ConflictError`."""
    change_state(area, found, "failed", reason=LOST)
    detail = "What was staged of this import is gone: deliver it again"
    raise ConflictError(detail)
