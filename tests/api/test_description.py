"""What a client's author reads in `/openapi.json`: names that are names, and a meaning for each."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from app.main import create_app
from app.routers.reference import meanings, places
from app.settings import Settings

DOCUMENT = create_app(Settings(database_url="sqlite:///:memory:")).openapi()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
OPERATIONS = [operation for methods in DOCUMENT["paths"].values() for operation in methods.values()]


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document, but for what stands for itself."""
    if isinstance(value, dict):
        yield value
        for key, inside in value.items():
            if key not in {"examples", "default"}:
                yield from parts(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from parts(inside)


def fields() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every property and parameter with whose it is."""
    for name, schema in SCHEMAS.items():
        for field, held in schema.get("properties", {}).items():
            yield name, field, held
    for operation in OPERATIONS:
        for parameter in operation.get("parameters", ()):
            yield operation["operationId"], parameter["name"], parameter
        for content in operation.get("requestBody", {}).get("content", {}).values():
            for field, held in content["schema"].get("properties", {}).items():
                yield operation["operationId"], field, held


def test_an_operation_is_named_by_a_verb_and_its_object() -> None:
    names = Counter(operation["operationId"] for operation in OPERATIONS)
    assert {name for name, times in names.items() if times > 1} == set()
    assert [n for n in names if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", n)] == []
    assert {"checkPost", "resolveDecision"} <= set(names)


def test_a_schema_is_named_by_what_it_is() -> None:
    assert [name for name in SCHEMAS if not re.fullmatch(r"([A-Z][a-z]+)+", name)] == []
    assert {name: s["title"] for name, s in SCHEMAS.items() if s["title"] != name} == {}


def test_every_closed_list_of_words_and_every_union_has_a_name() -> None:
    named = {id(schema) for schema in SCHEMAS.values()}
    bare = [one for one in parts(DOCUMENT) if "enum" in one and id(one) not in named]
    assert bare == []
    unions = [
        one
        for one in parts(DOCUMENT)
        if len([branch for branch in one.get("anyOf", ()) if "$ref" in branch]) > 1
        and id(one) not in named
    ]
    assert unions == []


def test_no_two_names_are_of_the_same_words() -> None:
    lists = Counter(tuple(one["enum"]) for one in SCHEMAS.values() if "enum" in one)
    assert [words for words, times in lists.items() if times > 1] == []


def test_every_field_and_parameter_says_what_it_means() -> None:
    assert [f"{owner}.{name}" for owner, name, held in fields() if not held["description"]] == []


def test_no_meaning_is_of_a_field_that_is_gone() -> None:
    said = [(owner, name, held["description"]) for owner, name, held in fields()]
    by_name = meanings.BY_NAME.items()
    assert [name for name, told in by_name if not any(has(one, name, told) for one in said)] == []
    whole = {f"{owner}.{name}": held for owner, name, held in said}
    by_place = places.BY_PLACE.items()
    assert [place for place, told in by_place if not whole.get(place, "").startswith(told)] == []


def has(said: tuple[str, str, str], name: str, told: str) -> bool:
    return said[1] == name and said[2].startswith(told)


def test_it_says_where_the_service_is() -> None:
    assert [one["url"] for one in DOCUMENT["servers"]] == ["/"]
