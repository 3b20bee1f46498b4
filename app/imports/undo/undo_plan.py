"""The plan of an undo: what it would do, in numbers, and what it leaves as it is, by id."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from app.imports.undo import accounts_and_permissions, doubts, list_dates, records
from app.imports.undo.statements import find_effects, list_kept
from app.store.service.import_plans import RecordedPlan
from app.store.service.import_records import ImportRecord
from app.store.service.plan_parts import Changes, ConsentCounts, TieCounts, UndoCounts

FORMAT = "undo"
_CHANGED = "it was changed since"
_LEFT: dict[records.Action, str] = {
    "kept": _CHANGED,
    "brought": "another delivery brings it, too",
}


class KeptRecord(NamedTuple):
    """A record that an undo leaves as it is: its kind, its id, whom it is about, and why.

    Of enrollments and guardians the id is both ids, parted by a blank.
    """

    kind: str
    key: str
    person_id: str | None
    reason: str


def plan_undone(
    connection: Connection, undone: ImportRecord, now: datetime, zone: ZoneInfo
) -> RecordedPlan:
    """Plan what undoing an import would do now, in the shape of any plan; it has no names."""
    kinds, kept, stays = _count_records(connection, undone)
    for kind, done, left in _count_registry(connection, undone):
        kinds[kind] = Changes(changed=done)
        kept |= {kind: left} if left else {}
    if statements := sum(1 for _ in list_kept(connection, undone.number)):
        kept["consents"] = statements
    effects = find_effects(connection, undone.number, now, zone)
    return RecordedPlan(
        format=FORMAT,
        kinds={kind: said for kind, said in kinds.items() if said != Changes()},
        marked=kinds["people"].removed,
        ended=kinds["enrollments"].removed,
        ties=TieCounts(ended=kinds["guardians"].removed),
        consents=ConsentCounts(
            lift=sum(effects.statements.values()),
            people_refused=effects.refused,
            people_allowed=effects.allowed,
            people_flipped=effects.refused + effects.allowed,
            people_known=effects.refused + effects.allowed,
        ),
        undo=UndoCounts(
            import_id=undone.id,
            statements=effects.statements,
            stay_closed=effects.closed,
            stay=stays,
            kept=kept,
            lists=list_dates.count_dates(connection, undone),
            doubts=doubts.count_ended(connection, undone),
            doubts_ended=doubts.count_begun(connection, undone),
        ),
    )


def _count_records(
    connection: Connection, undone: ImportRecord
) -> tuple[dict[str, Changes], dict[str, int], int]:
    """Count by kind the changes of records, those changed since, and those that stay for good."""
    kinds: dict[str, Changes] = {}
    kept: dict[str, int] = {}
    stays = 0
    for kind in records.TARGETS:
        found = Counter(action for _, action in records.judge_all(connection, undone, kind))
        kinds[kind] = Changes(found["added"], found["changed"], 0, found["removed"])
        stays += found["stays"]
        left = found["kept"] + found["brought"]
        kept |= {kind: left} if left else {}
    return kinds, kept, stays


def _count_registry(connection: Connection, undone: ImportRecord) -> Iterator[tuple[str, int, int]]:
    """Yield for accounts and permissions by kind: how many are put back, how many stay."""
    accounts = accounts_and_permissions.list_accounts(connection, undone.id)
    yield "accounts", sum(accounts.values()), len(accounts) - sum(accounts.values())
    found: dict[str, list[int]] = {}
    for table, _, is_last in accounts_and_permissions.list_permissions(connection, undone.number):
        counted = found.setdefault(str(table.name), [0, 0])
        counted[not is_last] += 1
    for kind, (done, left) in found.items():
        yield kind, done, left


def list_all_kept(connection: Connection, undone: ImportRecord) -> Iterator[KeptRecord]:
    """Yield what an undo leaves as it is."""
    for kind in records.TARGETS:
        for key, action in records.judge_all(connection, undone, kind):
            if action in _LEFT:
                named = " ".join(orjson.loads(key))
                yield KeptRecord(kind, named, records.find_person(kind, key), _LEFT[action])
    for kind, ident in _list_kept_registry(connection, undone):
        yield KeptRecord(kind, ident, None, _CHANGED)
    for statement in list_kept(connection, undone.number):
        yield KeptRecord("consents", statement.id, statement.person_id, statement.reason)


def _list_kept_registry(connection: Connection, undone: ImportRecord) -> Iterator[tuple[str, str]]:
    for ident, is_last in accounts_and_permissions.list_accounts(connection, undone.id).items():
        if not is_last:
            yield "accounts", ident
    for table, row, is_last in accounts_and_permissions.list_permissions(connection, undone.number):
        if not is_last:
            yield str(table.name), row["id"]
