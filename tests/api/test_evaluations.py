"""The Authorization API 1.0 (AuthZEN) over HTTP: its form, its batches, and what each word asks."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import func, select

from app.checks.evaluations.mapping import VOCABULARY
from app.database import tables as t
from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from app.store.service import keys
from tests.api.test_auth import bearer
from tests.district import found
from tests.service import serving

ONE, SEVERAL = "/access/v1/evaluation", "/access/v1/evaluations"
TESS = {"type": "employee", "id": "tess"}
MAPLE = {"type": "account", "id": "facebook/maple"}
SHOW = {"name": "publish_photo"}
ANA, BEN, NEW = ({"type": "student", "id": who} for who in ("ana", "ben", "new"))
ASKED = {"subject": TESS, "action": SHOW, "resource": ANA}
POST = {
    "account": {"platform": "facebook", "handle": "maple"}, "purpose": "school", "text": "Go!",
    "media": [{"kind": "photo", "rights": "own"}], "pictured": {"students": [{"id": "ana"}]},
}  # fmt: skip
Body = dict[str, Any]


class House(NamedTuple):
    """One service for all tests here: none of them changes a record."""

    client: httpx.Client
    store: Store

    def key(self, **rights: Any) -> dict[str, str]:
        wanted = {"name": "t", "scopes": ["check"], "now": self.store.now(), **rights}
        with self.store.writing() as connection:
            return bearer(keys.create_key(connection, **wanted).secret)

    def ask(self, body: Any, headers: Any = None, path: str = ONE) -> httpx.Response:
        return self.client.post(path, json=body, headers=headers)

    def decide(self, body: Any, headers: Any = None) -> Body:
        answer = self.ask(body, headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "application/json"
        said: Body = answer.json()
        assert type(said["decision"]) is bool
        return said

    def batch(self, body: Any, headers: Any = None) -> list[Body]:
        answer = self.ask(body, headers, SEVERAL)
        assert answer.status_code == 200, answer.text
        assert set(answer.json()) == {"evaluations"}
        said: list[Body] = answer.json()["evaluations"]
        return said

    def rows(self) -> int:
        with self.store.reading() as connection:
            return connection.scalar(select(func.count()).select_from(t.ledger)) or 0


def open_house(template: Path, folder: Path, **settings: Any) -> Iterator[House]:
    (folder / "store.db").write_bytes(template.read_bytes())
    wanted = Settings(
        database_url=f"sqlite:///{folder / 'store.db'}",
        signing_key_file=folder / "signing-key.pem", import_spool=folder / "spool", **settings,
    )  # fmt: skip
    store = Store(wanted.database_url)
    with store.writing() as connection:
        district = found(connection)
        general = district.account("x", "general", kind="district_general")
        district.authorization(general)
    with serving(create_app(wanted, store=store)) as url, httpx.Client(base_url=url) as client:
        client.timeout = httpx.Timeout(60)
        house = House(client, store)
        client.headers.update(house.key(scopes=keys.SCOPES))
        yield house
    store.close()


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    yield from open_house(sqlite_template, tmp_path_factory.mktemp("authzen"))


@pytest.fixture(scope="module")
def lean(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("lean")
    yield from open_house(sqlite_template, folder, authzen_reasons=False)


def test_allow_is_true_and_all_else_is_false(house: House) -> None:
    said = [house.decide({**ASKED, "resource": one}) for one in (ANA, BEN, NEW)]
    assert [one["decision"] for one in said] == [True, False, False]
    assert [one["context"]["outcome"] for one in said] == ["allow", "deny", "review"]


def test_context_tells_what_the_findings_say(house: House) -> None:
    context = house.decide({**ASKED, "resource": BEN})["context"]
    (refused,) = (one for one in context["reasons"] if one["outcome"] == "deny")
    assert refused["code"] == "consent.refused"
    assert refused["clause"]["number"] == 44
    assert refused["at"] == "/resource/id"
    assert refused["message"]
    assert refused["remedy"]
    decision = house.client.get(f"/v1/decisions/{context['decision_id']}").json()
    assert decision["outcome"] == "deny"
    # The rest of the decision is behind its id.
    assert "null" not in json.dumps(context)


def test_permit_says_until_when_and_for_what_it_holds(house: House) -> None:
    context = house.decide({**ASKED, "context": {"channel": "website"}})["context"]
    assert context["holds_for"]["channel"] == "website"
    assert context["holds_until"]


def test_lean_answers_are_the_decision_alone(lean: House) -> None:
    assert lean.decide(ASKED) == {"decision": True}
    assert lean.decide({**ASKED, "action": {"name": "fly"}}) == {"decision": False}
    items = [{}, {"resource": BEN}, {"resource": {"type": "student"}}, {"action": {"name": "fly"}}]
    assert lean.batch({**ASKED, "evaluations": items}) == [
        {"decision": True}, {"decision": False}, {"decision": False}, {"decision": False},
    ]  # fmt: skip


# What is wrong with a request, and whereof the message speaks.
LACKING: list[tuple[Any, str]] = [
    *(({n: v for n, v in ASKED.items() if n != gone}, f"/{gone}:") for gone in ASKED),
    ({**ASKED, "subject": {"id": "tess"}}, "/subject/type:"),
    ({**ASKED, "subject": {"type": "employee"}}, "/subject/id:"),
    ({**ASKED, "action": {}}, "/action/name:"),
    ({**ASKED, "resource": {"id": "ana"}}, "/resource/type:"),
    ({**ASKED, "resource": {"type": "student"}}, "/resource/id:"),
    ({**ASKED, "subject": "alice"}, "/subject:"),
    ({**ASKED, "subject": ["alice"]}, "/subject:"),
    ({**ASKED, "subject": None}, "/subject:"),
    ({**ASKED, "action": {"name": 123}}, "/action/name:"),
    ({**ASKED, "action": "publish_photo"}, "/action:"),
    ({**ASKED, "resource": {"type": "student", "id": 7}}, "/resource/id:"),
    ({**ASKED, "resource": {"type": "student", "id": ["ana"]}}, "/resource/id:"),
    ({**ASKED, "resource": {**ANA, "properties": []}}, "/resource/properties:"),
    ({**ASKED, "context": "now"}, "/context:"),
    ({**ASKED, "context": None}, "/context:"),
    ([ASKED], "(body):"),
    ("evaluate", "(body):"),
    (None, "(body):"),
    ({}, "/subject:"),
]


@pytest.mark.parametrize("path", [ONE, SEVERAL])
def test_request_that_lacks_something_is_a_400_with_a_message(house: House, path: str) -> None:
    for body, told in LACKING:
        answer = house.ask(body, path=path)
        assert (answer.status_code, body) == (400, body)
        assert answer.headers["Content-Type"] == "application/problem+json"
        problem = answer.json()
        assert problem["type"] == "/problems/invalid-evaluation"
        assert told in problem["detail"], problem
        assert "alice" not in answer.text


@pytest.mark.parametrize("path", [ONE, SEVERAL])
@pytest.mark.parametrize(
    ("sent", "media_type"),
    [
        (json.dumps(ASKED), "text/plain"), (json.dumps(ASKED), "application/xml"),
        (json.dumps(ASKED), "application/x-www-form-urlencoded"), (json.dumps(ASKED), None),
        ("", "application/json"), ("{", "application/json"), ('{"subject":', "application/json"),
        ("not json", "application/json"), (b"\xff\xfe", "application/json"),
        ("[" * 5_000, "application/json"), ("{}{}", "application/json"),
        (json.dumps(ASKED)[:-1] + ',"subject":{"type":"employee","id":"ed"}}', "application/json"),
        (json.dumps(ASKED).replace('"ana"', '"\\ud800"'), "application/json"),
    ],
)  # fmt: skip
def test_what_is_no_json_is_a_400(
    house: House, path: str, sent: str | bytes, media_type: str | None
) -> None:
    headers = {} if media_type is None else {"Content-Type": media_type}
    answer = house.client.post(path, content=sent, headers=headers)
    assert answer.status_code == 400, answer.text
    assert answer.json()["detail"]


def test_unknown_parameter_is_a_400(house: House) -> None:
    assert house.client.post(f"{ONE}?lean=1", json=ASKED).status_code == 400


def test_unknown_fields_are_ignored(house: House) -> None:
    more = {"foo": "bar", "futureField": {"nested": True}}
    asked = {
        "subject": {**TESS, **more, "properties": {"department": "Sales", "author": "ed"}},
        "action": {**SHOW, **more, "properties": {"method": "GET"}},
        "resource": {**ANA, **more, "properties": {"owner": "bob", "named": True}},
        "context": {"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"},
        **more,
    }
    assert house.decide(asked)["decision"] is True
    (said,) = house.batch({"evaluations": [asked], "options": more, **more})
    assert said["decision"] is True


def test_without_a_key_it_is_a_401_that_says_how(house: House) -> None:
    for path in (ONE, SEVERAL):
        for said in ("", "Bearer clp_unknown", "Basic YTpi"):
            answer = house.ask(ASKED, {"Authorization": said}, path)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert answer.json()["title"]


def test_key_without_the_scope_is_a_403(house: House) -> None:
    for path in (ONE, SEVERAL):
        answer = house.ask(ASKED, house.key(scopes=["people:read"]), path)
        assert answer.status_code == 403
        assert "check" in answer.json()["detail"]


@pytest.mark.parametrize(
    "ident", ["bfe9eb29-ab87-4ca3-be83-a1d5d8305716", 'a b/c;d="é"', "x" * 500, "{}<script>"]
)
@pytest.mark.parametrize("status", [200, 400, 401])
def test_request_id_comes_back_as_it_was(house: House, ident: str, status: int) -> None:
    headers = {"X-Request-ID": ident.encode()}
    headers |= {"Authorization": b"Bearer no"} if status == 401 else {}
    body = {} if status == 400 else ASKED
    answer = house.ask(body, headers)
    assert answer.status_code == status
    (came,) = (value for name, value in answer.headers.raw if name.lower() == b"x-request-id")
    assert came == ident.encode()
    if status != 200:
        assert ident not in answer.text or ident.replace("-", "").isalnum()


def test_request_id_is_made_where_none_is_sent(house: House) -> None:
    where = urlsplit(str(house.client.base_url))
    plain = HTTPConnection(where.hostname or "", where.port)
    plain.request("POST", ONE, json.dumps(ASKED), {
        "Content-Type": "application/json", "Authorization": house.client.headers["Authorization"],
    })  # fmt: skip
    answer = plain.getresponse()
    assert (answer.status, bool(answer.getheader("X-Request-ID"))) == (200, True)
    assert json.loads(answer.read())["decision"] is True
    plain.close()


def test_same_question_gets_the_same_decision(house: House) -> None:
    assert {house.decide(ASKED)["decision"] for _ in range(4)} == {True}


def decisions(said: list[Body]) -> list[bool]:
    return [one["decision"] for one in said]


def test_batch_answers_in_order(house: House) -> None:
    listed = [{"resource": one} for one in (BEN, ANA, NEW, ANA)]
    said = house.batch({"subject": TESS, "action": SHOW, "evaluations": listed})
    assert decisions(said) == [False, True, False, True]
    assert len({one["context"]["decision_id"] for one in said}) == 4
    assert decisions(house.batch({"evaluations": [ASKED, {**ASKED, "resource": BEN}]})) == [
        True, False,
    ]  # fmt: skip


def test_empty_item_has_everything_from_the_whole(house: House) -> None:
    assert decisions(house.batch({**ASKED, "evaluations": [{}, {"resource": BEN}, {}]})) == [
        True, False, True,
    ]  # fmt: skip


def test_item_replaces_a_default_whole(house: House) -> None:
    """Nothing is merged: not the id into another type, not the channel into another context."""
    items = [{"resource": {"type": "student"}}, {"resource": {"id": "ana"}}, {"subject": {}}]
    assert decisions(house.batch({**ASKED, "evaluations": items})) == [False, False, False]
    context = {"channel": "website", "extent": "image"}
    used = house.batch({
        **ASKED, "context": context, "evaluations": [{}, {"context": {"time": "now"}}],
    })  # fmt: skip
    assert [one["context"]["holds_for"]["channel"] for one in used] == ["website", "all"]
    assert [one["context"]["holds_for"]["extent"] for one in used] == ["image", "image_with_name"]


def test_incomplete_item_is_false_and_its_neighbours_are_answered(house: House) -> None:
    items = [{"resource": ANA}, {}, {"resource": "ana"}, 5, None, [], {"resource": None},
             {"resource": ANA, "context": None}, {"resource": ANA}]  # fmt: skip
    said = house.batch({"subject": TESS, "action": SHOW, "evaluations": items})
    assert decisions(said) == [True, *[False] * 7, True]
    for one in said[1:-1]:
        assert set(one["context"]) == {"error"}
        assert one["context"]["error"]["status"] == 400
        assert one["context"]["error"]["message"]


@pytest.mark.parametrize("more", [{}, {"evaluations": []}])
def test_without_evaluations_it_is_answered_as_one(house: House, more: Body) -> None:
    said = house.ask({**ASKED, **more}, path=SEVERAL)
    assert said.status_code == 200
    assert said.json()["decision"] is True
    assert "evaluations" not in said.json()
    assert house.ask({"subject": TESS, **more}, path=SEVERAL).status_code == 400


@pytest.mark.parametrize(
    ("semantic", "listed", "expected"),
    [
        ("execute_all", "yny", [True, False, True]),
        ("deny_on_first_deny", "yynyy", [True, True, False]),
        ("deny_on_first_deny", "yy", [True, True]),
        ("deny_on_first_deny", "y?y", [True, False]),
        ("deny_on_first_deny", "yry", [True, False]),
        ("permit_on_first_permit", "nryn", [False, False, True]),
        ("permit_on_first_permit", "?ny", [False, False, True]),
        ("permit_on_first_permit", "nn", [False, False]),
    ],
)
def test_semantics_end_where_they_say(
    house: House, semantic: str, listed: str, expected: list[bool]
) -> None:
    """What stands behind the end is not asked: no row, and nobody has to review it."""
    kinds = {"y": {"resource": ANA}, "n": {"resource": BEN}, "r": {"resource": NEW}, "?": {}}
    before = house.rows()
    said = house.batch({
        "subject": TESS, "action": SHOW, "evaluations": [kinds[one] for one in listed],
        "options": {"evaluations_semantic": semantic},
    })  # fmt: skip
    assert decisions(said) == expected
    assert house.rows() - before == sum("decision_id" in one["context"] for one in said)


@pytest.mark.parametrize(
    "wrong",
    [
        {"options": {"evaluations_semantic": "all"}}, {"options": {"evaluations_semantic": None}},
        {"options": {"evaluations_semantic": ["execute_all"]}}, {"options": "execute_all"},
        {"options": None}, {"evaluations": None}, {"evaluations": {}}, {"evaluations": "{}"},
        {"evaluations": [{}] * 101}, {"evaluations": [{}] * 1_000}, {"subject": "alice"},
        {"subject": None}, {"context": None}, {"action": {"name": 123}},
        {"resource": {"type": "student"}},
    ],
)  # fmt: skip
def test_batch_that_is_not_as_specified_is_a_400(house: House, wrong: Body) -> None:
    before = house.rows()
    answer = house.ask({**ASKED, "evaluations": [{}], **wrong}, path=SEVERAL)
    assert answer.status_code == 400, answer.text
    assert answer.json()["detail"]
    assert house.rows() == before


def test_hundred_are_one_request(house: House) -> None:
    assert len(house.batch({**ASKED, "evaluations": [{}] * 100})) == 100


def test_key_twice_is_a_400_wherever_it_stands(house: House) -> None:
    for sent in (
        json.dumps({**ASKED, "resource": BEN})[:-1] + f', "resource": {json.dumps(ANA)}}}',
        json.dumps(ASKED).replace('"id": "ana"', '"id": "ben", "id": "ana"'),
        json.dumps({**ASKED, "evaluations": [{"a": 1}]}).replace('"a": 1', '"a": 1, "a": 2'),
    ):
        for path in (ONE, SEVERAL):
            answer = house.client.post(
                path, content=sent, headers={"Content-Type": "application/json"}
            )
            assert answer.status_code == 400
            assert answer.json()["errors"][0]["code"] == "repeated"


def act(action: str, subject: Body, resource: Body, **context: Any) -> Body:
    asked = {"subject": subject, "action": {"name": action}, "resource": resource}
    return {**asked, "context": context} if context else asked


def post(**more: Any) -> Body:
    return {"type": "post", "id": "draft-17", "properties": {"post": {**POST, **more}}}


def unsaid(*names: str) -> Body:
    return {**post(), "properties": {"post": {n: v for n, v in POST.items() if n not in names}}}


WIDE = {"channel": "all", "extent": "image_with_name", "author": {"id": "tess"}}
FACEBOOK = {"platform": "facebook", "handle": "maple"}
LOGO = {"type": "logo", "id": "district"}
# Each word of the vocabulary, and the check that it is.
SAME: list[tuple[Body, str, Body]] = [
    (act("publish_photo", TESS, ANA), "photo-consent", {**WIDE, "students": [{"id": "ana"}]}),
    (act("publish_photo", TESS, BEN, channel="yearbook", media="video", purpose="personal"),
     "photo-consent", {**WIDE, "students": [{"id": "ben"}], "channel": "yearbook",
                       "media": "video", "purpose": "personal"}),
    (act("publish_photo", TESS, ANA, publish_at="2030-01-01T08:00:00Z"), "photo-consent",
     {**WIDE, "students": [{"id": "ana"}], "publish_at": "2030-01-01T08:00:00Z"}),
    (act("publish_photo", TESS, {"type": "class", "id": "c-good"}), "photo-consent",
     {**WIDE, "class_id": "c-good"}),
    (act("publish_photo", TESS, {"type": "class", "id": "c-mixed"}), "photo-consent",
     {**WIDE, "class_id": "c-mixed"}),
    (act("publish_photo", TESS, {"type": "employee", "id": "ed"}), "coworker-consent",
     {"employees": [{"id": "ed"}], "author": {"id": "tess"}, "channel": "all"}),
    (act("publish_photo", TESS, TESS), "coworker-consent",
     {"employees": [{"id": "tess"}], "author": {"id": "tess"}, "channel": "all"}),
    (act("use_logo", TESS, LOGO), "logo", {"author": {"id": "tess"}}),
    (act("use_logo", MAPLE, LOGO, logo_purpose="banner"), "logo",
     {"account": FACEBOOK, "logo_purpose": "banner"}),
    (act("speak_for_district", TESS, MAPLE, topic="snow"), "spokesperson",
     {"author": {"id": "tess"}, "account": FACEBOOK, "topic": "snow"}),
    (act("speak_for_district", MAPLE, MAPLE), "spokesperson", {"account": FACEBOOK}),
    (act("operate_account", TESS, MAPLE), "account", {**FACEBOOK, "author": {"id": "tess"}}),
    (act("operate_account", MAPLE, {"type": "account", "id": "https://facebook.com/maple"}),
     "account", FACEBOOK),
    (act("operate_account", TESS, {"type": "account", "id": "x/wild"}), "account",
     {"platform": "x", "handle": "wild", "author": {"id": "tess"}}),
    (act("operate_account", TESS, {"type": "account", "id": "x/general"}), "account",
     {"platform": "x", "handle": "general", "author": {"id": "tess"}}),
    (act("operate_account", TESS, {"type": "account", "id": "postiz:p-1"}), "account",
     {"system": "postiz", "external_id": "p-1", "author": {"id": "tess"}}),
    (act("publish_post", TESS, post()), "post", {**POST, "author": {"id": "tess"}}),
    (act("publish_post", TESS, post(author={"id": "tess"})), "post",
     {**POST, "author": {"id": "tess"}}),
    (act("publish_post", MAPLE, post()), "post", POST),
    (act("publish_post", MAPLE, post(account=None)), "post", POST),
    (act("publish_post", TESS, post(pictured={"students": [{"id": "ben"}]})), "post",
     {**POST, "author": {"id": "tess"}, "pictured": {"students": [{"id": "ben"}]}}),
    (act("publish_post", TESS, unsaid("purpose"), purpose="promotional"), "post",
     {**POST, "author": {"id": "tess"}, "purpose": "promotional"}),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "check", "body"), SAME)
def test_each_word_asks_the_check_it_is(house: House, asked: Body, check: str, body: Body) -> None:
    said = house.decide(asked)
    plain = house.client.post(f"/v1/checks/{check}", json=body)
    assert plain.status_code == 200, plain.text
    assert said["decision"] is (plain.json()["outcome"] == "allow")
    told = [(one["code"], one["outcome"], one["message"]) for one in said["context"]["reasons"]]
    assert told == [
        (one["code"], one["outcome"], one["message"]) for one in plain.json()["findings"]
    ]
    kept = house.client.get(f"/v1/decisions/{said['context']['decision_id']}").json()
    same = house.client.get(f"/v1/decisions/{plain.json()['id']}").json()
    assert (kept["check"], kept["outcome"]) == (same["check"], same["outcome"])


def test_every_word_is_tried() -> None:
    tried = {
        (one["action"]["name"], one["subject"]["type"], one["resource"]["type"])
        for one, _, _ in SAME
    }
    assert tried == set(VOCABULARY)


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        (act("fly", TESS, ANA), "action"),
        (act("Publish_Photo", TESS, ANA), "action"),
        (act("publish_photo", {"type": "user", "id": "tess"}, ANA), "subject type"),
        (act("publish_photo", TESS, {"type": "record", "id": "ana"}), "resource type"),
        (act("publish_photo", MAPLE, ANA), "No rule"),
        (act("use_logo", TESS, ANA), "No rule"),
        (act("operate_account", TESS, post()), "No rule"),
        (act("use_logo", TESS, {"type": "logo", "id": "mascot"}), "only logo"),
        (act("", {"type": "", "id": ""}, {"type": "", "id": ""}), "action"),
    ],
)
def test_what_no_check_is_about_is_false_and_says_so(house: House, asked: Body, word: str) -> None:
    before = house.rows()
    said = house.decide(asked)
    assert said["decision"] is False
    assert said["context"]["error"]["code"] == "not-mapped"
    assert word in said["context"]["error"]["message"]
    assert "tess" not in json.dumps(said)
    assert house.rows() == before
    assert house.batch({"evaluations": [asked]}) == [said]
