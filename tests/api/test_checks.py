"""The checks as a scheduling tool asks them: over HTTP, on a small district."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import text

from app.schemas.answers import ClassDecision, Decision, Decisions
from app.store.session import Store
from tests.conftest import MakeKey
from tests.district import District, found

MAPLE = {"platform": "facebook", "handle": "maple"}
PERSONAL = {"platform": "x", "personal": True}
POST = {"account": MAPLE, "purpose": "school"}
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def district(store: Store) -> None:
    with store.writing() as connection:
        found(connection)


@pytest.fixture
def ask(client: httpx.Client) -> Ask:
    """Asks a check and gives the answer, which is as the API's document describes it."""

    def asked(check: str, **body: Any) -> dict[str, Any]:
        answer = client.post(f"/v1/checks/{check}", json=body)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        as_described(said)
        return said

    return asked


def as_described(said: dict[str, Any]) -> None:
    """Exactly the documented members, with nothing more and nothing of another type."""
    model = ClassDecision if "not_pictured" in said else Decision
    same = model.model_validate(said).model_dump(mode="json")
    times = ("decided_at", "publish_at")
    for told in (same, said := dict(said)):
        told.update({name: datetime.fromisoformat(told[name]) for name in times})
    assert same == said


def codes(said: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in said["findings"]}


def photo(person: str, **more: Any) -> dict[str, Any]:
    return {"media": [{"kind": "photo", "rights": "own"}],
            "pictured": {"students": [{"id": person}]}, **more}  # fmt: skip


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


def test_every_answer_is_another_row_of_the_ledger(ask: Ask, store: Store) -> None:
    ids = [ask("account", **MAPLE)["id"] for _ in range(3)]
    with store.reading() as connection:
        rows = connection.execute(
            text("SELECT id, payload FROM ledger WHERE kind = 'decision' ORDER BY seq")
        ).all()
    assert [row.id for row in rows] == ids
    body = orjson.loads(rows[0].payload)["body"]
    assert (body["answer"]["id"], body["request"]) == (ids[0], MAPLE)


def test_ledger_keeps_who_was_meant_and_not_the_text(ask: Ask, store: Store) -> None:
    pictured = {"students": [{"name": "ana lopez"}, {"name": "Who Ever"}]}
    ask("post", **POST, text="A secret plan", pictured=pictured, author={"id": "tess"})
    with store.reading() as connection:
        payload = connection.scalar(text("SELECT payload FROM ledger WHERE kind = 'decision'"))
    assert payload
    body = orjson.loads(payload)["body"]
    assert body["subjects"] == ["ana", "tess"]
    assert "secret" not in payload
    assert len(body["request"]["text_sha256"]) == 64


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


@pytest.mark.parametrize(
    "name",
    ["José Núñez", "jose nunez", "JOSÉ  NÚN\u0303EZ", "Pepe Núñez", "Jose O'Neil",
     "jose o\u2019neil"],
)  # fmt: skip
def test_a_student_is_found_by_any_name(ask: Ask, store: Store, name: str) -> None:
    with store.writing() as connection:
        District(connection).person(
            "jose", "José Núñez", preferred_name="Pepe", former=("Jose O'Neil",), grade="3"
        )
    said = ask("photo-consent", students=[{"name": name}])
    assert said["outcome"] == "allow"


def test_namesakes_are_told_apart_by_school_and_grade(ask: Ask, store: Store) -> None:
    with store.writing() as connection:
        district = District(connection)
        district.person("ana2", "Ana Lopez", grade="4")
        district.person("ana3", "Ana Lopez", grade="3", org_id="birch", status="inactive")
        district.consent("ana3", "refuse")
    outcomes = [
        ask("photo-consent", students=[{"name": "Ana Lopez", **more}])["outcome"]
        for more in ({}, {"school": "maple"}, {"grade": "3"}, {"school": "Maple", "grade": "03"},
                     {"school": "birch", "grade": "3rd"}, {"school": "elm", "grade": "3"})
    ]  # fmt: skip
    assert outcomes == ["review", "review", "review", "allow", "deny", "review"]


def test_posts_are_answered_in_order_and_each_for_itself(client: httpx.Client) -> None:
    bad = [
        None, 7, [], "text", {}, {**POST, "extra": 1}, {**POST, "purpose": "fun"},
        {**POST, "publish_at": "2026-01-01T00:00:00"},
        {**POST, "pictured": {"students": [{"id": "ana"}], "nobody_identifiable": True}},
    ]  # fmt: skip
    good = [
        (POST, "allow"),
        ({**POST, **photo("ben")}, "deny"),
        ({**POST, **photo("x9")}, "review"),
    ]
    posts = [post for n, one in enumerate(bad) for post in (one, good[n % 3][0])]
    answer = client.post("/v1/checks/posts", json={"posts": posts})
    assert answer.status_code == 200
    items = answer.json()["items"]
    Decisions.model_validate({"items": items})
    for n, (problem, decision) in enumerate(zip(items[::2], items[1::2], strict=True)):
        assert (problem["type"], problem["status"]) == ("/problems/invalid-request", 422)
        assert problem["errors"]
        assert decision["outcome"] == good[n % 3][1]
        as_described(decision)
    pointers = {error["at"] for error in items[-2]["errors"]}
    assert pointers == {"/pictured/nobody_identifiable"}


@pytest.mark.parametrize(
    "odd",
    [
        b"NaN", b"-Infinity", b"1e999", b"9" * 4_000, b'"\\u0000"', b"[" * 150 + b"]" * 150,
        b'{"a":' * 150 + b"1" + b"}" * 150, b'{"account":NaN}', b'{"__class__":{}}',
    ],
    ids=range(9),
)  # fmt: skip
def test_no_item_spoils_the_others(client: httpx.Client, odd: bytes) -> None:
    body = b'{"posts":[' + orjson.dumps(POST) + b"," + odd + b"," + orjson.dumps(POST) + b"]}"
    answer = client.post(
        "/v1/checks/posts", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 200
    first, problem, last = answer.json()["items"]
    assert (first["outcome"], problem["status"], last["outcome"]) == ("allow", 422, "allow")


def test_a_hundred_posts_and_not_one_more(client: httpx.Client) -> None:
    answer = client.post("/v1/checks/posts", json={"posts": [POST] * 100})
    assert len({item["id"] for item in answer.json()["items"]}) == 100
    for count in (0, 101):
        refused = client.post("/v1/checks/posts", json={"posts": [POST] * count})
        assert refused.status_code == 422
        assert [e["at"] for e in refused.json()["errors"]] == ["/posts"]


def test_a_thousand_students_in_one_check(ask: Ask) -> None:
    said = ask("photo-consent", students=[{"id": "ana"}] * 999 + [{"id": "ben"}])
    assert said["outcome"] == "deny"
    assert len([f for f in said["findings"] if f["rule"] == "student_consent"]) == 1_000


ID_AND_NAME = {"id": "ana", "name": "Ana Lopez"}
ALL_ACCOUNT = {"platform": "x", "handle": "a", "system": "s", "external_id": "1"}


@pytest.mark.parametrize(
    ("check", "body", "faults"),
    [
        ("photo-consent", {}, {("", "exactly_one")}),
        ("photo-consent", {"students": [{"id": "a"}], "class_id": "c"}, {("", "exactly_one")}),
        ("photo-consent", {"students": [{"id": "a"}, {}, ID_AND_NAME, {"name": "?!"}]},
         {("/students/1", "exactly_one"), ("/students/2", "exactly_one"),
          ("/students/3/name", "no_name")}),
        ("photo-consent", {"students": [{"id": "a", "school": "m"}, {"id": "a", "grade": "3"},
                                        {"school": "maple"}]},
         {("/students/0", "exactly_one"), ("/students/1", "exactly_one"),
          ("/students/2", "exactly_one")}),
        ("coworker-consent", {"employees": [{}], "author": {"name": "--"}},
         {("/employees/0", "exactly_one"), ("/author/name", "no_name")}),
        ("logo", {}, {("", "at_least_one")}),
        ("spokesperson", {"publish_at": "2026-05-05T00:00:00Z"}, {("", "at_least_one")}),
        ("logo", {"account": {}, "author": ID_AND_NAME},
         {("/account", "exactly_one"), ("/author", "exactly_one")}),
        ("account", {}, {("", "exactly_one")}),
        ("account", ALL_ACCOUNT, {("", "exactly_one")}),
        ("account", {"platform": "x"}, {("", "exactly_one")}),
        ("account", {"handle": "a"}, {("/platform", "account_name")}),
        ("account", {"platform": "x", "handle": "a b"}, {("/handle", "account_name")}),
        ("account", {"url": "ftp://x.com/a"}, {("/url", "account_name")}),
        ("account", {"platform": "x", "url": "https://facebook.com/maple"},
         {("/url", "account_name")}),
        ("account", {"system": "postiz"}, {("/external_id", "account_name")}),
        ("account", {"external_id": "1"}, {("/system", "account_name")}),
        ("account", {"personal": True}, {("/platform", "account_name")}),
        ("account", {"personal": True, "platform": "x", "handle": "a"}, {("", "exactly_one")}),
        ("account", {"platform": "x", "system": "s", "external_id": "1"}, {("", "exactly_one")}),
        ("post", {**POST, "account": {"url": "https://x.com/login"}},
         {("/account/url", "account_name")}),
        ("post", {**POST, "pictured": {"others": [{}, {"release_id": "r", "name": "N"},
                                                  {"name": "."}]}},
         {("/pictured/others/0", "exactly_one"), ("/pictured/others/1", "exactly_one"),
          ("/pictured/others/2/name", "no_name")}),
        ("post", {**POST, "pictured": {"students": [{}], "employees": [ID_AND_NAME],
                                       "nobody_identifiable": True}},
         {("/pictured/nobody_identifiable", "contradiction"),
          ("/pictured/students/0", "exactly_one"), ("/pictured/employees/0", "exactly_one")}),
        ("post", {**POST, "pictured": {"students": [{"id": "a"}] * 600,
                                       "employees": [{"id": "a"}] * 401}},
         {("/pictured", "too_many")}),
    ],
)  # fmt: skip
def test_all_faults_of_a_request_are_told_where_they_are(
    client: httpx.Client, check: str, body: dict[str, Any], faults: set[tuple[str, str]]
) -> None:
    answer = client.post(f"/v1/checks/{check}", json=body)
    assert answer.status_code == 422
    assert {(e["at"], e["code"]) for e in answer.json()["errors"]} == faults
    assert not any(name in answer.text for name in ("Lopez", "facebook.com", "postiz"))


@pytest.mark.parametrize(
    "moment",
    ["2026-05-05T00:00:00", "2026-05-05", 1_800_000_000, 1.8e9, "1800000000",
     "1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "now", "", None],
)  # fmt: skip
def test_a_time_is_rfc_3339_with_an_offset(client: httpx.Client, moment: object) -> None:
    answer = client.post("/v1/checks/account", json={**MAPLE, "publish_at": moment})
    if moment is None:  # the same as leaving it out
        assert answer.status_code == 200
        return
    assert answer.status_code == 422
    assert [e["at"] for e in answer.json()["errors"]] == ["/publish_at"]


class TestLimitedKey:
    """A key limited to schools learns nothing of others' students: same answer, same shape."""

    @pytest.fixture
    def ask(self, service: str, make_key: MakeKey, store: Store) -> Ask:
        """As `ask`, with a key for Maple alone; gives the answer without what differs anyway."""
        with store.writing() as connection:
            district = District(connection)
            district.person("twin1", "Twin Name")
            district.person("twin2", "Twin Name", org_id="birch")
            district.person("refused", "Rae Stone", org_id="birch", preferred_name="Ray")
            district.consent("refused", "refuse")
            district.person("homeless", "Orla None", org_id=None)
            district.school_class("c-birch", ["cleo", "refused"], org="birch")
            district.school_class("c-none", ["cleo"], org=None)  # type: ignore[arg-type]
        secret = make_key(schools=["maple"]).secret

        def asked(check: str, **body: Any) -> dict[str, Any]:
            answer = httpx.post(
                f"{service}/v1/checks/{check}", json=body, timeout=30, trust_env=False,
                headers={"Authorization": f"Bearer {secret}"},
            )  # fmt: skip
            assert answer.status_code == 200
            said: dict[str, Any] = answer.json()
            as_described(said)
            return {k: v for k, v in said.items() if k not in {"id", "decided_at", "publish_at"}}

        return asked

    def test_own_students_are_answered(self, ask: Ask) -> None:
        for person, outcome in (("ana", "allow"), ("ben", "deny"), ("new", "review")):
            assert ask("photo-consent", students=[{"id": person}])["outcome"] == outcome
        assert ask("photo-consent", students=[{"name": "Ana Lopez"}])["outcome"] == "allow"
        assert ask("photo-consent", class_id="c-mixed")["not_pictured"]

    @pytest.mark.parametrize("check", ["photo-consent", "post"])
    def test_unknown_elsewhere_refused_and_no_student_are_one(self, ask: Ask, check: str) -> None:
        answers = []
        for person in ("x9", "cleo", "refused", "homeless", "tess"):
            ref = [{"id": person}]
            body = {"students": ref} if check == "photo-consent" else {**POST, **photo(person)}
            said = ask(check, **body)
            for finding in said["findings"]:
                if finding["subject"]:
                    assert finding["subject"].pop("id") == person
            answers.append(said)
        assert answers[0]["outcome"] == "review"
        assert all(said == answers[0] for said in answers)

    def test_names_of_none_of_several_and_of_elsewhere_are_one(self, ask: Ask) -> None:
        answers = [
            ask("photo-consent", students=[one])
            for one in (
                {"name": "No Body"}, {"name": "Twin Name"}, {"name": "Cleo Stone"},
                {"name": "Ray Stone"}, {"name": "Cleo Stone", "school": "birch"},
                {"name": "Tess Reed"}, {"name": "Orla None"},
                {"name": "Ana Lopez", "school": "birch"}, {"name": "Ana Lopez", "grade": "9"},
            )
        ]  # fmt: skip
        assert answers[0]["outcome"] == "review"
        assert all(said == answers[0] for said in answers)

    def test_classes_of_none_and_of_elsewhere_are_one(self, ask: Ask) -> None:
        answers = [ask("photo-consent", class_id=c) for c in ("c9", "c-birch", "c-none")]
        assert answers[0]["outcome"] == "review"
        assert all(said == answers[0] for said in answers)

    @pytest.mark.parametrize("person", ["cleo", "refused", "homeless"])
    def test_asking_for_a_student_as_somebody_else_tells_nothing(
        self, ask: Ask, person: str
    ) -> None:
        bodies: list[tuple[str, Callable[[str], dict[str, Any]]]] = [
            ("coworker-consent", lambda i: {"employees": [{"id": i}]}),
            ("coworker-consent", lambda i: {"employees": [{"id": "tess"}], "author": {"id": i}}),
            ("logo", lambda i: {"author": {"id": i}}),
            ("post", lambda i: {**POST, "author": {"id": i}, "uses_logo": True}),
            ("post", lambda i: {**POST, "pictured": {"employees": [{"id": i}]}}),
            ("post", lambda i: {**POST, "pictured": {"others": [{"release_id": i}]}}),
        ]
        for check, body in bodies:
            known, unknown = ask(check, **body(person)), ask(check, **body("x9"))
            for said, ident in ((known, person), (unknown, "x9")):
                for finding in said["findings"]:
                    if finding["subject"] and finding["subject"]["id"] == ident:
                        del finding["subject"]
            assert known == unknown

    def test_text_gives_no_name_away(self, ask: Ask) -> None:
        answers = [
            ask("post", **POST, text=f"Well done {name}!", **photo(person))
            for name, person in (("Rae Stone", "refused"), ("Rae Stone", "x9"))
        ]
        for said in answers:
            for finding in said["findings"]:
                finding["subject"] = None
        assert answers[0] == answers[1]
