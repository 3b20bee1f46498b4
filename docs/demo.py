"""The demo's district as of a stated time, served to whoever asks it for the documents."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from app.cli.demonstration import SEED, STUDENTS, demo_settings
from app.cli.serving import find_address, make_server_config, open_listener
from app.database.session import Store
from app.imports.run import WHOLE_LISTS, run_import
from app.main import create_app
from app.settings import Settings
from app.store.ledger.changes import Actor
from app.store.service import keys
from app.store.service.origins import add_origin
from app.synthetic import generate_district
from migrations.upgrade import upgrade

# When it is asked, whenever that is done: the district is one of this day.
AT = datetime(2026, 11, 26, 18, tzinfo=UTC)
_SCOPES = ("check", "decisions:read", "people:read")
_UNREADABLE = """\
person_sourced_id,decision,activity,channel,extent,given_by,capacity,signed_at
s-000010,perhaps,publish,all,image,Robin Example,guardian,2026-11-25
"""
_INTRANET = "http://localhost:8001"


@dataclass
class Demo:
    """A running demo: a client with a key to it, the API's description, and keys for others."""

    client: httpx.Client
    store: Store
    settings: Settings
    document: dict[str, Any]
    _made: dict[tuple[str, str | None], str] = field(default_factory=dict)

    def authorize(self, scope: str | None, person_id: str | None) -> str:
        """The header `Authorization` of who has this scope and acts for this person."""
        if person_id is None and scope in (None, *_SCOPES):
            return self.client.headers["Authorization"]
        own = scope or "check"
        if (own, person_id) not in self._made:
            # A key issues tokens for what it may itself.
            scopes = {own, *_SCOPES} if own == "widgets:issue" else {own}
            made = _make_key(self.store, *scopes, person_id=person_id)
            self._made[own, person_id] = f"Bearer {made}"
        return self._made[own, person_id]

    def deliver_unreadable_row(self) -> None:
        """Take in a consent of which nobody can read what it says."""
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "consents.csv").write_text(_UNREADABLE, encoding="utf-8")
            run_import(self.store, self.settings, Path(folder))


@contextmanager
def demo_service() -> Iterator[httpx.Client]:
    """The service over a new demo district, and a client with a key to it."""
    with open_demo() as demo:
        yield demo.client


@contextmanager
def open_demo(database_url: str | None = None) -> Iterator[Demo]:
    """A new demo district and the service over it; in this database, else in a file of its own."""
    with tempfile.TemporaryDirectory() as name:
        settings = _make_settings(Path(name), database_url)
        store = Store(settings.database_url, clock=lambda: AT)
        _fill_store(store, settings, Path(name))
        app = create_app(settings, store=store)
        key = _make_key(store, *_SCOPES)
        headers = {"Authorization": f"Bearer {key}", "X-Request-ID": "your-own-id"}
        with (
            _serve_app(app, settings) as url,
            httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as client,
        ):
            yield Demo(client, store, settings, app.openapi())
        store.close()


def _make_settings(folder: Path, database_url: str | None) -> Settings:
    kept: dict[str, Any] = {
        "signing_key_file": folder / "key.pem",
        "import_spool": folder / "spool",
        "public_url": "https://clearpost.district.example",
        # Nobody is called: what is answered would depend on when that was tried.
        "deliver_events": False,
        "webhook_networks": ("127.0.0.0/8",),
    }
    if database_url is not None:
        kept["database_url"] = database_url
    return demo_settings(folder).model_copy(update=kept)


def _fill_store(store: Store, settings: Settings, folder: Path) -> None:
    upgrade(store)
    generate_district(folder, STUDENTS, SEED, AT.astimezone(settings.zone).date())
    run_import(store, settings, folder, WHOLE_LISTS)
    with store.writing() as connection:
        add_origin(connection, Actor("cli", None, AT), _INTRANET)


def _make_key(store: Store, *scopes: str, person_id: str | None = None) -> str:
    with store.writing() as connection:
        made = keys.create_key(
            connection, name="Docs", scopes=sorted(scopes), person_id=person_id, now=AT
        )
    return made.secret


@contextmanager
def _serve_app(app: FastAPI, settings: Settings) -> Iterator[str]:
    """`app` on a port of its own of 127.0.0.1; its URL."""
    with open_listener("127.0.0.1", 0) as listener:
        server = uvicorn.Server(make_server_config(app, settings))
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield find_address(listener)
        finally:
            server.should_exit = True
            thread.join()
