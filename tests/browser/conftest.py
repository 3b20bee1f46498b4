"""A real Chromium, the real service on the demo district, and an intranet on another origin."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from app.store.ledger.changes import Actor
from app.store.service import keys
from app.store.service.origins import add_origin
from app.synthetic import generate_district
from app.web.intranet import KEY_SCOPES, intranet
from migrations.upgrade import upgrade
from tests.browser import chromium
from tests.browser.axe import LOOKS, SOME_LOOKS, Looks
from tests.dates import machine_date
from tests.imports.runs import run_import
from tests.service import serving

# Of Communications.
DIRECTOR = "e-000002"
WINDOW: ViewportSize = {"width": 1280, "height": 900}


@dataclass(frozen=True)
class Site:
    """The service, the intranet beside it, and a stranger's page that nobody registered."""

    service: str
    origin: str
    stranger: str
    store: Store
    key: str

    @property
    def bearer(self) -> dict[str, str]:
        """The header of the intranet's server, which holds the key."""
        return {"Authorization": f"Bearer {self.key}"}

    def token(self, **more: Any) -> str:
        """A widget's token, as the intranet's server gets it."""
        asked = {"origin": self.origin, "scopes": ["check", "people:read"], **more}
        url = f"{self.service}/v1/widget-tokens"
        answer = httpx.post(url, json=asked, headers=self.bearer)
        return str(answer.raise_for_status().json()["token"])

    def acting(self, person_id: str = DIRECTOR) -> httpx.Client:
        """A client that acts for somebody of the staff."""
        now = datetime.now(UTC)
        with self.store.writing() as connection:
            made = keys.create_key(
                connection, name="office", scopes=keys.SCOPES, now=now, person_id=person_id
            )
        headers = {"Authorization": f"Bearer {made.secret}"}
        return httpx.Client(base_url=self.service, headers=headers)


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo district's database, to be copied."""
    folder = tmp_path_factory.mktemp("district")
    settings = Settings(
        database_url=f"sqlite:///{folder}/store.db", signing_key_file=folder / "key.pem"
    )
    with closing(Store(settings.database_url)) as store:
        upgrade(store)
        generate_district(folder / "lists", 500, 5255, datetime.now(settings.zone).date())
        assert run_import(store, settings, folder / "lists", complete_consents=True).applied
    return folder / "store.db"


@contextmanager
def site_of(district: Path, folder: Path, **settings: Any) -> Iterator[Site]:
    """The service on a copy of the district, with further `settings`, and both other sites."""
    file = folder / "store.db"
    file.write_bytes(district.read_bytes())
    chosen = Settings(
        database_url=f"sqlite:///{file}", signing_key_file=folder / "key.pem",
        **{"public_lookups_per_minute": 10_000, **settings},
    )  # fmt: skip
    store = Store(chosen.database_url, chosen.busy_timeout_seconds)
    with closing(store), ExitStack() as stack:
        service = stack.enter_context(serving(create_app(chosen, store=store)))
        doors = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        origin, stranger = (f"http://localhost:{door.getsockname()[1]}" for door in doors)
        actor = Actor("test", None, datetime.now(UTC))
        with store.writing() as connection:
            add_origin(connection, actor, origin)
            key = keys.create_key(connection, name="site", scopes=KEY_SCOPES, now=actor.at).secret
        for door, own in zip(doors, (origin, stranger), strict=True):
            stack.enter_context(serving(intranet(service, key, own), door))
        yield Site(service, origin, stranger, store, key)


@pytest.fixture(scope="module")
def site(district: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_of(district, tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium.found()
    if path is None:
        pytest.fail("There is no Chromium: run make test, or name one in CHROMIUM.")
    # The driver that Playwright starts is a process of its own, reached through pipes.
    with ExitStack() as stack:
        with machine_date():
            playwright = stack.enter_context(sync_playwright())
            opened = playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS))
        yield opened
        opened.close()


class Watched:
    """What pages ask for and complain about while a test runs."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        self._ears = {
            "request": lambda request: self.asked.append(request.url),
            "pageerror": lambda error: self.said.append(str(error)),
            "console": self._hear,
        }

    def _hear(self, message: Any) -> None:
        # The browser says of every answer over 399 that it is one; the page has to show that.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.said.append(message.text)

    def begin(self, page: Page) -> None:
        """Listen to a page from now on."""
        for event, heard in self._ears.items():
            page.on(event, heard)  # type: ignore[call-overload]

    def end(self, page: Page) -> None:
        """Listen to it no longer."""
        for event, heard in self._ears.items():
            page.remove_listener(event, heard)

    def expect_nothing_bad(self) -> None:
        """No page may ask another host, fail in its script, or break its own policy."""
        assert {urlsplit(url).hostname for url in self.asked} <= {"127.0.0.1", "localhost"}
        assert self.said == []


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages, each in a profile of its own, and watches them."""
    watched, contexts = Watched(), []

    def make(**options: Any) -> Page:
        contexts.append(browser.new_context(**{"viewport": WINDOW, **options}))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        watched.begin(page)
        return page

    make.said = watched.said  # type: ignore[attr-defined]
    yield make
    # What a page says while it is closed under its own hands is no fault of its.
    for context in contexts:
        for page in context.pages:
            watched.end(page)
        context.close()
    watched.expect_nothing_bad()


@pytest.fixture
def looks(request: pytest.FixtureRequest) -> Looks:
    """The themes and widths in which a page must be accessible; with slow tests they are all."""
    return SOME_LOOKS if request.config.option.markexpr == "not slow" else LOOKS


@pytest.fixture(scope="module")
def kept_page(browser: Browser) -> Iterator[Page]:
    """A page for all tests of a module: a new one costs more than most of what they do on it."""
    context = browser.new_context(viewport=WINDOW, locale="en-US", timezone_id="America/Denver")
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


@pytest.fixture
def page(kept_page: Page, site: Site) -> Iterator[Page]:
    """The intranet's page with all widgets, in the language and the zone of the district."""
    context, watched = kept_page.context, Watched()
    # What the test before has left: its page, which may still ask, and its ways of looking at it.
    kept_page.goto("about:blank")
    context.set_offline(False)
    context.clear_cookies()
    context.clear_permissions()
    kept_page.set_viewport_size(WINDOW)
    kept_page.emulate_media(color_scheme="null", reduced_motion="null", forced_colors="null")
    watched.begin(kept_page)
    kept_page.goto(site.origin)
    yield kept_page
    watched.end(kept_page)
    watched.expect_nothing_bad()
