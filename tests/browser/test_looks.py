"""How the widgets look to whom motion makes ill, who needs contrast, or large letters."""

import base64

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site
from tests.browser.forms import forms
from tests.browser.keyboard import go_to
from tests.browser.parts import outcome, part, show

# Runs over every element, in shadows too.
_ALL = """() => {
  const found = [];
  const walk = (at) => at.querySelectorAll("*").forEach((one) => {
    found.push(one);
    if (one.shadowRoot) walk(one.shadowRoot);
  });
  walk(document);
  return found;
}"""
_MOVING = f"""() => ({_ALL})().filter((one) => ["", "::before", "::after"].some((part) => {{
  const style = getComputedStyle(one, part || null);
  const seconds = (text) => Math.max(...text.split(",").map(parseFloat));
  return seconds(style.transitionDuration) > 0 || seconds(style.animationDuration) > 0
    || style.scrollBehavior === "smooth";
}})).map((one) => one.localName)"""
_RUNNING = f"""() => [document, ...({_ALL})().map((one) => one.shadowRoot).filter(Boolean)]
  .flatMap((root) => root.getAnimations()).length"""
# Controls that show no edge, or that do not show that they have the focus.
_EDGELESS = f"""() => ({_ALL})().filter((one) =>
  one.matches("button, input, select, textarea") && one.checkVisibility() && one.getRootNode().host)
  .filter((one) => !one.matches("[type=checkbox], [type=radio]"))
  .filter((one) => {{
    const style = getComputedStyle(one);
    return parseFloat(style.borderTopWidth) < 1 || style.borderTopStyle === "none"
      || style.borderTopColor === getComputedStyle(document.body).backgroundColor;
  }}).map((one) => one.outerHTML.slice(0, 80))"""
_FOCUS = """() => {
  let one = document.activeElement;
  while (one.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(one);
  const ground = getComputedStyle(document.body).backgroundColor;
  return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && outlineColor !== ground;
}"""
_LAST_PIXEL = """async (picture) => {
  const bytes = Uint8Array.from(atob(picture), (one) => one.charCodeAt(0));
  const { width, height } = await createImageBitmap(new Blob([bytes]));
  const paper = new OffscreenCanvas(width, height).getContext("2d");
  paper.drawImage(await createImageBitmap(new Blob([bytes])), 0, 0);
  return [...paper.getImageData(width - 8, height / 2, 1, 1).data];
}"""
# What stands out of the screen, or whose text is wider than its box.
_CUT_OFF = f"""() => ({_ALL})().filter((one) => one.getRootNode().host && one.checkVisibility())
  .filter((one) => !one.closest(".hidden") && one.localName !== "option")
  .filter((one) => {{
    const {{ left, right, width }} = one.getBoundingClientRect();
    const clips = one.matches("button, label, legend, summary, h2, h3, p")
      && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline";
    return width > 0 && (left < -1 || right > innerWidth + 1 || clips);
  }}).map((one) => `${{one.localName}}.${{one.className}}: ${{one.textContent.slice(0, 60)}}`)"""


def busy(page: Page) -> None:
    """Bring a list that proposes, an answer and a fault onto the page."""
    logo = part(page, "logo-check")
    logo.get_by_label("Link to the account").fill("https://x.com/lakeviewhigh")
    logo.get_by_role("button", name="Check").click()
    expect(outcome(logo)).to_have_text("Allowed")
    part(page, "post-check").get_by_role("button", name="Check the post").click()
    photo = part(page, "photo-check")
    box = photo.get_by_role("combobox", name="Add a student")
    for name in ("s-000002", "Taylor Kingsley"):
        box.fill(name)
        box.press("Enter")
    expect(photo.get_by_role("button", name="Lakeview")).to_be_visible()
    box.press_sequentially("mar")
    photo.locator(".option").first.wait_for()
    box.press("ArrowDown")


def ground(page: Page, at: Locator) -> list[int]:
    """The colour that is really painted at the end of a line: styles tell what was asked for."""
    picture = base64.b64encode(at.screenshot()).decode()
    colour: list[int] = page.evaluate(_LAST_PIXEL, picture)
    return colour


def test_nothing_moves_for_whom_motion_makes_ill(page: Page) -> None:
    assert "button" in page.evaluate(_MOVING)
    page.emulate_media(reduced_motion="reduce")
    busy(page)
    part(page, "logo-check").get_by_role("button", name="Check").hover()
    assert page.evaluate(_MOVING) == []
    assert page.evaluate(_RUNNING) == 0


def test_controls_have_edges_and_focus_in_forced_colours(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    busy(page)
    assert page.evaluate(_EDGELESS) == []
    option = part(page, "photo-check").locator(".option")
    assert ground(page, option.first) != ground(page, option.nth(1))
    for label in (
        "Where will it be shown?",
        "The name is shown",
        "Copy result",
        "Link to the account",
    ):
        go_to(page, label)
        assert page.evaluate(_FOCUS), label


def test_nothing_is_cut_off_on_a_phone_or_in_letters_of_twice_the_size(
    page: Page, site: Site
) -> None:
    busy(page)
    ids = forms(site)
    for letters, width in (("100%", 320), ("200%", 640), ("200%", 320)):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("size => { document.documentElement.style.fontSize = size; }", letters)
        assert page.evaluate(_CUT_OFF) == [], (letters, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (letters, width)
    show(page, site, f'authorization-form request-id="{ids["classroom"]}"')
    expect(page.locator(".standing")).to_contain_text("How are families told")
    assert page.evaluate(_CUT_OFF) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
