"""axe-core over the widgets as they look in the course of things: decided, resolved, framed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from app.web.embed import WIDGETS
from tests.browser.axe import Looks, assert_accessible
from tests.browser.conftest import Site
from tests.browser.forms import forms
from tests.browser.parts import outcome, part, show
from tests.district import District

CLASSES = {
    "c-clear": ["s-000001"],
    "c-refused": ["s-000001", "s-000002"],
    "c-doubtful": ["s-000001", "s-000005"],
    "c-both": [f"s-00000{number}" for number in range(1, 7)],
    "c-empty": [],
}
BADGES = {
    'url="https://x.com/lakeviewhigh"': "Official",
    'platform="x" handle="lakeviewhigh"': "Official",
    'url="https://x.com/lakeviewh1gh"': "Looks like an official account",
    'url="https://www.instagram.com/lakeviewdrama"': "Not official",
    'url="https://www.instagram.com/somebodyelse"': "Not known",
    'url="no address at all"': "Not known",
}


def test_a_form_is_accessible_however_it_stands(page: Page, site: Site, looks: Looks) -> None:
    told = {
        "draft": "Say what the educational goal is.",
        "submitted": "X: lakeviewhigh",
        "withdrawn": "Withdrawn",
        "classroom": "How are families told",
        "approved": "Next: Communications confirms",
        "denied": "There is an account of the chess club already.",
        "returned": "Please name a second content manager.",
    }
    ids = forms(site)
    show(page, site, *(f'authorization-form request-id="{ids[state]}"' for state in told))
    found = page.locator("clearpost-authorization-form")
    for at, (state, text) in enumerate(told.items()):
        expect(found.nth(at).locator(".standing")).to_contain_text(text)
        can_edit = state in ("draft", "returned")
        expect(found.nth(at).get_by_role("button", name="Submit")).to_have_count(int(can_edit))
        # Who is named is shown by name, and the account that was approved is none beside itself.
        if state != "draft":
            expect(found.nth(at)).to_contain_text("Winifred Okafor")
    expect(found.nth(4)).not_to_contain_text("Similar accounts")
    assert_accessible(page, looks)


def test_classes_and_badges_are_accessible(page: Page, site: Site, looks: Looks) -> None:
    with site.store.writing() as connection:
        district = District(connection)
        for class_id, students in CLASSES.items():
            district.school_class(class_id, students, org="school-0001")
    classes = [f'photo-check class-id="{name}"' for name in (*CLASSES, "c-unknown")]
    badges = [f"account-badge {named}" for named in BADGES]
    show(page, site, *classes, *badges, "account-badge")
    expect(outcome(page.locator("clearpost-photo-check"))).to_have_text(
        ["Allowed", "Not allowed", "Not yet", "Not allowed", "Not yet", "Not yet"]
    )
    whole = page.locator("clearpost-photo-check").first
    expect(whole).to_contain_text("The whole class may be pictured (1; a picture on social media).")
    expect(page.locator(".mark")).to_have_text(list(BADGES.values()))
    expect(page.locator("clearpost-account-badge").last).to_contain_text("No account is named")
    assert_accessible(page, looks)


def test_a_post_that_was_resolved_is_accessible(page: Page, site: Site, looks: Looks) -> None:
    post = part(page, "post-check")
    check = post.get_by_role("button", name="Check the post")
    post.get_by_label("Link to the account").fill("https://x.com/lakeviewhigh")
    post.get_by_label("What is it for?").select_option("school")
    file = {"name": "gym.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff\xe0 gym"}
    post.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    post.get_by_label("Does it show a place visitors can't go").select_option("none")
    post.get_by_label("No one in the photos is recognizable").check()
    post.get_by_label("Contact e-mail in the post").fill("drama@lakeview.example")
    with page.expect_response("**/v1/checks/post") as answered:
        check.click()
    expect(outcome(post)).to_have_text("Needs approval")
    doubt = post.locator(".media .finding")
    expect(doubt).to_contain_text("Who can approve this: the Communications Department")
    with site.acting() as office:
        decision = answered.value.json()["id"]
        shown = office.get(f"/v1/reviews/{decision}").raise_for_status().json()["shown"]
        resolution = {"outcome": "allow", "reason": "We made it.", "shown": shown}
        said = office.post(f"/v1/decisions/{decision}/resolve", json=resolution)
        assert said.status_code == 201
    check.click()
    expect(outcome(post)).to_have_text("Allowed")
    expect(doubt).to_contain_text("Somebody has looked at this already")
    expect(doubt).not_to_contain_text("What to do:")
    expect(doubt).not_to_contain_text("Who can approve this")
    post.locator("summary", has_text="Good to know").click()
    assert_accessible(page, looks)


def test_a_post_that_is_asked_what_a_limited_permission_is_for_is_accessible(
    page: Page, site: Site, looks: Looks
) -> None:
    since = datetime.now(UTC).date() - timedelta(days=200)
    with site.store.writing() as connection:
        district = District(connection)
        for kind, limit in (("logo", "purpose"), ("spokesperson", "topic")):
            given = {limit: "snow days", "granted_by": "e-000001", "effective_from": since}
            district.grant(kind, "instagram/lakeviewposters", **given)
    post = part(page, "post-check")
    post.get_by_label("Link to the account").fill("https://www.instagram.com/lakeviewposters")
    post.get_by_label("What is it for?").select_option("school")
    file = {"name": "gym.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8\xff\xe0 gym"}
    post.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    post.get_by_label("Does it show a place visitors can't go").select_option("none")
    post.get_by_label("What does it show?").fill("A gym.")
    post.get_by_label("It uses the district's logo").check()
    post.get_by_label("This post states the district's official position").check()
    post.get_by_role("button", name="Check the post").click()
    expect(post.get_by_label("What is the logo used for?")).to_be_visible()
    expect(post.get_by_label("What is the position about?")).to_be_visible()
    assert_accessible(page, looks)


# Without the frame every widget is looked at above and in the tests of states.
@pytest.mark.parametrize(
    "widget",
    [
        pytest.param(one, marks=() if one in ("post-check", "account-badge") else pytest.mark.slow)
        for one in WIDGETS
    ],
)
def test_pages_for_frames_are_accessible(
    new_page: Callable[..., Page], site: Site, widget: str, looks: Looks
) -> None:
    page = new_page()
    token = site.token(embedded=True, scopes=["check", "people:read", "accounts:write"])
    query = "?url=https%3A%2F%2Fx.com%2Flakeviewhigh" if widget == "account-badge" else ""
    page.goto(f"{site.service}/embed/v1/{widget}{query}#token={token}")
    expect(page.locator(f"clearpost-{widget} .widget")).to_be_visible()
    assert_accessible(page, looks)
