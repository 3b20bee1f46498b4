"""Every widget in every state: for everybody to use, and honest when there is no answer."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from app.database.session import find_sqlite
from tests.browser.axe import Looks, assert_accessible
from tests.browser.conftest import Site, site_of
from tests.browser.parts import part
from tests.district import District

BIG_CLASS = 2_000
HOSTILE = {
    "x-markup": "<img src=x onerror=alert(1)> <script>alert(1)</script>",
    "x-turned": "\u202eReversed\u202e \u2066Isolated",
    "x-long": f"{'Long ' * 1_999}Tail",
    "x-emoji": "👩🏽‍🎓🏳️‍🌈 Zoëline",
    "x-arabic": "فاطمة الزهراء",
}


@pytest.fixture(scope="module")
def hostile(site: Site) -> Site:
    """The district with people whose names would break a careless page, and a huge class."""
    with site.store.writing() as connection:
        district = District(connection)
        for person_id, name in HOSTILE.items():
            district.person(person_id, name, org_id="school-0001")
            district.consent(person_id, "refuse", channel="all")
        ids = [f"x-{number}" for number in range(BIG_CLASS)]
        for person_id in ids:
            district.person(person_id, f"Pupil Number{person_id}", org_id="school-0001")
            district.consent(person_id, "refuse", channel="all")
        district.school_class("x-huge", [*HOSTILE, *ids], org="school-0001")
    return site


def asked(page: Page) -> None:
    """Bring every widget into the state with most to see: refusals, faults, a half-done form."""
    photo = part(page, "photo-check")
    box = photo.get_by_role("combobox", name="Add a student")
    for text in ("s-000001", "s-000002", "Taylor Kingsley"):
        box.fill(text)
        box.press("Enter")
    expect(photo.get_by_role("button", name="Lakeview")).to_be_visible()
    post = part(page, "post-check")
    post.get_by_label("Link to the account").fill("https://www.instagram.com/lakeviewdrama")
    post.get_by_label("Text of the post").fill("Call the damn office at 801-555-0199")
    post.get_by_label("What is it for?").select_option("promotional")
    file = {"name": "plan.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff"}
    post.locator("input[type=file]").set_input_files(file)
    post.get_by_label("Does it show a place visitors can't go").select_option("public")
    post.get_by_role("combobox", name="Students").fill("s-000002")
    post.get_by_role("combobox", name="Students").press("Enter")
    post.get_by_role("button", name="Check the post").click()
    expect(post.locator(".verdict")).to_be_visible()
    logo = part(page, "logo-check")
    logo.get_by_role("button", name="Check").click()
    form = part(page, "authorization-form")
    form.get_by_label("Link to the account (or the one").fill(
        "https://www.instagram.com/room12lakeview"
    )
    form.get_by_label("What kind of account is it?").select_option("classroom")
    form.get_by_role("button", name="Submit").click()
    expect(form.get_by_role("alert")).to_contain_text(
        "Before you submit: Choose a school or office;"
    )
    box.press_sequentially("mar")
    photo.locator(".option").first.wait_for()
    box.press("ArrowDown")


@pytest.mark.slow
def test_every_widget_is_accessible_before_anything_is_asked(page: Page, looks: Looks) -> None:
    expect(page.locator("clearpost-account-badge .mark").last).to_have_text("Not known")
    page.locator("iframe").scroll_into_view_if_needed()
    assert_accessible(page, looks)


def test_every_widget_is_accessible_with_answers(page: Page, looks: Looks) -> None:
    asked(page)
    assert_accessible(page, looks)


def test_every_widget_is_accessible_without_a_connection(page: Page, looks: Looks) -> None:
    expect(page.locator("clearpost-account-badge .mark").last).to_have_text("Not known")
    page.context.set_offline(True)
    for widget, button in (("logo-check", "Check"), ("post-check", "Check the post")):
        box = part(page, widget)
        box.get_by_label("Link to the account").fill("https://x.com/lakeviewhigh")
        if widget == "post-check":
            box.get_by_label("What is it for?").select_option("school")
        box.get_by_role("button", name=button).click()
        expect(box.get_by_role("alert")).to_contain_text("No connection")
        expect(box.locator(".verdict")).to_have_count(0)
    badge = part(page, "account-badge")
    badge.evaluate("one => one.setAttribute('url', 'https://x.com/lakeviewhigh?again')")
    expect(badge.locator(".mark")).to_have_text("No answer")
    assert_accessible(page, looks)


def test_a_theme_and_colours_of_the_page_are_taken(page: Page) -> None:
    page.locator("#theme").select_option("dark")
    photo = part(page, "photo-check")
    assert photo.locator(".widget").evaluate("e => getComputedStyle(e).backgroundColor") == (
        "rgb(21, 25, 30)"
    )
    photo.evaluate("one => one.style.setProperty('--clearpost-ground', 'rgb(1, 2, 3)')")
    assert photo.locator(".widget").evaluate("e => getComputedStyle(e).backgroundColor") == (
        "rgb(1, 2, 3)"
    )


def test_outcomes_are_told_without_colours(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    logo = part(page, "logo-check")
    logo.get_by_label("Link to the account").fill("https://x.com/lakeviewhigh")
    logo.get_by_role("button", name="Check").click()
    expect(logo.locator(".verdict > .outcome")).to_have_text("Allowed")
    border = "e => getComputedStyle(e).borderInlineStartColor"
    assert logo.locator(".verdict").evaluate(border) == "rgb(0, 0, 0)"


def test_hostile_names_are_shown_inert(page: Page, hostile: Site) -> None:
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    photo = part(page, "photo-check")
    box = photo.get_by_role("combobox", name="Add a student")
    for name in ("img onerror", "Reversed", "Long Tail", "Zoëline", "فاطمة"):
        box.fill("")
        box.press_sequentially(name)
        photo.locator(".option").first.wait_for()
        box.press("ArrowDown")
        box.press("Enter")
    lines = photo.locator(".students > li")
    expect(lines.locator(".outcome.deny")).to_have_count(len(HOSTILE))
    assert photo.locator("img, .students script").count() == 0
    text = photo.inner_text() + photo.locator(".students").inner_text()
    assert "<img src=x onerror=alert(1)>" in text
    assert not set(text) & set("\u202e\u2066")
    page.set_viewport_size({"width": 320, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    expect(lines).to_have_count(len(HOSTILE))
    for line in lines.all():
        assert line.bounding_box()["height"] < 1_500  # type: ignore[index]


def test_a_class_of_two_thousand_is_usable(page: Page, hostile: Site) -> None:
    photo = part(page, "photo-check")
    photo.get_by_label("A whole class").check()
    box = photo.get_by_role("combobox", name="Class")
    box.press_sequentially("x-huge")
    photo.locator(".option").first.wait_for()
    box.press("ArrowDown")
    box.press("Enter")
    left = photo.locator(".long")
    expect(left.locator("li")).to_have_count(BIG_CLASS + len(HOSTILE))
    assert left.bounding_box()["height"] < 500  # type: ignore[index]
    left.focus()
    before = left.evaluate("e => e.scrollTop")
    page.keyboard.press("PageDown")
    page.wait_for_timeout(300)
    assert left.evaluate("e => e.scrollTop") > before


def test_typing_is_answered_at_once_and_what_is_outdated_is_cancelled(page: Page) -> None:
    photo = part(page, "photo-check")
    box = photo.get_by_role("combobox", name="Add a student")
    took = []
    for name in ("Alder", "Black", "Cover", "Drum", "Eastl"):
        box.fill("")
        took.append(
            photo.evaluate(
                """(one, text) => new Promise((done) => {
                const input = one.shadowRoot.querySelector("[role=combobox]");
                const list = one.shadowRoot.querySelector("[role=listbox]");
                const began = performance.now();
                new MutationObserver((_, own) => {
                  if (!list.childElementCount) return;
                  own.disconnect();
                  done(performance.now() - began); }).observe(list, { childList: true });
                input.value = text; input.dispatchEvent(new Event("input")); })""",
                name,
            )
        )
    assert statistics.median(took) < 150, took

    ended: list[str | None] = []
    page.on("requestfailed", lambda request: ended.append(request.failure))
    slow = page.context.new_cdp_session(page)
    slow.send("Network.enable")
    limits = {"offline": False, "latency": 400, "downloadThroughput": -1, "uploadThroughput": -1}
    slow.send("Network.emulateNetworkConditions", limits)
    box.fill("")
    box.press_sequentially("Kingsley", delay=120)
    expect(photo.locator(".option").first).to_contain_text("Kingsley")
    assert ended
    assert set(ended) == {"net::ERR_ABORTED"}
    slow.detach()


@pytest.fixture
def strict(district: Path, tmp_path: Path) -> Iterator[Site]:
    """A service that lets three questions a minute pass without a key, and waits for nobody."""
    with site_of(district, tmp_path, public_lookups_per_minute=3, busy_timeout_seconds=0.2) as made:
        yield made


def test_too_many_and_no_store_are_told_as_what_they_are(
    new_page: Callable[..., Page], strict: Site, looks: Looks
) -> None:
    page = new_page()
    page.goto(strict.origin)
    # Four badges ask, and whichever comes last waits.
    told = page.locator("clearpost-account-badge .status", has_text="Too many requests")
    expect(told).to_have_count(1)
    expect(page.locator("clearpost-account-badge .mark", has_text="Asking")).to_have_count(1)
    logo = part(page, "logo-check")
    logo.get_by_label("Link to the account").fill("https://x.com/lakeviewhigh")
    logo.get_by_role("button", name="Check").click()
    expect(logo.locator(".verdict > .outcome")).to_have_text("Allowed")
    photo = part(page, "photo-check")
    box = photo.get_by_role("combobox", name="Add a student")
    file = str(strict.store.url.database)
    # A second SQLite library in one process would not see the first one's locks.
    with closing(find_sqlite().connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        logo.get_by_role("button", name="Check").click()
        expect(logo.get_by_role("alert")).to_contain_text("cannot answer just now")
        expect(logo.locator(".verdict")).to_have_count(0)
        box.fill("s-000001")
        box.press("Enter")
        expect(photo.get_by_role("alert")).to_contain_text("cannot answer just now")
        expect(photo.locator(".outcome")).to_have_text("Not checked yet")
        other.rollback()
    photo.get_by_role("button", name="Ask again").click()
    expect(photo.locator(".verdict > .outcome")).to_have_text("Allowed")
    expect(box).to_be_focused()
    logo.get_by_role("button", name="Check").click()
    expect(logo.locator(".verdict > .outcome")).to_have_text("Allowed")
    with strict.store.writing() as connection:
        connection.exec_driver_sql("UPDATE api_keys SET revoked_at = created_at")
    page.wait_for_timeout(1_100)
    logo.get_by_role("button", name="Check").click()
    expect(logo.get_by_role("alert")).to_contain_text("session ended")
    expect(logo.locator(".verdict")).to_have_count(0)
    box.fill("s-000003")
    box.press("Enter")
    expect(photo.get_by_role("alert")).to_contain_text("session ended")
    assert_accessible(page, looks)


def test_pages_of_the_service_have_strict_policies(site: Site) -> None:
    for path in ("/docs", "/embed/v1/photo-check", "/embed/v1/account-badge"):
        policy = httpx.get(f"{site.service}{path}").headers["content-security-policy"]
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'")
