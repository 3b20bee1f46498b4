"""Counts of the last minute: true to a list of times, of fixed size, exact over processes."""

import multiprocessing
import pickle
import random
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

import pytest

from app import rate_counts
from app.rate_counts import KINDS, RateCounts, sharing_counts

SPAWN = multiprocessing.get_context("spawn")
TAKERS, EACH, MOST = 4, 5_000, 10_000


@pytest.fixture(params=["alone", "shared"])
def counts(request: pytest.FixtureRequest) -> Iterator[RateCounts]:
    if request.param == "alone":
        yield RateCounts()
        return
    with sharing_counts() as shared:
        yield shared


@pytest.mark.parametrize("seed", range(5))
def test_a_minute_moves_on(counts: RateCounts, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    chance, most, now, taken = random.Random(seed), 4, 1e6, list[int]()  # noqa: S311
    monkeypatch.setattr(rate_counts, "monotonic", lambda: now)
    for _ in range(2_000):
        now += chance.choice((0, 0.3, 1, 7.5, 20, 59, 60, 61))
        taken = [second for second in taken if int(now) - second < 60]
        wait = taken[0] + 60 - int(now) if len(taken) == most else 0
        assert counts.take("lookups", "a", most) == wait
        if not wait:
            taken.append(int(now))


def test_kinds_and_askers_are_counted_apart(counts: RateCounts) -> None:
    for kind in KINDS:
        assert counts.take(kind, "a", 1) == 0
        assert counts.take(kind, "b", 1) == 0
        assert counts.take(kind, "a", 1)


def test_many_askers_take_no_more_room(counts: RateCounts) -> None:
    passed = sum(counts.take("lookups", f"10.0.{n}", 2) == 0 for n in range(20_000))
    assert passed <= 2 * rate_counts.BUCKETS
    assert not any(counts.take("reports", f"10.0.{n}", 100) for n in range(100))


def test_counts_of_one_process_go_to_no_other() -> None:
    with pytest.raises(TypeError, match="one process alone"):
        pickle.dumps(RateCounts())


def take_many(counts: RateCounts, ready: Barrier, told: Connection) -> None:
    ready.wait()
    told.send(sum(counts.take("lookups", "a", MOST) == 0 for _ in range(EACH)))


def test_processes_that_count_at_once_let_no_more_pass() -> None:
    ready, (heard, told) = SPAWN.Barrier(TAKERS), SPAWN.Pipe(duplex=False)
    with sharing_counts() as counts:
        takers = [
            SPAWN.Process(target=take_many, args=(counts, ready, told)) for _ in range(TAKERS)
        ]
        for taker in takers:
            taker.start()
        assert sum(heard.recv() for _ in takers) == MOST
        for taker in takers:
            taker.join()
    heard.close()
    told.close()


def keep_lock(counts: RateCounts, told: Connection) -> None:
    with counts._lock_row(counts._find_row("lookups", "a")):
        told.send("locked")
        signal.pause()


def test_a_process_that_is_killed_while_it_counts_leaves_no_lock() -> None:
    heard, told = SPAWN.Pipe(duplex=False)
    with sharing_counts() as counts:
        holder = SPAWN.Process(target=keep_lock, args=(counts, told))
        holder.start()
        assert heard.recv() == "locked"
        assert counts.take("lookups", "b", 1) == 0  # others are not held up meanwhile
        holder.kill()
        assert counts.take("lookups", "a", 1) == 0
        holder.join()
    heard.close()
    told.close()
