"""`python -m bench.recall`: how soon a recall reaches what is out, into bench/RECALL.md.

The service as its users start it, with many live clearances: one refusal, a change that concerns
all of them, and the rate of checks beside the turn over them.
"""

import argparse
import json
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from sqlalchemy import func, insert, select, update

from app.checks.batch import decide_inquiries
from app.checks.queue import Answer, Inquiry
from app.checks.request_parser import POST as FORM
from app.checks.request_parser import read_check
from app.database import tables as t
from app.database.session import Store
from app.policy.question import Asker
from app.policy_setup import read_setup
from app.settings import Settings
from app.store.ledger.chain import make_id
from bench import services
from bench.cores import pins
from bench.databases import Database, Databases, opened
from bench.load import Load, require_wrk, run
from bench.population import District
from bench.posts import POST, draw

_FOLDER = Path("var/bench")
_REPORT = Path("bench/RECALL.md")
_BATCH = 100
_SEED = 5255
_CONNECTIONS = 32
_SECONDS = 10
_LONGEST = 1_800.0


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds, and checks a second, on one store; `refusals` are the times of some."""

    store: str
    refusals: tuple[float, ...]
    everything: float
    idle: float
    beside: float


def give_clearances(database: Database, count: int) -> list[tuple[str, str]]:
    """Let `count` posts be cleared for a day; return each with a student that it pictures."""
    settings = Settings(database_url=database.url)
    store, setup, dice = Store(database.url), read_setup(settings), random.Random(_SEED)
    given: list[tuple[str, str]] = []
    while len(given) < count:
        bodies: list[dict[str, Any]] = []
        while len(bodies) < _BATCH:
            drawn = draw(POST, District(database.students), dice)
            if not drawn.refusing:
                bodies.append(json.loads(drawn.body))
        inquiries = []
        for body in bodies:
            body["author"] = body["pictured"]["employees"][0]
            body["media"][0]["sha256"] = f"{dice.getrandbits(256):064x}"
            read = read_check(FORM, json.dumps(body | {"clearance": True}).encode(), Asker())
            inquiries.append(
                Inquiry(read.question, read.request, "bench", None, read.text, "bench", 1_440)
            )
        results = decide_inquiries(store, setup, inquiries)
        for body, result in zip(bodies, results, strict=True):
            if isinstance(result, Answer) and result.clearance is not None:
                given.append((result.clearance.id, body["pictured"]["students"][0]["id"]))
    store.close()
    return given


def refuse(store: Store, person_id: str) -> None:
    """Put a guardian's refusal on file, as the import of a consent list does."""
    with store.writing() as connection:
        connection.execute(
            insert(t.consents).values(
                id=make_id(), person_id=person_id, decision="refuse", activity="publish",
                channel="social", extent="image", capacity="guardian", source="bench",
                signed_at=store.now(), signed_day_only=False, digest=make_id(),
                effective_from=datetime(2026, 1, 1, tzinfo=UTC).date(), recorded_at=store.now(),
            )
        )  # fmt: skip


def count_live(store: Store, clearance_id: str | None = None) -> int:
    """Return how many clearances are live, of all or of one."""
    live = select(func.count()).select_from(t.clearances).where(t.clearances.c.state == "live")
    if clearance_id is not None:
        live = live.where(t.clearances.c.id == clearance_id)
    with store.reading() as connection:
        return connection.scalar(live) or 0


def wait_until_revoked(store: Store, clearance_id: str | None = None) -> float:
    """Return after how many seconds none is live any more."""
    begun = perf_counter()
    while count_live(store, clearance_id):
        if perf_counter() - begun > _LONGEST:
            sys.exit("bench: the recall did not end")
        sleep(0.05 if clearance_id else 0.5)
    return perf_counter() - begun


def measure(idle: Database, database: Database, count: int) -> Result:
    """Measure one store; `idle` is a copy of it without clearances."""
    where = pins(1)
    load = Load(POST, _CONNECTIONS, _SECONDS)
    with services.clearpost(idle, where.services) as service:
        run(service, load, 1, where.wrk)
        without = run(service, load, 2, where.wrk).rate
    print(f"  clearing {count:,} posts", file=sys.stderr)
    given = give_clearances(database, count)
    store = Store(database.url)
    with services.clearpost(database, where.services) as service:
        run(service, load, 1, where.wrk)
        beside = run(service, load, 2, where.wrk).rate
        refusals = []
        for clearance_id, student in random.Random(_SEED).sample(given, 5):
            refuse(store, student)
            refusals.append(wait_until_revoked(store, clearance_id))
    with store.writing() as connection:
        connection.execute(update(t.accounts).values(status="suspended"))
    with services.clearpost(database, where.services):
        everything = wait_until_revoked(store)
    store.close()
    name = database.url.partition(":")[0]
    return Result(name, tuple(sorted(refusals)), everything, without, beside)


def measure_all(databases: Databases, students: int, count: int) -> Iterator[Result]:
    """Measure both stores, one after the other."""
    for make in (databases.sqlite, databases.postgres):
        yield measure(make(students), make(students), count)


def report(results: list[Result], students: int, count: int) -> str:
    """Return the whole file."""
    rows = "".join(
        f"| {one.store} | {one.refusals[len(one.refusals) // 2]:.1f} | {one.refusals[-1]:.1f} "
        f"| {one.everything:.0f} | {count / one.everything:,.0f} | {one.idle:,.0f} "
        f"| {one.beside:,.0f} | {one.beside / one.idle:.2f} |\n"
        for one in results
    )
    return _TEXT.format(
        students=f"{students:,}", count=f"{count:,}", rows=rows, cores=os.cpu_count(),
        day=f"{datetime.now(UTC):%Y-%m-%d}",
    )  # fmt: skip


_TEXT = """\
# How soon a recall reaches what is out

Written by `make bench-recall`; run it for the figures of your own machine. The service as
`clearpost serve` starts it, with {students} students and {count} live clearances, on {day} with
{cores} cores. Seconds from the commit of a change to the last clearance that it revokes; "all" is a
change that no row tells of and that concerns every one, found by the turn at the start. Beside it
the rate of checks at 32 connections without clearances, and while the turn is under way.

| store | one refusal, s | slowest of 5 | all, s | revoked/s | checks/s | beside a turn | ratio |
| --- | --- | --- | --- | --- | --- | --- | --- |
{rows}
Aims: one refusal within 5 s, and 0.8 of the rate.
"""


def main() -> None:
    """Measure and write the report."""
    parser = argparse.ArgumentParser(prog="python -m bench.recall", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--live", type=int, default=100_000)
    parser.add_argument("--report", type=Path, default=_REPORT)
    given = parser.parse_args()
    require_wrk()
    with opened(_FOLDER) as databases:
        results = list(measure_all(databases, given.people, given.live))
    text = report(results, given.people, given.live)
    given.report.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
