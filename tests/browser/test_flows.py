"""What people do with the widgets, from beginning to end, by keyboard alone where it says so."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from app.web.intranet import TEACHER
from tests.browser.conftest import Site
from tests.browser.keyboard import choose, go_to, pick
from tests.browser.parts import outcome, part, show
from tests.district import District

PHOTO = b"\xff\xd8\xff\xe0 not quite a photo"


def take(box: Locator, text: str, of: Locator) -> None:
    """Type part of a name and take the first that is proposed."""
    box.press_sequentially(text)
    of.locator(".option").first.wait_for()
    box.press("ArrowDown")
    box.press("Enter")


def test_a_secretary_checks_a_class_by_keyboard(page: Page, site: Site) -> None:
    photo = part(page, "photo-check")
    go_to(page, "Students, one by one")
    page.keyboard.press("ArrowDown")
    go_to(page, "Class")
    page.keyboard.type("english grade 9")
    photo.locator(".option").first.wait_for()
    choose(page)
    expect(outcome(photo)).to_be_visible()
    with httpx.Client(base_url=site.service, headers=site.bearer) as client:
        found = client.get("/v1/classes", params={"title": "english grade 9"}).json()["items"]
        asked = {"class_id": found[0]["id"]}
        said = client.post("/v1/checks/photo-consent", json=asked).json()
    left = photo.locator(".long > li")
    expect(left).to_have_count(len(said["not_pictured"]))
    for one, line in zip(said["not_pictured"], left.all(), strict=True):
        expect(line).to_contain_text(one["name"])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    go_to(page, "Copy result")
    page.keyboard.press("Enter")
    expect(photo.get_by_text("Copied.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert found[0]["title"] in copied
    assert re.search(r"Decision [0-9a-f-]{36}", copied)


def test_the_class_that_is_named_is_the_one_that_is_asked_about(page: Page, site: Site) -> None:
    with httpx.Client(base_url=site.service, headers=site.bearer) as client:
        classes = client.get("/v1/classes", params={"limit": 500}).json()["items"]
    titles = [one["title"] for one in classes]
    meant = next(
        one
        for one in classes
        if one["title"].endswith(", section 2") and titles.count(one["title"]) == 1
    )
    photo = part(page, "photo-check")
    photo.get_by_label("A whole class").check()
    box = photo.get_by_role("combobox", name="Class")
    with page.expect_request("**/v1/checks/photo-consent") as sent:
        box.press_sequentially(meant["title"])
        box.press("Enter")  # before the list is there
    assert sent.value.post_data_json["class_id"] == meant["id"]
    picked = photo.locator(".picked")
    told = (meant["title"], meant["school"], *meant["teachers"], f"{meant['students']} student")
    for text in told:
        expect(picked).to_contain_text(text)
    expect(outcome(photo)).to_be_visible()
    for text in told:
        expect(photo.locator(".verdict")).to_contain_text(text)
    # Of several Enter takes none, and whoever types again looks for another.
    box.press_sequentially("section 2")
    expect(picked).to_be_hidden()
    photo.locator(".option").nth(1).wait_for()
    box.press("Enter")
    expect(picked).to_be_hidden()
    expect(outcome(photo)).to_have_count(0)
    box.fill("")
    teacher = meant["teachers"][0]
    box.press_sequentially(teacher)
    expect(photo.locator(".option").first).to_contain_text(teacher)
    show(page, site, f'photo-check class-id="{meant["id"]}"')
    for text in told:
        expect(part(page, "photo-check").locator(".picked")).to_contain_text(text)


def test_a_video_and_its_place_are_asked_about_apart(page: Page, site: Site) -> None:
    show(page, site, 'photo-check channel="video"')
    photo = part(page, "photo-check")
    box = photo.get_by_role("combobox", name="Add a student")
    box.fill("s-000001")
    with page.expect_request("**/v1/checks/photo-consent") as sent:
        box.press("Enter")
    asked = sent.value.post_data_json
    assert (asked["channel"], asked["media"]) == ("social", "video")
    with page.expect_request("**/v1/checks/photo-consent") as sent:
        photo.get_by_label("Where will it be shown?").select_option("website")
    assert sent.value.post_data_json["media"] == "video"
    with page.expect_request("**/v1/checks/photo-consent") as sent:
        photo.get_by_label("What is it?").select_option("photo")
    asked = sent.value.post_data_json
    assert (asked["channel"], asked["media"]) == ("website", "photo")


def test_namesakes_are_told_apart_and_chosen(page: Page) -> None:
    photo = part(page, "photo-check")
    box = photo.get_by_role("combobox", name="Add a student")
    box.fill("Taylor Kingsley")
    box.press("Enter")
    which = photo.get_by_role("button", name="Taylor Kingsley")
    expect(which).to_have_count(3)  # two to choose, one to remove
    expect(outcome(photo)).to_have_text("Not yet")
    photo.get_by_role("button", name="Lakeview").click()
    expect(outcome(photo)).to_have_text("Allowed")


@pytest.mark.slow
def test_a_content_manager_mends_a_post_until_it_is_allowed(page: Page) -> None:
    post = part(page, "post-check")
    post.get_by_role("button", name="Check the post").click()
    expect(post.get_by_label("Link to the account")).to_be_focused()
    expect(post.get_by_text("Fill this in.")).to_have_count(2)
    post.get_by_label("Link to the account").fill("https://x.com/lakeviewhigh")
    take(post.get_by_role("combobox", name="Who posts it?"), "Ferraro", post)
    post.get_by_label("Text of the post").fill("Opening night of the damn musical!")
    post.get_by_label("What is it for?").select_option("school")
    file = {"name": "night.jpg", "mimeType": "image/jpeg", "buffer": PHOTO}
    post.locator("input[type=file]").set_input_files(file)
    post.get_by_label("Who made it?").select_option("own")
    post.get_by_label("Does it show a place visitors can't go").select_option("none")
    for name in ("Alderwood", "Blackthorn"):
        take(post.get_by_role("combobox", name="Students"), name, post)
    post.get_by_label("It uses the district's logo").check()
    post.get_by_role("button", name="Check the post").click()
    expect(outcome(post)).to_have_text("Not allowed")
    refused = post.locator(".people > li", has_text="Rowan Blackthorn")
    expect(refused.locator(".finding.deny")).to_contain_text("What to do:")
    expect(post.get_by_label("Text of the post")).to_have_attribute("aria-invalid", "true")
    refused.get_by_role("button", name="Remove").click()
    expect(post.locator(".verdict")).to_contain_text("Changed since it was checked")
    expect(post.locator(".said .finding")).to_have_count(0)
    post.get_by_label("Text of the post").fill("Opening night of the musical!")
    post.get_by_role("button", name="Check the post").click()
    expect(outcome(post)).to_have_text("Allowed")
    expect(post.locator(".verdict")).to_contain_text(re.compile("Decision [0-9a-f-]{36}"))
    asked = "Asked for: x/lakeviewhigh \u00b7 A photograph \u00b7 Social media."
    expect(post.locator(".holds")).to_have_text(re.compile(f"^Holds until .*{re.escape(asked)}$"))


def test_an_employees_own_account_is_asked_about_by_its_network(page: Page) -> None:
    post = part(page, "post-check")
    post.get_by_label("Link to the account").fill("https://www.instagram.com/tferraro")
    post.get_by_label("It is an employee's own account").check()
    take(post.get_by_role("combobox", name="Who posts it?"), "Ferraro", post)
    post.get_by_label("Text of the post").fill("A lovely evening.")
    post.get_by_label("What is it for?").select_option("personal")
    with page.expect_request("**/v1/checks/post") as sent:
        post.get_by_role("button", name="Check the post").click()
    assert sent.value.post_data_json["account"] == {"personal": True, "platform": "instagram"}
    expect(outcome(post)).to_be_visible()


def test_nothing_is_presumed_of_the_premises_in_a_picture(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    post = part(page, "post-check")
    post.get_by_label("Link to the account").fill("https://x.com/lakeviewhigh")
    post.get_by_label("What is it for?").select_option("school")
    files = [
        {"name": "night.jpg", "mimeType": "image/jpeg", "buffer": PHOTO},
        {"name": "plan.pdf", "mimeType": "application/pdf", "buffer": PHOTO},
        {"name": "song.mp3", "mimeType": "audio/mpeg", "buffer": PHOTO},
    ]
    post.locator("input[type=file]").set_input_files(files)
    asked = post.get_by_label("Does it show a place visitors can't go")
    expect(asked).to_have_count(2)  # a song shows nothing
    check = post.get_by_role("button", name="Check the post")
    check.click()
    expect(asked.first).to_be_focused()
    expect(asked.first).to_have_attribute("aria-invalid", "true")
    expect(post.get_by_text("Fill this in.")).to_have_count(2)
    asked.first.select_option(label="No")
    expect(post.get_by_text("Fill this in.")).to_have_count(0)
    check.click()
    expect(asked.nth(1)).to_be_focused()
    assert not any("checks/post" in url for url in sent)
    asked.nth(1).select_option("floor_plan")
    with page.expect_request("**/v1/checks/post") as request:
        check.click()
    media = request.value.post_data_json["media"]
    assert [one.get("premises") for one in media] == ["none", "floor_plan", None]
    expect(outcome(post)).to_have_text("Not allowed")
    post.get_by_role("button", name="Remove plan.pdf").click()
    check.click()
    expect(outcome(post)).to_have_text("Not yet")


def test_a_file_stays_in_the_browser(page: Page) -> None:
    sent: list[bytes] = []
    page.on("request", lambda request: sent.append(request.post_data_buffer or b""))
    post = part(page, "post-check")
    post.get_by_label("Link to the account").fill("https://x.com/lakeviewhigh")
    post.get_by_label("What is it for?").select_option("school")
    file = {"name": "night.jpg", "mimeType": "image/jpeg", "buffer": PHOTO}
    post.locator("input[type=file]").set_input_files(file)
    post.get_by_label("Does it show a place visitors can't go").select_option("public")
    post.get_by_role("button", name="Check the post").click()
    expect(outcome(post)).to_be_visible()
    assert any(b'"sha256"' in body for body in sent)
    assert not any(PHOTO in body or b"night.jpg" in body for body in sent)


def approve(site: Site) -> None:
    """Let Communications approve the one form that waits, and attest that it has the account."""
    with site.acting() as office:
        (one,) = office.get("/v1/authorization-requests?state=submitted").json()["items"]
        path, version = f"/v1/authorization-requests/{one['id']}", one["version"]
        decided = office.post(
            f"{path}/decide", json={"decision": "approve"}, headers={"If-Match": f'"{version}"'}
        )
        attested = office.post(
            f"{path}/attest", json={}, headers={"If-Match": decided.headers["ETag"]}
        )
        assert (decided.status_code, attested.status_code) == (200, 200)


def test_a_form_is_filled_in_by_keyboard_approved_and_the_badge_turns(
    page: Page, site: Site
) -> None:
    address = "https://www.instagram.com/lakeviewchess"
    badge = part(page, "account-badge")
    badge.evaluate("(one, url) => one.setAttribute('url', url)", address)
    expect(badge.locator(".mark")).to_have_text("Not known")
    form = part(page, "authorization-form")
    go_to(page, "Link to the account (or the one")
    page.keyboard.type(address)
    pick(page, "What kind of account is it?", "A club")
    pick(page, "School or office", "Lakeview High")
    go_to(page, "Save draft")
    page.keyboard.press("Enter")
    status = form.locator(".standing")
    expect(status).to_contain_text("Draft")
    expect(status).to_contain_text("Choose a content owner")
    page.reload()
    expect(form.get_by_role("button", name="Open: lakeviewchess")).to_be_visible()
    go_to(page, "Open: lakeviewchess")
    page.keyboard.press("Enter")
    expect(form.get_by_label("Link to the account (or the one")).to_have_value(address)
    go_to(page, "What is it for?", within="clearpost-authorization-form")
    page.keyboard.type("The chess club tells of its games.")
    for label, who in (("Content owner", "okafor"), ("Content managers", "ferraro")):
        go_to(page, label)
        page.keyboard.type(who)
        form.locator(".option").first.wait_for()
        choose(page)
    go_to(page, "Submit")
    page.keyboard.press("Enter")
    expect(status).to_contain_text("Submitted")
    expect(status).to_contain_text("Next: Communications confirms that it is an administrator")
    expect(form.get_by_role("button", name="Submit")).to_be_hidden()

    approve(site)
    page.reload()
    badge.evaluate("(one, url) => one.setAttribute('url', url)", address)
    expect(badge.locator(".mark")).to_have_text("Official")
    form.get_by_role("button", name="Open: lakeviewchess").click()
    expect(status).to_contain_text("Approved")


def test_a_lookalike_is_shown_as_one(page: Page) -> None:
    badges = page.locator("clearpost-account-badge .mark")
    marks = ["Official", "Looks like an official account", "Not official", "Not known"]
    expect(badges).to_have_text(marks)
    lookalike = page.locator("clearpost-account-badge").nth(1)
    expect(lookalike.get_by_role("link").first).to_have_attribute(
        "href", re.compile("lakeviewhigh")
    )


def test_a_token_that_runs_out_is_renewed(page: Page, site: Site) -> None:
    short, fresh = site.token(seconds=10), site.token()
    started = time.monotonic()
    logo = part(page, "logo-check")
    logo.evaluate(
        """(one, [short, fresh]) => { window.renewals = [];
        one.addEventListener("clearpost-token", ({ detail }) => {
          window.renewals.push(detail.renew);
          detail.provide(detail.renew ? fresh : short); }); }""",
        [short, fresh],
    )
    logo.get_by_label("Link to the account").fill("https://x.com/lakeviewhigh")
    logo.get_by_role("button", name="Check").click()
    expect(outcome(logo)).to_have_text("Allowed")
    assert page.evaluate("window.renewals") == [False]
    page.wait_for_timeout(1_000 * (11.5 - (time.monotonic() - started)))
    logo.get_by_role("button", name="Check").click()
    expect(outcome(logo)).to_have_text("Allowed")
    assert page.evaluate("window.renewals") == [False, True]


def test_a_strangers_origin_gets_nothing(
    new_page: Callable[..., Page], site: Site, request: pytest.FixtureRequest
) -> None:
    page = new_page()
    page.goto(site.stranger)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("customElements.get('clearpost-photo-check')") is None
    stolen = page.evaluate(
        """([url, token]) => fetch(url, { method: "POST", body: '{"students":[{"id":"s-000001"}]}',
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` } })
        .then((answer) => answer.text(), (error) => error.name)""",
        [f"{site.service}/v1/checks/photo-consent", site.token()],
    )
    assert stolen == "TypeError"
    framed = [frame for frame in page.frames if frame.url.startswith(site.service)]
    assert all(frame.locator("main").count() == 0 for frame in framed)
    said = new_page.said  # type: ignore[attr-defined]
    assert any("CORS policy" in text for text in said)
    said.clear()


def test_a_frame_without_script_has_its_token_from_the_fragment(page: Page, site: Site) -> None:
    frame = page.frame_locator("iframe")
    page.locator("iframe").scroll_into_view_if_needed()
    logo = frame.locator("clearpost-logo-check")
    logo.get_by_label("Link to the account").fill("https://x.com/lakeviewhigh")
    logo.get_by_role("button", name="Check").click()
    expect(logo.locator(".verdict > .outcome")).to_have_text("Allowed")
    (inner,) = [one for one in page.frames if one.url.startswith(site.service)]
    assert inner.url == inner.evaluate("location.href") == f"{site.service}/embed/v1/logo-check"


def test_pages_in_frames_say_so_without_a_token(new_page: Callable[..., Page], site: Site) -> None:
    page = new_page()
    page.goto(f"{site.service}/embed/v1/logo-check")
    expect(page.get_by_text("Open this page from your intranet")).to_be_visible()
    page.goto(f"{site.service}/embed/v1/account-badge?url=https%3A%2F%2Fx.com%2Flakeviewhigh")
    expect(page.locator("clearpost-account-badge .mark")).to_have_text("Official")


def fill_post(post: Locator, *files: str) -> None:
    """A post of Lakeview's with these files, about which nothing is doubtful."""
    post.get_by_label("Link to the account").fill("https://x.com/lakeviewhigh")
    post.get_by_label("What is it for?").select_option("school")
    take(post.get_by_role("combobox", name="Who posts it?"), "Ferraro", post)
    post.get_by_label("Text of the post").fill("Opening night.")
    kinds = {"jpg": "image/jpeg", "png": "image/png", "mp4": "video/mp4", "mp3": "audio/mpeg"}
    sent = [
        {"name": name, "mimeType": kinds[name.split(".")[1]], "buffer": PHOTO + name.encode()}
        for name in files
    ]
    post.locator("input[type=file]").set_input_files(sent)  # type: ignore[arg-type]
    for rights in post.get_by_label("Who made it?").all():
        rights.select_option("own")
    for premises in post.get_by_label("Does it show a place visitors can't go").all():
        premises.select_option("none")
    if files:
        post.get_by_label("No one in the photos is recognizable").check()


def ask(page: Page, post: Locator) -> dict[str, Any]:
    """Check the post; what was sent."""
    with page.expect_request("**/v1/checks/post") as sent:
        post.get_by_role("button", name="Check the post").click()
    expect(outcome(post)).to_be_visible()
    asked: dict[str, Any] = sent.value.post_data_json
    return asked


def test_a_picture_is_described_for_who_cannot_see_it(page: Page) -> None:
    post = part(page, "post-check")
    fill_post(post, "night.jpg", "poster.png", "play.mp4", "song.mp3")
    described = post.get_by_label("What does it show? (alternative text)")
    expect(described).to_have_count(2)  # a film has subtitles, a song has none
    expect(described.first).to_have_accessible_description(re.compile("people who cannot see it"))
    assert not any("alt_text" in one for one in ask(page, post)["media"])
    expect(outcome(post)).to_have_text("Allowed")
    post.locator("summary", has_text="Good to know").click()
    reminder = post.locator(".reminders", has_text="alternative text")
    expect(reminder).to_be_visible()
    described.first.fill("  Dancers on a stage. ")
    expect(post.locator(".verdict")).to_contain_text("Changed since it was checked")
    described.nth(1).fill("   ")
    sent = [one.get("alt_text") for one in ask(page, post)["media"]]
    assert sent == ["Dancers on a stage.", None, None, None]
    described.nth(1).fill("The poster: a moon.")
    ask(page, post)
    expect(outcome(post)).to_have_text("Allowed")
    expect(reminder).to_have_count(0)
    described.first.fill("Rowan Blackthorn dances, damn it.")
    ask(page, post)
    expect(outcome(post)).not_to_have_text("Allowed")
    post.get_by_role("button", name="Remove night.jpg").click()
    expect(described).to_have_value("The poster: a moon.")


# For each permission: what is ticked, what is asked then, and how it is called on the wire.
LIMITED = {
    "logo": ("It uses the district's logo", "What is the logo used for?", "logo_purpose"),
    "spokesperson": (
        "This post states the district's official position",
        "What is the position about?",
        "topic",
    ),
}
LATELY = datetime.now(UTC).date() - timedelta(days=200)


@pytest.mark.parametrize(
    "kind",
    [pytest.param(one, marks=pytest.mark.slow if one != "logo" else ()) for one in LIMITED],
)
def test_a_limited_permission_asks_what_it_is_used_for(page: Page, site: Site, kind: str) -> None:
    tick, label, field = LIMITED[kind]
    limit = field.removeprefix("logo_")
    person = "e-000009"
    with site.store.writing() as connection:
        given = {limit: "snow days", "granted_by": "e-000001", "effective_from": LATELY}
        District(connection).grant(kind, person, **given)
    show(page, site, f'post-check author-id="{person}" account-url="https://x.com/elsewhere"')
    post = part(page, "post-check")
    post.get_by_label("What is it for?").select_option("school")
    post.get_by_label("Text of the post").fill("Stay at home.")
    use = post.get_by_label(label)
    post.get_by_label(tick).check()
    expect(use).to_be_hidden()
    assert field not in ask(page, post)
    finding = post.locator(".said .finding", has_text="for this alone: snow days")
    expect(finding).to_contain_text("Nothing says whether this is it.")
    expect(finding).to_contain_text("Who can do that: you")
    expect(use).to_be_visible()
    expect(use).to_have_accessible_description(re.compile("for one thing alone"))
    use.fill("A bake sale")
    assert ask(page, post)[field] == "A bake sale"
    expect(finding).to_contain_text("This is said to be another use")
    use.fill("Snow days")
    assert ask(page, post)[field] == "Snow days"
    expect(finding).to_contain_text("OK")
    post.get_by_label(tick).uncheck()
    expect(use).to_be_hidden()
    assert field not in ask(page, post)
    post.get_by_label(tick).check()
    expect(use).to_be_hidden()


def test_the_logo_check_asks_what_a_limited_permission_is_used_for(page: Page, site: Site) -> None:
    with site.store.writing() as connection:
        given = {"purpose": "jerseys", "granted_by": "e-000001", "effective_from": LATELY}
        District(connection).grant("logo", TEACHER, **given)
    show(page, site, f'logo-check author-id="{TEACHER}"')
    logo = part(page, "logo-check")
    use = logo.get_by_label("What is the logo used for?")
    expect(use).to_be_hidden()
    check = logo.get_by_role("button", name="Check")
    check.click()
    expect(outcome(logo)).to_have_text("Not yet")
    use.fill("Jerseys")
    check.click()
    expect(outcome(logo)).to_have_text("Allowed")


def test_a_permission_without_a_limit_asks_nothing(page: Page) -> None:
    post = part(page, "post-check")
    fill_post(post)
    post.get_by_label("It uses the district's logo").check()
    ask(page, post)
    expect(outcome(post)).to_have_text("Allowed")
    expect(post.get_by_label("What is the logo used for?")).to_be_hidden()
