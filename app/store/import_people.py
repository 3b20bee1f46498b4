"""The steps that put records with keys of their own into the store, people with their names."""

from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, literal, or_, select, true

from app.store import befores, import_names, name_index, staging, tables
from app.store.each import values_of
from app.store.import_ledger import Stamp
from app.store.merging import TARGETS, add, sliced, upsert, walk
from app.store.slices import Bounds, Prepared, Step
from app.store.staging import Staged
from app.store.tables import UtcDateTime

_NAMED = ("given_name", "family_name", "preferred_name", "org_id", "other_org_ids")


def _record_step(
    staged: Staged,
    rows: int,
    stamp: Stamp,
    absent: frozenset[str],
    *,
    whole: bool,
    kept: bool,
    **first: ColumnElement[Any],
) -> Step:
    """Adds the records of `staged` or brings them up to date; `rows` is how many there are.

    `kept`: some are changed, and are to be kept as they were. `first` as in `upsert`.
    """
    made: dict[str, Any] = {}

    def apply(connection: Connection, bounds: Bounds, _prepared: Prepared) -> None:
        if "statements" not in made:
            # Once: to build a statement takes longer than to run it.
            of_slice = sliced(staged, whole=whole)
            target = TARGETS[staged]
            keeping = befores.keeping_staged(connection, staged, stamp.number, of_slice, absent)
            made["statements"] = [
                *([keeping] if kept else ()),
                upsert(connection, staged, target, stamp, of_slice, absent, **first),
                *(put_names(connection, of_slice) if staged is staging.people else ()),
            ]
        for statement in made["statements"]:
            connection.execute(statement, bounds)

    return Step(TARGETS[staged].name, walk(staged, whole=whole), apply, rows)


def seen_at(stamp: Stamp, now: Callable[[], datetime]) -> ColumnElement[datetime]:
    """When a person who comes with this import came: with the delivery, and so with its list.

    But where a list was dated since, as while the import waited for somebody, its maker had them
    not before him: then it is the moment when they are put on file.
    """
    lists, when = tables.list_dates.c, UtcDateTime()
    dated = select(lists.at).where(lists.kind != "rosters").order_by(lists.seq.desc()).limit(1)
    put_at = bindparam("seen_at", callable_=now, type_=when)
    delivered = literal(stamp.delivered_at, when)
    return case((dated.scalar_subquery() > delivered, put_at), else_=delivered)


def _indexing(step: Step, absent: frozenset[str], *, whole: bool) -> Step:
    """`step`, which brings people, with their names in the index of names."""
    renamed = _renamed(sliced(staging.people, whole=whole), absent)

    def prepare(connection: Connection, bounds: Bounds) -> Prepared:
        return connection.scalars(renamed, bounds).all()

    def apply(connection: Connection, bounds: Bounds, prepared: Prepared) -> None:
        step.apply(connection, bounds, None)
        if prepared:
            name_index.index(connection, prepared)

    return replace(step, prepare=prepare, apply=apply)


def put_names(connection: Connection, of_slice: Any) -> list[Any]:
    """Return what puts names on file; only ever added to: a former name still finds its person."""
    people, (selected, condition) = staging.people, of_slice
    return [
        add(
            connection,
            tables.person_names,
            ["name_key", "person_id"],
            select(key, people.c.id)
            .select_from(selected)
            .where(condition, key.is_not(None))
            .order_by(key),
        )
        for key in (people.c.name_key, people.c.preferred_key)
    ] + [_further_names(connection, selected, condition)]


def _further_names(connection: Connection, selected: Any, condition: Any) -> Any:
    """Puts the further keys of names of several words on file."""
    further = values_of(staging.people.c.more_keys)
    rows = (
        select(further.c.value, staging.people.c.id)
        .select_from(selected.join(further, true()))
        .where(condition)
        .order_by(further.c.value)
    )
    return add(connection, tables.person_names, ["name_key", "person_id"], rows)


def _renamed(of_slice: Any, absent: frozenset[str]) -> Any:
    """Who is new, has another name or is of another org: a search finds them otherwise."""
    staged, known = staging.people, tables.people
    selected, condition = of_slice
    differs = [known.c[n].is_distinct_from(staged.c[n]) for n in _NAMED if n not in absent]
    return (
        select(staged.c.id)
        .select_from(selected.outerjoin(known, known.c.id == staged.c.id))
        .where(condition, or_(known.c.id.is_(None), *differs))
    )


def record_steps(
    done: Mapping[Staged, tuple[int, bool]],
    stamp: Stamp,
    absent: Mapping[Staged, frozenset[str]],
    noted: Mapping[str, int],
    now: Callable[[], datetime],
    changed: Container[Staged],
) -> list[Step]:
    """The steps for all kinds with something to do, each after what it refers to.

    `done` says of each how many rows are to be walked, and whether those are all that are staged;
    `noted` what `import_names` has noted, which is nothing where people are indexed one by one. Of
    the kinds in `changed` some records are on file and become otherwise.
    """
    steps = []
    for staged in TARGETS:
        rows, whole = done.get(staged, (0, False))
        first = {"first_seen_at": seen_at(stamp, now)} if staged is staging.people else {}
        left_out = absent.get(staged, frozenset())
        step = _record_step(
            staged, rows, stamp, left_out, whole=whole, kept=staged in changed, **first
        )
        if staged is not staging.people:
            steps.append(step)
        elif noted:
            steps += [step, *import_names.steps(noted)]
        else:
            steps.append(_indexing(step, absent.get(staged, frozenset()), whole=whole))
    return [step for step in steps if step.rows]
