"""`clearpost demo`: a made-up district, the service, an intranet, three questions over HTTP."""

import asyncio
import os
import tempfile
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from socket import socket
from typing import Annotated, Any

import httpx
import typer
import uvicorn

from app.cli import answers, demo_intranet
from app.cli.context import current_store, migrate_store
from app.cli.serving import Port, find_address, make_server_config, open_listener
from app.cli.signals import end_well_on_sigterm
from app.cli.terminal import say, stop
from app.database.session import Store
from app.imports.run import WHOLE_LISTS, run_import
from app.log import configure_log
from app.main import create_app
from app.routers.reference.examples import POSTS
from app.settings import Settings
from app.store.consents.list_dates import attest_list
from app.store.service import keys
from app.synthetic import generate_district
from app.web import intranet

STUDENTS, SEED = 500, 5255
FOLDER = Path("var")
LISTS, KEY = FOLDER / "demo-lists", FOLDER / "demo.key"
INTRANET_KEY = FOLDER / "demo-intranet.key"
SCOPES = ("check", "decisions:read")

_FIRST = (
    "Lakeview High's content manager posts a photo of the spring musical on the school's account, "
    "with the logo. In it is a student about whom nobody has refused anything."
)
EXAMPLES: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        _FIRST,
        POSTS["Allow"],
    ),
    (
        "The same, but the student is only known by name, and two students bear it.",
        POSTS["Review"],
    ),
    (
        "The same, but beside the first student stands one whose guardian has refused.",
        POSTS["Deny"],
    ),
)


def demo(
    port: Port = 8000,
    intranet_port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port of the intranet page with the widgets.")
    ] = 8001,
) -> None:
    """Show it: a demo district in var/, three checks, the service and an intranet until Ctrl-C."""
    with (
        open_listener("127.0.0.1", port) as listener,
        open_listener("127.0.0.1", intranet_port) as other,
    ):
        configure_log("warning")
        told = {"public_url": find_address(listener)}
        settings = demo_settings(FOLDER).model_copy(update=told)
        migrate_store(settings)
        with current_store(settings) as store:
            _import_lists(store, settings)
            key = _make_key(store, KEY, "Demo", SCOPES)
            pages = _make_key(store, INTRANET_KEY, "Demo intranet", intranet.KEY_SCOPES)
            origin = demo_intranet.register_intranet(store, other)
        end_well_on_sigterm()
        server = uvicorn.Server(make_server_config(create_app(settings), settings))
        site = intranet.intranet(find_address(listener), pages, origin)
        with suppress(KeyboardInterrupt):
            asyncio.run(
                _run_demo(server, listener, demo_intranet.serve_beside(site, other), key, origin)
            )


def demo_settings(folder: Path) -> Settings:
    """Return the defaults with a store in `folder`; the environment does not count."""
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    return Settings(**{**defaults, "database_url": f"sqlite:///{folder}/demo.db"})


def _import_lists(store: Store, settings: Settings) -> None:
    """Import the demo district's lists, made on the first run.

    Later runs deliver the same lists again, which changes no record, and attest them as an office
    would: the same bytes date no list for ever. So the demo answers the same after weeks.
    """
    is_made = LISTS.exists()
    if is_made:
        say("The demo district is there already; its lists are delivered again, to be fresh.")
    else:
        say(f"Making a demo district of {STUDENTS} students in {LISTS} …")
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            made = Path(folder) / "lists"
            generate_district(made, STUDENTS, SEED, store.now().astimezone(settings.zone).date())
            made.rename(LISTS)
    report = run_import(store, settings, LISTS, WHOLE_LISTS)
    if not report.applied:
        stop(f"the demo's lists in {LISTS} are damaged; remove that folder and start again")
    if is_made:
        attest_list(store, store.now(), None)


def _make_key(store: Store, file: Path, name: str, scopes: Collection[str]) -> str:
    """An API key, kept in a `file` that only its owner can read; made anew where it is dead."""
    now = store.now()
    kept = file.read_text("ascii").strip() if file.exists() else ""
    hashed = keys.hash_of(kept)
    with store.writing() as connection:
        if hashed and keys.find_key(connection, hashed, now):
            return kept
        made = keys.create_key(connection, name=name, scopes=scopes, now=now).secret
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(f"{made}\n")
    return made


async def _run_demo(
    server: uvicorn.Server, listener: socket, site: AbstractAsyncContextManager[None],
    key: str, origin: str,
) -> None:  # fmt: skip
    """Serve, with the intranet's site beside; once that has begun, ask the examples."""
    async with site:
        serving = asyncio.create_task(server.serve([listener]))
        await _ask_when_started(server, serving, find_address(listener), key, origin)
        await serving


async def _ask_when_started(
    server: uvicorn.Server, serving: asyncio.Task[None], url: str, key: str, origin: str
) -> None:
    while not server.started and not serving.done():
        await asyncio.sleep(0.02)
    if server.started:
        try:
            await _ask_examples(url, key)
            say(f"The docs, to try more:  {url}/docs")
            say(f"The widgets:            {origin}")
            say(f"The API key:            {KEY}")
            say("It serves until Ctrl-C.")
        except httpx.HTTPError:
            if not server.should_exit:
                raise


async def _ask_examples(url: str, key: str) -> None:
    """Ask the examples over HTTP as any tool would, and say what there is to see."""
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:
        for question, post in EXAMPLES:
            answered = await client.post("/v1/checks/post", json=post)
            answers.show_answer(answered.raise_for_status().json(), question)
