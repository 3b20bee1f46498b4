"""The steps about ids in doubt: at once what bars a picture, the rest with the import.

Until a person approves or rejects the delivery no picture under such an id is allowed. An id that
passes to another person keeps every refusal and no grant.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    not_,
    select,
    update,
)

from app.database import tables
from app.database.json_lists import as_json, is_in, json_list
from app.imports.identities import arrivals, carried_refusals, id_doubts
from app.imports.identities.former_rights import end_rights
from app.imports.merge import previous_records
from app.imports.merge.ledger_rows import ImportStamp
from app.imports.merge.record_steps import find_seen_at, make_name_statements
from app.imports.merge.records import make_insert
from app.imports.merge.slices import KeyRange, KeyRangeScan, MergeStep, Prepared
from app.imports.staging import staged_tables
from app.store.ledger import chain
from app.store.ledger.record_sums import watch
from app.store.people import name_index
from app.store.service.plan_parts import IdDoubts

_people, _staged, _pairs = tables.people.c, staged_tables.people.c, arrivals.pairs.c


def make_immediate_steps(stamp: ImportStamp, counted: IdDoubts) -> list[MergeStep]:
    """Return the steps that doubt these ids and put new ones on file with their refusals.

    In a migration no one is put on file before it is approved. `counted` as in `id_doubts.counts`.
    """
    made = [_make_doubt_step(stamp, "bearer", counted.others)]
    if not counted.migration:
        made += [
            _make_doubt_step(stamp, "arrival", counted.arrivals),
            _make_arrival_step(stamp, counted.arrivals),
            carried_refusals.step(stamp, counted.arrivals, at_once=True),
        ]
    return [step for step in made if step.rows]


def make_plan_steps(
    stamp: ImportStamp, counted: IdDoubts | None, now: Callable[[], datetime]
) -> tuple[list[MergeStep], list[MergeStep]]:
    """Return the steps before people are put on file, and those after.

    Before, ids are doubted and pass on, so that no one on file has what the former bearer had, also
    where the import ends midway. Then refusals are carried over, and all doubts of the ids that
    were delivered end. A plan of an earlier version has none.
    """
    if counted is None:
        return [], []
    before = [
        _make_doubt_step(stamp, "bearer", counted.others),
        _make_passing_step(stamp, counted.others, now),
    ]
    after = [
        carried_refusals.step(stamp, counted.arrivals),
        _make_settling_step(stamp, counted.others + counted.settled, now),
    ]
    return before, after


def accept_bearers(connection: Connection) -> None:
    """End the doubts of a rejected delivery: the ids keep the bearers that they had."""
    doubted = _people.identity_doubt == "bearer"
    theirs = _people.id.in_(select(id_doubts.others.c.id))
    ends = update(tables.people).where(doubted, theirs).values(identity_doubt=None)
    with watch(connection, tables.people, theirs):
        connection.execute(ends)


def _make_doubt_step(stamp: ImportStamp, doubt: str, rows: int) -> MergeStep:
    noted = id_doubts.others.c if doubt == "bearer" else arrivals.pairs.c
    walk = (
        KeyRangeScan(noted.id)
        if doubt == "bearer"
        else KeyRangeScan(_pairs.id, where=_pairs.fresh == 0)
    )
    undoubted = _people.identity_doubt.is_(None)
    wanted = select(noted.id).join(tables.people, _people.id == noted.id).distinct()
    doubted_now = and_(is_in(_people.id, json_list("ids")), undoubted)
    doubts = update(tables.people).where(doubted_now)

    def prepare(connection: Connection, bounds: KeyRange) -> Prepared:
        """Return the ids of the slice whose bearer is in doubt from now on."""
        return sorted(connection.scalars(wanted.where(walk.within, undoubted), bounds))

    def apply(connection: Connection, _bounds: KeyRange, prepared: Prepared) -> None:
        """Keep their former rows, and mark them as doubted."""
        if prepared:
            given = {"ids": as_json(prepared)}
            previous_records.keep_rows(connection, tables.people, stamp.number, doubted_now, given)
            mine = is_in(_people.id, json_list("ids"))
            with watch(connection, tables.people, mine, given):
                connection.execute(doubts.values(identity_doubt=doubt), given)
            _append_to_ledger(connection, stamp, doubt, prepared)

    return MergeStep(f"ids in doubt ({doubt})", walk, apply, rows, prepare)


def _append_to_ledger(
    connection: Connection, stamp: ImportStamp, doubt: str, people: list[str]
) -> None:
    said = {"doubt": doubt, "people": people, "subjects": people}
    chain.append_entries(connection, [stamp.entry("identity.doubted", said)])


def _make_arrival_step(stamp: ImportStamp, rows: int) -> MergeStep:
    """Return the step that adds people under a new id; with the school, if it is on file."""
    walk = KeyRangeScan(_pairs.id, where=_pairs.fresh == 1)
    columns = [c.name for c in staged_tables.people.c if c.name in _people and c.name != "org_id"]
    org = select(tables.orgs.c.id).where(tables.orgs.c.id == _staged.org_id).scalar_subquery()
    within = _staged.id.in_(select(_pairs.id).where(walk.within))
    unknown = not_(exists().where(_people.id == _staged.id))
    rows_of = select(
        *(_staged[name] for name in columns),
        org,
        literal(stamp.at, _people.first_seen_at.type),
        literal("arrival"),
        literal(stamp.number),
        _staged.line,
    ).where(within, unknown)
    names = [
        *columns, "org_id", "first_seen_at", "identity_doubt", "import_number", "import_place",
    ]  # fmt: skip

    def prepare(connection: Connection, bounds: KeyRange) -> Prepared:
        """Return the ids of the slice that are not on file."""
        return sorted(connection.scalars(select(_staged.id).where(within, unknown), bounds))

    def apply(connection: Connection, bounds: KeyRange, prepared: Prepared) -> None:
        """Insert the people who are not on file."""
        if not prepared:
            return
        new = is_in(_people.id, json_list("ids"))
        with watch(connection, tables.people, new, {"ids": as_json(prepared)}):
            connection.execute(make_insert(connection, tables.people, names, rows_of), bounds)
        for statement in make_name_statements(connection, (staged_tables.people.table, within)):
            connection.execute(statement, bounds)
        name_index.index_people(connection, prepared)
        _append_to_ledger(connection, stamp, "arrival", prepared)

    return MergeStep("people who may be known", walk, apply, rows, prepare)


def _make_passing_step(stamp: ImportStamp, rows: int, now: Callable[[], datetime]) -> MergeStep:
    """Return the step that ends what former bearers had, before the next ones are put on file."""
    others = id_doubts.others.c
    walk = KeyRangeScan(others.id)
    passed = select(others.id).where(walk.within)
    pass_on = _make_passing(stamp, passed, now)

    def apply(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        """Keep the former rows of the slice, and let new bearers begin anew."""
        within = _people.id.in_(passed)
        previous_records.keep_rows(connection, tables.people, stamp.number, within, bounds)
        with watch(connection, tables.people, within, bounds):
            pass_on(connection, bounds)

    return MergeStep("ids that pass to others", walk, apply, rows)


def _make_settling_step(stamp: ImportStamp, rows: int, now: Callable[[], datetime]) -> MergeStep:
    """Return the step that ends doubts.

    Of ids that passed, also what came while the import went on is about the former bearer.
    """
    settled = id_doubts.settled.c
    walk = KeyRangeScan(settled.id)
    within = _people.id.in_(select(settled.id).where(walk.within))
    passed = select(settled.id).where(walk.within, settled.another == 1)
    pass_on = _make_passing(stamp, passed, now)
    ends = update(tables.people).where(within).values(identity_doubt=None)

    def apply(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        """Keep the former rows of the slice, let new bearers begin anew, and end the doubts."""
        previous_records.keep_rows(connection, tables.people, stamp.number, within, bounds)
        with watch(connection, tables.people, within, bounds):
            pass_on(connection, bounds)
            connection.execute(ends, bounds)

    return MergeStep("doubts of ids that end", walk, apply, rows)


def _make_passing(
    stamp: ImportStamp, passed: Select[Any], now: Callable[[], datetime]
) -> Callable[[Connection, KeyRange], None]:
    """Return what lets the bearers of ids begin anew: no grant before counts, no right is theirs.

    Call it with the bounds that `passed` needs.
    """
    last: ColumnElement[Any] = (
        select(func.max(tables.consents.c.seq))
        .where(tables.consents.c.person_id == _people.id)
        .scalar_subquery()
    )
    anew = update(tables.people).where(_people.id.in_(passed))
    anew = anew.values(
        former_statements=last,
        first_seen_at=find_seen_at(stamp, now),
        bearer_since=bindparam("passed_at", callable_=now, type_=_people.bearer_since.type),
        returned_at=None,
    )

    def pass_on(connection: Connection, bounds: KeyRange) -> None:
        connection.execute(anew, bounds)
        if ids := connection.scalars(passed.order_by(passed.selected_columns[0]), bounds).all():
            end_rights(connection, stamp, ids)

    return pass_on
