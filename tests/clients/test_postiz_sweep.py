"""The sweep of Postiz, and its runner: what is scheduled without a live clearance is deleted."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from clearpost_client import AsyncClearpost, NotCleared
from clearpost_client.gates.accounts import GateRules
from clearpost_client.gates.downloads import MediaSource
from clearpost_client.gates.memory import GateMemory
from clearpost_client.gates.postiz import PostizBody, read_post_body
from clearpost_client.gates.postiz_api import PostizApi
from clearpost_client.gates.postiz_gate import PostizGate
from clearpost_client.gates.postiz_sweep import Sweep
from clearpost_client.gates.reading import write_time
from tests.clients.conftest import PICTURE, QUICK, Gated, serving_other
from tests.clients.postiz_server import KEY, Postiz
from tests.clients.running import environment, proxying, run_gate
from tests.clients.test_postiz_proxy import pictured
from tests.clients.test_postiz_reading import body, thread
from tests.waiting import until

SCOPES = ("check", "published:write")
FAR = timedelta(days=40)


@pytest.fixture
def postiz() -> Iterator[tuple[Postiz, str]]:
    running = Postiz()
    running.uploads["/uploads/a.png"] = PICTURE
    with serving_other(running.app) as url:
        yield running, url


@asynccontextmanager
async def opened(
    gated: Gated, url: str, folder: Path, service: str | None = None
) -> AsyncIterator[tuple[PostizGate, PostizApi]]:
    memory = GateMemory(folder / "gate.db", url)
    async with (
        httpx.AsyncClient(timeout=60) as http,
        AsyncClearpost(service or gated.url, gated.key(*SCOPES), limits=QUICK) as clearpost,
    ):
        gate = PostizGate(clearpost, memory, MediaSource(http, (url,)), GateRules("postiz"), KEY)
        yield gate, PostizApi(http, url, KEY)
    memory.close()


def read(said: Any) -> PostizBody:
    return read_post_body(json.dumps(said).encode())


async def make(gate: PostizGate, api: PostizApi, said: Any) -> str:
    answer = await gate.pass_on(read(said), api)
    assert answer.status_code == 201, answer.text
    return str(answer.json()[0]["postId"])


def in_(time: timedelta) -> dict[str, str]:
    return {"date": write_time(datetime.now(UTC) + time)}


def test_only_what_is_cleared_and_unchanged_stays(
    gated: Gated, postiz: tuple[Postiz, str], tmp_path: Path
) -> None:
    running, url = postiz
    gated.declare("ana")

    async def walk() -> None:
        async with opened(gated, url, tmp_path) as (gate, api):
            kept = await make(gate, api, body(**in_(FAR)))
            shown = await make(gate, api, pictured(url, **in_(FAR)))
            edited = await make(gate, api, body(**in_(FAR)))
            moved = await make(gate, api, body(**in_(FAR)))
            draft = await make(gate, api, body(type="draft", **in_(FAR)))
            released = await make(gate, api, body(type="draft", **in_(FAR)))
            out = await make(gate, api, body(type="now"))
            past = (await api.send("POST", "/posts", body(**in_(FAR)))).json()[0]["postId"]
            sweep = Sweep(gate, api)
            # In Postiz's own pages one is edited, one moved, a draft scheduled.
            running.posts[edited]["content"] = "Ana sang."
            running.posts[moved]["publishDate"] = in_(FAR + timedelta(days=1))["date"]
            await api.send("PUT", f"/posts/{released}/status", {"status": "schedule"})
            running.publish(out)
            told = await Sweep(gate, api, spares=True).run()
            assert len(running.posts) == 8
            swept = await sweep.run()
            assert told == swept
            assert set(swept.kept) == {kept, shown}
            assert set(swept.removed) == {edited, moved, released, past}
            assert set(running.posts) == {kept, shown, draft, out}
            # What is out has been told to the service, once.
            (told_of,) = gated.client.get("/v1/posts/published").json()["items"]
            assert (told_of["external_id"], told_of["state"]) == ("77", "allowed")
            assert gate.memory.find(out) is None
            # The mother says no; a post without the child stays.
            await asyncio.to_thread(gated.refuse, "ana")
            swept = await sweep.run()
            assert (swept.kept, list(swept.removed)) == ([kept], [shown])
            assert running.workflows == {kept, out}

    asyncio.run(walk())


def test_a_post_that_cannot_be_read_hides_no_other(
    gated: Gated, postiz: tuple[Postiz, str], tmp_path: Path
) -> None:
    running, url = postiz
    gated.declare("ana")

    async def walk() -> None:
        async with opened(gated, url, tmp_path) as (gate, api):
            kept = await make(gate, api, body(**in_(FAR)))
            shown = await make(gate, api, pictured(url, **in_(FAR)))
            strange = await make(gate, api, pictured(url, **in_(FAR)))
            odd = await make(gate, api, body(**in_(FAR)))
            running.posts[strange]["integration"] = None
            running.posts[odd]["intervalInDays"] = "weekly"
            running.posts["x"] = {**running.posts[odd], "id": 7}
            swept = await Sweep(gate, api).run()
            assert (set(swept.kept), swept.removed) == ({kept, shown}, {})
            assert set(swept.unsure) == {strange, odd, ""}
            # The mother says no. What was cleared and is revoked goes, readable or not.
            await asyncio.to_thread(gated.refuse, "ana")
            swept = await Sweep(gate, api).run()
            assert (swept.kept, set(swept.removed)) == ([kept], {shown, strange})
            assert running.workflows == {kept, odd}
            # Others can be made beside it.
            await make(gate, api, body(**in_(FAR)))

    asyncio.run(walk())


def test_repeats_are_checked_each_time(
    gated: Gated, postiz: tuple[Postiz, str], tmp_path: Path
) -> None:
    running, url = postiz
    gated.declare("ana")

    async def walk() -> None:
        async with opened(gated, url, tmp_path) as (gate, api):
            shown = await make(gate, api, pictured(url, inter=7, **in_(timedelta(seconds=-1))))
            sweep = Sweep(gate, api)
            first = gate.memory.find(shown)
            assert (await sweep.run()).kept == [shown]
            # Published once, it goes out again in a week, though it is no longer in the queue.
            running.publish(shown)
            assert (await sweep.run()).kept == [shown]
            second = gate.memory.find(shown)
            assert first is not None
            assert second is not None
            (before,), (after,) = first.cleared, second.cleared
            assert before.clearance_id != after.clearance_id
            times = [datetime.fromisoformat(one.post["publish_at"]) for one in (before, after)]
            assert times[1] - times[0] == timedelta(days=7)
            asked = gated.asked()
            assert (await sweep.run()).kept == [shown]
            assert gated.asked() == asked
            await asyncio.to_thread(gated.refuse, "ana")
            assert list((await sweep.run()).removed) == [shown]
            assert running.posts == {}

    asyncio.run(walk())


def test_without_an_answer_only_what_is_due_is_deleted(
    gated: Gated, postiz: tuple[Postiz, str], tmp_path: Path
) -> None:
    running, url = postiz

    async def walk() -> None:
        async with opened(gated, url, tmp_path) as (gate, api):
            later = await make(gate, api, body(**in_(FAR)))
            due = await make(gate, api, body(**in_(timedelta(minutes=5))))
        async with opened(gated, url, tmp_path, "http://127.0.0.1:9") as (gate, api):
            swept = await Sweep(gate, api).run()
            assert (list(swept.removed), list(swept.unsure)) == ([due], [later])
        assert list(running.posts) == [later]

    asyncio.run(walk())


def test_the_runner_makes_drafts_and_schedules_what_is_cleared(
    gated: Gated, postiz: tuple[Postiz, str], tmp_path: Path
) -> None:
    running, url = postiz

    async def walk() -> None:
        async with opened(gated, url, tmp_path) as (gate, api):
            made = await gate.schedule(read(body(posts=[thread("One"), thread("Two")])), api)
            assert [running.posts[one]["state"] for one in made] == ["QUEUE", "QUEUE"]
            assert (await Sweep(gate, api).run()).kept == made
            with pytest.raises(NotCleared) as raised:
                await gate.schedule(read(pictured(url)), api)
            assert raised.value.outcome == "review"
            drafts = [one for one in running.posts if one not in made]
            assert [running.posts[one]["state"] for one in drafts] == ["DRAFT"]

    asyncio.run(walk())


def test_the_proxy_sweeps_by_itself(
    gated: Gated, postiz: tuple[Postiz, str], tmp_path: Path
) -> None:
    running, url = postiz
    gated.declare("ana")
    (tmp_path / "postiz.key").write_text(KEY)
    known = environment(gated)
    options = ("--upstream", url, "--upstream-key-file", "postiz.key")
    with proxying(known, tmp_path, *options, "--sweep-every", "0.3") as client:
        client.headers["Authorization"] = KEY
        for said in (body(inter=7, **in_(FAR)), pictured(url, **in_(FAR))):
            assert client.post("/public/v1/posts", json=said).status_code == 201
        assert len(running.posts) == 2
        gated.refuse("ana")
        until(lambda: len(running.posts) == 1)
        made = httpx.post(
            f"{url}/public/v1/posts", json=body(**in_(FAR)), headers={"Authorization": KEY}
        )
        until(lambda: made.json()[0]["postId"] not in running.posts)
        assert len(running.posts) == 1
    # The same by hand, from the same file.
    swept = run_gate(known, "sweep", *options, folder=tmp_path)
    assert (swept.returncode, len(json.loads(swept.stdout)["kept"])) == (0, 1)
