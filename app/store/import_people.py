"""The steps that put records with keys of their own into the store, people with their names."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, or_, select

from app.store import name_index, staging, tables
from app.store.import_ledger import Stamp
from app.store.merging import TARGETS, add, sliced, upsert, walk
from app.store.slices import Bounds, Prepared, Step
from app.store.staging import Staged

_NAMED = ("given_name", "family_name", "preferred_name", "org_id")


def record_step(
    staged: Staged, rows: int, stamp: Stamp, absent: frozenset[str], *, whole: bool
) -> Step:
    """Adds the records of `staged` or brings them up to date; `rows` is how many there are."""
    made: dict[str, Any] = {}
    first = {"first_seen_at": stamp.delivered_at} if staged is staging.people else {}

    def apply(connection: Connection, bounds: Bounds, prepared: Prepared) -> None:
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
        if prepared:
            name_index.index(connection, prepared)

    name, steps_along = TARGETS[staged].name, walk(staged, whole=whole)
    if staged is not staging.people:
        return Step(name, steps_along, apply, rows)
    renamed = _renamed(sliced(staged, whole=whole), absent)

    def prepare(connection: Connection, bounds: Bounds) -> Prepared:
        return connection.scalars(renamed, bounds).all()

    return Step(name, steps_along, apply, rows, prepare)


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
    done: Mapping[Staged, tuple[int, bool]], stamp: Stamp, absent: Mapping[Staged, frozenset[str]]
) -> list[Step]:
    """The steps for all kinds with something to do, each after what it refers to.

    `done` says of each how many rows are to be walked, and whether those are all that are staged.
    """
    return [
        record_step(staged, done[staged][0], stamp, absent[staged], whole=done[staged][1])
        for staged in TARGETS
        if staged in done and done[staged][0]
    ]
