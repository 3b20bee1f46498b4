"""Webhooks, to real receivers: in order, once taken, and to no address that is not public."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from app.database.session import Store
from app.database.tables import ledger
from app.errors import InvalidRequestError
from app.events import deliveries
from app.events.courier import Courier
from app.store.events import endpoints as stored
from tests.certificates import write_certificate
from tests.events.conftest import Clock, Post
from tests.events.receiver import Receiver, receiving
from tests.waiting import until


def numbers(receiver: Receiver) -> list[int]:
    return [int(one["data"]["decision"].removeprefix("d-")) for one in receiver.events]


def fault(post: Post, endpoint: Any) -> Callable[[], str | None]:
    return lambda: post.read(endpoint).fault


def test_events_arrive_in_order_and_are_verified_by_the_library(post: Post) -> None:
    with receiving(Receiver()) as receiver, post.delivering():
        endpoint = post.register(receiver.url)
        post.happen(*range(120))
        until(lambda: len(receiver.bodies) == 120)
    assert numbers(receiver) == list(range(120))
    assert len(set(receiver.ids)) == 120
    verifier = Webhook(post.secret(endpoint))
    for headers, body in zip(receiver.headers, receiver.bodies, strict=True):
        said = verifier.verify(body, headers)
        assert said.keys() == {"id", "type", "timestamp", "data"}
        assert said["type"] == "review.ended"
        assert said["id"] == headers["webhook-id"]
    with pytest.raises(WebhookVerificationError):
        verifier.verify(body.replace(b"d-119", b"d-118"), headers)
    assert headers["content-type"] == "application/json"
    assert "authorization" not in headers


def test_an_endpoint_is_told_of_its_kinds_alone_and_of_nothing_before_it(post: Post) -> None:
    post.happen(1)
    with receiving(Receiver()) as receiver:
        endpoint = post.register(receiver.url, "review.waiting")
        post.happen(2)
        post.happen(3, kind="review.waiting")
        post.happen(4)
        with post.delivering():
            until(lambda: post.read(endpoint).last_number == 4)
    assert numbers(receiver) == [3]


def test_what_is_not_taken_comes_again_before_what_follows(post: Post, clock: Clock) -> None:
    answers = iter([204, 500, 503, 204, 204])
    with receiving(Receiver(lambda *_: next(answers))) as receiver, post.delivering():
        endpoint = post.register(receiver.url)
        post.happen(1, 2, 3)
        until(lambda: post.read(endpoint).tries == 1)
        assert post.read(endpoint).fault == "answered 500"
        first = post.read(endpoint).next_at
        clock.move(seconds=10)
        until(lambda: post.read(endpoint).tries == 2)
        second = post.read(endpoint).next_at
        clock.move(seconds=10)
        until(lambda: len(receiver.bodies) == 5)
        until(lambda: post.read(endpoint).failing_since is None)
    assert numbers(receiver) == [1, 2, 2, 2, 3]
    assert len(set(receiver.ids)) == 3
    assert first is not None
    assert second is not None
    assert second > first


def test_a_receiver_that_was_away_is_told_when_it_is_back(post: Post, clock: Clock) -> None:
    with receiving(Receiver()) as gone:
        endpoint = post.register(gone.url)
    with post.delivering():
        post.happen(1, 2)
        until(lambda: post.read(endpoint).fault == "cannot be reached")
        port = int(gone.url.split(":")[2].split("/")[0])
        with receiving(Receiver(), port) as back:
            clock.move(minutes=5)
            until(lambda: numbers(back) == [1, 2])


def test_a_slow_receiver_delays_nobody(post: Post) -> None:
    with (
        receiving(Receiver()) as slow,
        receiving(Receiver()) as fast,
        post.delivering(),
    ):
        slow.open.clear()
        post.register(slow.url)
        post.register(fast.url)
        post.happen(*range(30))
        until(lambda: len(fast.bodies) == 30)
        assert len(slow.bodies) == 1
        slow.open.set()
        until(lambda: len(slow.bodies) == 30)
    assert numbers(slow) == numbers(fast) == list(range(30))


def test_a_redirect_is_not_followed(post: Post) -> None:
    with receiving(Receiver()) as other, receiving(Receiver(307)) as receiver, post.delivering():
        receiver.more["Location"] = other.url
        endpoint = post.register(receiver.url)
        post.happen(1)
        until(fault(post, endpoint))
        assert post.read(endpoint).fault == "sends us elsewhere (307); that is refused"
    assert other.bodies == []


def test_who_answers_too_slowly_is_left(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then keeps a connection, and no more than that."""
    monkeypatch.setattr(deliveries, "SECONDS", 0.5)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener, post.delivering():

        def dribble() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=dribble)
        thread.start()
        endpoint = post.register(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        post.happen(1)
        until(fault(post, endpoint))
        assert post.read(endpoint).fault == "did not answer in time"
        stop.set()
        thread.join()


def test_what_is_taken_is_taken_however_long_the_rest_is(post: Post) -> None:
    """The status is the answer; an endless body is not read to its end."""
    with socket.create_server(("127.0.0.1", 0)) as listener, post.delivering():
        ended = threading.Event()

        def pour() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n")
                try:
                    while True:
                        connection.sendall(b"x" * 65_536)
                except OSError:
                    ended.set()

        thread = threading.Thread(target=pour)
        thread.start()
        endpoint = post.register(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        post.happen(1)
        until(lambda: post.read(endpoint).delivered_at)
        until(ended.is_set)
        thread.join()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://127.0.0.1/hook", "not public"),
        ("https://localhost/hook", "not public"),
        ("https://10.1.2.3/hook", "not public"),
        ("https://100.64.0.1/", "not public"),
        ("https://192.0.0.8/", "not public"),
        ("https://168.63.129.16/", "not public"),
        ("https://169.254.169.254/latest/meta-data", "not public"),
        ("https://224.0.0.251/", "not public"),
        ("https://0.0.0.0/", "not public"),
        ("https://127.1/", "not public"),
        ("https://0x7f000001/", "not public"),
        ("https://[::1]/", "not public"),
        ("https://[::ffff:127.0.0.1]/", "not public"),
        ("https://[::ffff:10.0.0.1]/", "not public"),
        ("https://[64:ff9b::a00:1]/", "not public"),
        ("https://[2002:7f00:1::]/", "not public"),
        ("https://[fd00::1]/", "not public"),
        ("https://[fe80::1]/", "not public"),
        ("https://[ff02::1]/", "not public"),
        ("https://[::10.0.0.1]/", "not public"),
        ("http://8.8.8.8/hook", "https"),
        ("ftp://8.8.8.8/hook", "https"),
        ("https://someone:secret@8.8.8.8/", "user"),
        ("https://nobody.invalid/", "not known"),
        ("https://", "not an address"),
        ("hooks", "not an address"),
    ],
)
def test_an_address_that_is_not_for_us_is_refused_at_the_registration(
    post: Post, url: str, why: str
) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        refuse(post, url)
    (told,) = refused.value.errors
    assert told["at"] == "/url"
    assert why in told["message"]
    assert "secret" not in told["message"]


def refuse(post: Post, url: str) -> None:
    post.settings = post.settings.model_copy(update={"webhook_networks": ()})
    post.register(url)


def test_an_address_is_looked_at_again_at_each_delivery(post: Post, clock: Clock) -> None:
    with receiving(Receiver()) as receiver:
        endpoint = post.register(receiver.url)
        post.happen(1)
        with post.delivering(webhook_networks=()):
            until(fault(post, endpoint))
            assert "not public" in str(post.read(endpoint).fault)
            clock.move(minutes=5)
            until(lambda: post.read(endpoint).tries == 2)
        assert receiver.bodies == []


def test_a_name_is_looked_up_once_and_called_by_what_was_looked_at(
    post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that stands for something else a moment later gains nothing; TLS is for the name."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def answer(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if host in {"hooks.test", b"hooks.test"}:
            asked.append("hooks.test")
            host = "127.0.0.1" if len(asked) % 2 else "127.0.0.9"
        return real(host, port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    pem = write_certificate(tmp_path / "hooks.pem", "hooks.test")
    with receiving(Receiver(), certificate=pem, host="hooks.test") as receiver:
        endpoint = post.register(receiver.url)
        assert asked.pop()
        with post.delivering(webhook_authorities=pem):
            post.happen(1)
            until(lambda: receiver.bodies or post.read(endpoint).fault)
            until(lambda: post.read(endpoint).last_number == 1)
        assert asked == ["hooks.test"]
        assert receiver.headers[0]["host"] == receiver.url.split("/")[2]


@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_of_nobody_or_of_another_name_is_refused(
    post: Post, tmp_path: Path, *, trusted: bool
) -> None:
    pem = write_certificate(tmp_path / "other.pem", "127.0.0.1" if not trusted else "127.0.0.2")
    authorities = {"webhook_authorities": pem} if trusted else {}
    with (
        receiving(Receiver(), certificate=pem) as receiver,
        post.delivering(**authorities),
    ):
        endpoint = post.register(receiver.url)
        post.happen(1)
        until(fault(post, endpoint))
        assert post.read(endpoint).fault == "its certificate could not be verified"
    assert receiver.bodies == []


def test_both_secrets_sign_while_one_is_replaced(post: Post) -> None:
    with receiving(Receiver()) as receiver, post.delivering():
        endpoint = post.register(receiver.url)
        old = post.secret(endpoint)
        with post.store.writing() as connection:
            stored.rotate_secret(connection, post.actor(), endpoint.id, timedelta(hours=24))
        new = post.secret(endpoint)
        assert old != new
        assert new.startswith("whsec_")
        post.happen(1)
        until(lambda: len(receiver.bodies) == 1)
        for secret in (old, new):
            assert Webhook(secret).verify(receiver.bodies[0], receiver.headers[0])
    assert len(receiver.headers[0]["webhook-signature"].split(" ")) == 2


def test_after_the_overlap_the_new_secret_signs_alone(post: Post) -> None:
    with receiving(Receiver()) as receiver, post.delivering():
        endpoint = post.register(receiver.url)
        old = post.secret(endpoint)
        with post.store.writing() as connection:
            stored.rotate_secret(connection, post.actor(), endpoint.id, timedelta(0))
        post.happen(1)
        until(lambda: len(receiver.bodies) == 1)
        assert Webhook(post.secret(endpoint)).verify(receiver.bodies[0], receiver.headers[0])
        with pytest.raises(WebhookVerificationError):
            Webhook(old).verify(receiver.bodies[0], receiver.headers[0])


def kinds_on_ledger(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.scalars(select(ledger.c.kind)))


def test_one_that_fails_for_three_days_is_switched_off_and_goes_on_when_it_is_on(
    post: Post, clock: Clock
) -> None:
    down = threading.Event()
    down.set()
    answer = lambda *_: 500 if down.is_set() else 200  # noqa: E731
    with receiving(Receiver(answer)) as receiver, post.delivering():
        endpoint = post.register(receiver.url)
        post.happen(1, 2)
        until(fault(post, endpoint))
        for days in (3.1, 0.1, 0.1):  # as if the service had been away: it tries some more
            before = post.read(endpoint).tries
            clock.move(days=days)
            until(lambda before=before: post.read(endpoint).tries > before)  # type: ignore[misc]
        assert post.read(endpoint).state == "on"
        clock.move(days=0.1)
        until(lambda: post.read(endpoint).state == "off")
        assert "event_endpoint.switched_off" in kinds_on_ledger(post.store)
        down.clear()
        post.happen(3)
        with post.store.writing() as connection:
            stored.enable_endpoint(connection, post.actor(), endpoint.id)
        until(lambda: post.read(endpoint).last_number == 3)
    assert numbers(receiver)[-3:] == [1, 2, 3]
    assert post.read(endpoint).fault is None


def test_one_that_is_gone_is_switched_off_at_once(post: Post) -> None:
    with receiving(Receiver(410)) as receiver, post.delivering():
        endpoint = post.register(receiver.url)
        post.happen(1, 2)
        until(lambda: post.read(endpoint).state == "off")
    assert numbers(receiver) == [1]
    assert post.read(endpoint).fault == "answered 410"


_DELIVER = """
import sys, threading
from app.database.session import Store
from app.events.courier import Courier
from app.settings import Settings
settings = Settings.load()
Courier(Store(settings.database_url), settings).start()
threading.Event().wait()
"""


def test_what_a_killed_process_did_not_deliver_the_next_one_does(post: Post, clock: Clock) -> None:
    """Killed with the delivery under way: nobody knows whether it was taken, so it comes again."""
    with receiving(Receiver()) as receiver:
        receiver.open.clear()
        endpoint = post.register(receiver.url)
        post.happen(1, 2)
        environment = {
            "CLEARPOST_DATABASE_URL": post.settings.database_url,
            "CLEARPOST_WEBHOOK_NETWORKS": "127.0.0.0/8",
            "CLEARPOST_SIGNING_KEY_FILE": str(post.settings.signing_key_file),
        }
        killed = subprocess.Popen([sys.executable, "-c", _DELIVER], env=environment)
        until(lambda: receiver.bodies)
        killed.kill()
        killed.wait()
        receiver.open.set()
        assert post.read(endpoint).last_number == 0
        with post.delivering():
            clock.move(seconds=31)  # the lease of the one that is gone
            until(lambda: post.read(endpoint).last_number == 2)
    assert numbers(receiver) == [1, 1, 2]


def test_of_several_processes_one_delivers_and_order_is_kept(
    post: Post,
) -> None:
    with receiving(Receiver()) as receiver, post.delivering(), post.delivering():
        post.register(receiver.url)
        post.happen(*range(60))
        until(lambda: len(receiver.bodies) >= 60)
    assert numbers(receiver) == list(range(60))


def test_a_courier_ends_while_a_receiver_holds_it(post: Post) -> None:
    with receiving(Receiver()) as receiver:
        receiver.open.clear()
        endpoint = post.register(receiver.url)
        post.happen(1)
        courier = Courier(post.store, post.settings)
        courier.start()
        until(lambda: receiver.bodies)
        courier.close()
        with post.store.reading() as connection:
            assert stored.find_due(connection, post.store.now(), "another") == [endpoint.id]
