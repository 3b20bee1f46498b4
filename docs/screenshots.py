"""The widgets as the demo shows them, into `docs/images`: `python -m docs.screenshots`.

It starts `clearpost demo` in a folder of its own, and asks there what somebody would ask.
"""

import importlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from tests.browser import chromium

IMAGES = Path(__file__).parent / "images"
_COMMAND = Path(sys.executable).with_name("clearpost")
_NARROW, _WIDE = 320, 1280
_POST = {"name": "opening-night.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff"}


@contextmanager
def demo() -> Iterator[str]:
    """The demo on free ports; yields the address of the page with the widgets."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(_COMMAND), "demo", "--port", "0", "--intranet-port", "0"]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
        try:
            lines: Iterator[str] = iter(process.stdout or ())
            told = next(text for text in lines if text.startswith("The widgets:"))
            yield told.split()[-1]
        finally:
            process.terminate()
            process.communicate()


def photo(page: Page) -> Locator:
    """A class, somebody of which must not be pictured, and what is found about three students."""
    widget = page.locator("clearpost-photo-check")
    box = widget.get_by_role("combobox", name="Add a student")
    for text in ("Juniper Alderwood", "Rowan Blackthorn", "Taylor Kingsley"):
        box.fill(text)
        box.press("Enter")
    widget.get_by_role("button", name="Lakeview").wait_for()
    return widget


def post(page: Page) -> Locator:
    """A post in which somebody is pictured whose guardian refused."""
    widget = page.locator("clearpost-post-check")
    widget.get_by_label("Link to the account").fill("https://x.com/lakeviewhigh")
    widget.get_by_label("Text of the post").fill("Opening night of the spring musical!")
    widget.get_by_label("What is it for?").select_option("school")
    widget.locator("input[type=file]").set_input_files(_POST)  # type: ignore[arg-type]
    widget.get_by_label("Who made it?").select_option("own")
    widget.get_by_label("Does it show a place visitors can't go").select_option("none")
    for label, name in (("Who posts it?", "Ferr"), ("Students", "Alder"), ("Students", "Blackth")):
        box = widget.get_by_role("combobox", name=label)
        box.press_sequentially(name)
        widget.locator(".option").first.wait_for()
        box.press("ArrowDown")
        box.press("Enter")
    widget.get_by_label("It uses the district's logo").check()
    widget.get_by_role("button", name="Check the post").click()
    widget.locator(".verdict > .outcome").wait_for()
    return widget


def logo(page: Page) -> Locator:
    """An account that may use the logo."""
    widget = page.locator("main > clearpost-logo-check")
    widget.get_by_label("Link to the account").fill("https://x.com/lakeviewhigh")
    widget.get_by_role("button", name="Check").click()
    widget.locator(".verdict > .outcome").wait_for()
    return widget


def form(page: Page) -> Locator:
    """A classroom's form, saved as a draft."""
    widget = page.locator("clearpost-authorization-form")
    widget.get_by_label("Link to the account (or the one").fill(
        "https://www.instagram.com/lakeviewroom12"
    )
    widget.get_by_label("What kind of account is it?").select_option("classroom")
    widget.get_by_label("School or office").select_option(label="Lakeview High School")
    box = widget.get_by_role("combobox", name="Content owner")
    box.press_sequentially("Okafor")
    widget.locator(".option").first.wait_for()
    box.press("ArrowDown")
    box.press("Enter")
    widget.get_by_role("button", name="Save draft").click()
    widget.locator(".standing .missing").wait_for()
    return widget


def badges(page: Page) -> Locator:
    """An official account, and others."""
    page.locator("clearpost-account-badge .mark.unknown").wait_for()
    return page.locator("#accounts")


def _shoot_widgets(browser: Browser, address: str) -> None:
    for state in (photo, post, logo, form, badges):
        for scheme, width in (("light", _WIDE), ("dark", _NARROW)):
            page = browser.new_page(
                viewport={"width": width, "height": 900}, color_scheme=scheme,  # type: ignore[arg-type]
                locale="en-US", timezone_id="America/Denver",
            )  # fmt: skip
            page.goto(address)
            shown = state(page)
            page.evaluate("document.activeElement?.blur()")
            file = IMAGES / f"{state.__name__}-{scheme}-{width}.png"
            shown.screenshot(path=file)
            _make_small(file)
            page.close()


def _make_small(file: Path) -> None:
    """64 colours are all that these pictures have, but for the edges of letters."""
    image = importlib.import_module("PIL.Image")
    with image.open(file) as picture:
        picture.convert("RGB").quantize(64).save(file, optimize=True)


def main() -> None:
    """Take all of them anew."""
    path = chromium.found()
    if path is None:
        sys.exit("There is no Chromium: make chromium")
    IMAGES.mkdir(exist_ok=True)
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS))
        _shoot_widgets(browser, address)
        browser.close()


if __name__ == "__main__":
    main()
