"""Whether everybody can use a page, as far as a machine can tell: axe-core, and nothing cut off."""

from collections.abc import Sequence
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Looks = Sequence[tuple[str, int]]
LOOKS: Looks = [(scheme, width) for scheme in ("light", "dark") for width in (1280, 320)]
# Each theme and each width once: what one does to the colours, the other does not know.
SOME_LOOKS: Looks = [("light", 1280), ("dark", 320)]


def _faults(response: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What axe found: the rule, the part, and why."""
    return [
        (fault["id"], node["html"][:200], node["failureSummary"])
        for fault in response["violations"]
        for node in fault["nodes"]
    ]


def assert_accessible(page: Page, looks: Looks) -> None:
    """No violation in any of these themes and widths; and nothing wider than the screen."""
    for scheme, width in looks:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page)
        assert found.violations_count == 0, (scheme, width, _faults(found.response))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
