"""Getting about a page by keyboard alone, and hearing what a screen reader would say."""

from playwright.sync_api import Page

_MOST = 200
_PATIENCE = 100
# What has the focus, inside shadows too: its name, as far as labels go, and its widget.
_FOCUSED = """() => {
  let one = document.activeElement, widget = "";
  while (one?.shadowRoot?.activeElement) {
    widget = one.localName;
    one = one.shadowRoot.activeElement;
  }
  const labels = [...(one?.labels ?? [])].map((label) => label.textContent).join(" ");
  const name = one?.getAttribute("aria-label") || labels || one?.textContent || "";
  return [name, widget];
}"""
_PICKED = """() => {
  let one = document.activeElement;
  while (one.shadowRoot) one = one.shadowRoot.activeElement;
  return one.selectedOptions[0].textContent;
}"""
# Writes down what live regions come to say, and every moment in which the focus got lost.
_LISTEN = """() => {
  window.announced = [];
  window.lost = [];
  const spoken = ({ target }) => {
    const element = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
    const region = element?.closest("[role=status], [role=alert]");
    if (region?.textContent) window.announced.push(region.textContent);
  };
  const heard = new MutationObserver((changes) => changes.forEach(spoken));
  for (const widget of document.querySelectorAll("main *")) {
    const options = { subtree: true, childList: true, characterData: true };
    if (widget.shadowRoot) heard.observe(widget.shadowRoot, options);
  }
  let last = null;
  const watch = () => {
    const at = document.activeElement;
    if (last && at === document.body) window.lost.push([last, window.announced.at(-1)]);
    last = at === document.body ? null : at.localName;
    requestAnimationFrame(watch);
  };
  watch();
}"""


def go_to(page: Page, label: str, within: str = "", *, back: bool = False) -> None:
    """Press Tab until what is called `label` has the focus; fails where it is never reached.

    `back` presses Shift+Tab.
    """
    for _ in range(_MOST):
        name, widget = page.evaluate(_FOCUSED)
        if name.strip().startswith(label) and widget.endswith(within):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    message = f"{label} is not reached by Tab"
    raise AssertionError(message)


def pick(page: Page, label: str, text: str, within: str = "", *, back: bool = False) -> None:
    """Go to a select and press the arrow down until what it says begins with `text`."""
    go_to(page, label, within, back=back)
    for _ in range(_MOST):
        page.keyboard.press("ArrowDown")
        if page.evaluate(_PICKED).startswith(text):
            return
    message = f"{text} is not among what {label} offers"
    raise AssertionError(message)


def choose(page: Page) -> None:
    """Take the first of what is proposed."""
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def focused(page: Page) -> list[str]:
    """What has the focus: its name, and its widget."""
    found: list[str] = page.evaluate(_FOCUSED)
    return found


class Hearing:
    """What is announced on a page from now on, to be asked for bit by bit."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._heard = 0
        page.evaluate(_LISTEN)

    def hears(self, text: str) -> None:
        """Wait until a live region says `text`, after what was last asked for."""
        for _ in range(_PATIENCE):
            said: list[str] = self._page.evaluate("window.announced")
            for at, one in enumerate(said):
                if at >= self._heard and text in one:
                    self._heard = at + 1
                    return
            self._page.wait_for_timeout(50)
        message = f"{text} is not announced: {said[self._heard :]}"
        raise AssertionError(message)

    def never_lost(self) -> None:
        """Something has had the focus all the time."""
        lost = self._page.evaluate("window.lost")
        assert not lost, lost
