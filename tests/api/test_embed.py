"""The pages for frames: who may frame them, and what they may do."""

from datetime import UTC, datetime

import httpx
import pytest

from app.database.session import Store
from app.store.ledger.changes import Actor
from app.store.service.origins import add_origin, remove_origin
from app.web.embed import WIDGETS

ACTOR = Actor("test", None, datetime.now(UTC))


def framers(service: str, widget: str = "photo-check") -> str:
    answer = httpx.get(f"{service}/embed/v1/{widget}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    return str(policy).partition("frame-ancestors ")[2]


def test_nobody_frames_them_but_registered_origins(service: str, store: Store) -> None:
    assert framers(service) == "'none'"
    origins = ["http://localhost:8001", "https://sites.google.com"]
    with store.writing() as connection:
        for origin in origins:
            add_origin(connection, ACTOR, origin)
    assert framers(service) == " ".join(origins)
    with store.writing() as connection:
        remove_origin(connection, ACTOR, origins[0])
    assert framers(service) == origins[1]


@pytest.mark.parametrize("widget", WIDGETS)
def test_each_page_has_its_widget_and_nothing_inline(service: str, widget: str) -> None:
    body = httpx.get(f"{service}/embed/v1/{widget}?url=%22%3E%3Cscript%3E").text
    assert f"<clearpost-{widget} " in body
    assert body.count("<script") == 1
    assert "style=" not in body
    assert httpx.get(f"{service}/widgets/v1/{widget}.js").headers["vary"] == "Origin"


def test_there_are_no_others(service: str) -> None:
    for path in ("nothing", "base", "..%2Fdocs"):
        assert httpx.get(f"{service}/embed/v1/{path}").status_code == 404
    style = httpx.get(f"{service}/embed/v1/embed.css")
    assert style.headers["content-type"].startswith("text/css")
