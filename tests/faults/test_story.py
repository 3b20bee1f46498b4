"""A post's life, with real processes: declared, cleared, refused, recalled, told, taken down.

The service and the scheduler's gate are processes of their own; the scheduler, after the wire
format of Postiz, and the receiver of webhooks are servers beside them.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select
from standardwebhooks import Webhook

from app.database import tables as t
from app.database.session import Store
from tests.clients.conftest import serving_other
from tests.clients.postiz_server import KEY, Postiz
from tests.clients.running import proxying
from tests.conftest import MakeKey
from tests.events.receiver import Receiver, receiving
from tests.faults.conftest import Service, Start
from tests.waiting import until

CHANNEL = "cm4ean69r0003w8w1cdomox9n"
MAPLE = {"platform": "facebook", "handle": "maple"}
PICTURES = {f"/uploads/{name}.png": b"\x89PNG a picture " + name.encode() for name in "ab"}
OUT, PLANNED = "The choir sang.", "The band will play."
Body = dict[str, Any]


class Town:
    """Everybody in the story: the service, which may be another process later, and their keys."""

    def __init__(self, start: Start, make_key: MakeKey) -> None:
        self._start, self._make_key = start, make_key
        self.service: Service = self.open()

    def open(self) -> Service:
        self.service = self._start(webhook_networks="127.0.0.0/8")
        return self.service

    def key(self, person_id: str | None, *scopes: str) -> str:
        return self._make_key(person_id=person_id, scopes=scopes).secret

    def ask(self, method: str, path: str, key: str, body: Body | None = None) -> Body:
        answer = httpx.request(
            method, f"{self.service.url}{path}", json=body, timeout=60, trust_env=False,
            headers={"Authorization": f"Bearer {key}"},
        )  # fmt: skip
        assert answer.status_code < 300, answer.text
        said: Body = answer.json()
        return said

    def declare(self, picture: str) -> None:
        """A teacher says on the phone who is in a picture."""
        self.ask("POST", "/v1/declarations", self.key("tess", "declarations:write"), {
            "purpose": "school", "pictured": {"students": [{"id": "ana"}]},
            "media": [{"kind": "photo", "rights": "own", "alt_text": "A choir",
                       "sha256": digest(picture)}],
        })  # fmt: skip

    def refuse(self) -> None:
        """A mother says no."""
        self.ask("POST", "/v1/consents", self.key("dora", "consents:write"), {
            "person_id": "ana", "decision": "refuse", "capacity": "guardian",
            "given_by": {"name": "Robin Example"}, "signed_on": "2026-01-05",
        })  # fmt: skip

    def clear(self, text: str, picture: str, at: datetime) -> str:
        tool = self.key("tess", "check")
        said = self.ask("POST", "/v1/checks/post", tool, {
            "account": MAPLE, "purpose": "school", "text": text, "clearance": True,
            "publish_at": at.isoformat(),
            "media": [{"kind": "photo", "rights": "own", "sha256": digest(picture)}],
        })  # fmt: skip
        assert said["outcome"] == "allow", said
        return str(said["clearance"]["id"])

    def verify(self, clearance: str, text: str, picture: str) -> Body:
        return self.ask("POST", f"/v1/clearances/{clearance}/verify", self.key("tess", "check"), {
            "account": MAPLE, "text": text, "media": [digest(picture)],
        })  # fmt: skip

    def report(self, clearance: str, text: str, picture: str) -> Body:
        return self.ask("POST", "/v1/posts/published", self.key(None, "published:write"), {
            "account": MAPLE, "external_id": "77", "text": text, "media": [digest(picture)],
            "published_at": datetime.now(UTC).isoformat(), "clearance": clearance,
        })  # fmt: skip

    def take_down(self) -> None:
        """Communications finds the work, does it, and says so; it shows in the child's list."""
        office = self.key("dora", "decisions:read", "published:write")
        (work,) = self.ask("GET", "/v1/takedowns?state=open", office)["items"]
        done = self.ask("POST", f"/v1/takedowns/{work['id']}/confirm", office, {})
        assert done["state"] == "confirmed"
        asked = {"person_id": "ana"}
        shown = self.ask("POST", "/v1/people/published", self.key("dora", "people:read"), asked)
        (post,) = shown["items"]
        assert (post["state"], post["takedown"], post["parts"]) == (
            "allowed", "confirmed", ["pictured"]
        )  # fmt: skip

    def register(self, receiver: Receiver) -> str:
        body = {"url": receiver.url, "kinds": ["clearance.revoked", "takedown.opened"]}
        made = self.ask("POST", "/v1/events/endpoints", self.key("dora", "admin"), body)
        return str(made["secret"])


def digest(picture: str) -> str:
    return hashlib.sha256(PICTURES[f"/uploads/{picture}.png"]).hexdigest()


def hears(receiver: Receiver) -> set[str]:
    return {one["type"] for one in receiver.events}


@pytest.fixture
def town(store: Store, start: Start, make_key: MakeKey) -> Town:
    with store.writing() as connection:
        named = select(t.accounts.c.id).where(t.accounts.c.handle_key == "maple")
        alias = {"system": "postiz", "value": CHANNEL, "account_id": connection.scalar(named)}
        connection.execute(insert(t.account_aliases).values(alias))
    return Town(start, make_key)


@pytest.mark.repeats_on_postgresql
def test_a_post_is_recalled_before_it_is_out_and_taken_down_after(
    town: Town, tmp_path: Path
) -> None:
    postiz, receiver = Postiz(), Receiver()
    postiz.uploads |= PICTURES
    known = {
        "LANG": "C.UTF-8", "no_proxy": "*", "GATE_CLEARPOST_URL": town.service.url,
        "GATE_CLEARPOST_KEY": town.key(
            "tess", "check", "events:read", "published:write"
        ),
    }  # fmt: skip
    with serving_other(postiz.app) as url, receiving(receiver):
        secret = town.register(receiver)
        for picture in "ab":
            town.declare(picture)
        soon = datetime.now(UTC) + timedelta(minutes=30)
        (tmp_path / "key").write_text(KEY)
        options = ("--upstream", url, "--upstream-key-file", "key", "--sweep-every", "1")
        with proxying(known, tmp_path, *options) as client:
            client.headers["Authorization"] = KEY
            made = client.post("/public/v1/posts", json={
                "type": "schedule", "date": soon.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "shortLink": False, "tags": [],
                "posts": [{"integration": {"id": CHANNEL}, "settings": {}, "value": [
                    {"content": PLANNED,
                     "image": [{"id": "b", "path": f"{url}/uploads/b.png", "alt": "A band"}]},
                ]}],
            })  # fmt: skip
            assert made.status_code == 201, made.text
            given = town.clear(OUT, "a", datetime.now(UTC))
            assert town.verify(given, OUT, "a")["live"]
            assert town.report(given, OUT, "a")["state"] == "allowed"
            assert len(postiz.workflows) == 1

            town.refuse()
            until(lambda: hears(receiver) == {"clearance.revoked", "takedown.opened"})
            until(lambda: not postiz.workflows)
            again = client.post("/public/v1/posts", json={
                "type": "now", "date": soon.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "shortLink": False,
                "tags": [], "posts": [{"integration": {"id": CHANNEL}, "settings": {}, "value": [
                    {"content": PLANNED,
                     "image": [{"id": "b", "path": f"{url}/uploads/b.png", "alt": "A band"}]},
                ]}],
            })  # fmt: skip
            assert (again.status_code, again.json()["outcome"]) == (403, "deny")
        for headers, body in zip(receiver.headers, receiver.bodies, strict=True):
            assert Webhook(secret).verify(body, headers)
            assert b"ana" not in body
    town.take_down()


def test_the_service_is_killed_between_the_refusal_and_the_recall(
    town: Town, tmp_path: Path
) -> None:
    with receiving(Receiver()) as receiver:
        town.register(receiver)
        for picture in "ab":
            town.declare(picture)
        out = town.clear(OUT, "a", datetime.now(UTC))
        planned = town.clear(PLANNED, "b", datetime.now(UTC))
        town.report(out, OUT, "a")
        town.refuse()
        town.service.kill()
        town.open()
        until(lambda: hears(receiver) == {"clearance.revoked", "takedown.opened"})
        assert town.verify(planned, PLANNED, "b")["code"] == "revoked"
    town.take_down()


@pytest.mark.repeats_on_postgresql
def test_the_receiver_is_down_for_the_time_of_it(town: Town) -> None:
    with receiving(Receiver()) as receiver:
        town.register(receiver)
        port = int(receiver.url.rsplit(":", 1)[1].split("/")[0])
    town.declare("a")
    town.report(town.clear(OUT, "a", datetime.now(UTC)), OUT, "a")
    town.refuse()
    office = town.key("dora", "decisions:read")
    until(lambda: bool(town.ask("GET", "/v1/takedowns?state=open", office)["items"]))
    with receiving(Receiver(), port) as receiver:
        until(lambda: hears(receiver) == {"takedown.opened"})
    town.take_down()
