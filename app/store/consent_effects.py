"""What new statements come to for people on file: who becomes refused, who may be shown again.

A withdrawal that refuses is a refusal (docs/decisions/0007): it is found here, so that it can go
at once, whatever becomes of the rest of its delivery.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, bindparam, exists, func, not_, select, update

from app.policy.consent import NOTHING, Standing, standing
from app.policy.facts import STATED, Consent, Person
from app.store import staging, tables
from app.store.each import among, each, texts
from app.store.statement_imports import AT_ONCE, SAME, WITHDRAWALS, source, todo

_CHUNK_PEOPLE = 1_000
_staged, _on_file, _people = staging.consents.c, tables.consents.c, tables.people.c
_later = tables.consents.alias("later")
_NEW: Select[Any] = (
    select(
        todo.c.line,
        todo.c.digest,
        _people.id,
        _people.kind,
        _people.birth_date,
        *(_staged[name] for name in STATED if name != "source"),
        source().label("source"),
    )
    .select_from(
        todo.join(staging.consents.table, SAME).join(tables.people, _people.id == _staged.person_id)
    )
    .order_by(_people.id, todo.c.line, todo.c.digest)
)
_BEFORE = select(*(_on_file[name] for name in STATED)).where(
    among(_on_file.person_id, each("ids")),
    not_(exists().where(_later.c.corrects == _on_file.id)),
    _on_file.import_number.is_distinct_from(bindparam("number")),
)
_GOES_AT_ONCE = update(todo).where(todo.c.rank == WITHDRAWALS).values(rank=AT_ONCE)


@dataclass(slots=True)
class Effects:
    """Of the people on file: how many become refused, how many may be shown for more than before.

    `flips` are those among them who had statements on file; `known` is how many have any.
    """

    refused: int = 0
    allowed: int = 0
    flips: int = 0
    known: int = 0


def effects(connection: Connection, number: int, today: date, zone: ZoneInfo) -> Effects:
    """What the new statements of import `number` come to; withdrawals that refuse go at once."""
    found = Effects()
    others = _on_file.import_number.is_distinct_from(number)
    known = select(func.count(_on_file.person_id.distinct())).where(others)
    found.known = connection.scalar(known) or 0
    rows = connection.execute(_NEW.execution_options(yield_per=5_000))
    at_once: list[Row[Any]] = []
    for chunk in _chunks(groupby(rows, attrgetter("id"))):
        before = _before(connection, number, list(chunk))
        for person_id, new in chunk.items():
            at_once += _one(found, new, before.get(person_id, []), today, zone)
    for row in at_once:
        lines = (
            todo.c.person_id == row.id,
            todo.c.line == row.line,
            todo.c.digest == row.digest,
        )
        connection.execute(_GOES_AT_ONCE.where(*lines))
    return found


def _chunks(
    people: Iterable[tuple[str, Iterable[Row[Any]]]],
) -> Iterator[dict[str, list[Row[Any]]]]:
    chunk: dict[str, list[Row[Any]]] = {}
    for person_id, rows in people:
        chunk[person_id] = list(rows)
        if len(chunk) == _CHUNK_PEOPLE:
            yield chunk
            chunk = {}
    yield chunk


def _before(connection: Connection, number: int, ids: Sequence[str]) -> dict[str, list[Consent]]:
    before: dict[str, list[Consent]] = {}
    for row in connection.execute(_BEFORE, {"ids": texts(ids), "number": number}):
        before.setdefault(row.person_id, []).append(Consent(*row))
    return before


def _one(
    found: Effects,
    new: Sequence[Row[Any]],
    before: list[Consent],
    today: date,
    zone: ZoneInfo,
) -> list[Row[Any]]:
    """Count what happens to one person; the withdrawals that go at once."""
    person = _person(new[0])
    made = [(row, Consent(*(getattr(row, name) for name in STATED))) for row in new]

    def say(*statements: Iterable[Consent]) -> Standing:
        return standing(person, [one for some in statements for one in some], today, zone)

    was, will = say(before), say(before, (statement for _, statement in made))
    refused = will.refused & ~was.refused
    allowed = (will.granted & ~was.granted) | (was.refused & ~will.refused)
    found.refused += bool(refused)
    found.allowed += bool(allowed and not refused)
    found.flips += bool(before and (refused or allowed))
    # Each withdrawal within its own source: what others say may change.
    own: dict[tuple[str, str], list[Consent]] = defaultdict(list)
    for one in (*before, *(statement for row, statement in made if row.decision == "refuse")):
        own[one.capacity, one.source].append(one)
    said = {whose: say(statements) for whose, statements in own.items()}
    at_once = []
    for row, statement in made:
        whose = statement.capacity, statement.source
        if row.decision == "withdraw" and _tightens(
            said.get(whose, NOTHING), say(own.get(whose, ()), [statement])
        ):
            at_once.append(row)
    return at_once


def _tightens(base: Standing, then: Standing) -> bool:
    """Whether `then` refuses no less and grants no more than `base`, and is not the same."""
    lost = base.refused & ~then.refused or base.held & ~then.held or base.pending & ~then.pending
    return not lost and not then.granted & ~base.granted and then != base


def _person(row: Any) -> Person:
    names: dict[str, Any] = dict.fromkeys(Person._fields)
    return Person(**names | {"id": row.id, "kind": row.kind, "birth_date": row.birth_date})
