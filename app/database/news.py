"""News: what a transaction wrote that others wait for, and the bell that tells them of it.

The bell rings in the process that committed, and after the commit alone. Other processes look.
"""

from collections.abc import Callable
from threading import Lock

from sqlalchemy import Connection

_MARK = "clearpost_news"


class Bell:
    """Rings for those who listen in this process. Listeners are called on the writer's thread.

    They return at once and raise nothing.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Let `listener` be called at each ring; return what ends that."""
        with self._lock:
            self._listeners.append(listener)

        def end() -> None:
            with self._lock:
                self._listeners.remove(listener)

        return end

    def ring(self) -> None:
        """Call all who listen."""
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener()


def mark_news(connection: Connection) -> None:
    """Note that this transaction has written news; the bell rings once it is committed."""
    connection.info[_MARK] = True


def take_mark(connection: Connection) -> bool:
    """Return whether news were written since this was asked last on the connection."""
    return bool(connection.info.pop(_MARK, False))
