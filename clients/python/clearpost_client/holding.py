"""Waiting for a review to end: by an event where the key may read them, else by asking."""

import time
from dataclasses import dataclass, field

from clearpost_client.answers import Decision
from clearpost_client.bodies import Post
from clearpost_client.client import Clearpost
from clearpost_client.failures import CouldNotAsk, RequestRefused
from clearpost_client.questions import LONGEST_WAIT, require_allow

# A review that lacks a fact ends when somebody gives it, and no event says so: ask again.
_ASK_AGAIN_SECONDS = 300.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0
_NOT_TOLD = frozenset({401, 403, 404, 410})
_MOST_PAGES = 200


@dataclass
class Holding:
    """A wait for a post to be allowed, of so many seconds at the most.

    The answer to a review is an answer to the same question; so it is the check that says it, and
    what else happens only tells when to ask. A service that is away is waited for, too.
    """

    clearpost: Clearpost
    seconds: float
    _ends: float = field(default=0.0, init=False)
    _told: bool = field(default=True, init=False)
    _cursor: str | None = field(default=None, init=False)

    def gate(self, post: Post) -> Decision:
        """Return an allow, however long the review takes; else raise as `Clearpost.gate` does."""
        self._ends = time.monotonic() + self.seconds
        self._skip_past_events()
        pause = _SHORTEST_PAUSE
        while True:
            try:
                decision = self.clearpost.check_post(post)
                if decision.outcome != "review" or self._count_left() <= 0:
                    require_allow(decision)
                    return decision
                self._await_end(decision.id, pause)
            except RequestRefused:
                raise
            except CouldNotAsk:
                if self._count_left() <= 0:
                    raise
                time.sleep(min(pause, self._count_left()))
            pause = min(_LONGEST_PAUSE, pause * 2)

    def _count_left(self) -> float:
        return max(0.0, self._ends - time.monotonic())

    def _skip_past_events(self) -> None:
        """Go behind the last event before asking, so that no end of the review is missed."""
        for _ in range(_MOST_PAGES):
            if not self._read_ended(0):
                return
        self._told = False

    def _await_end(self, decision_id: str, pause: float) -> None:
        until = time.monotonic() + min(self._count_left(), _ASK_AGAIN_SECONDS)
        while self._told and (left := until - time.monotonic()) > 0:
            if decision_id in self._read_ended(min(LONGEST_WAIT, left)):
                return
        if not self._told:
            time.sleep(min(pause, self._count_left()))

    def _read_ended(self, wait: float) -> set[str]:
        """Return the decisions whose reviews have ended since, and `""` for any other event."""
        try:
            page = self.clearpost.read_events(self._cursor, wait, 500)
        except RequestRefused as error:
            if error.status not in _NOT_TOLD:
                raise
            self._told = False
            return set()
        self._cursor = page.next_cursor
        return {
            str(one.data.get("decision")) if one.kind == "review.ended" else ""
            for one in page.items
        }
