"""Webhooks and mail on both stores; all else of them is tried in `tests/events`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.database.session import Store
from app.settings import Settings
from tests.cli.mailbox import Mailbox, running
from tests.events.conftest import Clock, Post
from tests.events.receiver import Receiver, receiving
from tests.events.test_letters import ADDRESSES, Office
from tests.waiting import until


@pytest.fixture
def post(store_url: str, tmp_path: Path) -> Iterator[Post]:
    clock = Clock()
    store = Store(store_url, clock=clock)
    key = tmp_path / "signing-key.pem"
    listed = Settings(
        database_url=store_url, signing_key_file=key, webhook_networks=("127.0.0.0/8",)
    )
    yield Post(store, listed, clock)
    store.close()


def test_of_several_processes_one_delivers_and_order_is_kept(post: Post) -> None:
    answers = iter([204, 500])
    with (
        receiving(Receiver(lambda *_: next(answers, 204))) as receiver,
        post.delivering(),
        post.delivering(),
    ):
        endpoint = post.register(receiver.url)
        post.happen(*range(20))
        until(lambda: post.read(endpoint).tries == 1)
        post.clock.move(seconds=10)
        until(lambda: post.read(endpoint).last_number == 20)
        until(lambda: post.read(endpoint).fault is None)
    said = [int(one["data"]["decision"].removeprefix("d-")) for one in receiver.events]
    assert said == [0, 1, *range(1, 20)]


def test_a_review_is_told_by_mail_once(post: Post) -> None:
    with running(Mailbox()) as box:
        mailing = {
            "mail_reviews": True, "mail_from": "clearpost@district.example",
            "mail_server": box.address, "mail_security": "none",
        }  # fmt: skip
        office = Office(post.store, post.clock, box, post.settings.model_copy(update=mailing))
        first = office.ask("Crap.")
        assert set(office.send()) == {ADDRESSES["dora"], ADDRESSES["dee"]}
        office.end(first)
        post.clock.move(minutes=16)
        office.ask("Crap, again.")
        assert first not in office.send()[ADDRESSES["dora"]]
