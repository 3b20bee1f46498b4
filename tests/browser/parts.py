"""The widgets on a page, and what is done with them in more than one test."""

from playwright.sync_api import Locator, Page

from tests.browser.conftest import Site


def part(page: Page, name: str) -> Locator:
    """The first widget of this kind."""
    return page.locator(f"main clearpost-{name}").first


def outcome(of: Locator) -> Locator:
    """The outcome of the whole question."""
    return of.locator(".verdict > .outcome")


def show(page: Page, site: Site, *tags: str) -> None:
    """Put these widgets, as `photo-check class-id="…"`, in the place of all on the page."""
    named = ((tag.split()[0], tag) for tag in tags)
    own = f'base="{site.service}" token-url="token/teacher"'
    html = "".join(f"<clearpost-{tag} {own}></clearpost-{name}>" for name, tag in named)
    page.evaluate("html => { document.querySelector('main').innerHTML = html; }", html)
