"""Erasing a person, on both stores: nothing of them is left, and what they did in office stays."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Table, delete, event, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from app.database import tables as t
from app.database.session import Store
from app.erasure import pseudonyms
from app.erasure.person_erasure import erase_person
from app.erasure.vacuum import rewrite_store
from app.errors import (
    ConflictError,
    NotFoundError,
    OwnRequestError,
    PersonRequiredError,
    StoreInUseError,
)
from app.imports.staging import staged_area, staged_tables
from app.store.decisions import index
from app.store.ledger import chain
from app.store.ledger.chain import LedgerEntry, make_id
from app.store.ledger.changes import Actor, Change, record_change
from app.store.service import keys
from app.store.service.idempotency import RepeatableRequest, StoredReply, keep_answer
from tests.district import District, found
from tests.store.raw_files import traces

WHO = "sid-7731-q"
NUMBER = "n-5501877"
WORDS = ("Zebulon", "Quackenbush", "Zebby", "Wigglesworth", WHO, NUMBER, "zq@provo.example")
NOW = datetime(2026, 11, 3, 15, tzinfo=UTC)
HISTORY = (
    t.consents, t.authorizations, t.designations, t.grants, t.releases, t.changes, t.resolutions,
    t.review_messages, t.moderations, t.declarations,
)  # fmt: skip


def by(person: str | None = "dora") -> Callable[[], Actor]:
    return lambda: Actor("key-1", person, NOW)


def decision(subjects: list[str], **request: Any) -> LedgerEntry:
    answer = {"check": "photo-consent", "outcome": "allow", "findings": []}
    body = {"answer": answer, "request": request, "person": None, "subjects": subjects}
    return LedgerEntry(make_id(), "decision", NOW, "key-1", body)


def student(store: Store) -> None:
    """A student of every table that can name one."""
    with store.writing() as connection:
        district = found(connection)
        district.person(
            WHO, "Zebulon Quackenbush", preferred_name="Zebby", email="ZQ@provo.example",
            former=["Zebulon Wigglesworth"], student_number=NUMBER,
        )  # fmt: skip
        district.enroll("c-mixed", WHO)
        connection.execute(
            insert(t.imports).values(
                number=9, id="i-9", version=1, state="invalid", created_at=NOW, updated_at=NOW
            )
        )
        for doubt, key in (("d-1", NUMBER), ("d-2", WHO)):
            connection.execute(
                insert(t.import_doubts).values(
                    id=doubt, import_number=9, file="f.csv", line=2, reason="r", source="s",
                    matches="student_number", key=key, refuses=True, since=NOW,
                )
            )  # fmt: skip
        connection.execute(insert(t.doubted_people).values(person_id=WHO, doubt_id="d-1"))
        district.consent(WHO, "refuse", given_by="Hortense Quackenbush", source="quackenbush")
        district.release("Zebulon Quackenbush")
        connection.execute(
            insert(t.guardians).values(student_id=WHO, guardian_id="g-9", name="H Quackenbush")
        )
        rows = [
            decision([WHO], pictured=[WHO]),
            decision([], pictured=[{"name": "zebulon  QUACKENBUSH"}]),
            decision([], pictured=[{"name": "Quackenbush, Zebby"}]),
            decision(["ana"], pictured=["ana"], title='About\n"Zebulon" Wigglesworth'),
            decision(["ana"], pictured=["ana"]),
        ]
        chain.append_entries(connection, rows)
        note = Change("account", "a1", "changed", note="Zebby Quackenbush is in it", subjects=[WHO])
        record_change(connection, Actor("key-1", "dora", NOW), note)
        for number, body in enumerate(('{"name": "Zebby Quackenbush"}', '{"x": "ana"}')):
            reply = StoredReply(201, {}, body, None)
            keep_answer(connection, RepeatableRequest("key-1", str(number), "d"), reply, NOW)
    index.catch_up(store, lambda *_: None)


def employee(store: Store) -> None:
    """Somebody who did everything in office that leaves an id behind."""
    with store.writing() as connection:
        district = found(connection)
        district.employee(
            WHO, "Zebulon Quackenbush", preferred_name="Zebby", email="zq@provo.example",
            former=["Zebulon Wigglesworth"], student_number=NUMBER,
        )  # fmt: skip
        account = district.account("x", "ours", owner_id=WHO, managers=(WHO, "mia"),
                                   contact_email="zq@provo.example")  # fmt: skip
        district.authorization(account, by=WHO, requested_by=WHO)
        district.designation("director_communications", WHO)
        district.grant("logo", "tess", granted_by=WHO)
        district.grant("logo", WHO)
        district.consent("ana", "refuse", given_by=WHO, source=f"guardian:{WHO}",
                         recorded_by_person=WHO)  # fmt: skip
        named = {"student_id": "ana", "guardian_id": WHO, "name": "Zebulon Quackenbush"}
        connection.execute(insert(t.guardians).values(**named))
        record_change(connection, Actor("key-1", WHO, NOW), Change("account", account, "changed"))
        resolution = {"content": "c", "facts": "f", "findings": "[]", "outcome": "allow"}
        connection.execute(
            insert(t.resolutions).values(
                id=make_id(), decision_id="d1", **resolution, resolved_by=WHO, resolved_at=NOW
            )
        )
        _form(district, account)
        keys.create_key(connection, name="Zebby's", scopes=["check"], now=NOW, person_id=WHO)


def _form(district: District, account: str) -> None:
    district._add(
        t.authorization_requests, id=make_id(), version=1, state="approved", platform="x",
        handle="ours", handle_key="ours", kind="school", owner_id=WHO, requested_by=WHO,
        principal_id=WHO, decided_by=WHO, managers=f'["mia","{WHO}"]', account_id=account,
        contact_email="zq@provo.example", created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    district._add(
        t.imports, id=make_id(), version=1, state="applied", caller="key-1", person_id=WHO,
        decided_by=WHO, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    district._add(
        t.reports, id=make_id(), version=1, kind="post", state="assigned", description="D",
        assigned_to=WHO, created_at=NOW, updated_at=NOW,
    )  # fmt: skip


def guards(store: Store) -> list[tuple[Any, ...]]:
    """Every trigger there is, and whether it is on."""
    query = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        if store.is_sqlite
        else "SELECT tgrelid::regclass::text, tgname::text, tgenabled::text FROM pg_trigger "
        "ORDER BY tgname::text, tgrelid"
    )
    with store.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def count(store: Store, table: Table) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("made", [student, employee])
def test_nothing_of_an_erased_person_is_left_in_the_files(
    store: Store, made: Callable[[Store], None]
) -> None:
    made(store)
    with store.connecting() as connection:
        connection.execute(text("ANALYZE"))  # what it notes of common values is a trace, too
    assert traces(store, *WORDS) == list(WORDS)
    armed = guards(store)
    done = erase_person(store, WHO, by())
    assert rewrite_store(store) == []
    assert traces(store, *WORDS) == []
    assert guards(store) == armed
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None
        assert chain.read_row(connection, done.id) is None  # the ledger's row has an id of its own
        kinds = connection.scalars(select(t.ledger.c.kind)).all()
    assert kinds[-1] == "person.erased"


def test_only_rows_that_name_the_person_lose_their_contents(store: Store) -> None:
    student(store)
    done = erase_person(store, WHO, by())
    assert (done.ledger_rows, done.statements, done.replies, done.releases) == (5, 1, 1, 1)
    with store.reading() as connection:
        kept = connection.scalars(
            select(t.ledger.c.payload).where(t.ledger.c.kind == "decision")
        ).all()
        indexed = connection.scalars(select(t.decision_index.c.ledger_seq)).all()
    assert [said for said in kept if said] == kept[-1:]
    assert indexed == [5]
    assert count(store, t.idempotency_keys) == 1


@pytest.mark.parametrize(("number", "goes"), [(NUMBER, True), ("2026", False)])
def test_a_text_with_the_students_number_goes_unless_it_could_be_a_year(
    store: Store, number: str, goes: bool
) -> None:
    with store.writing() as connection:
        found(connection).person(WHO, "Zebulon Quackenbush", student_number=number)
        note = Change("account", "a1", "changed", note=f"About student {number}, see there")
        record_change(connection, Actor("key-1", "dora", NOW), note)
    erase_person(store, WHO, by())
    with store.reading() as connection:
        notes = connection.scalars(select(t.changes.c.note)).all()
    assert (f"About student {number}, see there" in notes) is not goes


def test_acts_in_office_stay_and_name_a_stand_in(store: Store) -> None:
    employee(store)
    before = {table.name: count(store, table) for table in HISTORY}
    erase_person(store, WHO, by())
    assert {table.name: count(store, table) for table in HISTORY} == {
        **before, "changes": before["changes"] + 1
    }  # fmt: skip
    with store.reading() as connection:
        (stub,) = connection.execute(select(t.people).where(t.people.c.given_name == "")).all()
        designated = select(t.designations.c.person_id).where(t.designations.c.person_id == stub.id)
        assert connection.scalars(designated).all() == [stub.id]
        assert connection.scalars(
            select(t.grants.c.granted_by).where(t.grants.c.grantee == "tess").order_by("seq")
        ).all() == ["sue", stub.id]
        refusal = connection.execute(
            select(t.consents).where(t.consents.c.source == f"guardian:{stub.id}")
        ).one()
        (key,) = keys.list_keys(connection)
    assert (stub.kind, stub.status, stub.id[:7]) == ("employee", "inactive", "erased-")
    assert (refusal.person_id, refusal.decision, refusal.given_by) == ("ana", "refuse", stub.id)
    assert key.revoked_at == NOW


def test_ties_kept_for_an_undo_do_not_name_an_erased_guardian(store: Store) -> None:
    employee(store)
    keys = [["ana", WHO], ["ana", WHO, "hr"], ["ana", f"guardian:{WHO}"], ["ana", "g-1"]]
    kinds = ("guardians", "feed_guardians", "source_doubts", "guardians")
    with store.writing() as connection:
        for kind, key in zip(kinds, keys, strict=True):
            row = {"student_id": "ana", "guardian_id": key[1], "name": f"Zebulon {key[1]}"}
            told = {"kind": kind, "key": json.dumps(key), "person_id": "ana"}
            before = {"import_number": 9, "row": json.dumps(row), "number_after": 9}
            connection.execute(insert(t.import_befores).values(**told, **before))
            kept = insert(t.undo_kept).values(import_number=9, reason="changed", **told)
            connection.execute(kept)
        former = {"person_id": "ana", "source": f"guardian:{WHO}", "doubt": "former"}
        connection.execute(insert(t.source_doubts).values(**former, since=NOW))
    erase_person(store, WHO, by())
    with store.reading() as connection:
        for table in (t.import_befores, t.undo_kept):
            assert list(connection.scalars(select(table.c.key))) == [json.dumps(["ana", "g-1"])]
        source = connection.scalar(select(t.source_doubts.c.source))
        statement = connection.scalar(
            select(t.consents.c.source).where(t.consents.c.source.startswith("guardian:erased-"))
        )
    assert source == statement, "a former guardian's statement stays one of who is none"


def test_who_did_nothing_in_office_leaves_no_stand_in(store: Store) -> None:
    student(store)
    before = count(store, t.people)
    erase_person(store, WHO, by())
    assert count(store, t.people) == before - 1


def test_every_column_that_refers_to_people_is_thought_of() -> None:
    referring = {str(column) for column in pseudonyms._list_referring_columns()}
    assert {"accounts.owner_id", "resolutions.resolved_by", "reports.assigned_to"} <= referring
    assert "person_names.person_id" not in referring
    assert "consents.person_id" not in referring


def test_history_is_append_only_again(store: Store) -> None:
    employee(store)
    erase_person(store, WHO, by())
    for table in HISTORY:
        for change in (delete(table), update(table).values(seq=table.c.seq + 1)):
            if count(store, table):
                with pytest.raises(IntegrityError, match="only"), store.writing() as connection:
                    connection.execute(change)


def test_erasure_that_fails_changes_nothing(store: Store) -> None:
    employee(store)
    armed, before = guards(store), [count(store, table) for table in t.metadata.sorted_tables]

    def fails() -> Actor:
        return Actor("key-1", "dora", "no time")  # type: ignore[arg-type]

    with pytest.raises(Exception, match=r"."):
        erase_person(store, WHO, fails)
    assert guards(store) == armed
    assert [count(store, table) for table in t.metadata.sorted_tables] == before
    assert erase_person(store, WHO, by()).statements == 0


def test_second_run_finds_nobody(store: Store) -> None:
    student(store)
    erase_person(store, WHO, by())
    with pytest.raises(NotFoundError):
        erase_person(store, WHO, by())


def test_id_that_only_the_ledger_knows_is_erased_there(store: Store) -> None:
    with store.writing() as connection:
        found(connection)
        chain.append_entries(connection, [decision([WHO], pictured=[WHO])])
    assert erase_person(store, WHO, by()).ledger_rows == 1
    assert rewrite_store(store) == []
    assert traces(store, WHO) == []


def test_nobody_erases_themselves(store: Store) -> None:
    employee(store)
    with pytest.raises(OwnRequestError):
        erase_person(store, WHO, by(WHO))


@pytest.mark.parametrize("who", [None, "nobody"])
def test_it_takes_somebody_on_file(store: Store, who: str | None) -> None:
    student(store)
    with pytest.raises(PersonRequiredError):
        erase_person(store, WHO, by(who))


def test_namesake_stays_on_file_and_loses_the_decisions(store: Store) -> None:
    with store.writing() as connection:
        district = found(connection)
        district.person("ana2", "Ana Lopez", org_id="birch")
        chain.append_entries(connection, [decision(["ana2"], pictured=[{"name": "Ana Lopez"}])])
    assert erase_person(store, "ana", by()).ledger_rows == 1
    with store.reading() as connection:
        names = select(t.person_names.c.person_id).where(t.person_names.c.name_key == "ana lopez")
        assert connection.scalars(names).all() == ["ana2"]
        words = select(t.person_words.c.person_id).where(t.person_words.c.word == "lopez")
        assert connection.scalars(words).all() == ["ana2"]


def test_long_reader_is_told_and_harms_nothing(store_url: str, store: Store) -> None:
    student(store)
    erase_person(store, WHO, by())
    other = Store(store_url)
    with other.reading() as connection:
        connection.execute(select(func.count()).select_from(t.ledger))
        with pytest.raises(StoreInUseError):
            rewrite_store(store, patience_seconds=0 if store.is_sqlite else 1)
        assert connection.scalar(select(func.count()).select_from(t.ledger))
    assert rewrite_store(store) == []
    with other.writing() as connection:  # their connections live on
        chain.append_entries(connection, [decision(["ana"])])
    other.close()
    assert traces(store, *WORDS) == []


def test_what_comes_onto_the_ledger_meanwhile_is_erased_too(store_url: str, store: Store) -> None:
    student(store)
    late = [[decision([WHO])]]
    other = Store(store_url)

    def meanwhile(_connection: object) -> None:
        if late:
            with other.writing() as connection:
                chain.append_entries(connection, late.pop())

    event.listen(store._writer, "engine_connect", meanwhile)
    assert erase_person(store, WHO, by()).ledger_rows == 6
    other.close()


def test_what_an_import_has_staged_goes_too(store: Store) -> None:
    student(store)
    with staged_area.open_area(store, 1) as area:
        area.begin("i1")
        with area.connection.begin():
            table = staged_tables.people.table
            row = {c.name: None if c.nullable else "0" for c in table.c if c.name != "line"}
            row |= {"line": 1, "id": WHO, "given_name": "Zebulon"}
            area.connection.execute(insert(table).values(row))
        area.keep()
        with pytest.raises(ConflictError):
            erase_person(store, WHO, by())
    erase_person(store, WHO, by())
    assert rewrite_store(store) == []
    with staged_area.open_area(store, 1) as area:
        assert not area.holds("i1")
    assert traces(store, *WORDS) == []


def test_name_that_comes_meanwhile_is_looked_for_too(store_url: str, store: Store) -> None:
    student(store)
    late = [{"name_key": "bartholomew z", "person_id": WHO}]
    with store.writing() as connection:
        chain.append_entries(connection, [decision([], pictured=[{"name": "Bartholomew Z"}])])
    other = Store(store_url)

    def meanwhile(_connection: object) -> None:
        if late:
            with other.writing() as connection:
                connection.execute(insert(t.person_names).values(**late.pop()))

    event.listen(store._writer, "engine_connect", meanwhile)
    assert erase_person(store, WHO, by()).ledger_rows == 6
    other.close()
