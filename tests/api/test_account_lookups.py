"""What is asked about accounts: is this one official, and the reports of the policy."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.database.session import Store
from app.errors import TooManyRequestsError
from app.main import create_app
from app.rate_counts import RateCounts
from app.rates import MinuteRate, PublicRate, client_network
from app.settings import Settings
from app.store.ledger import chain
from tests.district import District, found
from tests.service import serving

PUBLIC = {"status", "message", "accounts"}


@pytest.fixture
def district(store: Store) -> District:
    """`facebook/maple` is official; of the others each is wanting in its own way."""
    with store.writing() as connection:
        district = found(connection)
        for handle, more in {
            "mapleschools": {},
            "suspended": {"status": "suspended"},
            "closed": {"status": "closed"},
            "reviewed": {"status": "under_review"},
        }.items():
            account = district.account("x", handle, **more)
            district.authorization(account)
        district.authorization(district.account("x", "bythewrong"), by="mia")
        own = district.account("x", "byoneself")
        district.authorization(own, requested_by="dora")
        blog = district.account(
            "blog", "Maple", url="https://maple.example/blog",
            aliases={"url": "https://maple.example/blog"},
        )  # fmt: skip
        district.authorization(blog)
        renamed = district.account("x", "maplenews", aliases={"x-id": "123"})
        district.authorization(renamed)
        district.account("x", "wilder", aliases={"x-id": "456"})
        for handle in ("\u5b66\u6821\u4e2d\u6587", "hill\u00b7escuela", "provohigh"):
            district.authorization(district.account("youtube", handle))
        district.authorization(district.account("mastodon", "maple@social.example"))
        for handle in ("one", "two"):
            twin = district.account("blog", handle, aliases={"url": "https://twin.example"})
            district.authorization(twin)
    return district


@pytest.fixture
def anybody(service: str, district: District) -> Iterator[httpx.Client]:
    """A client without a key."""
    with httpx.Client(base_url=service, trust_env=False) as opened:
        yield opened


def verify(client: httpx.Client, url: str | None = None, **named: str) -> dict[str, Any]:
    params = named if url is None else {"url": url, **named}
    answer = client.get("/v1/accounts/verify", params=params)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    assert said.keys() == PUBLIC
    return said


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://www.facebook.com/Maple/", "official"),
        ("facebook.com/m.a.p.l.e?ref=page", "official"),
        ("https://twitter.com/@MapleSchools", "official"),
        ("http://maple.example/blog/?utm_source=x", "official"),
        ("https://social.example/@Maple", "official"),
        ("https://x.com/wild", "not_official"),
        ("https://x.com/suspended", "not_official"),
        ("https://x.com/closed", "not_official"),
        ("https://x.com/reviewed", "not_official"),
        ("https://x.com/bythewrong", "not_official"),
        ("https://x.com/byoneself", "not_official"),
        ("https://x.com/maple_schools", "lookalike"),
        ("https://x.com/rnapleschools", "lookalike"),
        ("https://x.com/map1eschools", "lookalike"),
        ("https://x.com/TheRealMapleSchools", "lookalike"),
        ("https://x.com/mapleschool", "lookalike"),
        ("https://x.com/m\u0430pleschools", "lookalike"),
        ("https://x.com/m%D0%B0pleschools", "lookalike"),
        ("https://facebo\u043ek.com/maple", "lookalike"),
        ("https://www.facebook.com/groups/maple", "lookalike"),
        ("https://elsewhere.example/@maple", "lookalike"),
        ("https://www.instagram.com/mapleschools", "unknown"),
        ("https://x.com/suspended_", "unknown"),
        ("https://x.com/somebodyelse", "unknown"),
        ("https://facebook.com.evil.example/maple", "unknown"),
        ("https://facebook.com@evil.example/maple", "unknown"),
        ("https://www.facebook.com/maple/../evil", "unknown"),
        ("https://twin.example", "unknown"),
        ("https://x.com/mapleschools/../search", "unknown"),
        ("javascript:alert(1)//x.com/mapleschools", "unknown"),
        ("https://x.com/\u0000mapleschools", "unknown"),
        ("https://x.com/", "unknown"),
        ("not an address", "unknown"),
        (" ", "unknown"),
        ("", "unknown"),
    ],
)
def test_verify(anybody: httpx.Client, url: str, status: str) -> None:
    said = verify(anybody, url)
    assert said["status"] == status
    if status in {"official", "lookalike"}:
        assert said["accounts"]
        assert all(one["address"].startswith("https://") for one in said["accounts"])
    if status == "not_official":
        assert said["accounts"] == []


@pytest.mark.parametrize(
    ("named", "status"),
    [
        (
            {"platform": "x", "handle": "maplenews", "system": "x-id", "external_id": "123"},
            "official",
        ),
        ({"url": "https://x.com/maplenews", "system": "x-id", "external_id": "123"}, "official"),
        ({"system": "x-id", "external_id": "123"}, "official"),
        (
            {"platform": "x", "handle": "maplenews", "system": "x-id", "external_id": "9"},
            "lookalike",
        ),
        (
            {"platform": "x", "handle": "maplenews", "system": "x-id", "external_id": "456"},
            "lookalike",
        ),
        (
            {"platform": "x", "handle": "anothername", "system": "x-id", "external_id": "123"},
            "unknown",
        ),
        ({"platform": "x", "handle": "wilder", "system": "x-id", "external_id": "9"}, "unknown"),
        (
            {"platform": "x", "handle": "wilder", "system": "x-id", "external_id": "456"},
            "not_official",
        ),
        (
            {"platform": "x", "handle": "nobodyelse", "system": "x-id", "external_id": "9"},
            "unknown",
        ),
        ({"system": "x-id", "external_id": "456"}, "not_official"),
        ({"system": "x-id", "external_id": "9"}, "unknown"),
        ({"platform": "youtube", "handle": "@\u5b66\u6821\u4e2d\u6587"}, "official"),
        ({"url": "https://www.youtube.com/@\u5b66\u6821\u4e2d\u6587"}, "official"),
        ({"url": "https://m.youtube.com/@%E5%AD%A6%E6%A0%A1%E4%B8%AD%E6%96%87/videos"}, "official"),
        ({"url": "https://youtube.com/@HILL%C2%B7escuela"}, "official"),
        ({"platform": "youtube", "handle": "@pr\u043evohigh"}, "lookalike"),
        ({"platform": "youtube", "handle": "@pro\u0336vohigh"}, "lookalike"),
        ({"url": "https://es-la.facebook.com/maple"}, "official"),
    ],
)
def test_by_id_and_beyond_ascii(anybody: httpx.Client, named: dict[str, str], status: str) -> None:
    said = verify(anybody, **named)
    assert said["status"] == status
    assert bool(said["accounts"]) == (status in {"official", "lookalike"})


@pytest.mark.parametrize("half", ["system=x-id", "url=x.com/a&external_id=1"])
def test_half_an_id_is_a_fault(anybody: httpx.Client, half: str) -> None:
    answer = anybody.get(f"/v1/accounts/verify?{half}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "both"


def test_by_platform_and_handle(anybody: httpx.Client) -> None:
    assert verify(anybody, platform="Twitter", handle="@MAPLEschools")["status"] == "official"
    said = verify(anybody, platform="x", handle="m\u0430ple_schools")
    assert said["status"] == "lookalike"
    assert said["accounts"] == [
        {"platform": "x", "handle": "mapleschools", "address": "https://x.com/mapleschools",
         "likeness": "spelling"}
    ]  # fmt: skip
    assert verify(anybody, platform="x")["status"] == "unknown"
    assert verify(anybody, handle="mapleschools")["status"] == "unknown"


def test_the_same_name_elsewhere_is_only_told(anybody: httpx.Client) -> None:
    said = verify(anybody, "https://www.instagram.com/mapleschools")
    assert said["status"] == "unknown"
    assert "another network" in said["message"]
    assert [one["likeness"] for one in said["accounts"]] == ["other_network"]


@pytest.mark.parametrize(
    "query", ["", "?url=x&handle=y", "?url=" + "x" * 2001, "?platform=x&handle=" + "y" * 201]
)
def test_a_question_that_asks_nothing_or_too_much(anybody: httpx.Client, query: str) -> None:
    answer = anybody.get(f"/v1/accounts/verify{query}")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert "yyy" not in answer.text


def test_the_ledger_hears_nothing_and_nobody_is_named(anybody: httpx.Client, store: Store) -> None:
    with store.reading() as connection:
        before = chain.read_head(connection)
    for url in ("x.com/mapleschools", "x.com/map1eschools", "x.com/wild", "x.com/nobody"):
        text = anybody.get("/v1/accounts/verify", params={"url": url}).text
        assert not any(name in text for name in ("olga", "mia", "dora", "provo.example"))
    with store.reading() as connection:
        assert chain.read_head(connection) == before


def test_an_ended_designation_makes_nothing_unofficial_but_one_never_held_does(
    anybody: httpx.Client, store: Store
) -> None:
    with store.writing() as connection:
        district = District(connection)
        district.employee("cora", "Cora Communicator", org_id="hq")
        district.designation(
            "director_communications", "cora", capacity="designee",
            effective_to=datetime(2021, 1, 1, tzinfo=UTC).date(),
        )  # fmt: skip
        for handle, at in (("then", datetime(2020, 6, 1, tzinfo=UTC)),
                           ("later", datetime(2022, 6, 1, tzinfo=UTC))):  # fmt: skip
            account = district.account("tiktok", handle)
            district.authorization(account, by="cora", authorized_at=at)
    assert verify(anybody, "https://www.tiktok.com/@then")["status"] == "official"
    assert verify(anybody, "https://www.tiktok.com/@later")["status"] == "not_official"


@pytest.fixture
def small_rate(settings: Settings, store: Store) -> FastAPI:
    return create_app(settings.model_copy(update={"public_lookups_per_minute": 3}), store=store)


def test_who_asks_too_often_is_told_when_to_ask_again(small_rate: FastAPI) -> None:
    with serving(small_rate) as url, httpx.Client(base_url=url, trust_env=False) as client:
        answers = [client.get("/v1/accounts/verify?url=x.com/a") for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert answers[3].json()["type"] == "/problems/too-many-requests"
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 60


def test_one_network_of_ipv6_is_one_client() -> None:
    rate = PublicRate(MinuteRate(1, "lookups", RateCounts()))
    rate.let_pass("2001:db8::1")
    with pytest.raises(TooManyRequestsError):
        rate.let_pass("2001:db8::ffff:2")
    rate.let_pass("2001:db8:0:1::1")
    assert client_network("::ffff:192.0.2.1") == client_network("192.0.2.1")
    assert client_network(None) == client_network("a socket") == ""


def report(client: httpx.Client, name: str, **params: Any) -> list[dict[str, Any]]:
    items, cursor = [], None
    while True:
        query = {"limit": 1, **({"cursor": cursor} if cursor else {}), **params}
        answer = client.get(f"/v1/accounts/reports/{name}", params=query)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return items


def test_schools_without_presence(client: httpx.Client, store: Store) -> None:
    assert report(client, "schools-without-presence") == []
    with store.writing() as connection:
        district = found(connection)
        for name in ("aspen", "cedar", "elm"):
            district.org(name)
        district.account("x", "aspen", org_id="aspen")
        held = district.account("x", "cedar", org_id="cedar", status="suspended")
        district.authorization(held)
        district.authorization(district.account("x", "elm", org_id="elm"))
    said = report(client, "schools-without-presence")
    assert [one["id"] for one in said] == ["aspen", "birch", "cedar"]
    assert said[0] == {"id": "aspen", "name": "Aspen", "kind": "school", "parent_id": None}


def test_reports_on_accounts_leave_out_the_closed_ones(client: httpx.Client, store: Store) -> None:
    now = datetime.now(UTC)
    good = {"reviewed_on": now.date() - timedelta(days=9), "last_post_on": now.date()}
    with store.writing() as connection:
        district = found(connection)
        district.employee("gone", "Gail Gone", status="inactive")
        district.account("tiktok", "good", **good)
        district.account("tiktok", "ownerless", owner_id="gone", **good)
        district.account("tiktok", "ours", communications_admin_at=None, **good)
        district.account("tiktok", "ended", status="closed", owner_id=None,
                         communications_admin_at=None)  # fmt: skip
    found_in = {
        name: {one["handle"] for one in report(client, name)}
        for name in ("stale", "without-administrator", "without-owner")
    }
    assert found_in == {
        "stale": {"maple", "lost", "wild"},
        "without-administrator": {"ours"},
        "without-owner": {"lost", "ownerless"},
    }


def test_a_report_as_a_sheet_calculates_nothing(client: httpx.Client, store: Store) -> None:
    with store.writing() as connection:
        district = found(connection)
        district.account("=cmd|' /C calc'!A0", "@SUM(A1)", owner_id=None, contact_email="+1@x.y")
    path = "/v1/accounts/reports/without-owner"
    first = client.get(path, params={"limit": 1}, headers={"Accept": "text/csv"})
    assert first.headers["Content-Type"].startswith("text/csv")
    address, _, relation = first.headers["Link"].partition("; ")
    assert relation == 'rel="next"'
    rest = client.get(address.strip("<>"), headers={"Accept": "text/csv"})
    assert "Link" not in rest.headers
    cells = [
        cell for one in (first, rest) for row in csv.reader(io.StringIO(one.text)) for cell in row
    ]
    assert "'=cmd|' /C calc'!A0" in cells
    assert "'@SUM(A1)" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("name", ["everything", "stale%00"])
def test_a_report_there_is_none_of(client: httpx.Client, name: str) -> None:
    assert client.get(f"/v1/accounts/reports/{name}").status_code == 422
