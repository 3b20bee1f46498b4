"""What all ways into the store share: plan what is staged, hold it or apply it, go on with it."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NoReturn

from app.errors import ConflictError
from app.imports.delivery import Delivery
from app.imports.holding import reasons, thresholds
from app.imports.report import Progress
from app.settings import Settings
from app.store import (
    applying,
    doubts,
    identities,
    imports,
    planning,
    registry_imports,
    staging,
    statement_imports,
    undoing,
)
from app.store.carrying import Moment
from app.store.imports import Import, State
from app.store.mistaken import doubtful_births
from app.store.planning import Delivered, Plan
from app.store.staged_area import Area
from app.store.staging import Staged

LOST = "its staged rows are gone: deliver it again"


def day_of(found: Import, settings: Settings) -> date:
    """The day an import was delivered, in the district: statements of snapshots begin on it."""
    return found.created_at.astimezone(settings.zone).date()


# How many of the accounts that had no form a report names.
_FEW = 10


def plan(
    area: Area,
    found: Import,
    delivered: Mapping[Staged, Delivered],
    settings: Settings,
    *,
    noted: bool = False,
) -> Plan:
    """Compare what is staged with what is on file.

    `noted`: whose ids they are has been compared, and nothing was put on file since.
    """
    with area.connection.begin():
        day = day_of(found, settings)
        people = delivered.get(staging.people)
        if not noted:
            note_identities(area, settings, frozenset(people.absent if people else ()))
        unformed = registry_imports.find_without_form(area.connection)
        said = planning.plan(area.connection, found.number, delivered, day, settings.zone)
        return said | {
            "people_by_value": statement_imports.by_value(area.connection),
            "identities": identities.counts(area.connection),
            "doubtful_births": doubtful_births(area.connection, delivered, day),
            "ended_since": registry_imports.ended_since(area.connection),
            "begun": registry_imports.count_begun(area.connection, day),
            "without_form": len(unformed),
            "without_form_of": unformed[:_FEW],
        }


def note_identities(area: Area, settings: Settings, absent: frozenset[str]) -> None:
    """Find whose ids are in doubt; `absent` are the fields of people that were not delivered."""
    identities.note(area.connection, absent, Moment(area.store.now(), settings.zone))


def doubt_at_once(area: Area, found: Import, *, known_only: bool = False) -> bool:
    """Let no picture be allowed under the ids that are in doubt, whatever becomes of the rest.

    Whether there are any. `known_only`: nobody is put on file for it, as by a delivery that does
    not validate.
    """
    with area.connection.begin():
        counted = identities.counts(area.connection)
    if known_only:
        counted |= {"arrivals": 0}
    stamp = applying.stamp_of(found, area.store.now())
    applying.doubt_at_once(area.store, area.connection, stamp, counted)
    return bool(counted["others"] or counted["arrivals"])


def note_refusals(area: Area, found: Import) -> None:
    """Find what goes at once of a delivery that is not planned, since it does not validate."""
    with area.connection.begin():
        statement_imports.note_new(area.connection, found.number)


def note_doubts(area: Area, found: Import, delivery: Delivery, *, waits: bool) -> int:
    """Put the children in doubt about whom a row could not be read, or is not kept now.

    `waits`: nothing but refusals at once is applied of the delivery now. How many such rows.
    """

    def located(place: int) -> tuple[str, int]:
        source, line = delivery.located(place)
        return source.member.name, line

    with area.connection.begin():
        doubts.stage_unkept(area.connection, waits=waits)
    stamp = applying.stamp_of(found, area.store.now())
    return doubts.note_doubts(area.store, area.connection, stamp, located)


def refuse_at_once(area: Area, found: Import) -> None:
    """Put new refusals of people on file in force, whatever becomes of the rest."""
    stamp = applying.stamp_of(found, area.store.now())
    applying.refuse_at_once(area.store, area.connection, stamp)


def holds(area: Area, said: Plan, settings: Settings) -> list[str]:
    """Why this plan waits for a person."""
    with area.store.reading() as connection:
        last = imports.last_done(connection, said["format"])
    today = area.store.now().astimezone(settings.zone).date()
    return reasons(said, last.plan if last else None, thresholds(settings), today)


def change(area: Area, found: Import, state: State, **values: Any) -> Import:
    """Set the state of an import, and other columns."""
    with area.store.writing() as connection:
        return imports.change(connection, found.id, area.store.now(), state=state, **values)


def apply(area: Area, found: Import, progress: Progress | None = None) -> Import:
    """Apply an import in state `applying`, from where it stands; nothing stays staged.

    Where its staged rows are lost it has failed: it is delivered again.
    """
    if found.undoes is not None:
        return undoing.apply_undo(area.store, area.connection, found, _telling(progress))
    if not area.holds(found.id):
        applying.index_again(area.store, area.connection, found)
        return change(area, found, "failed", reason=LOST)
    # Here, not before: it may have been killed as soon as it was approved.
    refuse_at_once(area, found)
    stamp = applying.stamp_of(found, area.store.now())
    applied = applying.apply(area.store, area.connection, found, stamp, _telling(progress))
    area.clear()
    return applied


def _telling(progress: Progress | None) -> applying.Told:
    def told(step: str, done: int, total: int) -> None:
        if progress:
            progress(step, done, done, total)

    return told


def interrupted(area: Area, progress: Progress | None = None) -> list[Import]:
    """Go on with what was being applied when its process ended; where that ended up."""
    with area.store.reading() as connection:
        found = imports.in_states(connection, "applying")
    return [apply(area, one, progress) for one in found]


def lost(area: Area, found: Import) -> NoReturn:
    """Say of an import that waits, but is no longer staged, that it has failed; raises."""
    change(area, found, "failed", reason=LOST)
    detail = "What was staged of this import is gone: deliver it again"
    raise ConflictError(detail)
