"""One small district, served for all the tests of the checks: each adds only people of its own."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.checks.answers import ClassDecision, Decision
from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from app.store.service import keys
from tests.district import found
from tests.service import serving

MAPLE = {"platform": "facebook", "handle": "maple"}
PERSONAL = {"platform": "x", "personal": True}
POST = {"account": MAPLE, "purpose": "school"}
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def settings(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    path = tmp_path_factory.mktemp("checks") / "store.db"
    path.write_bytes(sqlite_template.read_bytes())
    return Settings(
        database_url=f"sqlite:///{path}", signing_key_file=path.with_name("signing-key.pem")
    )


@pytest.fixture(scope="module")
def store(settings: Settings) -> Iterator[Store]:
    """One district for all tests here: each adds only people of its own."""
    opened = Store(settings.database_url)
    with opened.writing() as connection:
        found(connection)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def service(settings: Settings, store: Store) -> Iterator[str]:
    with serving(create_app(settings, store=store)) as url:
        yield url


def client_with(service: str, store: Store, **rights: Any) -> httpx.Client:
    with store.writing() as connection:
        key = keys.create_key(
            connection, name="test", scopes=keys.SCOPES, now=datetime.now(UTC), **rights
        )
    headers = {"Authorization": f"Bearer {key.secret}"}
    return httpx.Client(base_url=service, headers=headers, timeout=30, trust_env=False)


@pytest.fixture(scope="module")
def client(service: str, store: Store) -> Iterator[httpx.Client]:
    with client_with(service, store) as opened:
        yield opened


@pytest.fixture
def ask(client: httpx.Client) -> Ask:
    """Asks a check and gives the answer, which is as the API's document describes it."""

    def asked(check: str, **body: Any) -> dict[str, Any]:
        answer = client.post(f"/v1/checks/{check}", json=body)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        as_described(said)
        return said

    return asked


def as_described(said: dict[str, Any]) -> None:
    """Exactly the documented members, with nothing more and nothing of another type."""
    model = ClassDecision if "not_pictured" in said else Decision
    same = model.model_validate(said).model_dump(mode="json", exclude_unset=True)
    times = ("decided_at", "publish_at", "holds_until")
    for told in (same, said := dict(said)):
        told.update({name: datetime.fromisoformat(told[name]) for name in times if told.get(name)})
    assert same == said


def codes(said: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in said["findings"]}


def photo(person: str, **more: Any) -> dict[str, Any]:
    return {"media": [{"kind": "photo", "rights": "own"}],
            "pictured": {"students": [{"id": person}]}, **more}  # fmt: skip
