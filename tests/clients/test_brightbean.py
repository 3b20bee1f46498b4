"""BrightBean Studio: the gate holds the one key that schedules, and cancels on recall."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from clearpost_client import AsyncClearpost, GateError, NotCleared
from clearpost_client.gates.accounts import GateRules
from clearpost_client.gates.brightbean import Asset, read_post_body
from clearpost_client.gates.brightbean_gate import BrightBeanApi, BrightBeanGate
from clearpost_client.gates.downloads import MediaSource
from clearpost_client.gates.memory import GateMemory
from clearpost_client.gates.reading import write_time
from tests.clients.conftest import (
    DIGEST,
    PICTURE,
    QUICK,
    STUDIO_CHANNEL,
    TEXT,
    Gated,
    serving_other,
)
from tests.clients.running import environment, run_gate

Body = dict[str, Any]
KEY = "bb_studio_test"
ASSET = "0b0b0b0b-0000-4000-8000-0000000000aa"
AT = "2027-01-15T16:00:00.000Z"
NOW = datetime(2027, 1, 10, tzinfo=UTC)


class Studio:
    """A small Studio, as its source answers (brightbeanxyz/brightbean-studio, `/api/v1`)."""

    def __init__(self) -> None:
        self.posts: dict[str, Body] = {}
        self.sent: list[Body] = []
        self.before_made: Any = None
        self.answers: dict[str, Body] = {}
        self.loses_answers = False
        self.app = Starlette(
            routes=[
                Route("/api/v1/posts/", self.make, methods=["POST"]),
                Route("/api/v1/posts/{id}", self.show),
                Route("/api/v1/posts/{id}/cancel", self.cancel, methods=["POST"]),
                Route("/api/v1/media/{id}", self.describe),
                Route("/media/a.png", self.download),
            ]
        )

    async def make(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return JSONResponse(
                {"error": "unauthorized", "detail": "Authentication required."}, 401
            )
        said = await request.json()
        if self.before_made is not None:
            await asyncio.to_thread(self.before_made)
        self.sent.append(said)
        if (before := self.answers.get(said["idempotency_key"])) is not None:
            return JSONResponse(before)
        ident = str(uuid.uuid4())
        at = said["scheduled_at"].replace(".000Z", "Z")
        self.posts[ident] = {
            "id": ident, "title": said.get("title", ""), "caption": said["caption"],
            "first_comment": said.get("first_comment", ""), "internal_notes": "",
            "status": "scheduled", "scheduled_at": at, "published_at": None,
            "platform_posts": [
                {
                    "id": str(uuid.uuid4()), "social_account_id": said["social_account_id"],
                    "platform": "facebook", "status": "scheduled", "scheduled_at": at,
                }
            ],
        }  # fmt: skip
        self.answers[said["idempotency_key"]] = self.posts[ident]
        return JSONResponse(self.posts[ident], 500 if self.loses_answers else 201)

    async def show(self, request: Request) -> Response:
        found = self.posts.get(request.path_params["id"])
        if found is None:
            return JSONResponse({"error": "not_found", "detail": "Not found."}, 404)
        return JSONResponse(found)

    async def cancel(self, request: Request) -> Response:
        found = self.posts[request.path_params["id"]]
        if found["status"] != "scheduled":
            return JSONResponse({"error": "conflict"}, 409)
        found["status"] = "draft"
        return JSONResponse(found)

    async def describe(self, request: Request) -> Response:
        return JSONResponse(
            {
                "id": request.path_params["id"], "mime_type": "image/png", "media_type": "image",
                "alt_text": "A room", "url": f"{request.base_url}media/a.png?X-Signature=a%2Fb",
            }
        )  # fmt: skip

    async def download(self, _: Request) -> Response:
        return Response(PICTURE)


def body(**more: Any) -> Body:
    return {
        "social_account_id": STUDIO_CHANNEL, "caption": TEXT, "action": "schedule",
        "scheduled_at": AT, **more,
    }  # fmt: skip


def read(said: Body) -> Any:
    return read_post_body(json.dumps(said).encode())


def test_what_goes_out_is_asked() -> None:
    override = {
        "social_account_id": STUDIO_CHANNEL, "caption": "Other", "first_comment": "And more",
    }  # fmt: skip
    said = body(title="Title", media_asset_ids=[ASSET], platform_overrides=[override])
    rules = GateRules("brightbean")
    asset = Asset(DIGEST, "image/png", "A room")
    first, second = read(said).list_checks(rules, {ASSET: asset}, NOW)
    assert first["text"].split("\n\n") == ["Title", TEXT, "Other", "And more"]
    assert first["media"] == [{"kind": "photo", "sha256": DIGEST, "alt_text": "A room"}]
    assert first["account"] == {"system": "brightbean", "external_id": STUDIO_CHANNEL}
    assert [one["publish_at"] for one in (first, second)] == [AT, "2027-01-15T16:02:00.000Z"]
    with pytest.raises(NotCleared, match="was not fetched"):
        read(said).list_checks(rules, {}, NOW)
    with pytest.raises(NotCleared, match="kind"):
        read(said).list_checks(rules, {ASSET: Asset(DIGEST, "audio/mpeg", "")}, NOW)


@pytest.mark.parametrize(
    "more",
    [
        {"action": "draft"}, {"action": None}, {"social_account_id": 7}, {"scheduled_at": "soon"},
        {"scheduled_at": None}, {"caption": ["Ana"]}, {"media_asset_ids": ["", 7]},
        {"media_asset_ids": "x"}, {"platform_overrides": [{"social_account_id": "other"}]},
        {"platform_overrides": [{"social_account_id": STUDIO_CHANNEL, "link": "x"}]}, {"link": "x"},
    ],
)  # fmt: skip
def test_what_can_be_read_otherwise_is_not_cleared(more: Body) -> None:
    with pytest.raises(NotCleared):
        read(body(**more))


@pytest.fixture
def studio() -> Iterator[tuple[Studio, str]]:
    running = Studio()
    with serving_other(running.app) as url:
        yield running, url


@asynccontextmanager
async def opened(gated: Gated, url: str, folder: Path) -> AsyncIterator[BrightBeanGate]:
    memory = GateMemory(folder / "gate.db", url)
    async with (
        httpx.AsyncClient(timeout=60) as http,
        AsyncClearpost(gated.url, gated.key(), limits=QUICK) as clearpost,
    ):
        media = MediaSource(http, (url,), uploads="", signed=True)
        api = BrightBeanApi(http, url, KEY)
        yield BrightBeanGate(clearpost, memory, media, GateRules("brightbean"), api)
    memory.close()


def test_a_callers_key_stands_for_no_other_post(
    gated: Gated, studio: tuple[Studio, str], tmp_path: Path
) -> None:
    """The Studio answers a key with its first post: other clearances must not be kept for it."""
    running, url = studio
    at = write_time(datetime.now(UTC) + timedelta(days=3))

    async def walk() -> None:
        async with opened(gated, url, tmp_path) as gate:
            gated.declare("ana")
            same = body(scheduled_at=at, idempotency_key="weekly")
            pictured = await gate.schedule(read({**same, "media_asset_ids": [ASSET]}))
            assert await gate.schedule(read({**same, "media_asset_ids": [ASSET]})) == pictured
            assert await gate.schedule(read(same)) != pictured
            await asyncio.to_thread(gated.refuse, "ana")
            assert list(await gate.sweep()) == [pictured]
            assert running.posts[pictured]["status"] == "draft"

    asyncio.run(walk())


def test_cleared_scheduled_and_recalled(
    gated: Gated, studio: tuple[Studio, str], tmp_path: Path
) -> None:
    running, url = studio
    at = write_time(datetime.now(UTC) + timedelta(days=3))

    async def walk() -> None:
        async with opened(gated, url, tmp_path) as gate:
            shown = body(media_asset_ids=[ASSET], first_comment="Thanks", scheduled_at=at)
            with pytest.raises(NotCleared) as raised:
                await gate.schedule(read(shown))
            assert (raised.value.outcome, running.posts) == ("review", {})
            gated.declare("ana")
            made = await gate.schedule(read(shown))
            plain = await gate.schedule(read(body(scheduled_at=at)))
            edited = await gate.schedule(read(body(scheduled_at=at)))
            assert await gate.sweep() == {}
            running.posts[edited]["caption"] = "Ana sang."
            assert list(await gate.sweep()) == [edited]
            await asyncio.to_thread(gated.refuse, "ana")
            assert list(await gate.sweep()) == [made]
            states = {ident: one["status"] for ident, one in running.posts.items()}
            assert states == {made: "draft", plain: "scheduled", edited: "draft"}
            assert await gate.sweep() == {}

    asyncio.run(walk())


def test_a_recall_on_the_way_and_what_the_studio_makes_of_it(
    gated: Gated, studio: tuple[Studio, str], tmp_path: Path
) -> None:
    running, url = studio
    gated.declare("ana")

    async def walk() -> None:
        async with opened(gated, url, tmp_path) as gate:
            running.before_made = lambda: gated.refuse("ana")
            with pytest.raises(GateError):
                await gate.schedule(read(body(media_asset_ids=[ASSET])))
            running.before_made = None
            assert [one["status"] for one in running.posts.values()] == ["draft"]
            # No answer came, and the Studio lists nothing: the sweep still finds it.
            running.loses_answers = True
            with pytest.raises(GateError):
                await gate.schedule(read(body()))
            running.loses_answers = False
            (lost,) = (one["id"] for one in running.posts.values() if one["status"] == "scheduled")
            assert list(await gate.sweep()) == [lost]
            assert {one["status"] for one in running.posts.values()} == {"draft"}
            assert await gate.sweep() == {}

    asyncio.run(walk())
    (tmp_path / "studio.key").write_text(KEY)
    options = ("--upstream", url, "--upstream-key-file", "studio.key")
    known = environment(gated)
    done = run_gate(
        known, "brightbean", *options, stdin=json.dumps(body()).encode(), folder=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, b"")
    (made,) = json.loads(done.stdout)["scheduled"]
    running.posts[made]["title"] = "Ana"
    recalled = run_gate(known, "brightbean-recall", *options, folder=tmp_path)
    assert (recalled.returncode, list(json.loads(recalled.stdout)["cancelled"])) == (0, [made])
