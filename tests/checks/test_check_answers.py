"""The checks as a scheduling tool asks them: what is answered, and what is kept of it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import orjson
import pytest
import rfc8785
from sqlalchemy import text

from app.database.session import Store
from tests.checks.conftest import MAPLE, PERSONAL, POST, Ask, codes, photo
from tests.district import District


@pytest.mark.parametrize(
    ("check", "body", "outcome", "code"),
    [
        ("photo-consent", {"students": [{"id": "ana"}]}, "allow", "consent.not_on_list"),
        ("photo-consent", {"students": [{"id": "ben"}]}, "deny", "consent.refused"),
        ("photo-consent", {"students": [{"id": "new"}]}, "review", "consent.new_student"),
        ("photo-consent", {"students": [{"id": "x9"}]}, "review", "student.unknown"),
        ("photo-consent", {"students": [{"id": "tess"}]}, "review", "student.wrong_kind"),
        ("photo-consent", {"class_id": "c-good"}, "allow", "class.may_be_pictured"),
        ("photo-consent", {"class_id": "c-mixed"}, "deny", "class.some_refused"),
        ("photo-consent", {"class_id": "c9"}, "review", "class.unknown"),
        ("coworker-consent", {"employees": [{"id": "tess"}]}, "allow", "coworker.granted"),
        ("coworker-consent", {"employees": [{"id": "ed"}]}, "deny", "coworker.no_consent"),
        ("coworker-consent", {"employees": [{"id": "ed"}], "author": {"id": "ed"}}, "allow",
         "coworker.own_picture"),
        ("coworker-consent", {"employees": [{"id": "ana"}]}, "review", "employee.wrong_kind"),
        ("logo", {"author": {"id": "tess"}}, "allow", "logo.granted"),
        ("logo", {"author": {"name": "Tess Reed"}}, "allow", "logo.granted"),
        ("logo", {"author": {"id": "ed"}}, "deny", "logo.no_grant"),
        ("logo", {"author": {"id": "x9"}}, "review", "logo.author_unidentified"),
        ("logo", {"author": {"id": "ana"}}, "review", "logo.author_unidentified"),
        ("spokesperson", {"account": MAPLE}, "allow", "spokesperson.granted"),
        ("spokesperson", {"account": {"url": "https://m.facebook.com/Maple/?x=1"}}, "allow",
         "spokesperson.granted"),
        ("spokesperson", {"account": {"platform": "twitter", "handle": "wild"}}, "deny",
         "spokesperson.no_grant"),
        ("spokesperson", {"author": {"id": "x9"}}, "review", "spokesperson.author_unidentified"),
        ("account", MAPLE, "allow", "account.authorized"),
        ("account", {"platform": "x", "handle": "@wild"}, "deny", "account.unauthorized"),
        ("account", {"platform": "x", "handle": "none"}, "deny", "account.unknown"),
        ("account", {"platform": "instagram", "handle": "lost"}, "review", "account.no_owner"),
        ("account", PERSONAL, "allow", "personal.permitted"),
        ("post", POST, "allow", "account.authorized"),
        ("post", {**POST, **photo("ana")}, "allow", "consent.not_on_list"),
        ("post", {**POST, **photo("ben")}, "deny", "consent.refused"),
        ("post", {**POST, "media": [{"kind": "photo", "rights": "own"}]}, "review",
         "pictured.missing"),
        ("post", {**POST, "uses_logo": True, "author": {"id": "ed"}}, "deny", "logo.no_grant"),
        ("post", {"account": PERSONAL, "purpose": "personal"}, "allow", "personal.permitted"),
        ("post", {"account": PERSONAL, "purpose": "personal", **photo("ana")}, "deny",
         "purpose.not_school"),
    ],
)  # fmt: skip
def test_every_check_allows_doubts_and_refuses(
    ask: Ask, check: str, body: dict[str, Any], outcome: str, code: str
) -> None:
    said = ask(check, **body)
    assert said["outcome"] == outcome
    assert code in codes(said)


def test_answer_tells_what_and_when_and_is_read_back(ask: Ask, client: httpx.Client) -> None:
    before = datetime.now(UTC)
    said = ask("photo-consent", students=[{"id": "ben"}])
    assert before <= datetime.fromisoformat(said["decided_at"]) <= datetime.now(UTC)
    assert (said["check"], said["publish_at"]) == ("photo-consent", said["decided_at"])
    (refused,) = (f for f in said["findings"] if f["outcome"] == "deny")
    assert (refused["at"], refused["subject"]) == ("/students/0", {"kind": "student", "id": "ben"})
    assert refused["clause"]["number"] == 44
    assert refused["message"]
    assert refused["remedy"]
    assert client.get(f"/v1/decisions/{said['id']}").json() == said


def decisions(store: Store) -> dict[str, Any]:
    """What the ledger says of each decision, in its order."""
    with store.reading() as connection:
        rows = connection.execute(
            text("SELECT id, payload FROM ledger WHERE kind = 'decision' ORDER BY seq")
        ).all()
    return {row.id: orjson.loads(row.payload) for row in rows}


def test_every_answer_is_another_row_of_the_ledger(ask: Ask, store: Store) -> None:
    before = len(decisions(store))
    said = [ask("account", **MAPLE) for _ in range(3)]
    rows = decisions(store)
    assert list(rows)[before:] == [one["id"] for one in said]
    assert [rows[one["id"]]["answer"] for one in said] == said
    assert rows[said[0]["id"]]["request"] == MAPLE


def test_ledger_keeps_who_was_meant_and_the_text_only_for_a_review(ask: Ask, store: Store) -> None:
    pictured = {"students": [{"name": "ana lopez"}, {"name": "Who Ever"}]}
    said = ask("post", **POST, text="A secret plan", pictured=pictured, author={"id": "tess"})
    body = decisions(store)[said["id"]]
    assert body["subjects"] == ["ana", "tess"]
    assert (said["outcome"], body["text"]) == ("review", "A secret plan")
    clear = ask("post", **POST, text="A secret plan", author={"id": "tess"})
    assert clear["outcome"] == "allow"
    assert "secret" not in str(decisions(store)[clear["id"]])
    assert len(body["request"]["text_sha256"]) == 64


def test_what_the_ledger_keeps_is_canonical_json(ask: Ask, store: Store) -> None:
    odd = {"id": 'q"\\/\u2028é\U00010348'}
    media = [{"kind": "photo", "rights": "licensed"}]
    asked = [
        ask("post", **POST, media=media, pictured={"students": [odd, {"id": "ben"}]}),
        ask("post", account=PERSONAL, purpose="personal"),
        ask("photo-consent", class_id="c-mixed"),
    ]
    assert asked[0]["findings"][0]["subject"]["id"] == odd["id"]
    assert all(one["reminders"] for one in asked[:2])
    with store.reading() as connection:
        for payload in connection.scalars(text("SELECT payload FROM ledger")):
            assert payload.encode() == rfc8785.dumps(orjson.loads(payload))


@pytest.mark.parametrize(
    ("sent", "effective"), [(timedelta(days=-400), False), (timedelta(days=400), True)]
)
def test_a_past_date_escapes_nothing_and_a_later_one_counts(
    ask: Ask, sent: timedelta, effective: bool
) -> None:
    publish_at = (datetime.now(UTC) + sent).replace(microsecond=0)
    said = ask("photo-consent", students=[{"id": "ben"}], publish_at=publish_at.isoformat())
    assert said["outcome"] == "deny"
    told = datetime.fromisoformat(said["publish_at"])
    assert told == (publish_at if effective else datetime.fromisoformat(said["decided_at"]))


def test_consent_that_ends_before_the_post_does_not_help(ask: Ask, store: Store) -> None:
    today = datetime.now(UTC).date()
    with store.writing() as connection:
        district = District(connection)
        district.employee("brief", "Brief Yes")
        district.consent(
            "brief", "grant", capacity="employee", effective_to=today + timedelta(days=30)
        )
    employees = [{"id": "brief"}]
    assert ask("coworker-consent", employees=employees)["outcome"] == "allow"
    later = (datetime.now(UTC) + timedelta(days=60)).isoformat()
    said = ask("coworker-consent", employees=employees, publish_at=later)
    assert said["outcome"] == "deny"


def test_an_allow_says_until_when_it_holds_and_for_what(
    ask: Ask, client: httpx.Client, store: Store
) -> None:
    denver = ZoneInfo("America/Denver")
    today = datetime.now(denver).date()
    with store.writing() as connection:
        district = District(connection)
        district.consent("ana", "grant", channel="website", effective_to=today + timedelta(days=1))
        district.authorization(district.account("website", "maple"))
    said = ask("photo-consent", students=[{"id": "ana"}], channel="website", media="video")
    end = datetime.combine(today + timedelta(days=2), datetime.min.time(), denver)
    assert datetime.fromisoformat(said["holds_until"]) == end
    day = datetime.fromisoformat(said["publish_at"]).astimezone(denver).date()
    assert said["holds_for"] == {
        "activity": "publish", "channel": "website", "media": "video", "extent": "image",
        "purpose": "school", "account": None, "day": day.isoformat(),
    }  # fmt: skip
    assert client.get(f"/v1/decisions/{said['id']}").json()["holds_until"] == said["holds_until"]
    site = {"account": {"platform": "website", "handle": "maple"}}
    post = ask("post", **{**POST, **site, **photo("ana")})
    assert post["holds_for"]["channel"] == "website"
    assert post["holds_for"]["account"] == "website/maple"
    assert ask("post", **POST)["holds_for"]["media"] is None
    with_name = ask("photo-consent", students=[{"id": "cleo"}], extent="image_with_name")
    assert with_name["holds_for"]["extent"] == "image_with_name"
    named = ask(
        "post",
        **{**POST, **photo("cleo"), "pictured": {"students": [{"id": "cleo", "named": True}]}},
    )
    assert named["holds_for"]["extent"] == "image_with_name"
    assert {ask("account", **MAPLE)["holds_for"][word] for word in ("media", "channel")} == {None}
    assert ask("account", **MAPLE)["holds_until"] is None
    assert ask("account", **PERSONAL)["holds_for"]["account"] is None
    for body in ({"students": [{"id": "ben"}]}, {"class_id": "c-mixed"}):
        assert not {"holds_until", "holds_for"} & ask("photo-consent", **body).keys()


def test_class_is_answered_by_whom_to_leave_out(ask: Ask) -> None:
    said = ask("photo-consent", class_id="c-mixed")
    assert [(one["id"], one["name"], one["outcome"]) for one in said["not_pictured"]] == [
        ("ben", "Ben Park", "deny"), ("new", "Nell Ewing", "review"),
    ]  # fmt: skip
    assert all(finding["subject"] is None for finding in said["findings"])
    assert ask("photo-consent", class_id="c-good")["not_pictured"] == []
    assert ask("photo-consent", class_id="c9")["not_pictured"] == []


def test_subject_is_told_only_where_the_id_was_sent(ask: Ask) -> None:
    said = ask("photo-consent", students=[{"id": "ana"}, {"name": "Ana Lopez"}, {"id": "x9"}])
    subjects = {f["at"]: f["subject"] for f in said["findings"] if f["rule"] == "student_consent"}
    assert subjects == {
        "/students/0": {"kind": "student", "id": "ana"},
        "/students/1": None,
        "/students/2": {"kind": "student", "id": "x9"},
    }
    said = ask("coworker-consent", employees=[{"name": "tess reed"}, {"id": "ed"}])
    assert [f["subject"] for f in said["findings"]] == [None, {"kind": "employee", "id": "ed"}]


def test_a_student_is_found_by_any_name(ask: Ask, store: Store) -> None:
    with store.writing() as connection:
        District(connection).person(
            "jose", "José Núñez", preferred_name="Pepe", former=("Jose O'Neil",), grade="3"
        )
    for name in (
        "José Núñez", "jose nunez", "JOSÉ  NÚN\u0303EZ", "Pepe Núñez", "Jose O'Neil",
        "jose o\u2019neil",
    ):  # fmt: skip
        assert ask("photo-consent", students=[{"name": name}])["outcome"] == "allow", name


def test_namesakes_are_told_apart_by_school_and_grade(ask: Ask, store: Store) -> None:
    with store.writing() as connection:
        district = District(connection)
        district.person("ida1", "Ida Moss", grade="3")
        district.person("ida2", "Ida Moss", grade="4")
        district.person("ida3", "Ida Moss", grade="3", org_id="birch", status="inactive")
        district.consent("ida3", "refuse")
    outcomes = [
        ask("photo-consent", students=[{"name": "Ida Moss", **more}])["outcome"]
        for more in ({}, {"school": "maple"}, {"grade": "3"}, {"school": "Maple", "grade": "03"},
                     {"school": "birch", "grade": "3rd"}, {"school": "elm", "grade": "3"})
    ]  # fmt: skip
    assert outcomes == ["review", "review", "review", "allow", "deny", "review"]
