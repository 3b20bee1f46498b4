"""Statements made of delivered consent columns, for those of their values that are new.

Such a column, as its profile reads it, is a snapshot: it becomes a statement where it differs from
what the statements of the same source add up to.
"""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    not_,
    or_,
    select,
)

from app.database import bulk_insert, tables
from app.database.tables.base import format_utc
from app.imports.identities import id_doubts
from app.imports.staging import staged_tables
from app.imports.staging.list_coverage import covered, lists
from app.policy.words import REFUSALS
from app.store.consents.list_dates import DISTRICT
from app.store.ledger.chain import write_canonical

_CHUNK = 5_000
_SCOPE = ("activity", "channel", "extent")
_staged = staged_tables.consents.c
# The import that stages, and the day on which it does.
_NUMBER, _TODAY = bindparam("number", type_=Integer), bindparam("today", type_=Date)


def stage_flag_statements(connection: Connection, number: int, at: datetime, today: date) -> None:
    """Stage a statement for every flag that is news; signed at `at`, from `today`.

    What the import `number` itself put on file is as if it were not there.
    """
    wanted = _select_new_flags().execution_options(yield_per=_CHUNK)
    rows = connection.execute(wanted, {"number": number, "today": today})
    for chunk in rows.partitions():
        made = [make_statement(row, at, today) for row in chunk]
        bulk_insert.insert_rows(connection, staged_tables.consents.table, made)
    staged_tables.update_statistics(connection, staged_tables.consents)


@cache
def _select_new_flags() -> Select[Any]:
    """Select all flags of each person and source of which one is news.

    All of them, so that they are of one moment, in which a refusal wins: otherwise a new yes to
    every channel would lift the unchanged refusal for one of them.
    """
    flags = staged_tables.flags.c
    news = _select_news().distinct().cte("news")
    theirs = and_(news.c.person_id == flags.person_id, news.c.source == flags.source)
    said = tables.consents.alias("stale")
    old = exists().where(said.c.seq == _find_latest(), _is_stale(said.c))
    return (
        select(staged_tables.flags.table)
        .select_from(staged_tables.flags.table.join(news, theirs))
        .where(not_(and_(flags.decision == "grant", old)))
    )


def _select_news() -> Select[Any]:
    """Select person and source of flags that differ from the latest statement of their scope.

    Or that repeat it, where it has run out and is given anew, is about the id's former bearer, or
    is followed by another statement of the source with a wider or narrower scope.
    """
    flags, consents = staged_tables.flags.c, tables.consents
    said, since = consents.alias("said"), consents.alias("since")
    anew = and_(said.c.effective_to < _TODAY, not_(_is_stale(said.c)))
    void = or_(anew, id_doubts.is_of_another(said.c))
    run_out = and_(said.c.decision == "grant", void)
    later = and_(since.c.signed_at > said.c.signed_at, _is_undoing(since.c, said.c))
    otherwise = exists().where(
        *_match_source(since.c), or_(later, since.c.lifts.contains(said.c.id))
    )
    return (
        select(flags.person_id, flags.source)
        .select_from(staged_tables.flags.table.outerjoin(said, said.c.seq == _find_latest()))
        .where(or_(said.c.seq.is_(None), said.c.decision != flags.decision, run_out, otherwise))
    )


def _find_latest() -> Any:
    """Return the number of the latest statement of a flag's person, source and scope."""
    flags, consents = staged_tables.flags.c, tables.consents.alias("latest")
    return (
        select(consents.c.seq)
        .where(
            *_match_source(consents.c),
            *(consents.c[name] == flags[name] for name in _SCOPE),
        )
        .order_by(consents.c.signed_at.desc(), consents.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )


def _is_stale(said: Any) -> ColumnElement[bool]:
    """Return true where a grant has run out and the row that repeats it is the same answer.

    No one was asked anew. The answer is new where the system gives the day, where it is a standing
    one, where the cell was empty in between (of a student of several schools, in the same school's
    list), or where the id has another bearer now.
    """
    flags, gaps, known = staged_tables.flags.c, tables.list_gaps.c, tables.people.c
    several = exists().where(known.id == gaps.person_id, known.other_org_ids.is_not(None))
    same = exists().where(
        lists.c.source == gaps.source,
        lists.c.file == gaps.file,
        covered.c.n == lists.c.n,
        covered.c.school.in_((gaps.school, DISTRICT)),
    )
    was_empty = exists().where(
        gaps.person_id == flags.person_id,
        gaps.source == flags.source,
        gaps.gap.in_(("unanswered", "blank")),
        or_(same, not_(several)),
    )
    later = flags.given_on > cast(said.effective_to, Text)
    anew = or_(later.is_(True), was_empty, id_doubts.is_of_another(said).is_(True))
    return and_(said.decision == "grant", said.effective_to < _TODAY, not_(anew))


def count_run_out(connection: Connection, today: date) -> int:
    """Count students with a delivered yes that has run out and was not given anew."""
    return connection.scalar(_count_stale(), {"today": today}) or 0


@cache
def _count_stale() -> Select[Any]:
    flags, said, later = staged_tables.flags.c, tables.consents.c, tables.consents.alias("later")
    same = [said[name] == flags[name] for name in ("person_id", "source", *_SCOPE)]
    again = [later.c[name] == flags[name] for name in ("person_id", "source", *_SCOPE)]
    superseded = exists().where(*again, later.c.seq > said.seq)
    return (
        select(func.count(flags.person_id.distinct()))
        .select_from(staged_tables.flags.table.join(tables.consents, and_(*same)))
        .where(flags.decision == "grant", not_(superseded), _is_stale(said))
    )


def _match_source(consents: Any) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of the statements of a flag's person and source that count.

    Those of import `_NUMBER` do not count.
    """
    flags, later = staged_tables.flags.c, tables.consents.alias("later")
    yield consents.person_id == flags.person_id
    yield consents.source == flags.source
    yield consents.import_number.is_distinct_from(_NUMBER)
    yield not_(exists().where(later.c.corrects == consents.id))


def _is_undoing(one: Any, other: Any) -> ColumnElement[bool]:
    """Return true where a later statement may replace an earlier one; a lift, any refusal."""
    grants = [c.decision == "grant" for c in (one, other)]
    lifts = and_(one.decision == "lift", other.decision.in_(sorted(REFUSALS)))
    return or_(
        lifts, and_(one.decision != "lift", grants[0] != grants[1], scopes_overlap(one, other))
    )


def scopes_overlap(one: Any, other: Any) -> ColumnElement[bool]:
    """Return true where the scopes of a grant and of a refusal overlap, as `policy.cells` has it.

    `all` is every channel but the directory; of the extents only a grant of the image and a refusal
    of the name have none in common.
    """
    pairs = ((one, other), (other, one))
    whole = [and_(a.channel == "all", b.channel != "directory") for a, b in pairs]
    channel = or_(one.channel == other.channel, *whole)
    apart = (
        and_(a.decision == "grant", a.extent == "image", b.extent == "image_with_name")
        for a, b in pairs
    )
    return and_(one.activity == other.activity, channel, not_(or_(*apart)))


def make_statement(
    flag: Any, at: datetime, today: date, lifts: str | None = None
) -> tuple[Any, ...]:
    """Return the staged statement of a flag, or with `lifts` the lift of these refusals."""
    end = None if lifts or not flag.effective_to else flag.effective_to.isoformat()
    said = {
        "person_id": flag.person_id,
        "decision": "lift" if lifts else flag.decision,
        **{name: getattr(flag, name) for name in _SCOPE},
        "given_by": None,
        "capacity": "guardian",
        "signed_at": format_utc(at),
        "effective_from": today.isoformat(),
        "effective_to": end,
    }
    # With the source: two profiles may have the same value for one person.
    told = {**said, "source": flag.source} | ({"lifts": lifts} if lifts else {})
    content = write_canonical(told)
    said |= {
        "line": flag.line,
        "source": flag.source,
        "signed_day_only": False,
        "lifts": lifts,
        "digest": hashlib.sha256(content.encode()).hexdigest(),
    }
    return tuple(said[column.name] for column in _staged)
