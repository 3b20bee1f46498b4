"""One run: everything is started, verified and warmed up, then measured in turn, round by round.

Every round measures every variant under a load before it goes to the next load, and every other
round does so backwards: when the machine grows slower or faster meanwhile, all feel it alike.
"""

import contextlib
import os
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from bench import services, verify
from bench.cores import busy_seconds, pin_postgres, pins
from bench.databases import Database, Databases
from bench.load import Load, Run, run
from bench.plan import PLAIN, READY_MADE, Plan, Variant
from bench.posts import POST
from bench.services import Service

_WARM_UP_SECONDS = 2
_MOST_OTHERS = 0.15

Results = dict[tuple[Variant, Load], list[Run]]


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a run; `complaints` is empty when every promise was kept."""

    results: Results
    complaints: list[str]


def measure(plan: Plan, databases: Databases) -> Measured:
    """Carry out `plan`."""
    services.LOG.unlink(missing_ok=True)
    with contextlib.ExitStack() as stack:
        running = _start(plan, databases, stack)
        answered: Counter[str] = Counter()
        for variant, service in running.items():
            _prepare(plan, variant, service)
        results: Results = defaultdict(list)
        for number in range(plan.rounds):
            for variant, load in _round(plan, number):
                got = _one(running[variant], variant, load, number)
                results[variant, load].append(got)
                if variant.store:
                    answered[running[variant].database.url] += got.answered
                _tell(number, variant, load, got)
        complaints = verify.losses(list(running.values()), answered)
    return Measured(results, [*complaints, *_voided(results), *_disturbed(results)])


def _start(plan: Plan, databases: Databases, stack: contextlib.ExitStack) -> dict[Variant, Service]:
    """Every service of the plan; a second process shares the database of the first."""
    running: dict[Variant, Service] = {}
    for variant in plan.variants:
        if variant.store is None:
            continue
        start = services.naive if variant.design == "naive" else services.clearpost
        first = running.get(replace(variant, processes=1))
        database = first.database if first else _database(variant, databases)
        running[variant] = stack.enter_context(start(database, pins(variant.processes).services))
    # The first store of the plan is the smallest: the references know its students.
    clearpost = next(s for s in running.values() if s.design == "clearpost")
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    answer = Path(folder, "answer.json")
    answer.write_bytes(verify.allowed_answer(clearpost))
    database, cores = clearpost.database, pins(1).services
    plain = stack.enter_context(services.plain(database, cores))
    ready_made = stack.enter_context(services.ready_made(answer, database, cores))
    return {PLAIN: plain, READY_MADE: ready_made, **running}


def _database(variant: Variant, databases: Databases) -> Database:
    make = databases.sqlite if variant.store == "SQLite" else databases.postgres
    return make(variant.students)


def _prepare(plan: Plan, variant: Variant, service: Service) -> None:
    forms = {load.form for load in plan.loads if plan.bears(variant, load)}
    for form in forms:
        verify.refuse_wrong_answers(service, form)
    _one(service, variant, Load(POST, 32, _WARM_UP_SECONDS), -1)


def _round(plan: Plan, number: int) -> list[tuple[Variant, Load]]:
    order = plan.variants[::-1] if number % 2 else plan.variants
    return [(v, load) for load in plan.loads for v in order if plan.bears(v, load)]


def _one(service: Service, variant: Variant, load: Load, number: int) -> Run:
    where = pins(variant.processes)
    pin_postgres(where.postgres)
    # What others wrote goes to the disk before the clock runs, not while it does.
    os.sync()
    own = [core for core in sum(where.services, ()) if core not in where.wrk]
    before = busy_seconds(tuple(own))
    got = run(service, load, 1_000 * (number + 2), where.wrk)
    if not own:
        return got
    others = busy_seconds(tuple(own)) - before - got.cpu_seconds
    return replace(got, others=others / (got.seconds * len(own)))


def _tell(number: int, variant: Variant, load: Load, got: Run) -> None:
    print(
        f"  round {number + 1}, {load.connections} connections on {load.form.path}: {variant}: "
        f"{got.rate:,.0f}/s, others {got.others:.0%}"
        + (f", VOID: {got.failed} failed" if got.void else ""),
        file=sys.stderr,
    )


def _voided(results: Results) -> list[str]:
    return [
        f"void: {variant} at {load.connections} connections: "
        f"{sum(r.failed for r in runs):,} requests were not answered with 2xx"
        for (variant, load), runs in results.items()
        if any(r.void for r in runs)
    ]


def _disturbed(results: Results) -> list[str]:
    """A complaint where the machine had other work than ours."""
    shares = [run.others for runs in results.values() for run in runs]
    disturbed = [share for share in shares if share > _MOST_OTHERS]
    complaint = (
        f"disturbed: in {len(disturbed)} of {len(shares)} runs others used up to "
        f"{max(shares):.0%} of the service's core, so the figures are not to be trusted"
    )
    return [complaint] if disturbed else []
