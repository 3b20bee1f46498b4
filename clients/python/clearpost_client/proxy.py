"""A gate in front of Postiz's public API: any client of it is gated, and need not know.

It knows each request that Postiz answers and lets pass what publishes nothing; whatever it does not
know is refused. It needs the extra `proxy`.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from clearpost_client.failures import CouldNotAsk, NotCleared, RequestRefused
from clearpost_client.gates.postiz import read_post_body
from clearpost_client.gates.postiz_api import PREFIX, PostizApi
from clearpost_client.gates.postiz_gate import PostizGate
from clearpost_client.gates.postiz_sweep import Sweep
from clearpost_client.gates.reading import read_body

_log = logging.getLogger("clearpost.gate")
_UNPROCESSABLE = 422
_MOST_BODY = 2 * 1024 * 1024
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
# One way to write each address: no escapes, no empty part, no dots alone, no other case.
_PATH = re.compile(r"(/[a-z0-9_-]+)+", re.ASCII | re.IGNORECASE)
_ID = r"[A-Za-z0-9_-]{1,100}"
_PUBLISHES_NOTHING = re.compile(
    rf"POST /upload|POST /upload-from-url|POST /generate-video|POST /video/function"
    rf"|DELETE /posts/{_ID}|DELETE /posts/group/{_ID}|DELETE /integrations/{_ID}"
    rf"|PUT /posts/{_ID}/release-id",
    re.ASCII,
)
_STATUS = re.compile(rf"PUT /posts/({_ID})/status", re.ASCII)
_TRIGGER = re.compile(rf"POST /integration-trigger/{_ID}", re.ASCII)
# Look-ups of a channel's own lists; others might do something.
_LOOK_UPS = frozenset(
    {
        "audioSearch", "boards", "categoriesList", "channels", "companies", "experiences",
        "groups", "label", "list", "locationSearch", "musicSearch", "organizations",
        "postTypes", "publications", "restrictions", "subreddits", "tags", "tagsList",
        "teams", "templates",
    }
)  # fmt: skip
_PASSED_ON = ("authorization", "accept", "accept-language", "content-type", "user-agent")
_HOP_BY_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Proxy:
    """The one that answers in Postiz's place; `base` is its address in front of `/public/v1`."""

    gate: PostizGate
    http: httpx.AsyncClient
    base: str

    async def answer(self, request: Request) -> Response:
        """Answer one request: refuse it, clear it, or pass it on."""
        try:
            return await self._choose(request)
        except NotCleared as error:
            return show_refusal(error)
        except CouldNotAsk as error:
            return show_doubt(error)

    async def _choose(self, request: Request) -> Response:
        path = _read_path(request)
        asked = f"{request.method} {path}"
        if request.method in {"GET", "HEAD"} or _PUBLISHES_NOTHING.fullmatch(asked):
            return await self._pass_on(request, path)
        if asked == "POST /posts":
            body = read_post_body(await _read_json(request))
            return copy_answer(await self.gate.pass_on(body, self._find_api(request)))
        if found := _STATUS.fullmatch(asked):
            return await self._change_status(found[1], request)
        if _TRIGGER.fullmatch(asked):
            return await self._look_up(path, request)
        raise NotCleared("The gate does not pass this request on: it may publish or change a post.")

    def _find_api(self, request: Request) -> PostizApi:
        return PostizApi(self.http, self.base, request.headers.get("authorization", ""))

    async def _change_status(self, post_id: str, request: Request) -> Response:
        said = read_body(await _read_json(request))
        if list(said) != ["status"] or said["status"] not in ("draft", "schedule"):
            raise NotCleared("/status: must be draft or schedule")
        api = self._find_api(request)
        if said["status"] == "schedule":
            return copy_answer(await self.gate.release_draft(post_id, api))
        async with self.gate.memory.passing():
            answer = await api.send("PUT", f"/posts/{post_id}/status", {"status": "draft"})
            if answer.is_success and (known := self.gate.memory.find(post_id)):
                self.gate.memory.keep(replace(known, scheduled=False))
        return copy_answer(answer)

    async def _look_up(self, path: str, request: Request) -> Response:
        said = read_body(await _read_json(request))
        if said.get("methodName") not in _LOOK_UPS:
            raise NotCleared("/methodName: is not among what the gate knows to publish nothing")
        return copy_answer(await self._find_api(request).send("POST", path, said))

    async def _pass_on(self, request: Request, path: str) -> Response:
        """Pass a request on that publishes nothing, and stream the answer."""
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        headers["accept-encoding"] = request.headers.get("accept-encoding", "identity")
        has_body = request.method not in {"GET", "HEAD", "DELETE"}
        if has_body and "content-length" in request.headers:
            headers["content-length"] = request.headers["content-length"]
        asked = self.http.build_request(
            request.method, f"{self.base}{PREFIX}{path}", params=request.url.query,
            headers=headers, content=request.stream() if has_body else None,
        )  # fmt: skip
        try:
            answer = await self.http.send(asked, stream=True, follow_redirects=False)
        except httpx.HTTPError as error:
            raise CouldNotAsk(f"Postiz could not be reached ({type(error).__name__}).") from None
        streamed = StreamingResponse(_stream_answer(answer), answer.status_code)
        streamed.raw_headers = _keep_headers(answer)
        return streamed


async def _stream_answer(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for part in answer.aiter_raw():
            yield part
    finally:
        await answer.aclose()


def _keep_headers(answer: httpx.Response) -> list[tuple[bytes, bytes]]:
    named = {one.strip().lower() for one in answer.headers.get("connection", "").split(",")}
    raw = [(name.lower(), value) for name, value in answer.headers.raw]
    return [one for one in raw if one[0].decode("latin-1") not in _HOP_BY_HOP | named]


def copy_answer(answer: httpx.Response) -> Response:
    """Return an answer that has been read as a whole."""
    return Response(
        answer.content, answer.status_code, media_type=answer.headers.get("content-type")
    )


def _read_path(request: Request) -> str:
    """Return the path behind the prefix; raises `NotCleared` for any but the plain spelling."""
    raw = request.scope.get("raw_path")
    path = raw.decode("latin-1") if isinstance(raw, bytes) else ""
    if not _PATH.fullmatch(path) or not path.startswith(f"{PREFIX}/"):
        raise NotCleared("The gate does not know this address.")
    return path.removeprefix(PREFIX)


async def _read_json(request: Request) -> bytes:
    """Return a body of JSON in UTF-8, up to a limit."""
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if kind.strip().lower() != "application/json" or charset not in {"", "charset=utf-8"}:
        raise NotCleared("The body must be JSON in UTF-8: Content-Type: application/json")
    if "content-encoding" in request.headers:
        raise NotCleared("The body must not be compressed.")
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > _MOST_BODY:
            raise NotCleared("The body is larger than the gate takes.")
    return bytes(content)


def show_refusal(error: NotCleared) -> JSONResponse:
    """Answer in the form that clients of Postiz show: `message`, and `msg` as its older routes."""
    findings = [
        {"at": one.at, "code": one.code, "message": one.message, "remedy": one.remedy}
        for one in error.findings
    ]
    said = " ".join([f"Not cleared ({error.outcome}).", str(error), *error.remedies])
    return JSONResponse(
        {
            "statusCode": 403, "provider": "clearpost", "name": "Clearpost", "error": "Forbidden",
            "message": said, "msg": said, "outcome": error.outcome, "findings": findings,
            "decision_id": error.decision.id if error.decision else None,
        },
        403,
    )  # fmt: skip


def show_doubt(error: CouldNotAsk) -> JSONResponse:
    """Answer that nobody could be asked; what is at fault in the request is not for a repeat."""
    unreadable = isinstance(error, RequestRefused) and error.status == _UNPROCESSABLE
    status = _UNPROCESSABLE if unreadable else 503
    said = f"Not cleared: it could not be asked. {error}"
    headers = {} if error.retry_after is None else {"Retry-After": str(int(error.retry_after) + 1)}
    return JSONResponse(
        {
            "statusCode": status, "provider": "clearpost", "name": "Clearpost",
            "error": "Could not ask", "message": said, "msg": said,
        },
        status,
        headers,
    )  # fmt: skip


@dataclass(frozen=True)
class Sweeping:
    """The pace at which all that is scheduled is looked at, and Postiz's key for it."""

    authorization: str
    every: float


def make_app(
    gate: PostizGate, http: httpx.AsyncClient, base: str, sweeping: Sweeping | None
) -> Starlette:
    """Return the proxy as an application; it sweeps while it is served."""
    proxy = Proxy(gate, http, base)

    @asynccontextmanager
    async def run_beside(_: Starlette) -> AsyncIterator[None]:
        tasks: list[asyncio.Task[Any]] = []
        if sweeping is not None:
            wake = asyncio.Event()
            api = PostizApi(http, base, sweeping.authorization)
            sweep = Sweep(gate, api, soon=timedelta(seconds=max(600.0, 2 * sweeping.every)))
            tasks.append(asyncio.create_task(keep_sweeping(sweep, sweeping.every, wake)))
            tasks.append(asyncio.create_task(wake_by_events(gate, wake)))
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    return Starlette(
        routes=[Route("/{path:path}", proxy.answer, methods=_METHODS)], lifespan=run_beside
    )


async def keep_sweeping(sweep: Sweep, every: float, wake: asyncio.Event) -> None:
    """Sweep again and again; at once when something was revoked."""
    while True:
        try:
            swept = await sweep.run()
        except CouldNotAsk as error:
            _log.error("the sweep could not look: %s", error)
        except Exception:  # noqa: BLE001 - whatever it is, the next sweep must come
            _log.exception("the sweep has failed")
        else:
            for post_id, why in {**swept.removed, **swept.unsure}.items():
                gone = "removed" if post_id in swept.removed else "not sure of"
                _log.warning("%s %s: %s", gone, post_id, why)
        with suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), every)
        wake.clear()


async def wake_by_events(gate: PostizGate, wake: asyncio.Event) -> None:
    """Have a sweep begin when a clearance is revoked, where the key may read events."""
    with suppress(RequestRefused):
        async for event in gate.clearpost.events():
            if event.kind == "clearance.revoked":
                wake.set()
