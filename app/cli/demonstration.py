"""`clearpost demo`: a made-up district, the real service, and three questions asked over HTTP."""

import asyncio
import os
import socket
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from app.cli import answers
from app.cli.opening import current_store, migrate
from app.cli.serving import Port, address, config, end_well_on_sigterm, listening
from app.cli.terminal import say, stop
from app.imports.run import run_import
from app.imports.synthetic import generate
from app.log import configure
from app.main import create_app
from app.settings import Settings
from app.store import keys
from app.store.session import Store

STUDENTS, SEED = 500, 5255
FOLDER = Path("var")
LISTS, KEY = FOLDER / "demo-lists", FOLDER / "demo.key"
SCOPES = ("check", "decisions:read")

_POST = {
    "account": {"platform": "x", "handle": "lakeviewhigh"},
    "author": {"id": "e-000004"},
    "purpose": "school",
    "text": "Opening night of the spring musical!",
    "media": [{"kind": "photo", "rights": "own"}],
    "uses_logo": True,
}
# People are those that `app.imports.synthetic` promises, whatever its seed.
_FIRST = (
    "Lakeview High's content manager posts a photo of the spring musical on the school's account, "
    "with the logo. In it is a student about whom nobody has refused anything."
)
EXAMPLES: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        _FIRST,
        {**_POST, "pictured": {"students": [{"id": "s-000001"}]}},
    ),
    (
        "The same, but the student is only known by name, and two students bear it.",
        {**_POST, "pictured": {"students": [{"name": "Taylor Kingsley"}]}},
    ),
    (
        "The same, but beside the first student stands one whose guardian has refused.",
        {**_POST, "pictured": {"students": [{"id": "s-000001"}, {"id": "s-000002"}]}},
    ),
)


def demo(port: Port = 8000) -> None:
    """Show it: a demo district in var/, three example checks, and the service until Ctrl-C."""
    with listening("127.0.0.1", port) as listener:
        configure("warning")
        settings = demo_settings(FOLDER)
        migrate(settings)
        with current_store(settings) as store:
            _deliver(store, settings)
            key = _key(store)
        end_well_on_sigterm()
        server = uvicorn.Server(config(create_app(settings)))
        with suppress(KeyboardInterrupt):
            asyncio.run(_run(server, listener, key))


def demo_settings(folder: Path) -> Settings:
    """The defaults, whatever the environment says, and a store in `folder`."""
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    return Settings(**{**defaults, "database_url": f"sqlite:///{folder}/demo.db"})


def _deliver(store: Store, settings: Settings) -> None:
    """Import the demo district's lists, made on the first run.

    Later runs deliver the same lists again: that changes no record, and makes the lists as fresh
    as a nightly delivery would, so that the demo answers the same after weeks.
    """
    if LISTS.exists():
        say("The demo district is there already; its lists are delivered again, to be fresh.")
    else:
        say(f"Making a demo district of {STUDENTS} students in {LISTS} …")
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            made = Path(folder) / "lists"
            generate(made, STUDENTS, SEED, datetime.now(settings.zone).date())
            made.rename(LISTS)
    report = run_import(store, settings, LISTS)
    if not report.applied:
        stop(f"the demo's lists in {LISTS} are damaged; remove that folder and start again")


def _key(store: Store) -> str:
    """The demo's API key, kept in a file that only its owner can read."""
    now = datetime.now(UTC)
    kept = KEY.read_text("ascii").strip() if KEY.exists() else ""
    hashed = keys.hash_of(kept)
    with store.writing() as connection:
        if hashed and keys.find(connection, hashed, now):
            return kept
        made = keys.create(connection, name="Demo", scopes=SCOPES, now=now).secret
    KEY.unlink(missing_ok=True)
    with os.fdopen(os.open(KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{made}\n")
    return made


async def _run(server: uvicorn.Server, listener: socket.socket, key: str) -> None:
    """Serve; once that has begun, ask the examples."""
    serving = asyncio.create_task(server.serve([listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.02)
    if server.started:
        try:
            await _ask(address(listener), key)
        except httpx.HTTPError:
            if not server.should_exit:
                raise
    await serving


async def _ask(url: str, key: str) -> None:
    """Ask the examples over HTTP as any tool would, and say what there is to see."""
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:
        for question, post in EXAMPLES:
            answered = await client.post("/v1/checks/post", json=post)
            answers.show(answered.raise_for_status().json(), question)
    say(f"The docs, to try more:  {url}/docs")
    say(f"The API key:            {KEY}")
    say("It serves until Ctrl-C.")
