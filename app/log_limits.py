"""Log lines that anyone can cause without end: the first of each minute are written.

Lines are alike where logger, level and words are. The number left out is written once a minute for
each kind.
"""

import logging
from collections import Counter
from threading import Lock, Timer
from typing import NamedTuple

SECONDS = 60.0
MOST_ALIKE = 20
# Kinds of lines that are told apart in a minute; those beyond are counted together.
_MOST_KINDS = 1_000
# Loggers whose lines a caller causes: requests, also on a store that is gone, what is no HTTP, and
# writes to who has left.
LIMITED = ("clearpost.http", "clearpost.store", "uvicorn.error", "asyncio")


class LineKind(NamedTuple):
    """The common parts of lines that are alike."""

    logger: str
    level: int
    words: str


class LineCounts:
    """Counts lines that are not written, and writes how many there were every `seconds`."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._counts: Counter[LineKind] = Counter()
        self._timer: Timer | None = None

    def add_line(self, kind: LineKind, most: int = 0) -> bool:
        """Count a line; return whether it is among the first `most` of the minute."""
        with self._lock:
            if kind not in self._counts and len(self._counts) >= _MOST_KINDS:
                kind = LineKind(kind.logger, kind.level, "others")
            self._counts[kind] += 1
            if self._timer is None:
                self._timer = Timer(self._seconds, self._tell_counts, (most,))
                self._timer.daemon = True
                self._timer.start()
            return self._counts[kind] <= most

    def _tell_counts(self, most: int) -> None:
        with self._lock:
            counts, self._counts, self._timer = self._counts, Counter(), None
        for kind, count in counts.items():
            if count > most:
                extra = {"is_count": True}
                text = "%d more in the last %g s: %s"
                logging.getLogger(kind.logger).log(
                    kind.level, text, count - most, self._seconds, kind.words, extra=extra
                )


class LineLimit(logging.Filter):
    """Passes the first `most` lines of each kind in every `seconds`."""

    def __init__(self, most: int = MOST_ALIKE, seconds: float = SECONDS) -> None:
        super().__init__()
        self._most = most
        self._lines = LineCounts(seconds)

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether `record` is written."""
        if hasattr(record, "is_count"):
            return True
        kind = LineKind(record.name, record.levelno, record.getMessage())
        return self._lines.add_line(kind, self._most)


def limit_lines() -> None:
    """Limit the lines of the loggers with lines that a caller causes."""
    for name in LIMITED:
        logger = logging.getLogger(name)
        if not any(isinstance(one, LineLimit) for one in logger.filters):
            logger.addFilter(LineLimit())
