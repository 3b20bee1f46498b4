"""Events by the client: in order, resumed where they were left, and a hold that is told."""

import asyncio
import json
import subprocess
import threading
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from app.events.signatures import sign_webhook
from clearpost_client import AsyncClearpost, RequestRefused, verify_webhook
from tests.clients.conftest import PICTURE, QUICK, Gated, post, serving_other
from tests.clients.postiz_server import KEY, Postiz
from tests.clients.running import environment, proxying, run_gate
from tests.clients.test_postiz_proxy import pictured
from tests.waiting import until

JUDGED = "Crap weather, but a great game on Friday!"


def judge(gated: Gated, decision_id: str, outcome: str = "allow") -> None:
    """The Director answers a review, as its page does."""
    headers = gated.for_("dora", scopes=("reviews:decide",))
    shown = gated.client.get(f"/v1/reviews/{decision_id}", headers=headers)
    assert shown.status_code == 200, shown.text
    said = {"outcome": outcome, "reason": "Read it.", "shown": shown.json()["shown"]}
    answer = gated.client.post(f"/v1/decisions/{decision_id}/resolve", json=said, headers=headers)
    assert answer.status_code in {200, 201}, answer.text


def test_events_resume_where_they_were_left(gated: Gated) -> None:
    with gated.open("check") as asking, gated.open("events:read") as clearpost:
        decisions = [asking.check_post(post(text=f"{JUDGED} {n}")).id for n in range(5)]
        first = list(islice(clearpost.events(wait=0, limit=2), 3))
        assert [one.data["decision"] for one in first] == decisions[:3]
        # The third is the first of its page: who stops there hears it again, and misses none.
        again = list(islice(clearpost.events(after=first[2].cursor, wait=0, limit=2), 3))
        assert [one.data["decision"] for one in again] == decisions[2:]
        after_two = list(islice(clearpost.events(after=first[1].cursor, wait=0), 3))
        assert [one.id for one in after_two] == [one.id for one in again]
        assert {one.kind for one in first} == {"review.waiting"}
    with gated.open("check") as other, pytest.raises(RequestRefused, match="403"):
        next(iter(other.events(wait=0)))

    async def wait_for_next() -> Any:
        async with AsyncClearpost(gated.url, gated.key("events:read"), limits=QUICK) as waiting:
            return await anext(aiter(waiting.events(after=again[-1].cursor, wait=30)))

    async def walk() -> Any:
        told = asyncio.create_task(wait_for_next())
        await asyncio.to_thread(judge, gated, decisions[0])
        return await told

    event = asyncio.run(walk())
    assert (event.kind, event.data["decision"]) == ("review.ended", decisions[0])


def test_a_hold_ends_with_its_review(gated: Gated) -> None:
    known = environment(gated, "check", "events:read")
    said = json.dumps(post(text=JUDGED)).encode()
    done: list[subprocess.CompletedProcess[bytes]] = []
    waiting = threading.Thread(
        target=lambda: done.append(run_gate(known, "--hold", "600", stdin=said))
    )
    waiting.start()
    headers = gated.for_("dora", scopes=("reviews:decide",))

    def find() -> list[str]:
        listed = gated.client.post("/v1/reviews/search", json={}, headers=headers).json()
        return [str(one["decision_id"]) for one in listed["items"]]

    until(lambda: find() or not waiting.is_alive())
    judge(gated, find()[0])
    waiting.join()
    assert done[0].returncode == 0, done[0].stderr


def test_the_service_signs_what_the_client_verifies() -> None:
    now = datetime.now(UTC)
    body = json.dumps(
        {
            "type": "clearance.revoked",
            "timestamp": "2027-01-15T08:00:00Z",
            "data": {"clearance": "c-1"},
        }
    ).encode()
    old, new = "whsec_" + "A" * 43 + "=", "whsec_" + "B" * 43 + "="
    headers = sign_webhook([old, new], "e-1", now, body)
    for secrets in ([old], [new]):
        event = verify_webhook(body, headers, secrets, now.timestamp())
        assert (event.kind, event.data) == ("clearance.revoked", {"clearance": "c-1"})


def test_a_proxy_that_is_told_does_not_wait_for_its_sweep(gated: Gated, tmp_path: Path) -> None:
    postiz = Postiz()
    postiz.uploads["/uploads/a.png"] = PICTURE
    gated.declare("ana")
    (tmp_path / "postiz.key").write_text(KEY)
    known = environment(gated, "check", "events:read")
    with serving_other(postiz.app) as url:
        options = ("--upstream", url, "--upstream-key-file", "postiz.key", "--sweep-every", "3600")
        with proxying(known, tmp_path, *options) as client:
            client.headers["Authorization"] = KEY
            assert client.post("/public/v1/posts", json=pictured(url)).status_code == 201
            gated.refuse("ana")
            until(lambda: not postiz.posts)
