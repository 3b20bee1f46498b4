"""The erasure of a person: what names them is deleted, their acts in office name no one.

The person's statements, names, classes, guardians and the contents of ledger rows that name them
are deleted. The ledger is searched outside the write lock; only rows added since are searched
inside it. Then the store's files are rewritten (`vacuum`).
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Connection, cast, delete, or_, select, update

from app.database import tables as t
from app.database.json_lists import as_json, is_in, json_list
from app.database.session import Store
from app.erasure.lifted_guards import lift_guards
from app.erasure.mentions import PersonMatcher, find_mentions
from app.erasure.pseudonyms import put_stand_in
from app.erasure.vacuum import overwrite_deleted
from app.errors import NotFoundError, OwnRequestError, PersonRequiredError
from app.imports.doubts.settling import forget_doubts
from app.imports.merge.previous_records import forget_befores
from app.imports.staging import staged_area
from app.policy.statements import BY_GUARDIAN
from app.store.clearances import records as clearances
from app.store.ledger import chain
from app.store.ledger.blanked_rows import KIND as BLANKED
from app.store.ledger.blanked_rows import list_blanked
from app.store.ledger.changes import Actor, Change, record_change
from app.store.ledger.record_reads import KIND as READ
from app.store.ledger.record_reads import is_about
from app.store.ledger.record_sums import Watch, add, binding, watch
from app.store.people import name_index
from app.store.people.staff import is_active

# Seconds to wait for an import that is under way.
_PATIENCE_SECONDS = 2.0
_PAGE = 500
_CHUNK = 1_000
_TAKEN_ALONG = "its rows went with the erasure of a person: deliver it again"
_HISTORY = (
    t.consents, t.authorizations, t.designations, t.grants, t.releases, t.changes, t.resolutions,
    t.review_messages, t.moderations, t.declarations,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ErasureCounts:
    """Counts of an erasure: ledger contents, statements, stored replies, releases."""

    id: str
    at: datetime
    ledger_rows: int
    statements: int
    replies: int
    releases: int


def erase_person(store: Store, person_id: str, by: Callable[[], Actor]) -> ErasureCounts:
    """Erase the person with this sourcedId. `by` returns, inside the write, the actor.

    Rows that an import has staged are deleted too: one that is held must be delivered again. Raises
    `ConflictError` while one is under way, `PersonRequiredError` unless a person on file erases,
    `OwnRequestError` for oneself, and `NotFoundError` where nothing names such a person.
    """
    with staged_area.open_area(store, _PATIENCE_SECONDS) as staged:
        while True:
            with store.reading() as connection:
                person = find_mentions(connection, person_id)
                last = chain.read_head(connection)[0]
            rows = [n for some in _find_row_pages(store, last, person) for n in some]
            with store.writing() as connection:
                if (
                    find_mentions(connection, person_id) == person
                ):  # else they have another name since
                    rows += _find_naming_rows(connection, person, last, None)
                    done = _erase_person(connection, person, rows, by())
                    break
        staged.clear()
        staged.drop_parked()
    return done


def erase_contents(connection: Connection, seqs: Sequence[int], actor: Actor) -> None:
    """Delete the contents of these ledger rows, and their rows in the index of decisions.

    Rows on the ledger account for it (`app.store.ledger.blanked_rows`).
    """
    for said in list_blanked(seqs):
        entry = chain.LedgerEntry(chain.make_id(), BLANKED, actor.at, actor.caller, said)
        chain.append_entries(connection, [entry])
    for chunk in _split_chunks([str(seq) for seq in seqs]):
        given = {"seqs": as_json(chunk)}
        for table in (t.decision_index, t.decision_subjects):
            connection.execute(delete(table).where(_is_given(table.c.ledger_seq)), given)
        erased = update(t.ledger).where(_is_given(t.ledger.c.seq))
        connection.execute(erased.values(salt=None, payload=None), given)


def _erase_person(
    connection: Connection, person: PersonMatcher, rows: Sequence[int], actor: Actor
) -> ErasureCounts:
    if actor.person_id is None or not is_active(connection, actor.person_id):
        raise PersonRequiredError
    if actor.person_id == person.id:
        raise OwnRequestError
    known = connection.scalar(select(t.people.c.id).where(t.people.c.id == person.id))
    if known is None and not rows:
        raise NotFoundError
    overwrite_deleted(connection)
    erase_contents(connection, rows, actor)
    replies = _forget_replies(connection, person)
    _revoke_clearances(connection, person, actor)
    _forget_imports(connection, person)
    with (
        lift_guards(connection, _HISTORY),
        binding(connection, actor.at, actor.caller),
        _watch_person(connection, person.id) as stubs,
    ):
        _forget_resolutions(connection, rows)
        _forget_notes(connection, person)
        releases = connection.execute(
            delete(t.releases).where(t.releases.c.name_key.in_(person.keys))
        ).rowcount
        stubs.append(put_stand_in(connection, person, actor.at))
        theirs = t.consents.c.person_id == person.id
        statements = connection.execute(delete(t.consents).where(theirs)).rowcount
        _forget_person(connection, person.id)
    done = ErasureCounts(chain.make_id(), actor.at, len(rows), statements, replies, releases)
    counts = {"ledger_rows": len(rows), "statements": statements}
    record_change(connection, actor, Change("person", done.id, "erased", after=counts))
    return done


@contextlib.contextmanager
def _watch_person(connection: Connection, person_id: str) -> Iterator[list[str]]:
    """Bring the sums over records up to date by the erasure of a person in the block.

    The block adds to the list the id of who stands in for the person.
    """
    ties, placed, stubs = t.guardians.c, t.enrollments.c, list[str]()
    children = select(ties.student_id).where(
        or_(ties.guardian_id == person_id, ties.student_id == person_id)
    )
    classes = select(placed.class_id).where(placed.person_id == person_id)
    doubts = t.source_doubts.c
    doubted = select(doubts.person_id).where(
        or_(doubts.person_id == person_id, doubts.source == BY_GUARDIAN + person_id)
    )
    given = {
        "ids": as_json(connection.scalars(children).all()),
        "doubted": as_json(connection.scalars(doubted).all()),
        "classes": as_json(connection.scalars(classes).all()),
    }
    wanted = is_in(placed.class_id, json_list("classes"))
    before = Watch(connection, t.people, t.people.c.id == person_id).read(connection)
    with (
        watch(connection, t.enrollments, wanted, given),
        watch(connection, t.guardians, is_in(ties.student_id, json_list("ids")), given),
        watch(connection, t.source_doubts, is_in(doubts.person_id, json_list("doubted")), given),
        watch(connection, t.list_gaps, t.list_gaps.c.person_id == person_id),
        watch(connection, t.published_people, t.published_people.c.person_id == person_id),
        watch(connection, t.import_doubts),
        watch(connection, t.doubted_people),
    ):
        yield stubs
    after = Watch(connection, t.people, t.people.c.id.in_([person_id, *stubs]))
    add(connection, t.people.name, before, after.read(connection))


def _forget_person(connection: Connection, person_id: str) -> None:
    forget_doubts(connection, person_id)
    forget_befores(connection, person_id)
    name_index.remove_person(connection, person_id)
    for column in (
        t.person_names.c.person_id, t.enrollments.c.person_id, t.guardians.c.student_id,
        t.source_doubts.c.person_id, t.list_gaps.c.person_id,
        t.decision_subjects.c.person_id, t.feed_people.c.id, t.feed_enrollments.c.person_id,
        t.feed_guardians.c.student_id, t.feed_guardians.c.guardian_id,
        t.published_people.c.person_id, t.people.c.id,
    ):  # fmt: skip
        connection.execute(delete(column.table).where(column == person_id))


def _forget_replies(connection: Connection, person: PersonMatcher) -> int:
    replies = t.idempotency_keys
    rows = connection.execute(
        select(replies.c.caller, replies.c.key, replies.c.subject, replies.c.body)
    ).all()
    named = [row for row in rows if row.subject == person.id or person.in_json(row.body)]
    for row in named:
        same = replies.c.caller == row.caller, replies.c.key == row.key
        connection.execute(delete(replies).where(*same))
    return len(named)


def _revoke_clearances(connection: Connection, person: PersonMatcher, actor: Actor) -> None:
    """Revoke the clearances that are about the person, and forget what they asked."""
    table = t.clearances
    live = connection.execute(select(table).where(table.c.state == "live")).mappings().all()
    found = set(clearances.find_live(connection, {"person": [person.id]}))
    about = [row for row in live if row["id"] in found or person.in_json(row["asked"])]
    facts = t.clearance_facts
    mine = facts.c.kind == "person", facts.c.value == person.id
    connection.execute(delete(facts).where(*mine))  # before the ledger tells whom they were about
    endings = [clearances.Ending(row, "revoked", "person.erased") for row in about]
    clearances.end_clearances(connection, actor, endings)


def _forget_imports(connection: Connection, person: PersonMatcher) -> None:
    """Delete the progress of imports, which names ids, and their files: none is resumed."""
    rows = select(t.imports.c.id, t.imports.c.progress).where(t.imports.c.progress.is_not(None))
    for import_id, progress in connection.execute(rows).all():
        if person.in_json(progress):
            named = update(t.imports).where(t.imports.c.id == import_id)
            connection.execute(named.values(progress=None))
    # A worker that finds the rows of an import in progress gone ends it, and indexes its people.
    lost = update(t.imports).where(t.imports.c.state.in_(("received", "staging")))
    connection.execute(lost.values(state="failed", reason=_TAKEN_ALONG))


def _forget_resolutions(connection: Connection, rows: Sequence[int]) -> None:
    """Delete answers to decisions without contents: they hold digests of the question."""
    for chunk in _split_chunks([str(seq) for seq in rows]):
        gone = select(t.ledger.c.id).where(_is_given(t.ledger.c.seq))
        answers = delete(t.resolutions).where(t.resolutions.c.decision_id.in_(gone))
        connection.execute(answers, {"seqs": as_json(chunk)})


def _forget_notes(connection: Connection, person: PersonMatcher) -> None:
    notes = select(t.changes.c.seq, t.changes.c.note).where(t.changes.c.note.is_not(None))
    named = [row.seq for row in connection.execute(notes) if person.in_text(row.note)]
    for seq in named:
        connection.execute(update(t.changes).where(t.changes.c.seq == seq).values(note=None))


def _find_row_pages(store: Store, last: int, person: PersonMatcher) -> Iterator[list[int]]:
    """Yield rows up to `last` that name the person; each few are a read of their own."""
    after = 0
    while after < last:
        with store.reading() as connection:
            yield _find_naming_rows(connection, person, after, min(after + _PAGE, last))
        after += _PAGE


def _find_naming_rows(
    connection: Connection, person: PersonMatcher, after: int, until: int | None
) -> list[int]:
    c = t.ledger.c
    rows = select(c.seq, c.kind, c.payload).where(c.seq > after, c.payload.is_not(None))
    if until is not None:
        rows = rows.where(c.seq <= until)
    return [
        seq
        for seq, kind, said in connection.execute(rows.order_by(c.seq))
        if (is_about(said, person.id) if kind == READ else person.in_json(said))
    ]


def _is_given(column: ColumnElement[int]) -> ColumnElement[bool]:
    given = json_list("seqs").subquery()
    return is_in(column, select(cast(given.c.value, BigInteger)))


def _split_chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
