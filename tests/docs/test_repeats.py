"""The list of tests that repeat on PostgreSQL what others try there."""

from pathlib import Path

from tests.repeats import LIST, Tried, choose_repeats

ROOT = Path(__file__).parent.parent.parent


def test_every_test_that_is_listed_is_there() -> None:
    for line in LIST.read_text().splitlines():
        file, *_, name = line.split("::")
        assert f"def {name}(" in (ROOT / file).read_text(), line


def test_what_repeats_tries_at_most_one_new_pair() -> None:
    def tried(name: str, pairs: str, threads: int = 1) -> Tried:
        return Tried(f"tests/store/{name}", frozenset(pairs), threads, 1.0)

    large, small, other = tried("test_a.py::a", "pqrs"), tried("test_a.py::b", "pqx"), "pqxyz"
    assert choose_repeats([large, small]) == [small.name]
    assert choose_repeats([large, small, tried("test_a.py::c", other)]) == [small.name]
    assert choose_repeats([large, tried("test_a.py::race", "pq", threads=2)]) == []
    assert choose_repeats([large, tried("test_guards.py::g", "pq")]) == []
