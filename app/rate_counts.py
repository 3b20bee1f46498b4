"""Counts of the last minute, in memory that the worker processes of one service share.

Each of four thousand buckets has a count for each of the last sixty seconds, so the room is fixed
and allocated at the start: no one can fill it. A bucket is written under a file lock of its own.
The kernel frees the lock where its process is killed, and the memory once all processes have ended.
"""

import contextlib
import fcntl
import os
import sys
import tempfile
from collections.abc import Iterator
from hashlib import blake2b
from mmap import mmap
from multiprocessing.reduction import DupFd
from secrets import token_bytes
from time import monotonic
from typing import IO, Any, Literal, get_args

CountKind = Literal["reports", "lookups", "refused_addresses", "refused_keys"]
KINDS: tuple[CountKind, ...] = get_args(CountKind)
BUCKETS = 4_096
SECONDS = 60
_ROWS = len(KINDS) * BUCKETS
_CLOCKS = _ROWS * 4
_BYTES = _CLOCKS + _ROWS * SECONDS * 2
_NONE = memoryview(bytes(SECONDS * 2)).cast("H")


class RateCounts:
    """The counts of every kind; belongs to the event loop of each process.

    A copy that is sent to a process as it is started counts in the same memory.
    """

    def __init__(self, file: int | None = None, secret: bytes | None = None) -> None:
        """Count in the memory behind the descriptor `file`, else for this process alone."""
        self._file = file
        self._secret = secret or token_bytes(16)
        memory = memoryview(mmap(-1 if file is None else file, _BYTES))
        self._clocks = memory[:_CLOCKS].cast("I")
        self._counts = memory[_CLOCKS:].cast("H")

    def __reduce__(self) -> tuple[Any, ...]:
        if self._file is None:
            message = "these counts are of one process alone"
            raise TypeError(message)
        return _attach_counts, (DupFd(self._file), self._secret)

    def take(self, kind: CountKind, who: str, most: int) -> int:
        """Count one of `who`; return 0 where it is among the `most` of the last minute.

        Otherwise it is not counted, and the result is the seconds until one more would be.
        """
        row = self._find_row(kind, who)
        with self._lock_row(row):
            now = self._forget_old(row)
            if self._sum_counts(row) >= most:
                return self._find_wait(row, now)
            self._counts[row * SECONDS + now % SECONDS] += 1
        return 0

    def _find_row(self, kind: CountKind, who: str) -> int:
        """Return the bucket of `who`, the same in all processes that share the secret."""
        digest = blake2b(who.encode(), key=self._secret, digest_size=8).digest()
        return KINDS.index(kind) * BUCKETS + int.from_bytes(digest) % BUCKETS

    @contextlib.contextmanager
    def _lock_row(self, row: int) -> Iterator[None]:
        """Keep other processes from one row, for the few microseconds of a count."""
        if self._file is None:
            yield
            return
        fcntl.lockf(self._file, fcntl.LOCK_EX, 1, row)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, row)

    def _forget_old(self, row: int) -> int:
        """Set the counts of seconds long gone to zero; return the present second.

        Linux and macOS count it alike in every process.
        """
        now = int(monotonic())
        last, start = self._clocks[row], row * SECONDS
        if now - last >= SECONDS:
            self._counts[start : start + SECONDS] = _NONE
        else:
            for second in range(last + 1, now + 1):
                self._counts[start + second % SECONDS] = 0
        self._clocks[row] = now
        return now

    def _sum_counts(self, row: int) -> int:
        return sum(self._counts[row * SECONDS : (row + 1) * SECONDS].tolist())

    def _find_wait(self, row: int, now: int) -> int:
        """Return the seconds until the oldest count is forgotten."""
        start = row * SECONDS
        for second in range(now - SECONDS + 1, now + 1):
            if self._counts[start + second % SECONDS]:
                return second + SECONDS - now
        return 1


@contextlib.contextmanager
def sharing_counts() -> Iterator[RateCounts]:
    """Yield counts for processes that are started from this one, for as long as the block runs."""
    with _open_memory() as file:
        # Written, so that it is there: memory that is not to be had later would kill a worker.
        file.write(bytes(_BYTES))
        file.flush()
        yield RateCounts(file.fileno())


def _attach_counts(file: Any, secret: bytes) -> RateCounts:
    return RateCounts(file.detach(), secret)


def _open_memory() -> IO[bytes]:
    """Return a file without a name, in memory where the system has such."""
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("clearpost-counts"), "r+b")
    return tempfile.TemporaryFile()
