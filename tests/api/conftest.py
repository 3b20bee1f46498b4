import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from app.database.session import Store
from app.log import JsonFormatter
from tests.api.offices import For, Headers, open_offices
from tests.conftest import MakeKey


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged while the test runs, as it would be written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    # A command that has begun to log in this process leaves out what the client logs.
    loggers = (root, *map(logging.getLogger, ("httpx", "httpcore")))
    levels = [one.level for one in loggers]
    root.addHandler(handler)
    for one in loggers:
        one.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    for one, level in zip(loggers, levels, strict=True):
        one.setLevel(level)


@pytest.fixture
def for_(store: Store, make_key: MakeKey) -> For:
    """A district with offices, and the headers of keys that act for its people."""
    open_offices(store)
    made: dict[tuple[Any, ...], Headers] = {}

    def header(person_id: str | None, **rights: Any) -> Headers:
        known = (person_id, *sorted(rights.items()))
        if known not in made:
            key = make_key(person_id=person_id, **rights)
            made[known] = {"Authorization": f"Bearer {key.secret}"}
        return made[known]

    return header
