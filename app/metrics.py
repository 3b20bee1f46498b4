"""The service's counters, for Prometheus. No label holds data of a request or a record."""

from collections.abc import Callable
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from app.policy.words import CheckKind, Outcome

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class WebhookCounts:
    """The counters of deliveries of events, and how the endpoints stand."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        """Count in `registry`; without one, the counts are not shown."""
        registry = registry or CollectorRegistry()
        delivered = Counter(
            "clearpost_webhooks", "Deliveries of events tried.", ("outcome",), registry=registry
        )
        self._delivered = {taken: delivered.labels("taken" if taken else "failed")
                           for taken in (True, False)}  # fmt: skip
        self._endpoints = Gauge(
            "clearpost_webhook_endpoints",
            "Endpoints of events: on, those of them that fail now, and switched off.",
            ("state",),
            registry=registry,
        )
        self.note_states(on=0, failing=0, off=0)

    def count_delivery(self, *, taken: bool) -> None:
        """Count one delivery that was tried."""
        self._delivered[taken].inc()

    def note_states(self, *, on: int, failing: int, off: int) -> None:
        """Note how many endpoints there are; those that fail are among those that are on."""
        for state, number in (("on", on), ("failing", failing), ("off", off)):
            self._endpoints.labels(state).set(number)


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "clearpost_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "clearpost_request_seconds",
            "Time from a request's head to its answer, in seconds.",
            ("route",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        decisions = Counter(
            "clearpost_decisions",
            "Decisions made.",
            ("check", "outcome"),
            registry=self._registry,
        )
        self._decided = {
            (check, outcome): decisions.labels(check, outcome)
            for check in get_args(CheckKind)
            for outcome in get_args(Outcome)
        }
        # Looking a labelled child up costs more than counting: each is looked up once.
        self._bound: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._clock_behind = Gauge(
            "clearpost_clock_behind",
            "1 where the clock was found behind what was recorded before: nothing is allowed.",
            registry=self._registry,
        )
        self._refused_credentials = Counter(
            "clearpost_refused_credentials", "Keys and tokens refused.", registry=self._registry
        )
        self.webhooks = WebhookCounts(self._registry)
        self._waiting = Gauge(
            "clearpost_checks_waiting",
            "Checks that wait for the store.",
            registry=self._registry,
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; `route` is the route's template, never the path."""
        known = method if method in _METHODS else "other"
        key = (known, route, status)
        counted = self._bound.get(key)
        if counted is None:
            requests = self._requests.labels(known, route, str(status))
            counted = self._bound[key] = (requests, self._seconds.labels(route))
        counted[0].inc()
        counted[1].observe(seconds)

    def decision(self, check: CheckKind, outcome: Outcome) -> None:
        """Count one decision."""
        self._decided[check, outcome].inc()

    def count_refused_credential(self) -> None:
        """Count one key or token that was refused."""
        self._refused_credentials.inc()

    def watch_queue(self, waiting: Callable[[], int]) -> None:
        """Let the gauge of waiting checks ask `waiting` at each scrape."""
        self._waiting.set_function(waiting)

    def watch_clock(self, behind: Callable[[], bool]) -> None:
        """Let the gauge of the clock ask `behind` at each scrape."""
        self._clock_behind.set_function(behind)

    def exposition(self) -> bytes:
        """Return everything counted so far, in Prometheus' text format."""
        return generate_latest(self._registry)
