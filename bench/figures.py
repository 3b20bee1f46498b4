"""From runs to figures: medians, and ratios taken within each round before their median."""

from dataclasses import replace
from statistics import median

from bench.load import Load, Run
from bench.measure import Results
from bench.plan import PLAIN, READY_MADE, Plan, StoreName, Variant
from bench.posts import POST

# What is promised at 32 connections: against the plain route, against the naive design, and of
# the largest population against the smallest. The ready-made answer is told beside, as the ceiling.
_AIMS: dict[StoreName, float] = {"SQLite": 0.7, "PostgreSQL": 0.4}
_AIM_TO_NAIVE = 8.0
_AIM_OF_SIZE = 0.9


class Figures:
    """The results of a run, as the report asks for them. None is what was void or not measured."""

    def __init__(self, plan: Plan, results: Results) -> None:
        self.plan = plan
        self._results = results

    def rate(self, variant: Variant, load: Load) -> float | None:
        """Answers a second."""
        runs = self._valid(variant, load)
        return median(run.rate for run in runs) if runs else None

    def latency(self, variant: Variant, load: Load) -> tuple[float, float] | None:
        """The medians of p50 and p99, in milliseconds."""
        runs = self._valid(variant, load)
        return (median(r.p50 for r in runs), median(r.p99 for r in runs)) if runs else None

    def cpu(self, variant: Variant, load: Load) -> float | None:
        """Processor time the service took for one answer, in microseconds."""
        runs = self._valid(variant, load)
        return median(r.cpu_seconds / r.answered * 1e6 for r in runs) if runs else None

    def ratio(self, variant: Variant, to: Variant, load: Load) -> float | None:
        """How many times as many answers a second as `to` gave in the same round."""
        ours, theirs = self._valid(variant, load), self._valid(to, load)
        pairs = zip(ours, theirs, strict=False)
        return median(a.rate / b.rate for a, b in pairs) if ours and theirs else None

    def to_plain(self, variant: Variant, load: Load) -> float | None:
        return self.ratio(variant, PLAIN, load)

    def to_ready_made(self, variant: Variant, load: Load) -> float | None:
        return self.ratio(variant, READY_MADE, load)

    def to_naive(self, variant: Variant, load: Load) -> float | None:
        return self.ratio(variant, replace(variant, design="naive", processes=1), load)

    def aims(self, load: Load) -> list[tuple[str, float | None, float | None]]:
        """What was promised of posts under `load`: the promise, the figure, the aim."""
        rows: list[tuple[str, float | None, float | None]] = []
        for store, sizes in self.plan.sizes.items():
            one = Variant("clearpost", store, sizes[-1])
            rows.append(
                (f"{store}: against the plain route", self.to_plain(one, load), _AIMS[store])
            )
            rows.append(
                (f"{store}: against the ready-made answer", self.to_ready_made(one, load), None)
            )
            rows.append(
                (f"{store}: against the naive design", self.to_naive(one, load), _AIM_TO_NAIVE)
            )
            if len(sizes) > 1:
                few = replace(one, students=sizes[0])
                title = f"{store}: {sizes[-1]:,} students against {sizes[0]:,}"
                rows.append((title, self.ratio(one, few, load), _AIM_OF_SIZE))
        if self.plan.two_processes:
            one = Variant("clearpost", "PostgreSQL", self.plan.sizes["PostgreSQL"][-1])
            title = "PostgreSQL: two service processes against one"
            rows.append((title, self.ratio(replace(one, processes=2), one, load), None))
        return rows

    def posts(self, connections: int) -> Load:
        """The load of posts over so many connections."""
        return Load(POST, connections, self.plan.seconds)

    def _valid(self, variant: Variant, load: Load) -> list[Run]:
        runs = self._results.get((variant, load), [])
        return [] if any(run.void for run in runs) else runs
