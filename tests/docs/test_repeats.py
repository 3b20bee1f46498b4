"""The list of tests that repeat on PostgreSQL what others try there."""

from pathlib import Path

from tests.repeats import LIST, Tried, choose_repeats

ROOT = Path(__file__).parent.parent.parent


def test_every_test_that_is_listed_is_there() -> None:
    for line in LIST.read_text().splitlines():
        file, *_, name = line.split("::")
        assert f"def {name}(" in (ROOT / file).read_text(), line


def test_what_repeats_tries_next_to_nothing_new_for_its_time() -> None:
    def tried(name: str, pairs: str, seconds: float = 0.1, threads: int = 1) -> Tried:
        return Tried(f"tests/store/{name}", frozenset(pairs), threads, seconds)

    large, small, slow = tried("test_a.py::a", "pqrs"), tried("test_a.py::b", "pq"), "pqrsx"
    assert choose_repeats([large, small]) == [small.name]
    assert choose_repeats([large, tried("test_a.py::b", "pqx")]) == []
    assert choose_repeats([large, tried("test_a.py::b", slow, seconds=1)]) == [small.name]
    assert choose_repeats([large, tried("test_a.py::race", "pq", threads=2)]) == []
    assert choose_repeats([large, tried("test_guards.py::g", "pq")]) == []


def test_of_each_file_one_is_tried() -> None:
    names = "test_a.py::a", "test_b.py::a", "test_b.py::b"
    tried = [
        Tried(f"tests/store/{one}", frozenset("pq"), 1, n + 0.1) for n, one in enumerate(names)
    ]
    assert choose_repeats(tried) == ["tests/store/test_b.py::b"]
