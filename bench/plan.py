"""What is measured: which designs on which stores of which size, under which loads."""

from dataclasses import dataclass
from typing import Literal

from bench.load import Load
from bench.posts import LIST, POST

StoreName = Literal["SQLite", "PostgreSQL"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One thing that is measured. The two references have no store."""

    design: str
    store: StoreName | None = None
    students: int = 0
    processes: int = 1

    def __str__(self) -> str:
        if self.store is None:
            return f"{self.design} route, no I/O"
        several = f", {self.processes} processes" if self.processes > 1 else ""
        return f"{self.design}, {self.store}, {self.students:,} students{several}"


PLAIN, READY_MADE = Variant("plain"), Variant("ready-made")


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. `lists` are numbers of connections for the requests with 1,000 students."""

    sizes: dict[StoreName, tuple[int, ...]]
    connections: tuple[int, ...]
    lists: tuple[int, ...]
    two_processes: bool
    rounds: int
    seconds: int

    @property
    def variants(self) -> list[Variant]:
        """Everything that is measured, the references first."""
        kept = [(store, size) for store, sizes in self.sizes.items() for size in sizes]
        found = [PLAIN, READY_MADE]
        found += [Variant(d, *where) for where in kept for d in ("clearpost", "naive")]
        if self.two_processes:
            found.append(Variant("clearpost", "PostgreSQL", self.sizes["PostgreSQL"][-1], 2))
        return found

    @property
    def loads(self) -> list[Load]:
        """Every load, in the order of a round."""
        posts = [Load(POST, count, self.seconds) for count in self.connections]
        return posts + [Load(LIST, count, self.seconds) for count in self.lists]

    def bears(self, variant: Variant, load: Load) -> bool:
        """Whether `variant` is measured under `load`."""
        if load.form is POST:
            return load.connections >= variant.processes
        largest = variant.store is not None and variant.students == self.sizes[variant.store][-1]
        return largest and variant.processes == 1


QUICK = Plan({"SQLite": (10_000,), "PostgreSQL": (10_000,)}, (32,), (), False, 3, 4)
# What the aims are judged by, and no more.
AIMS = Plan(
    {"SQLite": (10_000, 100_000, 1_000_000), "PostgreSQL": (10_000, 1_000_000)},
    (32,),
    (),
    True,
    3,
    6,
)
FULL = Plan(
    {"SQLite": (10_000, 100_000, 1_000_000), "PostgreSQL": (10_000, 1_000_000)},
    (1, 32, 128),
    (1, 8),
    True,
    3,
    6,
)
