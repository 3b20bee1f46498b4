"""A provider that runs, and both stores to pull into."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.database.session import Store
from app.imports.rest.pulls import Pulled, pull_provider
from app.settings import Settings
from tests.imports.runs import make_options
from tests.rest.scenes import Running, Scene
from tests.store.conftest import (  # noqa: F401 - fixtures
    backend,
    postgres,
    postgres_template,
    store,
    store_url,
)
from tests.store.house import House

Pulling = Callable[..., Pulled]


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for all tests: each lets it play its own scene."""
    with contextlib.closing(Running(tmp_path_factory.mktemp("provider"))) as running:
        yield running


@pytest.fixture
def scene(provider: Running, tmp_path: Path) -> Scene:
    folder = tmp_path / "provider"
    folder.mkdir()
    return Scene(folder, provider)


@pytest.fixture
def settings(scene: Scene, store_url: str, tmp_path: Path) -> Settings:  # noqa: F811
    return Settings(
        database_url=store_url, import_providers=scene.providers, import_pulls=tmp_path / "pulls"
    )


@pytest.fixture
def house(store: Store, store_url: str, tmp_path: Path) -> House:  # noqa: F811
    return House(store, store_url, tmp_path / "delivery")


@pytest.fixture
def pull(store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Pulling:  # noqa: F811
    """Pull from the provider of the scene; pauses are short."""
    monkeypatch.setattr("app.imports.rest.requests.PAUSE_SECONDS", 0.01)

    def pulls(name: str = "campus", settings: Settings = settings, **more: Any) -> Pulled:
        of_pull = {key: more.pop(key) for key in ("whole", "actor") if key in more}
        return pull_provider(store, settings, name, options=make_options(**more), **of_pull)

    return pulls
