"""The author is who the key is: what a check makes of its caller, over HTTP, on both stores."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text, update

from app.database import tables as t
from app.database.session import Store
from app.settings import Settings
from tests.conftest import MakeKey
from tests.district import found
from tests.store.conftest import backend, postgres, postgres_template, store_url

__all__ = ["backend", "postgres", "postgres_template", "store_url"]

POST = {"account": {"platform": "facebook", "handle": "maple"}, "purpose": "school", "text": "Go!"}
OWN = {**POST, "media": [{"kind": "photo", "rights": "own"}],
       "pictured": {"employees": [{"id": "ed"}]}}  # fmt: skip


@pytest.fixture
def settings(store_url: str, tmp_path: Any) -> Settings:
    return Settings(database_url=store_url, signing_key_file=tmp_path / "signing-key.pem")


@pytest.fixture(autouse=True)
def _district(store: Store) -> None:
    with store.writing() as connection:
        found(connection)


@pytest.fixture
def ask(service: str, make_key: MakeKey) -> Iterator[Any]:
    """Asks a check by a key that acts for somebody, with these scopes."""
    with httpx.Client(base_url=service, timeout=30) as client:

        def asked(person: str | None, check: str, *scopes: str, **body: Any) -> dict[str, Any]:
            key = make_key(scopes=["check", *scopes], person_id=person)
            headers = {"Authorization": f"Bearer {key.secret}"}
            answer = client.post(f"/v1/checks/{check}", json=body, headers=headers)
            assert answer.status_code == 200, answer.text
            said: dict[str, Any] = answer.json()
            return said

        yield asked


def doubts(said: dict[str, Any]) -> list[str]:
    return [one["code"] for one in said["findings"] if one["outcome"] == "review"]


def test_key_asks_as_its_person(ask: Any) -> None:
    assert ask("ed", "post", **OWN)["outcome"] == "allow"
    assert ask(None, "post", **OWN)["outcome"] == "deny"
    assert ask("ed", "post", **{**OWN, "author": None})["outcome"] == "allow"
    assert ask("ed", "coworker-consent", employees=[{"id": "ed"}])["outcome"] == "allow"
    assert ask("tess", "logo")["outcome"] == "allow"
    assert ask("ed", "logo")["outcome"] == "deny"


def test_another_author_needs_the_scope(ask: Any) -> None:
    other = {**POST, "author": {"id": "tess"}}
    said = ask("ed", "post", **other)
    assert (said["outcome"], doubts(said)) == ("review", ["author.another"])
    (remedy,) = (one["remedy"] for one in said["findings"] if one["code"] == "author.another")
    assert "posts:for-others" in remedy
    assert ask("ed", "post", "posts:for-others", **other)["outcome"] == "allow"
    assert ask(None, "post", **other)["outcome"] == "allow"
    posts = ask("ed", "posts", posts=[POST, other])["items"]
    assert [one["outcome"] for one in posts] == ["allow", "review"]
    borrowed = ask("ed", "logo", author={"id": "tess"})
    assert borrowed["outcome"] == "review"


@pytest.mark.parametrize(
    ("author", "code"),
    [({"id": "ana"}, "author.student"), ({"name": "Ana Lopez"}, "author.student"),
     ({"id": "zed"}, "author.unknown"), ({"name": "Zed Zed"}, "author.unknown")],
)  # fmt: skip
@pytest.mark.parametrize("check", ["post", "coworker-consent", "logo", "spokesperson"])
def test_author_is_one_of_the_district(ask: Any, check: str, author: Any, code: str) -> None:
    body = {"post": POST, "coworker-consent": {"employees": [{"id": "tess"}]}}.get(check, {})
    said = ask(None, check, **body, author=author)
    assert said["outcome"] in {"review", "deny"}
    assert code in doubts(said)


@pytest.mark.parametrize("status", ["inactive", "missing_from_feed"])
def test_author_who_has_left(ask: Any, store: Store, status: str) -> None:
    key_made_before = ask("ed", "post", **POST)
    assert key_made_before["outcome"] == "allow"
    with store.writing() as connection:
        connection.execute(update(t.people).where(t.people.c.id == "ed").values(status=status))
    said = ask(None, "post", **{**POST, "author": {"name": "Ed Cole"}})
    assert doubts(said) == ["author.left"]


def test_ledger_keeps_who_the_author_was(ask: Any, store: Store) -> None:
    ask("ed", "post", **POST)
    ask("ed", "account", platform="facebook", handle="maple")
    with store.reading() as connection:
        rows = connection.scalars(
            text("SELECT payload FROM ledger WHERE kind = 'decision' ORDER BY seq")
        ).all()
    assert '"author":{"id":"ed"}' in rows[0]
    assert '"author"' not in rows[1]
