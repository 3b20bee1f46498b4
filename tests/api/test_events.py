"""`GET /v1/events` over HTTP: what is told to whom, where it goes on, and how it waits."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.database.session import Store
from app.events import waits
from app.main import create_app
from app.settings import Settings
from app.store.events.records import EVERYBODY, purge_events, record_event
from app.store.ledger.changes import Actor
from app.store.service import import_records, keys
from tests.api.offices import For, Headers
from tests.conftest import MakeKey
from tests.service import serving
from tests.waiting import until

MAPLE = {"platform": "facebook", "handle": "maple"}
POST = {"account": MAPLE, "author": {"id": "tess"}, "purpose": "school", "text": "Crap weather."}
Told = dict[str, Any]
ENDPOINTS = "/v1/events/endpoints"


class Feed:
    """One reader of events, who goes on where the last answer ended."""

    def __init__(self, client: httpx.Client, headers: Headers) -> None:
        self.client, self.headers = client, headers
        self.cursor: str | None = None

    def ask(self, **query: Any) -> httpx.Response:
        given = {"after": self.cursor, **query}
        params = {name: value for name, value in given.items() if value is not None}
        return self.client.get("/v1/events", params=params, headers=self.headers)

    def next(self, **query: Any) -> list[Told]:
        answer = self.ask(**query)
        assert answer.status_code == 200, answer.text
        self.cursor = answer.json()["next_cursor"]
        items: list[Told] = answer.json()["items"]
        return items

    def kinds(self) -> list[str]:
        return [one["kind"] for one in self.next()]


@pytest.fixture
def feed(client: httpx.Client, for_: For) -> Feed:
    return Feed(client, for_(None, scopes=("events:read",)))


def check(client: httpx.Client, headers: Headers, **more: Any) -> Told:
    answer = client.post("/v1/checks/post", json={**POST, **more}, headers=headers)
    assert answer.status_code == 200, answer.text
    said: Told = answer.json()
    return said


def tell(store: Store, number: int, audience: str | None = None) -> None:
    with store.writing() as connection:
        data = {"decision": f"d-{number}"}
        record_event(connection, "review.ended", store.now(), data, audience=audience)


def named(items: list[Told]) -> list[int]:
    return [int(one["data"]["decision"].removeprefix("d-")) for one in items]


def test_what_happens_is_told_in_order_with_ids_alone(
    client: httpx.Client, for_: For, feed: Feed, store: Store
) -> None:
    asks = for_(None, scopes=("check",))
    waiting = check(client, asks)
    assert waiting["outcome"] == "review"
    allowed = check(client, asks, text="The choir sang.", clearance=True)
    shown = client.get(f"/v1/reviews/{waiting['id']}", headers=for_("dora")).json()["shown"]
    client.post(
        f"/v1/decisions/{waiting['id']}/resolve", headers=for_("dora"),
        json={"outcome": "deny", "reason": "Ana Lopez would mind.", "shown": shown},
    ).raise_for_status()  # fmt: skip
    accounts = client.get("/v1/accounts", headers=for_("dora")).json()["items"]
    ident = next(one["id"] for one in accounts if one["handle"] == "maple")
    client.post(
        f"/v1/accounts/{ident}/status", headers={**for_("dora"), "If-Match": "*"},
        json={"status": "suspended", "reason": "Ben Park"},
    ).raise_for_status()  # fmt: skip
    with store.writing() as connection:
        actor = Actor("cli", None, store.now())
        held = import_records.create_import(connection, actor)
        import_records.change_import(connection, held.id, actor.at, state="held")
    told: list[Told] = []
    until(lambda: told.extend(feed.next()) or len(told) >= 5)
    told.sort(key=lambda one: one["kind"] == "clearance.revoked")  # the recall takes its time
    assert [one["kind"] for one in told] == [
        "review.waiting", "review.ended", "account.status_changed", "import.held",
        "clearance.revoked",
    ]  # fmt: skip
    data = [one["data"] for one in told]
    assert data[:4] == [
        {"decision": waiting["id"]},
        {"decision": waiting["id"], "outcome": "deny"},
        {"account": ident, "status": "suspended"},
        {"import": held.id},
    ]
    assert data[4] == {
        "clearance": allowed["clearance"]["id"], "decision": allowed["id"],
        "reason": data[4]["reason"],
    }  # fmt: skip
    assert "account." in data[4]["reason"]
    text = str(told)
    assert not any(word in text for word in ("Ana", "Ben", "Tess", "tess", "dora", "Crap"))
    assert feed.next() == []


def test_a_cursor_goes_on_and_is_there_without_any_events(store: Store, feed: Feed) -> None:
    assert feed.next() == []
    for number in range(5):
        tell(store, number)
    assert named(feed.next(limit=2)) == [0, 1]
    again = Feed(feed.client, feed.headers)
    again.cursor = feed.cursor
    assert named(feed.next()) == named(again.next()) == [2, 3, 4]
    assert feed.next() == []
    tell(store, 5)
    assert named(feed.next()) == [5]


@pytest.mark.parametrize(
    ("query", "field"),
    [({"after": "x"}, "after"), ({"after": "WyJhIl0"}, "after"), ({"wait": 31}, "wait"),
     ({"wait": -1}, "wait"), ({"limit": 0}, "limit"), ({"cursor": "x"}, "")],
)  # fmt: skip
def test_what_cannot_be_read_is_named(feed: Feed, query: Told, field: str) -> None:
    answer = feed.ask(**query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == field


def test_events_that_are_gone_are_told_and_not_passed_over(store: Store, feed: Feed) -> None:
    tell(store, 1)
    feed.next()
    kept = feed.cursor
    tell(store, 2)
    with store.writing() as connection:
        later = store.now() + timedelta(days=31)
        assert purge_events(connection, later, 100) == 1
    answer = feed.ask()
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/events-gone")
    feed.cursor = None
    assert named(feed.next()) == [2]
    assert feed.cursor != kept


def test_a_key_of_schools_hears_of_what_it_asked_and_of_accounts_alone(
    client: httpx.Client, for_: For, store: Store, make_key: MakeKey
) -> None:
    scopes = ("check", "events:read")
    own = make_key(scopes=scopes, schools=["maple"])
    mine = {"Authorization": f"Bearer {own.secret}"}
    other = for_(None, scopes=scopes, schools=("birch",))
    first, elsewhere = check(client, mine), check(client, other, text="Damn cold.")
    assert first["outcome"] == elsewhere["outcome"] == "review"
    tell(store, 1)
    tell(store, 2, audience=EVERYBODY)
    reader = Feed(client, mine)
    heard = [one["data"]["decision"] for one in reader.next()]
    assert heard == [first["id"], "d-2"]
    assert [one["data"]["decision"] for one in Feed(client, other).next()] == [
        elsewhere["id"], "d-2",
    ]  # fmt: skip
    with store.writing() as connection:
        rotated = keys.rotate_key(connection, own.id, timedelta(hours=1), store.now())
    reader.headers = {"Authorization": f"Bearer {rotated.secret}"}
    again = check(client, mine, text="Crap, rain again.")
    assert [one["data"]["decision"] for one in reader.next()] == [again["id"]]
    late = check(client, reader.headers, text="Crap, snow now.")
    assert [one["data"]["decision"] for one in Feed(client, mine).next()][-1] == late["id"]


def test_a_reader_needs_the_scope_and_no_widget_has_it(client: httpx.Client, for_: For) -> None:
    others = tuple(one for one in keys.SCOPES if one != "events:read")
    assert Feed(client, for_(None, scopes=others)).ask().status_code == 403


@contextmanager
def waiting(feed: Feed, service: str, seconds: int = 30) -> Iterator["Future[httpx.Response]"]:
    """A request that waits for events, on a thread and a connection of its own."""
    with (
        ThreadPoolExecutor(1) as pool,
        httpx.Client(base_url=service, timeout=60) as client,
    ):
        reader = Feed(client, feed.headers)
        reader.cursor = feed.cursor
        yield pool.submit(reader.ask, wait=seconds)


def count_waiting(application: Any) -> int:
    found: int = application.state.service.waits._waiting.total()
    return found


def test_a_wait_ends_with_the_commit(
    service: str, application: Any, feed: Feed, store: Store
) -> None:
    with waiting(feed, service) as answer:
        until(lambda: count_waiting(application) == 1)
        assert not answer.done()
        tell(store, 1)
        assert named(answer.result().json()["items"]) == [1]


def test_a_wait_ends_with_the_commit_of_another_process(
    service: str, application: Any, feed: Feed, settings: Settings
) -> None:
    other = Store(settings.database_url)  # its bell is heard by nobody here
    with waiting(feed, service) as answer:
        until(lambda: count_waiting(application) == 1)
        tell(other, 1)
        assert named(answer.result().json()["items"]) == [1]
    other.close()


def test_a_wait_for_what_does_not_come_ends_empty_with_a_cursor(
    service: str, feed: Feed, store: Store
) -> None:
    tell(store, 1)
    feed.next()
    with waiting(feed, service, seconds=1) as answer:
        said = answer.result().json()
    assert said["items"] == []
    feed.cursor = said["next_cursor"]
    tell(store, 2)
    assert named(feed.next()) == [2]


def test_waits_end_when_the_service_does(settings: Settings, store: Store, feed: Feed) -> None:
    app = create_app(settings, store=store)
    with ThreadPoolExecutor(1) as pool, httpx.Client(timeout=60) as client:
        with serving(app) as url:
            client.base_url = httpx.URL(url)
            answer = pool.submit(Feed(client, feed.headers).ask, wait=30)
            until(lambda: count_waiting(app) == 1)
        assert answer.result().status_code == 200  # within the two seconds that requests are given
        assert answer.result().json()["items"] == []


def test_a_key_that_ends_hears_nothing_more(
    service: str, application: Any, client: httpx.Client, store: Store, make_key: MakeKey
) -> None:
    key = make_key(scopes=("events:read",))
    feed = Feed(client, {"Authorization": f"Bearer {key.secret}"})
    with waiting(feed, service) as answer:
        until(lambda: count_waiting(application) == 1)
        with store.writing() as connection:
            keys.revoke_key(connection, key.id, datetime.now(UTC))
        until(lambda: feed.ask().status_code == 401)
        tell(store, 1)
        assert answer.result().status_code == 401


def test_a_key_waits_so_often_at_once_and_no_thread_is_taken(
    service: str, application: Any, client: httpx.Client, feed: Feed, store: Store, for_: For
) -> None:
    many = [for_(None, scopes=("events:read",), name=f"k{n}") for n in range(3)]
    with ThreadPoolExecutor(40) as pool, httpx.Client(base_url=service, timeout=60) as others:
        asked = [
            pool.submit(Feed(others, one).ask, wait=30)
            for one in many
            for _ in range(waits.MOST_OF_A_KEY)
        ]
        until(lambda: count_waiting(application) == 3 * waits.MOST_OF_A_KEY)
        refused = Feed(client, many[0]).ask(wait=30)
        assert refused.status_code == 429
        assert refused.json()["type"] == "/problems/too-many-waits"
        assert int(refused.headers["Retry-After"]) > 0
        assert Feed(client, many[0]).ask().status_code == 200  # it does not wait
        orgs = client.get("/v1/orgs", headers=for_(None))
        assert orgs.status_code == 200
        tell(store, 1)
        assert {named(one.result().json()["items"])[0] for one in asked} == {1}
    until(lambda: count_waiting(application) == 0)


def test_who_leaves_gives_the_place_back(service: str, application: Any, feed: Feed) -> None:
    with httpx.Client(base_url=service, timeout=0.3) as client:
        for _ in range(2):
            with pytest.raises(httpx.ReadTimeout):
                Feed(client, feed.headers).ask(wait=30)
    until(lambda: count_waiting(application) == 0)


def test_endpoints_are_the_administrators(settings: Settings, store: Store, for_: For) -> None:
    """Registered, listed, rotated, removed; the secret is told twice: once each time it is made."""
    listed = settings.model_copy(update={"webhook_networks": ("127.0.0.0/8",)})
    admin = for_("sue", scopes=("admin",))
    url = "https://127.0.0.1:1/hook"
    with (
        serving(create_app(listed, store=store)) as service,
        httpx.Client(base_url=service, headers=admin, timeout=60) as client,
    ):
        made = client.post(ENDPOINTS, json={"url": url, "kinds": ["import.held"]})
        assert made.status_code == 201, made.text
        assert made.json()["secret"].startswith("whsec_")
        ident = made.json()["id"]
        assert client.post(ENDPOINTS, json={"url": url}).status_code == 409
        (one,) = client.get(ENDPOINTS).json()["items"]
        assert (one["state"], one["waiting"], "secret" in one) == ("on", 0, False)
        rotated = client.post(f"{ENDPOINTS}/{ident}/rotate", json={})
        assert rotated.json()["secret"] not in {made.json()["secret"], None}
        assert client.post(f"{ENDPOINTS}/{ident}/rotate", json={}).status_code == 409
        assert client.post(f"{ENDPOINTS}/{ident}/enable").json()["state"] == "on"
        assert client.post(f"{ENDPOINTS}/{ident}/remove").status_code == 200
        assert client.post(f"{ENDPOINTS}/{ident}/remove").status_code == 404
        assert client.get(ENDPOINTS).json()["items"] == []


def test_an_address_that_is_not_public_is_refused_by_the_name_of_its_field(
    client: httpx.Client, for_: For
) -> None:
    answer = client.post(
        ENDPOINTS, json={"url": "https://localhost/secret-path"},
        headers=for_("sue", scopes=("admin",)),
    )  # fmt: skip
    assert answer.status_code == 422
    (told,) = answer.json()["errors"]
    assert (told["at"], told["code"]) == ("/url", "address")
    assert "secret-path" not in answer.text
