"""A key that replaces another goes on as its predecessor: what is its own stays so; both stores."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from app.database.session import Store
from app.settings import Settings
from app.store.service import keys
from tests.conftest import MakeKey
from tests.district import found
from tests.store.conftest import backend, postgres, postgres_template, store_url

__all__ = ["backend", "postgres", "postgres_template", "store_url"]

CAP = 4
DAY = timedelta(days=1)
POST = {
    "account": {"platform": "facebook", "handle": "maple"}, "purpose": "school",
    "text": "Our fall concert is on Friday", "author": {"id": "mia"},
    "media": [{"kind": "photo", "rights": "own", "sha256": "ab" * 32}],
}  # fmt: skip
HOLD = {"person_id": "ana", "decision": "refuse", "capacity": "office_hold",
        "signed_on": "2026-03-03"}  # fmt: skip


class Member(NamedTuple):
    """A key of a chain, and a client that has it."""

    id: str
    client: httpx.Client


Chain = Callable[..., list[Member]]


@pytest.fixture
def settings(store_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=store_url,
        signing_key_file=tmp_path / "signing-key.pem",
        import_spool=tmp_path / "spool",
        people_per_day=CAP,
    )


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store(store_url)
    with opened.writing() as connection:
        found(connection)
    yield opened
    opened.close()


@pytest.fixture
def chain(service: str, store: Store, make_key: MakeKey) -> Iterator[Chain]:
    """A key and three that replace one another; with an overlap of a day, or of none."""
    opened = ExitStack()

    def rotated(overlap: timedelta = DAY, **rights: Any) -> list[Member]:
        made = [make_key(**rights)]
        for _ in range(3):
            with store.writing() as connection:
                made.append(keys.rotate_key(connection, made[-1].id, overlap, store.now()))
        clients = [opened.enter_context(client_of(service, one)) for one in made]
        return [Member(one.id, client) for one, client in zip(made, clients, strict=True)]

    with opened:
        yield rotated


def client_of(service: str, key: keys.NewKey) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key.secret}"}
    return httpx.Client(base_url=service, headers=headers, timeout=30, trust_env=False)


def asked(client: httpx.Client) -> str:
    """The id of a decision to be reviewed."""
    answer = client.post("/v1/checks/post", json=POST)
    assert answer.json()["outcome"] == "review", answer.text
    return str(answer.json()["id"])


def seen(client: httpx.Client, decision_id: str) -> list[Any]:
    """Whether each of the ways to a decision of one's own leads there."""
    found = client.post("/v1/decisions/search", json={}).json()["items"]
    waiting = client.post("/v1/reviews/search", json={}).json()["items"]
    return [
        client.get(f"/v1/decisions/{decision_id}").status_code == 200,
        client.get(f"/v1/reviews/{decision_id}").status_code == 200,
        client.get(f"/v1/decisions/{decision_id}/messages").status_code == 200,
        decision_id in {one["id"] for one in found},
        decision_id in {one["decision_id"] for one in waiting},
    ]


def test_each_of_a_chain_reads_what_any_of_it_asked(chain: Chain) -> None:
    members = chain(schools=["maple"])
    for asker in members:
        decision_id = asked(asker.client)
        for reader in members:
            assert seen(reader.client, decision_id) == [True] * 5


def test_successor_goes_on_once_the_old_key_has_ended(
    service: str, store: Store, make_key: MakeKey
) -> None:
    old = make_key(schools=["maple"])
    with client_of(service, old) as first:
        decision_id = asked(first)
        with store.writing() as connection:
            new = keys.rotate_key(connection, old.id, timedelta(0), store.now())
            keys.revoke_key(connection, old.id, store.now())
        with client_of(service, new) as second:
            assert seen(second, decision_id) == [True] * 5


def test_another_key_with_the_same_rights_reads_nothing_of_it(
    service: str, chain: Chain, make_key: MakeKey
) -> None:
    members = chain(schools=["maple"])
    decision_id = asked(members[0].client)
    with client_of(service, make_key(schools=["maple"])) as stranger:
        assert seen(stranger, decision_id) == [False] * 5


def test_who_asked_answers_a_question_with_the_next_key(
    service: str, chain: Chain, make_key: MakeKey
) -> None:
    members = chain(person_id="mia", schools=["maple"])
    decision_id = asked(members[0].client)
    with client_of(service, make_key(person_id="dora")) as office:
        path = f"/v1/decisions/{decision_id}"
        assert office.post(f"{path}/questions", json={"text": "Whose?"}).status_code == 201
    answer = members[3].client.post(f"{path}/answers", json={"text": "Mine"})
    assert answer.status_code == 201, answer.text


def test_request_that_was_sent_with_the_old_key_is_repeated_with_the_next(chain: Chain) -> None:
    first, *_, last = chain()
    headers = {"Idempotency-Key": "once"}
    sent = first.client.post("/v1/releases", json=release(), headers=headers)
    assert sent.status_code == 201, sent.text
    again = last.client.post("/v1/releases", json=release(), headers=headers)
    assert (again.status_code, again.text) == (201, sent.text)
    assert again.headers["Idempotency-Replayed"] == "true"
    body = {**release(), "name": "Zoe Quill"}
    other = last.client.post("/v1/releases", json=body, headers=headers)
    assert other.json()["type"] == "/problems/idempotency-key-reused"


def release() -> dict[str, Any]:
    return {"name": "Zed Quill", "channel": "all", "effective_from": "2026-01-02"}


def test_hold_sent_again_with_the_next_key_is_the_one_on_file(
    service: str, chain: Chain, make_key: MakeKey
) -> None:
    members = chain()
    first = members[0].client.post("/v1/consents", json=HOLD)
    assert first.status_code == 201, first.text
    again = members[3].client.post("/v1/consents", json=HOLD)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    with client_of(service, make_key()) as other:
        theirs = other.post("/v1/consents", json=HOLD)
        assert (theirs.status_code, theirs.json()["id"] == first.json()["id"]) == (201, False)


def test_rotation_brings_no_second_day_of_people(chain: Chain) -> None:
    members = chain(scopes=["check"])

    def ask(member: Member, *ids: str) -> int:
        body = {"students": [{"id": one} for one in ids]}
        return member.client.post("/v1/checks/photo-consent", json=body).status_code

    assert ask(members[0], "p-1", "p-2", "p-3") == 200
    assert ask(members[1], "p-4", "p-5") == 429
    assert ask(members[1], "p-4") == 200
    assert ask(members[3], "p-5") == 429
    assert ask(members[3], "p-1", "p-4") == 200
    assert ask(members[0], "p-5") == 429
