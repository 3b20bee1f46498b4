"""The pipeline when it is full, slow, cancelled or stopped, and when one check fails."""

import asyncio
from datetime import UTC, date, datetime

import httpx
import pytest
from sqlalchemy import text

from app.checks.pipeline import Pipeline
from app.checks.queue import Answer, Inquiry
from app.database.session import Store
from app.errors import StoreUnavailableError
from app.policy.question import PersonRef, Pictured, Question
from app.settings import Settings
from tests.conftest import MakeKey
from tests.district import District
from tests.faults.asking import ANA, POST, ask, asking, on_ledger, refused, students, until, waiting
from tests.faults.conftest import Headers, Hold, Serve, Start

# --- full and slow


def test_full_queue_is_503_at_once(
    serve: Serve, store: Store, headers: Headers, hold: Hold
) -> None:
    with serve(queue_requests=4, queue_share_percent=100) as url, asking(url, headers) as send:
        with hold():
            sent = [send() for _ in range(4)]
            until(lambda: waiting(url) == 4)
            # None of the four has been answered, yet these are.
            assert refused(send().result(), "busy")
            assert refused(send({"posts": [POST]}, "posts").result(), "busy")
            for probe in ("healthz", "readyz", "metrics"):
                assert httpx.get(f"{url}/{probe}", trust_env=False).status_code == 200
            assert not any(one.done() for one in sent)
            assert on_ledger(store) == set()
        answers = [one.result() for one in sent]
        assert [one.status_code for one in answers] == [200] * 4
        assert send().result().status_code == 200
    assert {one.json()["id"] for one in answers} < on_ledger(store)
    assert len(on_ledger(store)) == 5


def test_queue_is_bounded_by_subjects_too(serve: Serve, headers: Headers, hold: Hold) -> None:
    many = students(*["ana"] * 8)
    with serve(queue_subjects=12, queue_share_percent=100) as url, asking(url, headers) as send:
        with hold():
            first = send(many)
            until(lambda: waiting(url) == 1)
            assert refused(send(many).result(), "busy")
            small = send()
            until(lambda: waiting(url) == 2)
        assert (first.result().status_code, small.result().status_code) == (200, 200)
        # One that alone is over the limit passes an empty queue.
        assert send(students(*["ana"] * 40)).result().status_code == 200


def test_key_that_sends_much_holds_nobody_else_up(
    serve: Serve, store: Store, headers: Headers, hold: Hold, make_key: MakeKey
) -> None:
    other = {"Authorization": f"Bearer {make_key().secret}"}
    with (
        serve(queue_requests=300) as url,
        asking(url, headers) as send,
        asking(url, other) as send_other,
    ):
        with hold():
            first = send()
            until(lambda: waiting(url) == 1)
            many = [send({"posts": [POST] * 60}, "posts") for _ in range(2)]
            until(lambda: waiting(url) == 121)
            # It has most of its share, and no more than that.
            assert refused(send({"posts": [POST] * 60}, "posts").result(), "busy")
            small = send_other()
            until(lambda: waiting(url) == 122)
        answers = [one.result() for one in (first, *many, small)]
    assert [one.status_code for one in answers] == [200] * 4
    with store.reading() as connection:
        ids = list(connection.scalars(text("SELECT id FROM ledger ORDER BY seq")))
    place = ids.index(small.result().json()["id"])
    last = [ids.index(one.result().json()["items"][-1]["id"]) for one in many]
    assert place < min(last)


def test_check_that_waits_beyond_its_deadline_is_refused(
    serve: Serve, store: Store, headers: Headers, hold: Hold
) -> None:
    with serve(deadline_seconds=0.3) as url, asking(url, headers) as send:
        with hold():
            first = send()
            until(lambda: waiting(url) == 1)
            late = send({"posts": [POST, POST]}, "posts")
            assert refused(late.result(), "busy")
            # It is being decided: nobody can say what will be on record.
            assert refused(first.result(), "outcome-unknown")
        until(lambda: waiting(url) == 0)
    assert len(on_ledger(store)) == 1


def test_store_locked_for_too_long_is_503_and_no_decision(
    serve: Serve, store: Store, headers: Headers, hold: Hold
) -> None:
    with serve(busy_timeout_seconds=0.2) as url, asking(url, headers) as send:
        with hold():
            sent = [send() for _ in range(5)] + [send({"posts": [POST, POST]}, "posts")]
            assert all(refused(one.result(), "store-unavailable") for one in sent)
        assert send().result().status_code == 200
    assert len(on_ledger(store)) == 1


# --- one that fails, and its neighbours


@pytest.fixture
def unthinkable(store: Store) -> str:
    """A student about whom no rule can be run: a signature of before the first day in Denver."""
    with store.writing() as connection:
        district = District(connection)
        district.person("late", "Late Born", birth_date=date(2015, 1, 1))
        signed_at = datetime(1, 1, 1, tzinfo=UTC)
        district.consent("late", "grant", capacity="eligible_student", signed_at=signed_at)
    return "late"


@pytest.fixture
def unreadable(store: Store) -> str:
    """A student whose row the driver cannot read at all."""
    with store.writing() as connection:
        District(connection).person("broken", "Bro Ken", birth_date=date(2015, 1, 1))
        if store.is_sqlite:
            change = "UPDATE people SET birth_date = 'soon' WHERE id = 'broken'"
        else:  # PostgreSQL has days that Python has not
            change = "UPDATE people SET birth_date = DATE '12015-01-01' WHERE id = 'broken'"
        connection.execute(text(change))
    return "broken"


@pytest.mark.parametrize("fault", ["unthinkable", "unreadable"])
def test_one_that_fails_leaves_its_neighbours_alone(
    fault: str, request: pytest.FixtureRequest, serve: Serve, store: Store, headers: Headers,
    hold: Hold,
) -> None:  # fmt: skip
    bad: str = request.getfixturevalue(fault)
    with serve() as url, asking(url, headers) as send:
        with hold():
            first = send()
            until(lambda: waiting(url) == 1)
            # All that wait now are one batch.
            sent = [send(students(i)) for i in ("ana", bad, "ben", bad, "ana")]
            until(lambda: waiting(url) == 6)
        answers = [one.result() for one in (first, *sent)]
    outcomes = [one.json().get("outcome") for one in answers]
    assert outcomes == ["allow", "allow", None, "deny", None, "allow"]
    assert {one.status_code for one in answers[2::2]} <= {200, 500, 503}
    told = {one.json()["id"] for one in answers if one.status_code == 200}
    assert on_ledger(store) == told
    assert not any(word in one.text for one in answers for word in ("Late", "Bro", "soon"))


@pytest.mark.parametrize("fault", ["unthinkable", "unreadable"])
def test_one_post_that_fails_leaves_the_others_of_its_request(
    fault: str, request: pytest.FixtureRequest, serve: Serve, store: Store, headers: Headers
) -> None:
    bad: str = request.getfixturevalue(fault)
    posts = [{**POST, "pictured": students(i)} for i in ("ana", bad, "ben", bad, "ana")]
    with serve() as url:
        answer = ask(url, headers, {"posts": posts}, "posts")
    assert answer.status_code == 200
    items = answer.json()["items"]
    assert [one.get("outcome") for one in items] == ["allow", None, "deny", None, "allow"]
    assert all(one["status"] in {500, 503} for one in items[1::2])
    assert on_ledger(store) == {one["id"] for one in items[::2]}


@pytest.mark.parametrize("fault", ["unthinkable", "unreadable"])
@pytest.mark.repeats_on_postgresql
def test_failures_tell_nobodys_name_or_id(
    fault: str, request: pytest.FixtureRequest, start: Start, headers: Headers, store: Store,
    hold: Hold,
) -> None:  # fmt: skip
    bad: str = request.getfixturevalue(fault)
    service = start(busy_timeout_seconds="0.2", log_level="debug")
    named = {"students": [{"name": "Late Born"}, {"name": "Bro Ken"}, {"id": bad}]}
    said = ask(service.url, headers, named)
    assert said.status_code in {500, 503}
    faulty = {"students": [{"id": bad, "name": "Late Born"}], "Bro Ken": "Late Born"}
    assert ask(service.url, headers, faulty).status_code == 422
    with hold():
        assert ask(service.url, headers, named).status_code == 503
    metrics = httpx.get(f"{service.url}/metrics", trust_env=False).text
    service.stop()
    assert "a check failed" in service.log()
    for name in ("Late", "Born", "Bro Ken", "bro ken", "late born", '"broken', "'broken", "soon"):
        assert not any(name in told for told in (service.log(), metrics, said.text))


# --- the ledger takes nothing, the schema is gone


def test_append_that_fails_is_503_and_no_decision(
    serve: Serve, store: Store, headers: Headers
) -> None:
    refuse = "FOR EACH ROW EXECUTE FUNCTION clearpost_append_only()"
    if store.is_sqlite:
        refuse = "BEGIN SELECT RAISE(ABORT, 'no'); END"
    with serve() as url:
        with store.writing() as connection:
            connection.execute(text(f"CREATE TRIGGER no BEFORE INSERT ON ledger {refuse}"))
        for body, check in ((ANA, "photo-consent"), ({"posts": [POST, POST]}, "posts")):
            assert refused(ask(url, headers, body, check), "store-unavailable")
        assert on_ledger(store) == set()
        with store.writing() as connection:
            connection.execute(text(f"DROP TRIGGER no{'' if store.is_sqlite else ' ON ledger'}"))
        assert ask(url, headers, ANA).status_code == 200


@pytest.mark.parametrize("table", ["ledger", "person_names", "api_keys"])
def test_store_without_a_table_is_503(
    serve: Serve, store: Store, headers: Headers, table: str
) -> None:
    with serve() as url:
        with store.writing() as connection:
            connection.execute(text(f"ALTER TABLE {table} RENAME TO elsewhere"))
        named = {"students": [{"name": "Ana Lopez"}]}
        assert refused(ask(url, headers, named), "store-unavailable")
        with store.writing() as connection:
            connection.execute(text(f"ALTER TABLE elsewhere RENAME TO {table}"))
        assert ask(url, headers, named).status_code == 200


# --- given up, and stopped


def test_check_whose_caller_left_is_decided_and_harms_nobody(
    serve: Serve, store: Store, headers: Headers, hold: Hold
) -> None:
    with serve() as url, asking(url, headers) as send:
        with hold():
            first = send()
            until(lambda: waiting(url) == 1)
            with pytest.raises(httpx.ReadTimeout):
                httpx.post(
                    f"{url}/v1/checks/photo-consent", json=ANA, headers=headers, timeout=0.2,
                    trust_env=False,
                )  # fmt: skip
            until(lambda: waiting(url) == 2)
            last = send()
            until(lambda: waiting(url) == 3)
        assert (first.result().status_code, last.result().status_code) == (200, 200)
        until(lambda: waiting(url) == 0)
    assert {first.result().json()["id"], last.result().json()["id"]} < on_ledger(store)
    assert len(on_ledger(store)) == 3


def inquiry(person: str) -> Inquiry:
    pictured = Pictured((PersonRef("/students/0", id=person),))
    return Inquiry(Question(check="photo-consent", pictured=pictured), {}, "test")


def test_cancelled_checks_leave_the_queue_and_the_rest_is_answered(
    settings: Settings, store: Store, hold: Hold
) -> None:
    async def run() -> list[object]:
        pipeline = Pipeline(store, settings)
        pipeline.start()
        with hold():
            asked = [asyncio.create_task(pipeline.ask([inquiry("ana")])) for _ in range(3)]
            await asyncio.sleep(0)
            assert pipeline.depth == 3
            later = [asyncio.create_task(pipeline.ask([inquiry("ben")])) for _ in range(3)]
            await asyncio.sleep(0)
            # One that is being decided, one that waits for its batch.
            for cancelled in (asked[0], later[0]):
                cancelled.cancel()
        results = await asyncio.gather(*asked, *later, return_exceptions=True)
        assert pipeline.depth == 0
        again = asyncio.create_task(pipeline.ask([inquiry("ana")]))
        again.cancel()  # alone, and before it was handed on
        with pytest.raises(asyncio.CancelledError):
            await again
        results += await pipeline.ask([inquiry("ana")])
        await pipeline.close()
        assert pipeline.depth == 0
        return results

    results = asyncio.run(run())
    assert [type(one) for one in results[::3]] == [asyncio.CancelledError] * 2 + [Answer]
    answers = [one[0] for one in results if isinstance(one, list)]
    assert [one.outcome for one in answers if isinstance(one, Answer)] == [
        "allow", "allow", "deny", "deny",
    ]  # fmt: skip


def test_closed_pipeline_answers_what_was_asked_and_takes_no_more(
    settings: Settings, store: Store, hold: Hold
) -> None:
    async def run() -> None:
        pipeline = Pipeline(store, settings.model_copy(update={"batch_requests": 2}))
        with pytest.raises(StoreUnavailableError):
            await pipeline.ask([inquiry("ana")])
        pipeline.start()
        with hold():
            asked = [asyncio.create_task(pipeline.ask([inquiry("ana")])) for _ in range(7)]
            await asyncio.sleep(0)
            closing = asyncio.create_task(pipeline.close())
            await asyncio.sleep(0)
            with pytest.raises(StoreUnavailableError):
                await pipeline.ask([inquiry("ana")])
            assert not closing.done()
        await closing
        assert all(isinstance(task.result()[0], Answer) for task in asked)

    asyncio.run(run())
    assert len(on_ledger(store)) == 7


def test_stopped_service_finishes_what_is_under_way(
    start: Start, store: Store, headers: Headers, hold: Hold
) -> None:
    service = start(busy_timeout_seconds="60", deadline_seconds="60")
    with asking(service.url, headers) as send:
        with hold():
            sent = [send() for _ in range(6)]
            until(lambda: waiting(service.url) == 6)
            service.process.terminate()
            # It has heard once it takes no more connections.
            until(lambda: not listens(service.url))
            assert not any(one.done() for one in sent)
        answers = [one.result() for one in sent]
        assert service.process.wait(timeout=60) == 0
    assert {one.json()["id"] for one in answers} == on_ledger(store)
    assert "Traceback" not in service.log()


def listens(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", trust_env=False).is_success
    except httpx.TransportError:
        return False
