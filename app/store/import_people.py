"""The steps that put records with keys of their own into the store, people with their names."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, or_, select

from app.store import import_names, name_index, staging, tables
from app.store.import_ledger import Stamp
from app.store.merging import TARGETS, add, sliced, upsert, walk
from app.store.slices import Bounds, Prepared, Step
from app.store.staging import Staged

_NAMED = ("given_name", "family_name", "preferred_name", "org_id")


def _record_step(
    staged: Staged, rows: int, stamp: Stamp, absent: frozenset[str], *, whole: bool
) -> Step:
    """Adds the records of `staged` or brings them up to date; `rows` is how many there are."""
    made: dict[str, Any] = {}
    first = {"first_seen_at": stamp.delivered_at} if staged is staging.people else {}

    def apply(connection: Connection, bounds: Bounds, _prepared: Prepared) -> None:
        if "statements" not in made:
            # Once: to build a statement takes longer than to run it.
            of_slice = sliced(staged, whole=whole)
            target = TARGETS[staged]
            made["statements"] = [
                upsert(connection, staged, target, stamp, of_slice, absent, **first),
                *(_names(connection, of_slice) if staged is staging.people else ()),
            ]
        for statement in made["statements"]:
            connection.execute(statement, bounds)

    return Step(TARGETS[staged].name, walk(staged, whole=whole), apply, rows)


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


def _names(connection: Connection, of_slice: Any) -> list[Any]:
    """Puts names on file; only ever added to, so that a former name still finds its person."""
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
    ]


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
) -> list[Step]:
    """The steps for all kinds with something to do, each after what it refers to.

    `done` says of each how many rows are to be walked, and whether those are all that are staged;
    `noted` what `import_names` has noted, which is nothing where people are indexed one by one.
    """
    steps = []
    for staged in TARGETS:
        rows, whole = done.get(staged, (0, False))
        step = _record_step(staged, rows, stamp, absent.get(staged, frozenset()), whole=whole)
        if staged is not staging.people:
            steps.append(step)
        elif noted:
            steps += [step, *import_names.steps(noted)]
        else:
            steps.append(_indexing(step, absent.get(staged, frozenset()), whole=whole))
    return [step for step in steps if step.rows]
