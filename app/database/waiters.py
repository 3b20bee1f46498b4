"""Requests that wait for a write: one that was answered "nothing recorded" records nothing.

A request's time may be up while its thread still waits for the write lock. What the thread does
then is undone, unless its commit has begun.
"""

from contextvars import ContextVar
from threading import Lock

from app.errors import OverloadedError


class Waiter:
    """A waiter for the write of a thread: present, or gone before the commit began."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._has_left = self._is_committing = False

    def leave(self) -> bool:
        """Stop waiting, and return whether nothing is recorded from now on."""
        with self._lock:
            self._has_left = not self._is_committing
            return self._has_left

    def begin_commit(self) -> None:
        """Mark the commit as begun; raises `OverloadedError` where no one waits any more."""
        with self._lock:
            if self._has_left:
                raise OverloadedError
            self._is_committing = True

    def refuse_late(self) -> None:
        """Raise `OverloadedError` where no one waits any more."""
        if self._has_left:
            raise OverloadedError


# The thread's waiter; the pipeline and a command have none.
waiter: ContextVar[Waiter | None] = ContextVar("waiter", default=None)


def refuse_late() -> None:
    """Raise `OverloadedError` where no one waits any more for this thread's write."""
    if found := waiter.get():
        found.refuse_late()


def begin_commit() -> None:
    """Mark this thread's commit as begun; raises `OverloadedError` where no one waits any more."""
    if found := waiter.get():
        found.begin_commit()
