"""The steps that put records with keys of their own into the store, people with their names."""

from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    case,
    exists,
    literal,
    or_,
    select,
    true,
)

from app.database import tables
from app.database.json_lists import select_values
from app.database.tables import UtcDateTime
from app.imports.merge import name_steps, previous_records
from app.imports.merge.ledger_rows import ImportStamp
from app.imports.merge.records import TARGETS, make_insert, make_upsert, make_walk, select_slice
from app.imports.merge.slice_sums import SliceWatches
from app.imports.merge.slices import KeyRange, MergeStep, Prepared
from app.imports.staging import staged_tables
from app.imports.staging.staged_tables import Staged
from app.store.people import name_index

_NAMED = ("given_name", "family_name", "preferred_name", "org_id", "other_org_ids")


def _make_record_step(
    staged: Staged,
    rows: int,
    stamp: ImportStamp,
    absent: frozenset[str],
    *,
    whole: bool,
    kept: bool,
    **first: ColumnElement[Any],
) -> MergeStep:
    """Return the step that adds or updates the records of `staged`, about `rows` of them.

    `kept`: some are changed, and the former rows have to be kept. `first` as in `upsert`.
    """
    made: dict[str, Any] = {}
    watches = SliceWatches(staged, whole=whole)

    def apply(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        """Insert and update the records of the slice."""
        if "statements" not in made:
            # Once: to build a statement takes longer than to run it.
            of_slice = select_slice(staged, whole=whole)
            target = TARGETS[staged]
            keeping = previous_records.make_staged_keep_statement(
                connection, staged, stamp.number, of_slice, absent
            )
            made["statements"] = [
                *([keeping] if kept else ()),
                make_upsert(connection, staged, target, stamp, of_slice, absent, **first),
                *(
                    make_name_statements(connection, of_slice)
                    if staged is staged_tables.people
                    else ()
                ),
            ]
        with watches.over(connection, bounds):
            for statement in made["statements"]:
                connection.execute(statement, bounds)

    return MergeStep(TARGETS[staged].name, make_walk(staged, whole=whole), apply, rows)


def find_seen_at(stamp: ImportStamp, now: Callable[[], datetime]) -> ColumnElement[datetime]:
    """Return the time at which a new person of this import came: that of the delivery.

    But where any list was dated since, for example while the import waited for approval, that list
    could not know the person: then it is the moment when they are put on file. The date recorded
    last need not be the latest: a list of the same bytes keeps an older one.
    """
    lists, when = tables.list_dates.c, UtcDateTime()
    put_at = bindparam("seen_at", callable_=now, type_=when)
    delivered = literal(stamp.delivered_at, when)
    since = exists().where(lists.kind != "rosters", lists.at > delivered, lists.at <= put_at)
    return case((since, put_at), else_=delivered)


def _add_name_index(step: MergeStep, absent: frozenset[str], *, whole: bool) -> MergeStep:
    """Extend `step`, which brings people, by their rows in the index of names."""
    renamed = _select_renamed(select_slice(staged_tables.people, whole=whole), absent)

    def prepare(connection: Connection, bounds: KeyRange) -> Prepared:
        """Return the people of the slice who are renamed or moved."""
        return connection.scalars(renamed, bounds).all()

    def apply(connection: Connection, bounds: KeyRange, prepared: Prepared) -> None:
        """Apply the records, and index those people anew."""
        step.apply(connection, bounds, None)
        if prepared:
            name_index.index_people(connection, prepared)

    return replace(step, prepare=prepare, apply=apply)


def make_name_statements(connection: Connection, of_slice: Any) -> list[Any]:
    """Return the statements that add names; a former name still finds its person."""
    people, (selected, condition) = staged_tables.people, of_slice
    return [
        make_insert(
            connection,
            tables.person_names,
            ["name_key", "person_id"],
            select(key, people.c.id)
            .select_from(selected)
            .where(condition, key.is_not(None))
            .order_by(key),
        )
        for key in (people.c.name_key, people.c.preferred_key)
    ] + [_add_further_names(connection, selected, condition)]


def _add_further_names(connection: Connection, selected: Any, condition: Any) -> Any:
    """Return the statement that adds the further keys of names of several words."""
    further = select_values(staged_tables.people.c.more_keys)
    rows = (
        select(further.c.value, staged_tables.people.c.id)
        .select_from(selected.join(further, true()))
        .where(condition)
        .order_by(further.c.value)
    )
    return make_insert(connection, tables.person_names, ["name_key", "person_id"], rows)


def _select_renamed(of_slice: Any, absent: frozenset[str]) -> Any:
    """Select people who are new, renamed or of another org: they need new rows in the index."""
    staged, known = staged_tables.people, tables.people
    selected, condition = of_slice
    differs = [known.c[n].is_distinct_from(staged.c[n]) for n in _NAMED if n not in absent]
    return (
        select(staged.c.id)
        .select_from(selected.outerjoin(known, known.c.id == staged.c.id))
        .where(condition, or_(known.c.id.is_(None), *differs))
    )


def make_record_steps(
    done: Mapping[Staged, tuple[int, bool]],
    stamp: ImportStamp,
    absent: Mapping[Staged, frozenset[str]],
    noted: Mapping[str, int],
    now: Callable[[], datetime],
    changed: Container[Staged],
) -> list[MergeStep]:
    """Return the steps of all kinds that have something to do, each after what it refers to.

    `done` says of each how many rows are walked, and whether those are all that are staged; `noted`
    what `name_steps` has noted: nothing where people are indexed one by one. Of the kinds in
    `changed` some records on file change.
    """
    steps = []
    for staged in TARGETS:
        rows, whole = done.get(staged, (0, False))
        first = (
            {"first_seen_at": find_seen_at(stamp, now)} if staged is staged_tables.people else {}
        )
        left_out = absent.get(staged, frozenset())
        step = _make_record_step(
            staged, rows, stamp, left_out, whole=whole, kept=staged in changed, **first
        )
        if staged is not staged_tables.people:
            steps.append(step)
        elif noted:
            steps += [step, *name_steps.make_name_steps(noted)]
        else:
            steps.append(_add_name_index(step, absent.get(staged, frozenset()), whole=whole))
    return [step for step in steps if step.rows]
