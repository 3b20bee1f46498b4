"""The requests to try in `/openapi.json` are there for every body, and the demo takes each of them.

On SQLite `test_papers` sends them, and looks at the answers, too.
"""

import pytest

from app.main import create_app
from app.routers.reference.examples import EXAMPLES
from app.settings import Settings
from docs import examples, tour
from docs.demo import open_demo
from tests.store.conftest import postgres, postgres_template, store_url

__all__ = ["postgres", "postgres_template", "store_url"]

DOCUMENT = create_app(Settings(database_url="sqlite:///:memory:")).openapi()
OPERATIONS = {
    operation["operationId"]: (f"{method.upper()} {path}", operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def test_every_body_has_an_example_and_no_example_is_left_over() -> None:
    bodies = {
        name: operation["requestBody"]["content"]["application/json"]
        for name, (_, operation) in OPERATIONS.items()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }
    assert set(bodies) == set(EXAMPLES)
    for name, content in bodies.items():
        shown = [(one["summary"], one["value"]) for one in content["examples"].values()]
        assert shown == list(EXAMPLES[name].items())


def test_each_was_sent_and_taken() -> None:
    taken = {
        (one["operation"], one["title"])
        for one in examples.recorded()
        if 200 <= one["status"] < 300
    }
    wanted = {
        (OPERATIONS[name][0], title)
        for name, bodies in EXAMPLES.items()
        if name not in tour.LEFT_OUT
        for title in bodies
    }
    assert wanted - taken == set()


def test_every_operation_has_an_answer_in_the_papers() -> None:
    answered = {one["operation"] for one in examples.recorded()}
    without = {name for name, (route, _) in OPERATIONS.items() if route not in answered}
    assert without == tour.LEFT_OUT


@pytest.fixture
def backend() -> str:
    return "postgresql"


def test_postgresql_takes_them_too(store_url: str) -> None:
    with open_demo(store_url) as demo:
        asked = examples.ask(demo)
    told, recorded = (
        [(one["operation"], one["request"] and one["title"], one["status"]) for one in found]
        for found in (asked, examples.recorded())
    )
    assert told == recorded
