"""Frames as Google Sites makes them: sandboxed, of another origin, and perhaps one in another."""

import html
from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.conftest import Site
from tests.browser.elsewhere import elsewhere, register
from tests.browser.parts import outcome

SANDBOX = "allow-scripts allow-same-origin allow-forms allow-popups"


def frame(address: str = "", inline: str = "") -> str:
    """A page with a frame; `inline` is a page that stands in its `srcdoc`."""
    source = f'srcdoc="{html.escape(inline)}"' if inline else f'src="{html.escape(address)}"'
    named = 'title="Embedded" width="600" height="500"'
    return f'<!doctype html><title>A site</title><iframe sandbox="{SANDBOX}" {source} {named}>'


@pytest.fixture
def address(site: Site) -> str:
    """Where the district's own server redirects to: the page, with a token for frames."""
    return f"{site.service}/embed/v1/logo-check#token={site.token(embedded=True)}"


def expect_answer(framed: FrameLocator) -> None:
    logo = framed.locator("clearpost-logo-check")
    logo.get_by_label("Link to the account").fill("https://x.com/lakeviewhigh")
    logo.get_by_role("button", name="Check").click()
    expect(outcome(logo)).to_have_text("Allowed")


def expect_refused(page: Page, site: Site, said: list[str]) -> None:
    page.wait_for_load_state("networkidle")
    assert any("frame-ancestors" in text for text in said)
    said.clear()
    for one in page.frames:
        assert not one.url.startswith(site.service)
        assert one.locator("clearpost-logo-check").count() == 0


def test_a_site_that_is_registered_embeds_by_address_and_no_other_does(
    new_page: Callable[..., Page], site: Site, address: str
) -> None:
    page, said = new_page(), new_page.said  # type: ignore[attr-defined]
    with elsewhere(lambda _: {"/": frame(address)}) as origin:
        page.goto(origin)
        expect_refused(page, site, said)
        register(site, origin)
        page.goto(origin)
        expect_answer(page.frame_locator("iframe"))


def test_every_page_around_it_counts(
    new_page: Callable[..., Page], site: Site, address: str
) -> None:
    """What is pasted as code stands in a frame of yet another origin, which counts as well."""
    page, said = new_page(), new_page.said  # type: ignore[attr-defined]
    inner = {"/": frame(inline=frame(address))}
    with elsewhere(lambda _: inner) as pasted, elsewhere(lambda _: {"/": frame(pasted)}) as outer:
        register(site, outer)
        page.goto(outer)
        expect_refused(page, site, said)
        register(site, pasted)
        page.goto(outer)
        nested = page.frame_locator("iframe").frame_locator("iframe").frame_locator("iframe")
        expect_answer(nested)
