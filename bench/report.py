"""The report: README.md with its tables, and plot.svg beside it."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from app.database.session import find_sqlite
from bench.cores import pins
from bench.figures import Figures
from bench.plan import Variant
from bench.posts import LIST

MAIN_CONNECTIONS = 32
_COLOURS = {"plain": "#9aa0a6", "ready-made": "#c8ccd0", "clearpost": "#1a6fb0", "naive": "#d9822b"}

_INTRODUCTION = """\
# What a check costs

Written by `make bench`; run it for the figures of your own machine. These were taken on {day} on a
machine with {cores} cores, in {rounds} rounds of {seconds} seconds each. Absolute figures say much
about the machine; the ratios say what the service costs.

- **plain** is the reference: a plain FastAPI `async def` route with the same body, validated by the
  same model, the same rules over facts from dicts in memory, and the same answer. It does no I/O:
  no key is checked, nothing is logged, and the district was read before the clock runs (that of
  {reference:,} students, beside larger stores too, for the sake of memory).
- **ready-made** is the ceiling: the same route, which decides nothing and sends the bytes of an
  answer made beforehand.
- **clearpost** is the real service as `clearpost serve` starts it, asked `POST /v1/checks/post`:
  three students, an employee, an account, a photo, 280 characters of text and the logo; API key,
  all rules, and the decision on the hash-chained ledger, on disk, before it is answered.
- **naive** is what one would write first: an async ORM session for each request, four selects, one
  insert, a commit. It checks no key, keeps no chain and knows a handful of rules.

All run at the same time and are measured in turn, one at a time, every other round in reverse
order; a ratio is taken within a round, and what is shown are medians. Every request names random
students; one in twenty refuses. Before the clock runs, answers are compared with what the
population implies; afterwards every store must hold at least as many records as wrk got answers,
and the ledger's chain must verify. A run in which anything but a 2xx was answered is void, and it
is told when the machine had other work on the service's core meanwhile. "CPU us" is the processor
time the service's processes took for one check, in microseconds; PostgreSQL's own is not in it. The
latencies of two processes are the worse of the two.

- One service process: {one}.
- Two service processes: {two}.{unequal}
- SQLite {sqlite} in WAL mode with `synchronous=FULL`; PostgreSQL with `fsync` and
  `synchronous_commit` on, over a Unix socket.
- Python {python}, FastAPI {fastapi}, uvicorn {uvicorn} with uvloop and httptools, no access log.
"""


def write(folder: Path, figures: Figures, complaints: list[str]) -> str:
    """Write the report into `folder`; returns its tables for the terminal."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = "\n".join(_sections(figures, complaints))
    plot = "\n![Answers a second, as a multiple of the plain route's](plot.svg)\n"
    (folder / "README.md").write_text(f"{_introduction(figures)}{plot}\n{tables}")
    _plot(figures).savefig(folder / "plot.svg", metadata={"Date": None})
    return tables


def _introduction(figures: Figures) -> str:
    cores = len(os.sched_getaffinity(0))
    unequal = " With so few cores they share them with PostgreSQL and wrk."
    return _INTRODUCTION.format(
        day=datetime.now(UTC).date(),
        cores=os.cpu_count(),
        reference=figures.plan.sizes["SQLite"][0],
        rounds=figures.plan.rounds,
        seconds=figures.plan.seconds,
        one=pins(1),
        two=pins(2),
        unequal=unequal if cores < 4 else "",
        sqlite=find_sqlite().sqlite_version,
        python=platform.python_version(),
        fastapi=version("fastapi"),
        uvicorn=version("uvicorn"),
    )


def _sections(figures: Figures, complaints: list[str]) -> list[str]:
    parts = [f"## In short, at {MAIN_CONNECTIONS} connections\n", _aims(figures)]
    for connections in figures.plan.connections:
        parts += [f"## Posts, {_connections(connections)}\n", _posts(figures, connections)]
    if figures.plan.lists:
        parts += ["## 1,000 students in one request\n", _lists(figures)]
    if complaints:
        parts += ["## Not as promised\n", "".join(f"- {one}\n" for one in complaints)]
    return parts


def _aims(figures: Figures) -> str:
    rows = [
        (what, _times(found), _times(aim) if aim else "reported", _verdict(found, aim))
        for what, found, aim in figures.aims(figures.posts(MAIN_CONNECTIONS))
    ]
    return _table(("clearpost", "measured", "aim", ""), rows)


def _verdict(found: float | None, aim: float | None) -> str:
    if found is None or aim is None:
        return ""
    return "met" if found >= aim else "**missed**"


def _posts(figures: Figures, connections: int) -> str:
    load = figures.posts(connections)
    rows = [
        (
            *_named(variant),
            _number(figures.rate(variant, load)),
            _times(figures.to_plain(variant, load)),
            _times(figures.to_ready_made(variant, load)),
            _times(figures.to_naive(variant, load) if variant.design == "clearpost" else None),
            *_milliseconds(figures.latency(variant, load)),
            _number(figures.cpu(variant, load)),
        )
        for variant in figures.plan.variants
        if figures.plan.bears(variant, load)
    ]
    titles = ("design", "store", "students", "processes", "checks/s", "/ plain", "/ ready-made",
              "/ naive", "p50 ms", "p99 ms", "CPU us")  # fmt: skip
    return _table(titles, rows)


def _lists(figures: Figures) -> str:
    rows = []
    for load in (one for one in figures.plan.loads if one.form is LIST):
        for variant in (v for v in figures.plan.variants if figures.plan.bears(v, load)):
            rate = figures.rate(variant, load)
            rows.append((
                *_named(variant)[:3],
                str(load.connections),
                _number(rate * load.form.students if rate else None),
                _times(figures.to_naive(variant, load) if variant.design == "clearpost" else None),
                *_milliseconds(figures.latency(variant, load)),
            ))  # fmt: skip
    titles = ("design", "store", "students", "connections", "students/s", "/ naive", "p50 ms",
              "p99 ms")  # fmt: skip
    return _table(titles, rows)


def _named(variant: Variant) -> tuple[str, str, str, str]:
    students = f"{variant.students:,}" if variant.students else "-"
    return variant.design, variant.store or "-", students, str(variant.processes)


def _connections(count: int) -> str:
    return "one connection" if count == 1 else f"{count} connections"


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _number(value: float | None) -> str:
    return "void" if value is None else f"{value:,.0f}"


def _milliseconds(value: tuple[float, float] | None) -> tuple[str, str]:
    return ("-", "-") if value is None else (f"{value[0]:.1f}", f"{value[1]:.1f}")


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _plot(figures: Figures) -> Figure:
    mpl.rcParams["svg.hashsalt"] = "clearpost"
    counts = figures.plan.connections
    height = 1.2 + 0.32 * len(figures.plan.variants)
    figure = Figure(figsize=(4 + 3 * len(counts), height), layout="constrained")
    axes = figure.subplots(1, len(counts), sharey=True, squeeze=False)[0]
    for panel, connections in zip(axes, counts, strict=True):
        load = figures.posts(connections)
        variants = figures.plan.variants[::-1]
        ratios = [figures.to_plain(variant, load) or 0 for variant in variants]
        bars = panel.barh(
            [str(v) for v in variants], ratios, color=[_COLOURS[v.design] for v in variants]
        )
        panel.bar_label(bars, [f"{r:.2f}" if r else "" for r in ratios], padding=2, fontsize=8)
        panel.set_title(_connections(connections), fontsize=10)
        panel.set_xlim(0, max(1.0, *ratios) * 1.15)
        panel.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("checks a second, as a multiple of the plain route's", fontsize=9)
    return figure
