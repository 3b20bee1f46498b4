"""Carrying out the steps of a flow, by httpx: on a thread, or on an event loop."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, TypeVar

import anyio
import httpx

from clearpost_client.exchange import Call, Came, Flow, Lost, Pause, Reply

T = TypeVar("T")

_MOST_BYTES = 32 * 1024 * 1024
_CONNECT_SECONDS = 5.0
# Without TLS no proxy of the environment is taken: it would read the key, and could say yes in the
# service's place.
NO_PROXY: Mapping[str, None] = {"http://": None}


@dataclass(frozen=True)
class Target:
    """The service's address, and the headers that every request has."""

    base: str
    headers: Mapping[str, str]


def make_target(url: str, key: str, *, plain_http: bool) -> Target:
    """Return where to ask, and as whom; raises ValueError where that is not safe."""
    return Target(require_safe_address(url, plain_http=plain_http), make_headers(key))


def make_headers(key: str) -> dict[str, str]:
    """Return the headers that every request has."""
    if not key.isascii() or not key.isprintable() or " " in key or not key:
        raise ValueError("that is no API key")
    return {
        "Authorization": f"Bearer {key}",
        "Accept": "application/json",
        "User-Agent": "clearpost-client/0.1",
    }


def require_safe_address(url: str, *, plain_http: bool) -> str:
    """Return the service's address without a slash at its end.

    Raises ValueError for what is not https, unless it is on this machine or `plain_http` says that
    the way there is safe: who stands between could say yes in the service's place.
    """
    parts = httpx.URL(url)
    if parts.scheme not in {"http", "https"} or not parts.host or parts.userinfo:
        raise ValueError("the address must begin with https:// and hold no user")
    if parts.scheme == "http" and not (plain_http or _is_loopback(parts.host)):
        raise ValueError("the address must begin with https://, or plain_http must be set")
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def encode_request(call: Call, target: Target) -> dict[str, Any]:
    """Return the arguments of a call for httpx."""
    told: dict[str, Any] = {
        "method": call.method,
        "url": target.base + call.path,
        "headers": {**target.headers, **call.headers},
        "timeout": _limit_phases(call.seconds),
        "follow_redirects": False,
    }
    if call.params:
        told["params"] = dict(call.params)
    if call.body is not None:
        told["content"] = json.dumps(call.body, ensure_ascii=False, allow_nan=False).encode()
        told["headers"]["Content-Type"] = "application/json"
    return told


def _limit_phases(seconds: float) -> httpx.Timeout:
    return httpx.Timeout(max(seconds, 0.001), connect=max(min(seconds, _CONNECT_SECONDS), 0.001))


def run(flow: Flow[T], http: httpx.Client, target: Target) -> T:
    """Carry out a flow on this thread."""
    came: Came = None
    try:
        while True:
            step = flow.send(came)
            if isinstance(step, Pause):
                time.sleep(step.seconds)
                came = None
            else:
                came = _send_call(step, http, target)
    except StopIteration as end:
        result: T = end.value
        return result


def _send_call(call: Call, http: httpx.Client, target: Target) -> Reply | Lost:
    ends = time.monotonic() + call.seconds
    content = bytearray()
    try:
        with http.stream(**encode_request(call, target)) as answer:
            for part in answer.iter_bytes():
                content += part
                if time.monotonic() > ends:
                    return Lost("There was no answer in time.")
                if len(content) > _MOST_BYTES:
                    return Lost("The answer is too large.")
            return _make_reply(answer, content)
    except httpx.HTTPError as error:
        return _describe_loss(error)


async def run_async(flow: Flow[T], http: httpx.AsyncClient, target: Target) -> T:
    """Carry out a flow on the event loop that runs."""
    came: Came = None
    try:
        while True:
            step = flow.send(came)
            if isinstance(step, Pause):
                await anyio.sleep(step.seconds)
                came = None
            else:
                came = await _send_call_async(step, http, target)
    except StopIteration as end:
        result: T = end.value
        return result


async def _send_call_async(call: Call, http: httpx.AsyncClient, target: Target) -> Reply | Lost:
    content = bytearray()
    try:
        with anyio.fail_after(call.seconds):
            async with http.stream(**encode_request(call, target)) as answer:
                async for part in answer.aiter_bytes():
                    content += part
                    if len(content) > _MOST_BYTES:
                        return Lost("The answer is too large.")
                return _make_reply(answer, content)
    except TimeoutError:
        return Lost("There was no answer in time.")
    except httpx.HTTPError as error:
        return _describe_loss(error)


def _make_reply(answer: httpx.Response, content: bytearray) -> Reply:
    return Reply(answer.status_code, httpx.Headers(answer.headers), bytes(content))


def _describe_loss(error: httpx.HTTPError) -> Lost:
    """Say what failed; never with the address or what was sent."""
    if isinstance(error, httpx.TimeoutException):
        return Lost("There was no answer in time.")
    return Lost(f"The service could not be reached ({type(error).__name__}).")
