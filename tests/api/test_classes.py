"""Classes: the lists to pick from, and the printed list of who may not be pictured."""

import hashlib
import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import func, select

from app.database.session import Store
from app.database.tables import ledger
from app.web.class_list import valid_until
from tests.conftest import MakeKey
from tests.district import District, found

PAGE = "/v1/classes/not-pictured"
HTML = {"Accept": "text/html"}
DENVER = ZoneInfo("America/Denver")
NASTY = (
    "<script>alert(1)</script> O'Hara",
    '"><img src=x onerror=alert(1)> Ng',
    "{{ 7*7 }} {% raw %}",
    "\u202eReversed\u202e Name",
    f"{'W' * 199} Q",
    "&amp; Ampersand",
)


@pytest.fixture
def house(store: Store) -> None:
    with store.writing() as connection:
        found(connection).school_class("c-birch", ["cleo"], org="birch")


def show(client: httpx.Client, accept: str = "text/html", **asked: Any) -> httpx.Response:
    body = {"class_id": "c-mixed", **asked}
    return client.post(PAGE, json=body, headers={"Accept": accept})


def decisions(store: Store) -> int:
    with store.reading() as connection:
        counted = select(func.count()).select_from(ledger).where(ledger.c.kind == "decision")
        return connection.scalar(counted) or 0


def test_the_page_names_whom_to_leave_out_and_each_view_is_on_the_ledger(
    client: httpx.Client, house: None, store: Store
) -> None:
    answer = show(client)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    for text in ("c-mixed", "Maple", "Leave out (1)", "Ben Park", "Nell Ewing", "Valid until"):
        assert text in answer.text
    assert "Ana Lopez" not in answer.text
    assert "Do not rely" not in answer.text
    [decision] = re.findall(r"Decision ([0-9a-f-]{36})", answer.text)
    again = client.get(f"/v1/decisions/{decision}").json()
    assert [one["id"] for one in again["not_pictured"]] == ["ben", "new"]
    assert decisions(store) == 1
    show(client)
    assert decisions(store) == 2


def test_as_json_it_is_the_class_checks_decision(client: httpx.Client, house: None) -> None:
    asked = {"class_id": "c-mixed", "channel": "website", "extent": "image_with_name"}
    checked = client.post("/v1/checks/photo-consent", json=asked).json()
    said = show(client, "application/json", title="Field day", **asked).json()
    varying = ("id", "decided_at", "publish_at")
    assert {k: v for k, v in said.items() if k not in varying} == {
        k: v for k, v in checked.items() if k not in varying
    }


@pytest.mark.parametrize(
    ("asked", "use"),
    [
        ({"media": "video", "channel": "website"}, "A video on the website, without names"),
        ({"channel": "video"}, "A video, without names"),
        ({"media": "video", "activity": "capture"}, "Taking a video, without names"),
        ({}, "A picture on social media, without names"),
    ],
)
def test_a_list_for_videos_leaves_out_who_refuses_videos(
    client: httpx.Client, store: Store, house: None, asked: dict[str, str], use: str
) -> None:
    with store.writing() as connection:
        district = District(connection)
        district.person("vic", "Vic Movie")
        district.consent(
            "vic", "refuse", channel="video", activity=asked.get("activity", "publish")
        )
        district.school_class("c-films", ["vic"])
    answer = show(client, class_id="c-films", **asked)
    assert use in answer.text
    assert ("Vic Movie" in answer.text) == bool(asked)
    refused = client.post(PAGE, json={"class_id": "c-films", "media": "audio"})
    assert refused.json()["errors"][0]["at"] == "/media"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/json, text/html;q=0.9", "application/json"),
        ("text/html;q=0.5, application/json;q=0.4", "text/html"),
        ("text/html;q=0", "application/json"),
        ("*/*", "application/json"),
        ("", "application/json"),
        (",;q=,text/html;q=nonsense;x", "text/html"),
        ("text/html;q=9", "text/html"),
    ],
)
def test_the_page_is_sent_where_it_is_asked_for(
    client: httpx.Client, house: None, accept: str, kind: str
) -> None:
    answer = show(client, accept)
    assert answer.headers["Content-Type"].startswith(kind)
    assert answer.headers["Vary"] == "Accept"


def test_nothing_on_the_page_runs_or_is_loaded(
    client: httpx.Client, store: Store, house: None
) -> None:
    with store.writing() as connection:
        district = District(connection)
        for number, name in enumerate(NASTY):
            district.person(f"x{number}", name)
            district.consent(f"x{number}", "refuse", channel="all")
        district.school_class("c-nasty", [f"x{number}" for number in range(len(NASTY))])
    answer = show(client, class_id="c-nasty", title="<b>Title</b>")
    policy = answer.headers["Content-Security-Policy"]
    [style] = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    assert not re.search(r"<(script|img|b|link|a)\b|\bstyle=|url\(|@import", answer.text)
    assert not re.search(r"<[^>]*\son\w+=", answer.text)
    assert answer.text.count("<li>") == len(NASTY)
    assert "\u202e" not in answer.text
    # What a name does to the direction of writing ends with the name.
    assert answer.text.count("<bdi>") == answer.text.count("</bdi>") == len(NASTY) + 2


def test_a_list_in_doubt_says_so_first_and_holds_at_no_time(
    client: httpx.Client, store: Store
) -> None:
    with store.writing() as connection:
        district = District(connection)
        district.org("maple")
        district.person("ben", "Ben Park")
        district.consent("ben", "refuse")
        district.school_class("c-mixed", ["ben"])
        district.list_date("consents", datetime.now(UTC) - timedelta(days=9))
    page = show(client).text
    assert page.index("Do not rely on this list") < page.index("Ben Park")
    for text in ("consent list of", "older than 7 days", "rosters are older"):
        assert text in page
    assert "Valid until" not in page


def test_an_unknown_class_and_one_of_another_school_are_one(
    service: str, house: None, make_key: MakeKey
) -> None:
    key = make_key(scopes=["check"], schools=["birch"])
    headers = {"Authorization": f"Bearer {key.secret}", **HTML}
    pages = [
        httpx.post(f"{service}{PAGE}", json={"class_id": class_id}, headers=headers).text
        for class_id in ("c-mixed", "no-such-class")
    ]
    varying = r"[0-9a-f-]{36}|\d+:\d\d"
    assert len({re.sub(varying, "", page) for page in pages}) == 1
    assert "Do not rely" in pages[0]
    assert "Ben" not in pages[0]
    own = httpx.post(f"{service}{PAGE}", json={"class_id": "c-birch"}, headers=headers).text
    assert "The whole class may be pictured (1; a picture on social media)" in own


def test_no_purpose_but_the_schools_is_served(client: httpx.Client, house: None) -> None:
    page = show(client, purpose="promotional").text
    assert "Picture nobody" in page
    assert "for school purposes only" in page


def test_a_list_for_a_later_day_says_for_which(client: httpx.Client, house: None) -> None:
    later = datetime.now(DENVER) + timedelta(days=3)
    page = show(client, publish_at=later.isoformat()).text
    assert f", for {later:%A, %B} {later.day}" in page


NOON = datetime(2026, 3, 4, 12, tzinfo=DENVER)


@pytest.mark.parametrize(
    ("listed", "until"),
    [
        ([NOON, NOON], datetime(2026, 3, 5, tzinfo=DENVER)),
        ([NOON - timedelta(days=6, hours=22), NOON], datetime(2026, 3, 4, 14, tzinfo=DENVER)),
        ([NOON, NOON - timedelta(days=6, hours=23)], datetime(2026, 3, 4, 13, tzinfo=DENVER)),
        ([None, NOON], None),
    ],
)
def test_how_long_a_list_holds(listed: list[datetime | None], until: datetime | None) -> None:
    assert valid_until(NOON, listed, 7, DENVER) == until


def test_the_day_ends_when_it_does_in_the_district() -> None:
    before_the_clocks_change = datetime(2026, 3, 7, 23, 30, tzinfo=DENVER).astimezone(UTC)
    until = valid_until(before_the_clocks_change, [before_the_clocks_change], 7, DENVER)
    assert until == datetime(2026, 3, 8, tzinfo=DENVER)


def listing(client: httpx.Client, path: str, **asked: Any) -> list[str]:
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 1, **asked, **({"cursor": cursor} if cursor else {})}
        answer = client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return seen


def test_classes_and_orgs_to_pick_from(client: httpx.Client, house: None) -> None:
    assert listing(client, "/v1/classes") == ["c-birch", "c-good", "c-mixed"]
    assert listing(client, "/v1/classes", school="birch") == ["c-birch"]
    assert listing(client, "/v1/classes", school="nowhere") == []
    assert listing(client, "/v1/orgs") == ["birch", "hq", "maple"]
    [birch, *_] = client.get("/v1/orgs").json()["items"]
    assert birch == {"id": "birch", "name": "Birch", "kind": "school", "parent_id": None}


def test_a_key_of_one_school_picks_from_its_own(
    client: httpx.Client, house: None, make_key: MakeKey
) -> None:
    key = make_key(scopes=["people:read"], schools=["birch"])
    client.headers["Authorization"] = f"Bearer {key.secret}"
    assert listing(client, "/v1/classes") == ["c-birch"]
    assert listing(client, "/v1/classes", school="maple") == []
    assert listing(client, "/v1/orgs") == ["birch"]


def test_a_class_is_found_by_words_of_its_title_and_told_with_its_school(
    client: httpx.Client, house: None
) -> None:
    def titles(**asked: str) -> list[str]:
        answer = client.get("/v1/classes", params=asked)
        return [one["title"] for one in answer.raise_for_status().json()["items"]]

    assert titles(title="MIX c-") == ["c-mixed"]
    assert titles(title="c-", school="birch") == ["c-birch"]
    assert titles(title="%") == titles(title="nothing") == []
    (one,) = client.get("/v1/classes", params={"title": "birch"}).json()["items"]
    assert (one["org_id"], one["school"]) == ("birch", "Birch")


@pytest.fixture
def timetable(store: Store, house: None) -> None:
    """Classes that are called alike, at two schools, some with teachers."""
    with store.writing() as connection:
        district = District(connection)
        district.person("okafor", "Winifred Okafor", kind="employee")
        district.person("nunez", "Jose N\u00fa\u00f1ez", kind="employee", org_id="birch")
        for grade in (2, 12):
            for section in (1, 2, 12):
                title = f"Mathematics, grade {grade}, section {section}"
                district.school_class(f"m-{grade}-{section}", ["ana", "ben"], title=title)
        district.enroll("m-12-2", "okafor", "teacher")
        district.enroll("m-12-2", "olga", "aide")
        for number in range(3, 12):
            district.school_class(
                f"a-{number}", [], title=f"Mathematics, grade 12, section {number}"
            )
        district.school_class("b-12-2", ["cleo"], org="birch", title="Algebra, grade 12, section 2")
        district.school_class("b-2-12", ["cleo"], org="birch", title="Chemistry grade 2 section 12")
        district.enroll("b-2-12", "nunez", "teacher")
        district.school_class("q", [], title="Qu\u00edmica O'Brien 10A")


def found_classes(client: httpx.Client, **asked: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (
        client.get("/v1/classes", params=asked).raise_for_status().json()["items"]
    )
    return items


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("Mathematics, grade 12, section 2", "m-12-2"),
        ("mathematics GRADE 12 section 2", "m-12-2"),
        ("grade 2 section 12", "b-2-12"),  # before mathematics, by its title
        ("section 2", "b-12-2"),
        ("mathematics section 2", "m-2-2"),
        ("mathematics section 1", "m-2-1"),
        ("section 2 mathematics grade 2", "m-2-2"),
        ("math grade 2 section 2", "m-2-2"),
        ("okafor", "m-12-2"),
        ("Winifred Okafor", "m-12-2"),
        ("okaf 12", "m-12-2"),
        ("jose nunez", "b-2-12"),
        ("birch algebra", "b-12-2"),
        ("quimica obrien", "q"),
        ("10a", "q"),
        ("section 2 math 12", "m-12-2"),
        ("mathematics section 12", "m-2-12"),
    ],
)
def test_the_right_class_comes_first(
    client: httpx.Client, timetable: None, words: str, first: str
) -> None:
    assert found_classes(client, title=words)[0]["id"] == first
    assert listing(client, "/v1/classes", title=words)[0] == first


def test_a_number_is_in_no_longer_number(client: httpx.Client, timetable: None) -> None:
    assert {one["id"] for one in found_classes(client, title="mathematics section 2")} == {
        "m-2-1", "m-2-2", "m-2-12", "m-12-2",
    }  # fmt: skip
    assert {one["id"] for one in found_classes(client, title="1")} == {"m-2-1", "m-12-1"}
    assert {one["id"] for one in found_classes(client, title="section 2 section")} == set()
    # Each word of the question stands for a word of its own.
    two = found_classes(client, title="mathematics 2 2")
    assert [one["id"] for one in two] == ["m-2-2"]


def test_pages_go_on_in_the_order_of_the_first(client: httpx.Client, timetable: None) -> None:
    whole = [one["id"] for one in found_classes(client, title="mathematics 12", limit=500)]
    # By section, not by the letters of it.
    assert whole == ["m-2-12", "m-12-1", "m-12-2", *(f"a-{n}" for n in range(3, 12)), "m-12-12"]
    assert listing(client, "/v1/classes", title="mathematics 12") == whole
    assert len(listing(client, "/v1/classes")) == len(found_classes(client, limit=500)) == 21


def test_a_class_is_told_with_school_teacher_and_size(
    client: httpx.Client, timetable: None
) -> None:
    [one] = found_classes(client, id="m-12-2")
    assert one == {
        "id": "m-12-2", "title": "Mathematics, grade 12, section 2", "org_id": "maple",
        "school": "Maple", "teachers": ["Winifred Okafor"], "students": 2, "match": None,
    }  # fmt: skip
    [exact, *rest] = found_classes(client, title=one["title"])
    assert exact["match"] == "exact"
    assert "exact" not in {other["match"] for other in rest}
    assert found_classes(client, title="okaf")[0]["match"] == "beginnings"
    assert found_classes(client, title="okafor")[0]["match"] == "words"
    assert found_classes(client, id="nothing") == found_classes(client, title="?!") == []
    page = show(client, class_id="m-12-2").text
    assert "<bdi>Winifred Okafor</bdi>, 2 students" in page
    assert "1 student<" in show(client, class_id="c-birch").text


def test_a_key_of_one_school_finds_its_own_classes_by_their_words(
    client: httpx.Client, timetable: None, make_key: MakeKey
) -> None:
    key = make_key(scopes=["people:read", "check"], schools=["birch"])
    client.headers["Authorization"] = f"Bearer {key.secret}"
    assert listing(client, "/v1/classes", title="grade section") == ["b-12-2", "b-2-12"]
    assert listing(client, "/v1/classes", title="Mathematics, grade 12, section 2") == []
    assert listing(client, "/v1/classes", title="okafor") == []
    assert listing(client, "/v1/classes", title="nunez") == ["b-2-12"]
    assert found_classes(client, id="m-12-2") == []


def test_a_cursor_of_another_list_is_none(client: httpx.Client, house: None) -> None:
    cursor = client.get("/v1/orgs", params={"limit": 1}).json()["next_cursor"]
    assert client.get("/v1/classes", params={"cursor": cursor}).status_code == 422
