"""Every widget from beginning to end without a mouse: by Tab, letters, arrows, Space and Enter.

After each answer something has the focus still, and what came of it is announced.
"""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.keyboard import Hearing, choose, focused, go_to, pick
from tests.browser.parts import outcome, part
from tests.district import District

PHOTO = {"name": "night.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff\xe0 night"}
POST, FORM, LOGO = "clearpost-post-check", "clearpost-authorization-form", "clearpost-logo-check"


def say(page: Page, label: str, text: str, within: str = "", *, back: bool = False) -> None:
    """Go to a field and type over what is in it."""
    go_to(page, label, within, back=back)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def take(page: Page, label: str, text: str, within: str) -> None:
    """Go to a field that proposes, type, and take the first."""
    say(page, label, text, within)
    page.locator(f"main > {within} .option").first.wait_for()
    choose(page)


def press(page: Page, label: str, within: str, key: str = "Enter", *, back: bool = False) -> None:
    go_to(page, label, within, back=back)
    page.keyboard.press(key)


def expect_result_focused(page: Page, within: str) -> None:
    expect(part(page, within.removeprefix("clearpost-")).locator(".result")).to_be_focused()
    assert focused(page)[1] == within


def test_a_post_is_mended_until_it_is_allowed(page: Page) -> None:
    hearing = Hearing(page)
    # From the beginning: that files are asked for is heard of a moment after one begins to listen.
    page.once("filechooser", lambda chooser: chooser.set_files(PHOTO))
    post = part(page, "post-check")
    press(page, "Check the post", POST)
    assert focused(page)[0].startswith("Link to the account")
    page.keyboard.type("https://x.com/lakeviewhigh")
    take(page, "Who posts it?", "ferraro", POST)
    say(page, "Text of the post", "Opening night of the damn musical!", POST)
    pick(page, "What is it for?", "The school", POST)
    press(page, "Pictures, videos", POST)
    expect(post.locator(".media")).to_contain_text("night.jpg")
    pick(page, "Who made it?", "We did", POST)
    pick(page, "Does it show a place visitors can't go", "No", POST)
    take(page, "Students", "alderw", POST)
    page.keyboard.type("rowan black")
    post.locator(".option").first.wait_for()
    page.keyboard.press("Escape")
    expect(post.locator(".option")).to_have_count(0)
    assert focused(page)[0].startswith("Students")
    page.keyboard.type("thorn")
    post.locator(".option").first.wait_for()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    press(page, "It uses the district's logo", POST, "Space")
    press(page, "Check the post", POST)
    hearing.hears("Not allowed. 2 things to look at")
    expect_result_focused(page, POST)

    press(page, "Not allowed Rowan Blackthorn There is", POST)
    expect(post.locator(".people .finding.deny")).to_be_focused()
    press(page, "Remove Rowan Blackthorn", POST, "Space", back=True)
    expect(post.locator(".verdict")).to_contain_text("Changed since it was checked")
    assert focused(page)[0].startswith("Students")
    say(page, "Text of the post", "Opening night of the musical!", POST, back=True)
    press(page, "Check the post", POST)
    hearing.hears("Allowed. ")
    expect(outcome(post)).to_have_text("Allowed")
    expect_result_focused(page, POST)
    hearing.never_lost()


def test_a_picture_is_described_and_the_use_of_the_logo_said(page: Page, site: Site) -> None:
    since = datetime.now(UTC).date() - timedelta(days=200)
    with site.store.writing() as connection:
        given = {"purpose": "posters", "granted_by": "e-000001", "effective_from": since}
        District(connection).grant("logo", "instagram/lakeviewposters", **given)
    hearing = Hearing(page)
    post = part(page, "post-check")
    say(page, "Link to the account", "https://www.instagram.com/lakeviewposters", POST)
    pick(page, "What is it for?", "The school", POST)
    file = {"name": "gym.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff\xe0 gym"}
    post.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    pick(page, "Does it show a place visitors can't go", "No", POST)
    say(page, "What does it show?", "A gym.", POST)
    press(page, "It uses the district's logo", POST, "Space")
    press(page, "Check the post", POST)
    hearing.hears("Not allowed.")
    expect_result_focused(page, POST)
    press(page, "Not yet Permission to use the logo", POST)
    expect(post.locator(".said .finding", has_text="alone: posters")).to_be_focused()
    # What is asked stands right behind it.
    page.keyboard.press("Tab")
    assert focused(page)[0].startswith("What is the logo used for?")
    page.keyboard.type("Posters")
    press(page, "Check the post", POST)
    hearing.hears("Not allowed.")
    expect(post.locator(".said .finding", has_text="alone: posters")).to_have_class("finding allow")
    hearing.never_lost()


def test_a_form_is_submitted(page: Page) -> None:
    hearing = Hearing(page)
    form = part(page, "authorization-form")
    say(page, "Link to the account (or the one", "https://www.instagram.com/lakeviewgo", FORM)
    pick(page, "What kind of account is it?", "A club", FORM)
    press(page, "Submit", FORM)
    hearing.hears("Before you submit: Choose a school or office; Choose a content owner")
    expect(form.locator(".standing")).to_be_focused()
    expect(form.locator(".missing")).to_contain_text("Choose a content owner")
    pick(page, "School or office", "Lakeview High", FORM)
    say(page, "What is it for?", "The go club tells of its games.", FORM)
    take(page, "Content owner", "okafor", FORM)
    take(page, "Content managers", "ferraro", FORM)
    # Whoever took the wrong one takes it away again.
    take(page, "Content managers", "marlowe", FORM)
    press(page, "Remove Ignatius Marlowe", FORM, "Space")
    assert focused(page)[0].startswith("Content managers")
    press(page, "Submit", FORM)
    hearing.hears("Sent to the Communications Department. The reply appears here.")
    expect(form.locator(".standing")).to_be_focused()
    hearing.never_lost()

    press(page, "Withdraw", FORM)
    hearing.hears("Withdrawn.")
    expect(form.locator(".standing")).to_be_focused()
    press(page, "Your forms", FORM, back=True)
    press(page, "Open: lakeviewgo", FORM)
    expect(form.locator(".standing")).to_be_focused()
    press(page, "New form", FORM, back=True)
    assert focused(page)[0].startswith("Link to the account")
    hearing.never_lost()


def test_what_is_not_saved_yet_survives_the_notice_to_families(page: Page) -> None:
    hearing = Hearing(page)
    form = part(page, "authorization-form")
    say(page, "Link to the account (or the one", "https://www.instagram.com/room14", FORM)
    pick(page, "What kind of account is it?", "A classroom", FORM)
    press(page, "Save draft", FORM)
    hearing.hears("Saved as a draft.")
    say(page, "How are families told", "By a letter home.", FORM)
    say(page, "When did it go out", "09012026", FORM)
    say(page, "What is it for?", "Pupils show their robots.", FORM)
    expect(form.get_by_text("Changed since it was saved.")).to_be_visible()
    press(page, "Add the notice", FORM, back=True)
    hearing.hears("The notice is added.")
    expect(form.locator(".standing")).to_be_focused()
    expect(form.get_by_label("What is it for?")).to_have_value("Pupils show their robots.")
    expect(form.locator(".missing")).not_to_contain_text("The educational goal")
    expect(form.locator(".missing")).not_to_contain_text("The notice that tells families")
    hearing.never_lost()


def test_a_student_is_checked_by_name_and_the_result_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    hearing = Hearing(page)
    photo = part(page, "photo-check")
    within = "clearpost-photo-check"
    go_to(page, "Add a student", within)
    page.keyboard.type("Taylor Kingsley")
    page.keyboard.press("Enter")
    hearing.hears("Not yet: 1 student: 1 not yet")
    photo.get_by_role("button", name="Canyon Creek").wait_for()
    press(page, "Taylor Kingsley Canyon Creek", within)
    hearing.hears("Allowed: 1 student: 1 allowed")
    assert focused(page)[0].startswith("Add a student")
    page.keyboard.type("s-000002")
    page.keyboard.press("Enter")
    hearing.hears("Not allowed: 2 students: 1 not allowed, 1 allowed")
    expect(photo.locator(".students > li").last).to_contain_text("Rowan Blackthorn")
    press(page, "Copy result", within, "Space")
    hearing.hears("Copied.")
    assert focused(page) == ["Copy result", within]
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "Taylor Kingsley: Allowed." in copied
    assert "Rowan Blackthorn: Not allowed." in copied
    assert re.search(r"Decided \d{4}-\d\d-\d\dT.*Decision [0-9a-f-]{36}", copied)
    press(page, "Remove", within, back=True)
    hearing.hears("Allowed: 1 student: 1 allowed")
    assert focused(page)[0].startswith("Add a student")
    go_to(page, "Students, one by one", within, back=True)
    page.keyboard.press("ArrowDown")
    assert focused(page)[0].startswith("A whole class")
    hearing.never_lost()


def test_the_logo_is_asked_about(page: Page) -> None:
    hearing = Hearing(page)
    logo = part(page, "logo-check")
    press(page, "Check", LOGO)
    expect(logo.get_by_text("Name the account or the person.")).to_be_visible()
    assert focused(page)[0].startswith("Link to the account")
    page.keyboard.type("https://x.com/lakeviewhigh")
    page.keyboard.press("Enter")
    hearing.hears("May the district's logo be used? Allowed.")
    expect_result_focused(page, LOGO)
    say(page, "Link to the account", "https://www.instagram.com/lakeviewdrama", LOGO, back=True)
    expect(outcome(logo)).to_have_count(0)
    page.keyboard.press("Enter")
    hearing.hears("May the district's logo be used? Not allowed.")
    expect_result_focused(page, LOGO)
    hearing.never_lost()


def test_a_badge_leads_to_the_official_account(page: Page) -> None:
    expect(page.locator("clearpost-account-badge .mark").last).to_have_text("Not known")
    go_to(page, "https://x.com/lakeviewhigh", "clearpost-account-badge")
