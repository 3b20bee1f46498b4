"""What docs/widgets.md tells to copy, taken from there and run: on a page, in Python, in Node.

The PHP is compared with the API's own schema, since a machine that tests may have no PHP.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright._impl._driver import compute_driver_executable
from playwright.sync_api import Page, expect

from app.http.cors import LIFE_SECONDS
from app.web.intranet import TEACHER
from tests.browser.conftest import Site
from tests.browser.elsewhere import elsewhere, register
from tests.browser.parts import outcome, part

PAPER = (Path(__file__).parent.parent.parent / "docs" / "widgets.md").read_text("utf-8")
SERVICE, PAGE = "https://clearpost.example.org", "https://intranet.example.org"
CHECK = {"students": [{"id": "s-000001"}]}


def snippet(language: str, holding: str) -> str:
    """The one block of a language that holds this text."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", PAPER, re.DOTALL | re.MULTILINE)
    (found,) = (block for block in blocks if holding in block)
    return str(found)


def here(text: str, site: Site, origin: str) -> str:
    """The same for this service and for a page of this origin."""
    return text.replace(SERVICE, site.service).replace(PAGE, origin)


def run(command: list[str | Path], key: str) -> dict[str, Any]:
    """What a program prints, as JSON; it has the key from its environment, as a server has."""
    environment = {"PATH": os.environ["PATH"], "CLEARPOST_KEY": key}
    done = subprocess.run(command, capture_output=True, env=environment, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def python_token(site: Site, origin: str, folder: Path, person_id: str = TEACHER) -> Any:
    program = folder / "ask.py"
    asked = f"\nimport json\nprint(json.dumps(widget_token({person_id!r})))\n"
    program.write_text(here(snippet("python", "widget_token"), site, origin) + asked, "utf-8")
    return run([sys.executable, program], site.key)


def answer_to(site: Site, token: str, origin: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Origin": origin}
    return httpx.post(f"{site.service}/v1/checks/photo-consent", json=CHECK, headers=headers)


def test_python_gets_a_token_that_acts_for_somebody(site: Site, tmp_path: Path) -> None:
    said = python_token(site, site.origin, tmp_path)
    assert answer_to(site, said["token"], site.origin).json()["outcome"] == "allow"
    form = {"platform": "x", "handle": "snippet", "kind": "club"}
    headers = {"Authorization": f"Bearer {said['token']}", "Origin": site.origin}
    made = httpx.post(f"{site.service}/v1/authorization-requests", json=form, headers=headers)
    assert (made.status_code, made.json()["requested_by"]) == (201, TEACHER)


def test_javascript_on_a_server_gets_a_token(site: Site, tmp_path: Path) -> None:
    program = tmp_path / "ask.mjs"
    told = "\nconsole.log(JSON.stringify({ token, expires_at }));\n"
    program.write_text(here(snippet("js", "process.env"), site, site.origin) + told, "utf-8")
    # Playwright brings a Node of its own.
    node, _ = compute_driver_executable()
    said = run([node, program], site.key)
    assert answer_to(site, said["token"], site.origin).json()["outcome"] == "allow"


def test_php_names_what_the_api_knows(site: Site) -> None:
    php = snippet("php", "curl_init")
    schema = httpx.get(f"{site.service}/openapi.json").json()
    (path,) = re.findall(rf'curl_init\("{SERVICE}([^"]+)"\)', php)
    operation = schema["paths"][path]["post"]
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    body = schema["components"]["schemas"][reference.rsplit("/", 1)[1]]
    (asked,) = re.findall(r"\$asked = \[(.*)\];", php)
    sent = set(re.findall(r'"(\w+)" =>', asked))
    assert set(body["required"]) <= sent <= set(body["properties"])
    assert "CURLOPT_POSTFIELDS => json_encode($asked)" in php
    (scheme,) = (next(iter(one)) for one in operation["security"])
    assert schema["components"]["securitySchemes"][scheme]["scheme"] == "bearer"
    headers = re.findall(r'"([A-Z][\w-]+): ([\w/]+)', php)
    assert {("Content-Type", "application/json"), ("Authorization", "Bearer")} <= set(headers)


@pytest.fixture(scope="module")
def copied(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An intranet that was copied from the paper: its page, its token by Python, and more pages."""

    def pages(origin: str) -> dict[str, str]:
        page = here(snippet("html", "<!doctype html>"), site, origin)
        framed = here(snippet("html", "<iframe"), site, origin)
        spanish = here(snippet("html", "setStrings"), site, origin)
        colours = snippet("css", "--clearpost-accent")
        return {
            "/": page,
            "/frame": f"<!doctype html><title>A frame</title>{framed}",
            "/spanish": f"<!doctype html><title>Espa\u00f1ol</title>{spanish}"
            f'<main><clearpost-photo-check base="{site.service}"></clearpost-photo-check></main>',
            "/colours": f"<!doctype html><title>Colours</title><style>{colours}</style>"
            f'<script type="module" src="{site.service}/widgets/v1/post-check.js"></script>'
            "<main><clearpost-post-check></clearpost-post-check></main>",
        }

    folder = tmp_path_factory.mktemp("intranet")
    with elsewhere(pages, lambda origin: python_token(site, origin, folder)) as origin:
        register(site, origin)
        time.sleep(LIFE_SECONDS)
        yield origin


def test_the_page_works_as_it_is_copied(new_page: Callable[..., Page], copied: str) -> None:
    page = new_page()
    page.goto(copied)
    photo = page.locator("clearpost-photo-check")
    photo.get_by_role("combobox", name="Add a student").fill("Juniper Alderwood")
    photo.get_by_role("combobox", name="Add a student").press("Enter")
    expect(outcome(photo)).to_have_text("Allowed")
    expect(page.locator("clearpost-account-badge .mark")).to_have_text("Official")


def test_frame_language_and_colours_work_as_they_are_copied(
    new_page: Callable[..., Page], copied: str
) -> None:
    page = new_page()
    page.goto(f"{copied}/frame")
    badge = page.frame_locator("iframe").locator("clearpost-account-badge")
    expect(badge.locator(".mark")).to_have_text("Official")
    page.goto(f"{copied}/spanish")
    photo = part(page, "photo-check")
    expect(photo.get_by_role("heading")).to_have_text("¿Se puede mostrar a estos alumnos?")
    expect(photo.locator(".widget")).to_have_attribute("lang", "es")
    expect(photo.get_by_text("A whole class")).to_be_visible()
    page.goto(f"{copied}/colours")
    button = part(page, "post-check").get_by_role("button", name="Check the post")
    painted = "one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).fontFamily]"
    assert button.evaluate(painted) == ["rgb(122, 0, 25)", '"Source Sans 3", sans-serif']


def test_a_page_that_gets_its_tokens_otherwise_answers_the_event(page: Page, site: Site) -> None:
    logo = part(page, "logo-check")
    logo.evaluate(
        f"""(element, token) => {{ element.removeAttribute("token-url"); window.asked = [];
        const getToken = async (how) => {{ window.asked.push(how); return token; }};
        {snippet("js", "clearpost-token")} }}""",
        site.token(),
    )
    logo.get_by_label("Link to the account").fill("https://x.com/lakeviewhigh")
    logo.get_by_role("button", name="Check").click()
    expect(outcome(logo)).to_have_text("Allowed")
    assert page.evaluate("window.asked") == [{"renew": False}]
