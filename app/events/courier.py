"""The courier: delivers events to their endpoints, on a thread with an event loop of its own.

Each endpoint is a task of its own, so that a slow one delays no other, and its events go out one
after the other. Of several processes one at a time has an endpoint, by a lease in the store. An
event is noted as taken after its receiver took it; if the process dies before, it is sent again.
"""

import asyncio
import logging
import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from typing import Any, TypeVar

from app.database.session import Store
from app.errors import ClearpostError, StoreUnavailableError
from app.events.deliveries import DeliveryResult, Sender, write_body
from app.events.forgetting import purge_slice
from app.events.signatures import WebhookSecrets, sign_webhook
from app.log import describe_traceback, log_loop_error
from app.metrics import WebhookCounts
from app.settings import Settings
from app.store.events import endpoints as stored
from app.store.events.endpoints import PATIENCE, Endpoint, Lease
from app.store.ledger.chain import make_id
from app.store.ledger.changes import Actor

_log = logging.getLogger("clearpost.events")
_T = TypeVar("_T")
CALLER = "courier"
# It looks so often, sooner where the bell rings, and never more often than after the pause.
_LOOK_SECONDS, _PAUSE_SECONDS = 1.0, 0.05
# Delivered by one lease: so many, or for so long; the last one begins well before the lease ends.
_MOST_EVENTS, _ROUND_SECONDS = 50, 10.0
# The wait after a failure, twice as long each time, and the longest; a part is left to chance.
_FIRST_WAIT, _LONGEST_WAIT = 2.0, 3600.0
# The fewest tries before an endpoint is switched off, however long the service itself was down.
_LEAST_TRIES = 5
_PURGE_SECONDS = 3600.0


class Courier:
    """Delivers from `start` to `close`, while the store and its receivers come and go."""

    def __init__(
        self, store: Store, settings: Settings, counts: WebhookCounts | None = None
    ) -> None:
        self._store, self._settings = store, settings
        self._sender = Sender(settings)
        self._secrets = WebhookSecrets(settings.signing_key_file)
        self._counts = counts or WebhookCounts()
        self._name = make_id()
        self._thread = threading.Thread(
            target=self._run_loop, name="clearpost-courier", daemon=True
        )
        self._threads = ThreadPoolExecutor(2, "clearpost-courier-store")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._stopping = threading.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._purged = -_PURGE_SECONDS
        self._has_endpoints = False

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def close(self) -> None:
        """Stop; a delivery that is under way is broken off, and made again later."""
        self._stopping.set()
        self._wake_up()
        if self._thread.is_alive():
            self._thread.join()
        self._threads.shutdown()

    def _hear(self) -> None:
        """Wake the courier at a commit, on a writer's thread; without endpoints do nothing."""
        if self._has_endpoints:
            self._wake_up()

    def _wake_up(self) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._news.set)

    def _run_loop(self) -> None:
        asyncio.run(self._deliver_on())

    async def _deliver_on(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(log_loop_error)
        end_listening = self._store.bell.listen(self._hear)
        try:
            while not self._stopping.is_set():
                self._news.clear()
                await self._look_round()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), _LOOK_SECONDS)
                await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            end_listening()
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _look_round(self) -> None:
        """Begin the deliveries that are due, and forget old events."""
        try:
            for endpoint_id in await self._ask_store(self._find_due):
                self._begin_task(endpoint_id)
            await self._ask_store(self._purge_some)
        except StoreUnavailableError:
            return  # it is told where checks are asked; the next look tries again
        except Exception as error:  # noqa: BLE001 - whatever it is, the courier goes on
            _log.error("events cannot be looked at", extra={"error": describe_traceback(error)})

    def _begin_task(self, endpoint_id: str) -> None:
        if endpoint_id not in self._tasks and self._loop is not None:
            task = self._loop.create_task(self._guard_delivery(endpoint_id))
            self._tasks[endpoint_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(endpoint_id, None))

    async def _guard_delivery(self, endpoint_id: str) -> None:
        try:
            await self._serve_endpoint(endpoint_id)
        except ClearpostError:
            return  # the store is away: the lease ends, and it is tried again
        except Exception as error:  # noqa: BLE001 - one endpoint's fault is not another's
            _log.error("a delivery failed", extra={"error": describe_traceback(error)})

    async def _ask_store(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _find_due(self) -> list[str]:
        now = self._store.now()
        with self._store.reading() as connection:
            known = stored.list_endpoints(connection)
            due = stored.find_due(connection, now, self._name) if known else []
        self._has_endpoints = bool(known)
        self._counts.note_states(
            on=sum(one.state == "on" for one in known),
            failing=sum(one.state == "on" and one.failing_since is not None for one in known),
            off=sum(one.state == "off" for one in known),
        )
        return due

    def _purge_some(self) -> None:
        """Delete some of the events that are no longer kept; every hour, all of them in time."""
        if monotonic() - self._purged < _PURGE_SECONDS:
            return
        before = self._store.now() - timedelta(days=self._settings.event_days)
        if not purge_slice(self._store, before):
            self._purged = monotonic()

    async def _serve_endpoint(self, endpoint_id: str) -> None:
        """Deliver what is due to one endpoint, in order, until one is not taken."""
        lease = await self._ask_store(lambda: self._take_lease(endpoint_id))
        if lease is None:
            return
        begun, taken, last = monotonic(), lease.endpoint.last_number, DeliveryResult()
        try:
            for row in lease.rows:
                if monotonic() - begun > _ROUND_SECONDS:
                    break
                last = await self._deliver_one(lease.endpoint, row)
                if last.fault is not None:
                    break
                taken = row["number"]
            else:
                taken = lease.last_number
        finally:  # also where it is broken off: what was taken is noted, and others may go on
            values = self._describe_progress(lease, taken, last)
            await asyncio.shield(
                self._ask_store(lambda: self._end_lease(lease.endpoint, values, last))
            )
        if last.fault is None:
            self._news.set()  # there may be more

    async def _deliver_one(self, endpoint: Endpoint, row: Any) -> DeliveryResult:
        now, body = self._store.now(), write_body(row)
        try:
            shared = [self._secrets.derive(endpoint.id, one) for one in endpoint.list_versions(now)]
        except StoreUnavailableError:
            return DeliveryResult("the key behind our secrets cannot be read")
        headers = sign_webhook(shared, row["id"], now, body)
        try:
            said = await self._sender.send(endpoint.url, body, headers)
        except Exception as error:  # noqa: BLE001 - it counts as not taken, and is tried more rarely
            _log.error("a delivery failed", extra={"error": describe_traceback(error)})
            said = DeliveryResult("failed in a way that nobody foresaw; the log says more")
        self._counts.count_delivery(taken=said.fault is None)
        return said

    def _take_lease(self, endpoint_id: str) -> Lease | None:
        with self._store.writing() as connection:
            now = self._store.now()
            return stored.take_lease(connection, endpoint_id, self._name, now, _MOST_EVENTS)

    def _end_lease(
        self, endpoint: Endpoint, values: Mapping[str, Any], said: DeliveryResult
    ) -> None:
        with self._store.writing() as connection:
            kept = stored.end_lease(connection, endpoint.id, self._name, values)
            if kept and values.get("state") == "off":
                actor = Actor(CALLER, None, self._store.now())
                stored.record_switch_off(connection, actor, endpoint.id, str(said.fault))
        if values.get("state") == "off":
            _log.error("the endpoint %s of events was switched off: %s", endpoint.id, said.fault)

    def _describe_progress(self, lease: Lease, taken: int, said: DeliveryResult) -> dict[str, Any]:
        """Return what is noted of an endpoint after a round of deliveries."""
        now, endpoint = self._store.now(), lease.endpoint
        values: dict[str, Any] = {"last_number": taken}
        moved = any(row["number"] <= taken for row in lease.rows)
        if moved:
            values["delivered_at"] = now
        if said.fault is None:
            if moved:
                values |= {"fault": None, "failing_since": None, "tries": 0, "next_at": None}
            return values
        since = now if moved else endpoint.failing_since or now
        tries = 1 if moved else endpoint.tries + 1
        values |= {"fault": said.fault, "failing_since": since, "tries": tries}
        if said.gone or (now - since >= PATIENCE and tries >= _LEAST_TRIES):
            return {**values, "state": "off", "next_at": None}
        return {**values, "next_at": now + _find_wait(tries)}


def _find_wait(tries: int) -> timedelta:
    """Return how long to wait after so many failures: ever longer, and never the same for all."""
    longest = min(_FIRST_WAIT * 2 ** min(tries - 1, 20), _LONGEST_WAIT)
    return timedelta(seconds=longest * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
