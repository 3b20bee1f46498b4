"""The effects of new statements on people on file: newly refused, and newly allowed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import groupby
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    bindparam,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)

from app.database import tables
from app.database.json_lists import as_json, is_in, json_list
from app.imports.identities import id_doubts
from app.imports.merge.statements import SAME, select_source, todo
from app.imports.staging import staged_tables
from app.policy.consent import weigh_statements
from app.policy.facts import STATED, Consent, Person
from app.store.consents.named_statements import make_consent

_CHUNK_PEOPLE = 1_000
_staged, _on_file, _people = staged_tables.consents.c, tables.consents.c, tables.people.c
_later = tables.consents.alias("later")
_SAID = [_staged[name] for name in STATED if name not in {"id", "source"}]
_NEW: Select[Any] = (
    select(
        _people.kind,
        _people.birth_date,
        _people.org_id,
        *_SAID,
        select_source().label("source"),
        # It has none yet, and so nothing can have named it.
        literal("").label("id"),
    )
    .select_from(
        todo.join(staged_tables.consents.table, SAME).join(
            tables.people, _people.id == _staged.person_id
        )
    )
    .order_by(_people.id, todo.c.line, todo.c.digest)
)
_BEFORE = select(*(_on_file[name] for name in STATED)).where(
    is_in(_on_file.person_id, json_list("ids")),
    not_(exists().where(_later.c.corrects == _on_file.id)),
    _on_file.import_number.is_distinct_from(bindparam("number")),
    or_(_on_file.decision != "grant", id_doubts.is_of_another(_on_file).is_not(True)),
)


@dataclass(slots=True)
class Effects:
    """Of the people on file: how many become refused, how many may be shown for more than before.

    `flips` are those among them who had statements on file; `known` is how many have any. `lifted`
    says by school of how many a refusal ends, today or when the last of the statements begins.
    """

    refused: int = 0
    allowed: int = 0
    flips: int = 0
    known: int = 0
    lifted: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def find_effects(connection: Connection, number: int, today: date, zone: ZoneInfo) -> Effects:
    """Return the effects of the new statements of import `number`, as of the end of `today`."""
    found, now = Effects(), datetime.combine(today, time.max, zone)
    others = _on_file.import_number.is_distinct_from(number)
    known = select(func.count(_on_file.person_id.distinct())).where(others)
    found.known = connection.scalar(known) or 0
    rows = connection.execute(_NEW.execution_options(yield_per=5_000)).mappings()
    for chunk in _split_by_people(groupby(rows, itemgetter("person_id"))):
        before = _read_earlier_statements(connection, number, list(chunk))
        for person_id, new in chunk.items():
            _count_effects_on(found, new, before.get(person_id, []), now, zone)
    return found


def _split_by_people(
    people: Iterable[tuple[str, Iterable[RowMapping]]],
) -> Iterator[dict[str, list[RowMapping]]]:
    chunk: dict[str, list[RowMapping]] = {}
    for person_id, rows in people:
        chunk[person_id] = list(rows)
        if len(chunk) == _CHUNK_PEOPLE:
            yield chunk
            chunk = {}
    yield chunk


def _read_earlier_statements(
    connection: Connection, number: int, ids: Sequence[str]
) -> dict[str, list[Consent]]:
    before: dict[str, list[Consent]] = {}
    for row in connection.execute(_BEFORE, {"ids": as_json(ids), "number": number}).mappings():
        before.setdefault(row["person_id"], []).append(make_consent(row))
    return before


def _count_effects_on(
    found: Effects,
    new: Sequence[RowMapping],
    before: list[Consent],
    now: datetime,
    zone: ZoneInfo,
) -> None:
    """Add the effects on one person to `found`."""
    person, today = _to_person(new[0]), now.astimezone(zone).date()
    was = weigh_statements(person, before, today, now, zone)
    will = weigh_statements(person, [*before, *map(make_consent, new)], today, now, zone)
    refused = will.refused & ~was.refused
    allowed = (will.granted & ~was.granted) | (was.refused & ~will.refused)
    last = max(today, *(row["effective_from"] for row in new))
    then = [*before, *map(make_consent, new)]
    later = weigh_statements(person, then, last, now, zone) if last > today else will
    if was.refused & ~(will.refused & later.refused):
        found.lifted[new[0]["org_id"] or ""] += 1
    found.refused += bool(refused)
    found.allowed += bool(allowed and not refused)
    found.flips += bool(before and (refused or allowed))


def _to_person(row: RowMapping) -> Person:
    names: dict[str, Any] = dict.fromkeys(Person._fields)
    known = {"id": row["person_id"], "kind": row["kind"], "birth_date": row["birth_date"]}
    return Person(**names | known)
