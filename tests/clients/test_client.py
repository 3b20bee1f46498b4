"""The client against the service, and against what is none: less than a plain yes raises."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from clearpost_client import (
    AsyncClearpost,
    Clearpost,
    CouldNotAsk,
    Limits,
    NotCleared,
    RequestRefused,
)
from clearpost_client.exchange import Reply, choose_pause, read_retry_after
from tests.clients.conftest import DIGEST, QUICK, TEXT, Gated, post, serving_other

ALLOW: dict[str, Any] = {"id": "d-1", "check": "post", "outcome": "allow", "findings": []}
KEY = "clp_none"


def test_only_an_allow_passes(gated: Gated) -> None:
    shown = {"media": [{"kind": "photo", "rights": "own"}]}
    with gated.open() as clearpost:
        assert clearpost.gate(post()).allowed
        with pytest.raises(NotCleared) as doubted:
            clearpost.gate(post(**shown))
        assert doubted.value.outcome == "review"
        assert [one.code for one in doubted.value.findings] == ["pictured.missing"]
        assert doubted.value.remedies
        with pytest.raises(NotCleared) as denied:
            clearpost.gate(post(**shown, pictured={"students": [{"id": "ben"}]}))
        assert denied.value.outcome == "deny"
        assert denied.value.findings[0].code == "consent.refused"
        assert "ben" not in str(denied.value)
        with pytest.raises(RequestRefused, match="/purpose") as refused:
            clearpost.gate({**post(), "purpose": "fun"})
        assert (refused.value.status, refused.value.kind) == (422, "invalid-request")
    with (
        Clearpost(gated.url, gated.key("people:read"), limits=QUICK) as other,
        pytest.raises(RequestRefused, match="403 forbidden"),
    ):
        other.gate(post())


@pytest.mark.parametrize("name", ["http_proxy", "all_proxy"])
def test_no_proxy_says_yes_in_the_services_place(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """An address on this machine needs no TLS; a proxy of the environment is on another."""
    heard: list[str] = []

    async def say_yes(request: Request) -> Response:
        heard.append(request.headers["authorization"])
        return Response(json.dumps(ALLOW))

    app = Starlette(routes=[Route("/{path:path}", say_yes, methods=["POST"])])
    with serving_other(app) as url:
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.setenv(name, url)
        with (
            Clearpost("http://127.0.0.1:1", KEY, limits=QUICK) as clearpost,
            pytest.raises(CouldNotAsk),
        ):
            clearpost.gate(post())

        async def walk() -> None:
            async with AsyncClearpost("http://127.0.0.1:1", KEY, limits=QUICK) as clearpost:
                with pytest.raises(CouldNotAsk):
                    await clearpost.gate(post())

        asyncio.run(walk())
    assert heard == []


def test_declared_cleared_and_recalled_on_an_event_loop(gated: Gated) -> None:
    async def walk() -> None:
        shown = post(media=[{"kind": "photo", "sha256": DIGEST}], clearance=True)
        key = gated.key("check", "declarations:write", "decisions:read", "published:write")
        async with AsyncClearpost(gated.url, key, limits=QUICK) as clearpost:
            said: Any = {
                "purpose": "school",
                "media": [{"kind": "photo", "rights": "own", "sha256": DIGEST}],
                "pictured": {"students": [{"id": "ana"}]},
            }
            made = await clearpost.declare(said, idempotency_key="k-1")
            assert (await clearpost.declare(said, idempotency_key="k-1")).id == made.id
            decision = await clearpost.gate(shown)
            assert decision.clearance is not None
            out: Any = {"account": shown["account"], "text": TEXT, "media": [DIGEST]}
            await clearpost.gate_clearance(decision.clearance.id, out)
            assert (await clearpost.read_decision(decision.id))["outcome"] == "allow"
            told: Any = {
                **out, "external_id": "77", "published_at": datetime.now(UTC).isoformat(),
                "decision": decision.id,
            }  # fmt: skip
            published = await clearpost.published(told)
            assert published.state == "allowed"
            assert (await clearpost.published(told)).id == published.id
            with pytest.raises(NotCleared, match="other_text"):
                await clearpost.gate_clearance(decision.clearance.id, {**out, "text": "Other."})
            await asyncio.to_thread(gated.refuse, "ana")
            assert not (await clearpost.verify(decision.clearance.id, out)).live
            with pytest.raises(NotCleared):
                await clearpost.gate(shown)

    asyncio.run(walk())


class Script:
    """A server that answers as it is told, one answer after the other, then the last again."""

    def __init__(self, *answers: Callable[[], Response]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []

    async def answer(self, request: Request) -> Response:
        self.asked.append((request.url.path, dict(request.headers), await request.body()))
        return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])()

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self.answer, methods=["GET", "POST"])])


def says(status: int, body: Any = None, **headers: str) -> Callable[[], Response]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda: Response(
        content, status, {name.replace("_", "-"): value for name, value in headers.items()}
    )


def drips() -> Response:
    """An allow whose end does not come."""

    async def write() -> AsyncIterator[bytes]:
        yield json.dumps(ALLOW).encode()[:-1]
        while True:
            yield b" "
            await asyncio.sleep(0.05)

    return StreamingResponse(write())


NO_ANSWERS = {
    "nothing readable": says(200, b"<html>allow</html>"),
    "a list": says(200, [ALLOW]),
    "no object of one reading": says(200, b'{"outcome":"deny","outcome":"allow","check":"post"}'),
    "another check": says(200, {**ALLOW, "check": "logo"}),
    "no outcome": says(200, {**ALLOW, "outcome": None}),
    "an allow against a finding": says(
        200,
        {**ALLOW, "findings": [{"code": "c", "outcome": "deny", "message": "No.", "at": ""}]},
    ),
    "findings that are none": says(200, {**ALLOW, "findings": ["deny"]}),
    "an empty success": says(204, b""),
    "a redirect": says(307, ALLOW, location="https://example.org/"),
    "a fault": says(500, ALLOW),
    "a gateway": says(502, ALLOW),
    "a refusal of no form": says(404, b"nothing here"),
}


@pytest.mark.parametrize("name", NO_ANSWERS)
def test_what_is_no_answer_is_no_yes(name: str) -> None:
    script = Script(NO_ANSWERS[name])
    with serving_other(script.app) as url, Clearpost(url, KEY, limits=QUICK) as clearpost:
        with pytest.raises(CouldNotAsk):
            clearpost.gate(post())

        async def ask() -> None:
            async with AsyncClearpost(url, KEY, limits=QUICK) as other:
                await other.gate(post())

        with pytest.raises(CouldNotAsk):
            asyncio.run(ask())


def test_an_outcome_that_nobody_knows_is_no_yes() -> None:
    with (
        serving_other(Script(says(200, {**ALLOW, "outcome": "probably"})).app) as url,
        Clearpost(url, KEY, limits=QUICK) as clearpost,
        pytest.raises(NotCleared) as raised,
    ):
        clearpost.gate(post())
    assert raised.value.outcome == "deny"


def test_an_allow_without_the_clearance_that_was_asked_for_is_none() -> None:
    with (
        serving_other(Script(says(200, ALLOW)).app) as url,
        Clearpost(url, KEY, limits=QUICK) as clearpost,
        pytest.raises(CouldNotAsk, match="lacks the clearance"),
    ):
        clearpost.gate(post(clearance=True))


def test_it_asks_again_where_that_may_help_and_no_longer_than_told() -> None:
    busy = says(503, {"type": "/problems/busy"}, retry_after="0")
    script = Script(busy, busy, says(200, ALLOW))
    with serving_other(script.app) as url, Clearpost(url, KEY, limits=QUICK) as clearpost:
        assert clearpost.gate(post()).allowed
        assert len(script.asked) == 3
        script.answers = [says(429, {}, retry_after="3600")]
        began = time.monotonic()
        with pytest.raises(CouldNotAsk) as raised:
            clearpost.gate(post())
        assert raised.value.retry_after == 3600
        assert len(script.asked) == 4
        script.answers = [busy]
        made: Any = {"purpose": "school", "media": [], "pictured": {}}
        with pytest.raises(CouldNotAsk):
            clearpost.declare(made)
        keys = {headers["idempotency-key"] for _, headers, _ in script.asked[4:]}
        assert (len(script.asked), len(keys)) == (7, 1)
        assert time.monotonic() - began < QUICK.deadline


def test_the_deadline_is_for_all_of_it() -> None:
    limits = Limits(deadline=0.4, attempt=0.3, attempts=9, pause=0.01)

    async def ask(url: str) -> None:
        async with AsyncClearpost(url, KEY, limits=limits) as other:
            await other.gate(post())

    with serving_other(Script(drips).app) as url:
        with (
            Clearpost(url, KEY, limits=limits) as clearpost,
            pytest.raises(CouldNotAsk, match="in time"),
        ):
            clearpost.gate(post())
        with pytest.raises(CouldNotAsk, match="in time"):
            asyncio.run(ask(url))
    with (
        Clearpost(url, KEY, limits=limits) as clearpost,
        pytest.raises(CouldNotAsk, match="could not be reached"),
    ):
        clearpost.gate(post())


def test_pauses_grow_and_are_left_to_chance() -> None:
    limits = Limits(pause=1, longest_pause=8)
    for tried, longest in ((1, 1), (2, 2), (4, 8), (9, 8)):
        chosen = [choose_pause(limits, tried, None) for _ in range(50)]
        assert len(set(chosen)) > 1
        assert all(longest / 2 <= one <= longest for one in chosen)
    assert choose_pause(limits, 1, 30) > 30
    for said, seconds in (("7", 7), ("", None), ("soon", None), ("-1", None)):
        assert read_retry_after(Reply(503, {"retry-after": said}, b"")) == seconds
    assert read_retry_after(Reply(503, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, b"")) == 0


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://clearpost.example.org", KEY),
        ("ftp://127.0.0.1", KEY),
        ("https://user:word@clearpost.example.org", KEY),
        ("https://clearpost.example.org", ""),
        ("https://clearpost.example.org", "clp_a\r\nX-Other: b"),
    ],
)
def test_keys_go_to_nobody_on_the_way(url: str, key: str) -> None:
    with pytest.raises(ValueError, match=r"address|key"):
        Clearpost(url, key)


def test_ids_stay_one_part_of_a_path() -> None:
    clearpost = Clearpost("https://clearpost.example.org", KEY)
    for ident in ("../checks", "a/b", "", "a?b", "a b"):
        with pytest.raises(ValueError, match="an id"):
            clearpost.read_decision(ident)
