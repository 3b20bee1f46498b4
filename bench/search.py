"""`python -m bench.search`: what a search among a million people costs, into bench/SEARCH.md.

Typical and worst questions, one after another over HTTP, to the service as its users start it.
"""

import argparse
import os
import random
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx
import psycopg

from app.database.session import Store
from app.store.people import name_index
from app.store.service import keys
from bench import search_population, services
from bench.cores import Cores
from bench.databases import Database, version_of
from bench.search_population import PEOPLE_PER_SCHOOL, Names, populate, school_id
from bench.services import Service
from migrations.upgrade import upgrade
from tests.postgres import running

_FOLDER = Path("var/bench")
_REPORT = Path("bench/SEARCH.md")
_AIM_MS = 50
_SEED = 5255
_LETTERS = "abcdefghijklmnoprstuvw"
_COMMON = 20
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One kind of question; `draw` makes one. A `limited` one comes with a key of three schools."""

    title: str
    draw: Callable[[random.Random], Body]
    limited: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """Times in milliseconds; `found` and `cpu` (of the service's process) are averages."""

    question: Question
    store: str
    times: list[float]
    found: float
    cpu: float

    def at(self, percent: int) -> float:
        return statistics.quantiles(self.times, n=100)[percent - 1]


def questions(count: int) -> list[Question]:
    """What is asked of a district of `count` people."""
    names, schools = Names(), max(count // PEOPLE_PER_SCHOOL, 1)
    given, family = names.given, names.family[:5_000]
    long = [name for name in family if len(name) >= 8]
    pick = random.Random.choice

    def typo(dice: random.Random, name: str, times: int) -> str:
        for at in dice.sample(range(1, len(name)), times):
            name = name[:at] + pick(dice, _LETTERS) + name[at + 1 :]
        return name

    def school(dice: random.Random) -> str:
        return school_id(dice.randrange(schools))

    return [
        Question("a common family name", lambda _: {"query": "Smith"}),
        Question("any family name", lambda d: {"query": pick(d, family)}),
        Question(
            "a whole name",
            lambda d: {"query": f"{names.draw(d, given)} {names.draw(d, names.family)}"},
        ),
        Question(
            "a common whole name",
            lambda d: {"query": f"{pick(d, given[:_COMMON])} {pick(d, family[:_COMMON])}"},
        ),
        Question(
            "two beginnings", lambda d: {"query": f"{pick(d, given)[:3]} {pick(d, family)[:3]}"}
        ),
        Question("one letter", lambda d: {"query": pick(d, _LETTERS)}),
        Question("two letters", lambda d: {"query": f"{pick(d, _LETTERS)} {pick(d, _LETTERS)}"}),
        Question("two mistakes in a name", lambda d: {"query": typo(d, pick(d, long), 2)}),
        Question(
            "a mistake in each name",
            lambda d: {"query": f"{typo(d, pick(d, long), 1)} {typo(d, pick(d, long), 1)}"},
        ),
        Question(
            "a mistake in a common name", lambda d: {"query": f"smiht {pick(d, given[:_COMMON])}"}
        ),
        Question("nobody", lambda _: {"query": "zzyzxqq"}),
        Question("a common name and nobody's", lambda _: {"query": "smith zzyzxqq"}),
        Question("three common family names", lambda _: {"query": "smith johnson garcia"}),
        Question("a whole school", lambda d: {"school": school(d)}),
        Question("one letter in a school", lambda d: {"query": "s", "school": school(d)}),
        Question("a common name in a school", lambda d: {"query": "smith", "school": school(d)}),
        Question("a common name in a grade", lambda _: {"query": "smith", "grade": "3"}),
        Question("a whole grade", lambda _: {"grade": "3"}),
        Question("a kind that nobody is", lambda _: {"kind": "affiliate"}),
        Question("any given name", lambda d: {"query": pick(d, given[:2_000])}, limited=True),
    ]


def measure(database: Database, limited: str, asked: list[Question], times: int) -> list[Result]:
    """Each question `times` over, after as many as the service needs to become warm."""
    with services.clearpost(database, (_all_cores(),)) as service:
        by_key = {
            key: httpx.Client(
                base_url=service.urls[0], headers={"Authorization": f"Bearer {key}"}, timeout=60
            )
            for key in (database.key, limited)
        }
        results = []
        for question in asked:
            client = by_key[limited if question.limited else database.key]
            results.append(_measure(service, client, question, times))
            told = f"{results[-1].store} {question.title}: {results[-1].at(95):.1f} ms"
            print(f"  {told}, CPU {results[-1].cpu:.1f} ms", file=sys.stderr)
        for client in by_key.values():
            client.close()
    return results


def _measure(service: Service, client: httpx.Client, question: Question, times: int) -> Result:
    dice = random.Random(_SEED)
    taken, found, used = [], 0, 0.0
    for number in range(times + times // 5):
        if number == times // 5:
            used = service.cpu_seconds()
        body = question.draw(dice)
        start = perf_counter()
        answer = client.post("/v1/people/search", json=body)
        elapsed = (perf_counter() - start) * 1_000
        if answer.status_code != httpx.codes.OK:
            sys.exit(f"bench: a search was answered with {answer.status_code}")
        if number >= times // 5:
            taken.append(elapsed)
            found += len(answer.json()["items"])
    store = service.database.url.partition(":")[0]
    cpu = (service.cpu_seconds() - used) * 1_000 / times
    return Result(question, store, taken, found / times, cpu)


def _all_cores() -> Cores:
    return tuple(sorted(os.sched_getaffinity(0)))


def _kept(count: int) -> str:
    """The URL of the kept SQLite file for `count` people, which is made where it is missing."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    sources = Path(search_population.__file__), Path(name_index.__file__)
    path = _FOLDER / f"search-{count}-{version_of(*sources)}.db"
    if not path.exists():
        for stale in _FOLDER.glob(f"search-{count}-*"):
            stale.unlink()
        unfinished = path.with_suffix(".unfinished")
        _populate(f"sqlite:///{unfinished}", count)
        unfinished.rename(path)
    return f"sqlite:///{path}"


def _populate(url: str, count: int) -> None:
    print(f"  populating {url.partition(':')[0]} with {count:,} people", file=sys.stderr)
    store = Store(url)
    upgrade(store)
    populate(store, count)
    store.close()


def _opened(url: str, count: int) -> tuple[Database, str]:
    """The populated store at `url`, with a key without limits and one of three schools."""
    store = Store(url)
    schools = [school_id(number) for number in range(3)]
    with store.writing() as connection:
        rights = {"name": "bench", "scopes": ["people:read"], "now": datetime.now(UTC)}
        free = keys.create_key(connection, **rights)
        limited = keys.create_key(connection, schools=schools, **rights)
    store.close()
    return Database(url, count, free.secret), limited.secret


def everything(count: int, times: int) -> Iterator[Result]:
    """Both stores, one after the other."""
    asked = questions(count)
    yield from measure(*_opened(_kept(count), count), asked, times)
    with running(fsync="on", synchronous_commit="on") as postgres:
        url = postgres.url(postgres.create())
        _populate(url, count)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")
        yield from measure(*_opened(url, count), asked, times)


def report(results: list[Result], count: int, times: int, load: tuple[float, float]) -> str:
    """The whole file."""
    stores = list(dict.fromkeys(result.store for result in results))
    titles = [
        "question",
        "found",
        *(f"{store} {p}" for store in stores for p in ("p50", "p95", "CPU")),
    ]
    lines = [titles, ["---"] * len(titles)]
    for question in dict.fromkeys(result.question for result in results):
        of_it = {r.store: r for r in results if r.question == question}
        cells = [
            f"{ms:.1f}" for s in stores for ms in (of_it[s].at(50), of_it[s].at(95), of_it[s].cpu)
        ]
        by = ", a key of three schools" if question.limited else ""
        lines.append([question.title + by, f"{of_it[stores[0]].found:.0f}", *cells])
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    worst = max(result.at(95) for result in results)
    return _TEXT.format(
        count=f"{count:,}", times=times, table=table, worst=f"{worst:.0f}", aim=_AIM_MS,
        verdict="met" if worst < _AIM_MS else "missed", day=f"{datetime.now(UTC):%Y-%m-%d}",
        cores=os.cpu_count(), before=f"{load[0]:.1f}", after=f"{load[1]:.1f}",
    )  # fmt: skip


_TEXT = """\
# What a search for people costs

Written by `make bench-search`; run it for the figures of your own machine. `POST /v1/people/search`
over HTTP, one request at a time, to the service as `clearpost serve` starts it, with {count}
people (90,000 family and 12,000 given names, some borne by very many). Each question was asked
{times} times, with other names where it has any. Milliseconds, as the client sees them; "found" is
what came on the first page of at most 50, "CPU" the processor time of the service's process, which
others on the machine change little (PostgreSQL's own is not in it).

Taken on {day} on a machine with {cores} cores, whose load was {before} when it began and {after}
when it ended.

{table}
Aim: a p95 under {aim} ms for every question on both stores. The worst is {worst} ms: {verdict}.
"""


def main() -> None:
    """Measure and write the report; exit code 1 where the aim is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--report", type=Path, default=_REPORT)
    given = parser.parse_args()
    before = os.getloadavg()[0]
    results = list(everything(given.people, given.times))
    text = report(results, given.people, given.times, (before, os.getloadavg()[0]))
    given.report.write_text(text, encoding="utf-8")
    print(text)
    sys.exit(1 if any(result.at(95) >= _AIM_MS for result in results) else 0)


if __name__ == "__main__":
    main()
