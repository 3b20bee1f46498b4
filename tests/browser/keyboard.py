"""Getting about a page by keyboard alone."""

from playwright.sync_api import Page

_MOST = 200
# What has the focus, inside shadows too: its name, as far as labels go, and its widget.
_FOCUSED = """() => {
  let one = document.activeElement, widget = "";
  while (one?.shadowRoot?.activeElement) {
    widget = one.localName;
    one = one.shadowRoot.activeElement;
  }
  const labels = [...(one?.labels ?? [])].map((label) => label.textContent).join(" ");
  return [one?.getAttribute("aria-label") || labels || one?.textContent || "", widget];
}"""


def go_to(page: Page, label: str, within: str = "") -> None:
    """Press Tab until what is called `label` has the focus; fails where it is never reached."""
    for _ in range(_MOST):
        page.keyboard.press("Tab")
        name, widget = page.evaluate(_FOCUSED)
        if name.strip().startswith(label) and widget.endswith(within):
            return
    message = f"{label} is not reached by Tab"
    raise AssertionError(message)


def choose(page: Page) -> None:
    """Take the first of what is proposed."""
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
