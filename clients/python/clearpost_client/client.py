"""The two clients. They differ in how they wait, and in nothing that decides."""

import time
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Self, TypeVar

import anyio
import httpx

from clearpost_client import questions
from clearpost_client.answers import Decision, Declared, Event, EventPage, PublishedPost, Verified
from clearpost_client.bodies import DeclarationBody, Json, Post, Publication, PublishedBody
from clearpost_client.exchange import Flow, Limits, choose_pause
from clearpost_client.failures import CouldNotAsk, RequestRefused
from clearpost_client.transport import NO_PROXY, make_target, run, run_async

T = TypeVar("T")


class EventReading:
    """A reader's place among the events, and its patience after failures."""

    def __init__(self, after: str | None, limits: Limits, wait: float, limit: int) -> None:
        self._after = after
        self._limits = limits
        self._wait = wait
        self._limit = limit
        self._failed = 0

    def ask_next(self) -> Flow[EventPage]:
        """Ask for the page after the last one."""
        return questions.read_events(self._after, self._wait, self._limit, self._limits)

    def take_page(self, page: EventPage) -> None:
        """Go on after this page."""
        self._failed = 0
        self._after = page.next_cursor

    def pause_after(self, error: CouldNotAsk) -> float:
        """Return how long to wait before the same is asked again; raise what would stay."""
        if isinstance(error, RequestRefused):
            raise error
        self._failed += 1
        return choose_pause(self._limits, self._failed, error.retry_after)


class Clearpost:
    """Asks the service, on the thread that calls; threads may share it.

    `http` is a client of your own, which stays open. `plain_http` allows an address without TLS
    that is not on this machine; proxies of the environment are for https alone.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        limits: Limits | None = None,
        http: httpx.Client | None = None,
        plain_http: bool = False,
    ) -> None:
        self._target = make_target(url, key, plain_http=plain_http)
        self._limits = limits or Limits()
        self._own = http is None
        self._http = http or httpx.Client(mounts=NO_PROXY)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that it has made itself."""
        if self._own:
            self._http.close()

    def _run_flow(self, flow: Flow[T]) -> T:
        return run(flow, self._http, self._target)

    def check_post(self, post: Post) -> Decision:
        """Ask the check; the decision may be any. Raises `CouldNotAsk` without one."""
        return self._run_flow(questions.check_post(post, self._limits))

    def gate(self, post: Post) -> Decision:
        """Ask the check; return only an allow. Raises `NotCleared` or `CouldNotAsk`."""
        return self._run_flow(questions.gate(post, self._limits))

    def verify(self, clearance_id: str, publication: Publication) -> Verified:
        """Ask whether a clearance still stands for what is about to go out."""
        return self._run_flow(questions.verify(clearance_id, publication, self._limits))

    def gate_clearance(self, clearance_id: str, publication: Publication) -> None:
        """Return only if the clearance is live. Raises `NotCleared` or `CouldNotAsk`."""
        self._run_flow(questions.require_live(clearance_id, publication, self._limits))

    def declare(self, body: DeclarationBody, *, idempotency_key: str | None = None) -> Declared:
        """Record who is pictured, as the person of the key."""
        return self._run_flow(questions.declare(body, idempotency_key, self._limits))

    def published(self, body: PublishedBody) -> PublishedPost:
        """Tell that a post is out."""
        return self._run_flow(questions.report_published(body, self._limits))

    def read_decision(self, decision_id: str) -> Json:
        """Read a decision as it is on file."""
        return self._run_flow(questions.read_decision(decision_id, self._limits))

    def read_receipt_keys(self) -> Json:
        """Read the public keys that receipts are signed with."""
        return self._run_flow(questions.read_receipt_keys(self._limits))

    def read_events(self, after: str | None = None, wait: float = 0, limit: int = 100) -> EventPage:
        """Read one page of events."""
        return self._run_flow(questions.read_events(after, wait, limit, self._limits))

    def events(
        self, after: str | None = None, wait: float = 30, limit: int = 100
    ) -> Iterator[Event]:
        """Yield events without end, from `after` on; keep each one's `cursor` to resume there.

        It goes on when the service was away, and raises `RequestRefused` where asking again would
        not help.
        """
        reading = EventReading(after, self._limits, wait, limit)
        while True:
            try:
                page = self._run_flow(reading.ask_next())
            except CouldNotAsk as error:
                time.sleep(reading.pause_after(error))
                continue
            yield from page.items
            reading.take_page(page)


class AsyncClearpost:
    """The same for an event loop."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        limits: Limits | None = None,
        http: httpx.AsyncClient | None = None,
        plain_http: bool = False,
    ) -> None:
        self._target = make_target(url, key, plain_http=plain_http)
        self._limits = limits or Limits()
        self._own = http is None
        self._http = http or httpx.AsyncClient(mounts=NO_PROXY)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections that it has made itself."""
        if self._own:
            await self._http.aclose()

    async def _run_flow(self, flow: Flow[T]) -> T:
        return await run_async(flow, self._http, self._target)

    async def check_post(self, post: Post) -> Decision:
        """Ask the check; the decision may be any. Raises `CouldNotAsk` without one."""
        return await self._run_flow(questions.check_post(post, self._limits))

    async def gate(self, post: Post) -> Decision:
        """Ask the check; return only an allow. Raises `NotCleared` or `CouldNotAsk`."""
        return await self._run_flow(questions.gate(post, self._limits))

    async def verify(self, clearance_id: str, publication: Publication) -> Verified:
        """Ask whether a clearance still stands for what is about to go out."""
        return await self._run_flow(questions.verify(clearance_id, publication, self._limits))

    async def gate_clearance(self, clearance_id: str, publication: Publication) -> None:
        """Return only if the clearance is live. Raises `NotCleared` or `CouldNotAsk`."""
        await self._run_flow(questions.require_live(clearance_id, publication, self._limits))

    async def declare(
        self, body: DeclarationBody, *, idempotency_key: str | None = None
    ) -> Declared:
        """Record who is pictured, as the person of the key."""
        return await self._run_flow(questions.declare(body, idempotency_key, self._limits))

    async def published(self, body: PublishedBody) -> PublishedPost:
        """Tell that a post is out."""
        return await self._run_flow(questions.report_published(body, self._limits))

    async def read_decision(self, decision_id: str) -> Json:
        """Read a decision as it is on file."""
        return await self._run_flow(questions.read_decision(decision_id, self._limits))

    async def read_receipt_keys(self) -> Json:
        """Read the public keys that receipts are signed with."""
        return await self._run_flow(questions.read_receipt_keys(self._limits))

    async def read_events(
        self, after: str | None = None, wait: float = 0, limit: int = 100
    ) -> EventPage:
        """Read one page of events."""
        return await self._run_flow(questions.read_events(after, wait, limit, self._limits))

    async def events(
        self, after: str | None = None, wait: float = 30, limit: int = 100
    ) -> AsyncIterator[Event]:
        """Yield events without end, from `after` on; keep each one's `cursor` to resume there.

        It goes on when the service was away, and raises `RequestRefused` where asking again would
        not help.
        """
        reading = EventReading(after, self._limits, wait, limit)
        while True:
            try:
                page = await self._run_flow(reading.ask_next())
            except CouldNotAsk as error:
                await anyio.sleep(reading.pause_after(error))
                continue
            for event in page.items:
                yield event
            reading.take_page(page)
