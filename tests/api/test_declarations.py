"""Declarations over HTTP: made by a person, used by a tool, corrected and withdrawn."""

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import select

from app.database import tables as t
from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from app.store.declarations.records import MOST_ABOUT
from tests.api.offices import For
from tests.district import District
from tests.service import serving
from tests.snapshots import rows_of

MAPLE = {"platform": "facebook", "handle": "maple"}
A, B = "aa" * 32, "bb" * 32
UNKNOWN = "01a20358-0000-7000-8000-000000000000"
Body = dict[str, Any]


def picture(sha256: str, **more: Any) -> Body:
    return {"kind": "photo", "rights": "own", "sha256": sha256, **more}


def of(*students: str, **more: Any) -> Body:
    """A declaration about one picture with these students."""
    pictured = {"students": [{"id": one} for one in students]}
    return {
        "purpose": "school", "media": [picture(A)],
        "pictured": pictured if students else {"nobody_identifiable": True}, **more,
    }  # fmt: skip


class Declarations:
    def __init__(self, client: httpx.Client, for_: For) -> None:
        self.client, self._for = client, for_

    def send(self, path: str, body: Body, by: str | None = "tess", **rights: Any) -> httpx.Response:
        scopes = rights.pop("scopes", ("declarations:write",))
        headers = self._for(by, scopes=scopes, **rights)
        return self.client.post(f"/v1/declarations{path}", json=body, headers=headers)

    def make(self, *students: str, by: str = "tess", **more: Any) -> Body:
        answer = self.send("", of(*students, **more), by)
        assert answer.status_code == 201, answer.text
        said: Body = answer.json()
        return said

    def ask(self, **more: Any) -> httpx.Response:
        """A tool's question about one picture."""
        body = {
            "account": MAPLE, "author": {"id": "tess"}, "purpose": "school",
            "media": [{"kind": "photo", "sha256": A, "alt_text": "A room"}], **more,
        }  # fmt: skip
        return self.client.post(
            "/v1/checks/post", json=body, headers=self._for(None, scopes=("check",))
        )

    def codes(self, **more: Any) -> tuple[str, set[str]]:
        """The outcome of a question, and the codes that gave it."""
        said = self.ask(**more).json()
        worst = said["outcome"]
        return worst, {one["code"] for one in said["findings"] if one["outcome"] == worst}


@pytest.fixture
def declarations(client: httpx.Client, for_: For) -> Declarations:
    return Declarations(client, for_)


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def places(answer: httpx.Response) -> set[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return {(one["at"], one["code"]) for one in answer.json()["errors"]}


def test_who_is_pictured_is_said_once_by_who_knows(declarations: Declarations) -> None:
    assert declarations.codes() == ("review", {"pictured.missing", "rights.unknown"})
    made = declarations.make("ana")
    assert len(made["code"]) == 9
    assert (made["version"], made["action"], made["made_by"]) == (1, "made", "tess")
    for named in ({}, {"declaration": made["id"]}, {"declaration": f" {made['code'].lower()} "}):
        said = declarations.ask(**named).json()
        assert said["outcome"] == "allow", said
        cited = said["declarations"]
        assert [(one["id"], one["code"], one["made_by"], one["version"]) for one in cited] == [
            (made["id"], made["code"], "tess", 1)
        ]
        by_code = {one["code"]: one for one in said["findings"]}
        assert by_code["declaration.relied_on"]["at"] == "/declarations/0"
        assert made["code"] in by_code["declaration.relied_on"]["message"]
        child = by_code["consent.not_on_list"]
        assert child["at"] == "/declarations/0/pictured/students/0"
        # The tool named nobody, and is told of nobody.
        assert child["subject"] is None
        assert "'ana'" not in str(said["findings"])


def test_a_child_who_must_not_be_shown_is_none_the_more(declarations: Declarations) -> None:
    declarations.make("ana", "ben")
    assert declarations.codes() == ("deny", {"consent.refused"})


def test_a_correction_counts_at_once_and_the_history_stays(declarations: Declarations) -> None:
    made = declarations.make("ana", "ben")
    path = f"/{made['id']}"
    corrected = declarations.send(f"{path}/corrections", of("ana"))
    assert (corrected.status_code, corrected.json()["version"]) == (201, 2)
    assert corrected.json()["code"] == made["code"]
    assert declarations.ask(declaration=made["code"]).json()["outcome"] == "allow"
    gone = declarations.send(f"{path}/withdrawal", {"reason": "Another picture"})
    assert (gone.status_code, gone.json()["action"]) == (201, "withdrawn")
    assert declarations.codes() == (
        "review", {"declaration.withdrawn", "pictured.missing", "rights.unknown"},
    )  # fmt: skip
    assert "declaration.withdrawn" in declarations.codes(declaration=made["id"])[1]
    for again, body in (("corrections", of("ana")), ("withdrawal", {"reason": "Twice"})):
        assert told(declarations.send(f"{path}/{again}", body)) == (409, "conflict")
    read = declarations.client.get(f"/v1/declarations{path}", headers=declarations._for(
        "tess", scopes=("declarations:write",)))  # fmt: skip
    assert [one["action"] for one in read.json()["history"]] == ["made", "corrected", "withdrawn"]
    # A new one about the same picture counts, whatever was taken back before.
    declarations.make("ana")
    assert declarations.codes()[0] == "allow"


def test_two_who_differ_are_looked_at(declarations: Declarations) -> None:
    declarations.make("ana")
    other = declarations.make(by="ed")
    assert declarations.codes() == ("review", {"declaration.contradicted"})
    declarations.send(f"/{other['id']}/withdrawal", {"reason": "I had not seen her"}, by="ed")
    assert declarations.codes()[0] == "allow"


def test_another_use_is_another_question(declarations: Declarations) -> None:
    declarations.make("ana", account={"platform": "x", "handle": "wild"})
    assert "declaration.other_account" in declarations.codes()[1]
    assert "declaration.other_purpose" in str(declarations.ask(purpose="other").json())


def test_media_that_nobody_declared(declarations: Declarations) -> None:
    declarations.make("ana")
    two = [{"kind": "photo", "sha256": one, "alt_text": "A room"} for one in (A, B)]
    assert declarations.codes(media=two) == (
        "review", {"declaration.media_missing", "rights.unknown"},
    )  # fmt: skip
    declarations.make("cleo", media=[picture(B)])
    said = declarations.ask(media=two).json()
    assert (said["outcome"], len(said["declarations"])) == ("allow", 2)


@pytest.mark.parametrize(
    ("named", "code"),
    [
        (UNKNOWN, "unknown"),
        ("2222-2222", "declaration"),
        ("WXYZ", "declaration"),
        ("", "declaration"),
    ],
)
def test_a_declaration_that_is_none_is_refused(
    declarations: Declarations, named: str, code: str
) -> None:
    answer = declarations.ask(declaration=named)
    assert places(answer) == {("/declaration", code)} or named == ""
    assert answer.status_code == 422
    if named:
        assert named not in answer.text


def test_one_wrong_post_of_several_is_refused_alone(declarations: Declarations) -> None:
    declarations.make("ana")
    post = {"account": MAPLE, "purpose": "school", "media": [picture(A, alt_text="A room")],
            "author": {"id": "tess"}}  # fmt: skip
    answer = declarations.client.post(
        "/v1/checks/posts",
        json={"posts": [post, {**post, "declaration": UNKNOWN}, post]},
        headers=declarations._for(None, scopes=("check",)),
    )
    items = answer.json()["items"]
    assert [one.get("outcome") for one in items] == ["allow", None, "allow"]
    assert items[1]["errors"][0]["at"] == "/declaration"


def test_a_post_names_people_or_a_declaration_of_them(declarations: Declarations) -> None:
    made = declarations.make("ana")
    both = declarations.ask(declaration=made["id"], pictured={"nobody_identifiable": True})
    assert places(both) == {("/declaration", "exactly_one")}


def test_everybody_in_it_is_somebody(declarations: Declarations) -> None:
    def refused(**more: Any) -> set[tuple[str, str]]:
        return places(declarations.send("", of("ana", **more)))

    pictured: Callable[..., Body] = lambda **kinds: {"pictured": kinds}  # noqa: E731
    assert refused(**pictured(students=[{"id": "ana"}, {"name": "No Body"}])) == {
        ("/pictured/students/1", "student.unknown")
    }
    assert refused(**pictured(employees=[{"id": "ana"}])) == {
        ("/pictured/employees/0", "employee.wrong_kind")
    }
    assert refused(**pictured(others=[{"release_id": UNKNOWN}])) == {
        ("/pictured/others/0/release_id", "unknown")
    }
    assert refused(pictured={}) == {("/pictured", "nobody")}
    assert refused(media=[picture(A), picture(A.upper())]) == {("/media/1/sha256", "repeated")}
    assert refused(media=[{"kind": "photo"}]) == {("/media/0/sha256", "missing")}
    assert refused(media=[picture("ab")])
    assert refused(account={"platform": "x", "personal": True}) == {
        ("/account/personal", "personal")
    }
    assert refused(account={"platform": "x", "handle": "nobodys"}) == {
        ("/account", "account.unknown")
    }
    assert refused(author={"id": "ed"}) == {("/author", "own_person")}


def test_a_name_becomes_an_id_when_it_is_declared(declarations: Declarations) -> None:
    body = of("ana", pictured={"students": [{"name": "Ana Lopez", "named": True}]})
    said = declarations.send("", body).json()
    assert said["pictured"]["students"] == [{"id": "ana", "named": True}]


def test_a_tool_declares_nothing(declarations: Declarations) -> None:
    answer = declarations.send("", of("ana"), by=None)
    assert told(answer) == (403, "person-required")
    assert told(declarations.send("", of("ana"), scopes=("check",))) == (403, "forbidden")


def test_a_key_of_one_school_knows_its_own_alone(declarations: Declarations) -> None:
    maple = frozenset({"maple"})
    answer = declarations.send("", of("ana", "cleo"), schools=maple)
    assert places(answer) == {("/pictured/students/1", "student.unidentified")}
    assert declarations.send("", of("ana"), schools=maple).status_code == 201


def test_a_limited_key_does_not_know_what_its_person_declared_elsewhere(
    declarations: Declarations,
) -> None:
    both, own = declarations.make("ana", "cleo")["id"], declarations.make("ana")["id"]
    limited: dict[str, Any] = {"schools": frozenset({"maple"})}
    headers = declarations._for("tess", scopes=("declarations:write",), **limited)
    read = {
        one: declarations.client.get(f"/v1/declarations/{one}", headers=headers).status_code
        for one in (both, own)
    }
    assert read == {both: 404, own: 200}
    for limit in (1, 10):
        found = declarations.send("/search", {"limit": limit}, **limited).json()
        assert [one["id"] for one in found["items"]] == [own]
    for act, body in (("corrections", of("ana")), ("withdrawal", {"reason": "Mine"})):
        assert told(declarations.send(f"/{both}/{act}", body, **limited)) == (404, "not-found")


def test_others_declarations_are_not_there(declarations: Declarations) -> None:
    made = declarations.make("ana")
    path = f"/{made['id']}"

    def read(by: str | None, *scopes: str, **rights: Any) -> int:
        headers = declarations._for(by, scopes=("declarations:write", *scopes), **rights)
        return declarations.client.get(f"/v1/declarations{path}", headers=headers).status_code

    everybody = "posts:for-others"
    assert (read("tess"), read("ed"), read("ed", everybody)) == (200, 404, 200)
    assert read("ed", everybody, schools=frozenset({"maple"})) == 404
    assert (read(None), read(None, everybody)) == (404, 200)
    for act, body in (("corrections", of("ana")), ("withdrawal", {"reason": "Mine"})):
        assert told(declarations.send(f"{path}/{act}", body, by="ed")) == (404, "not-found")
    assert told(declarations.send(f"/{UNKNOWN}/withdrawal", {"reason": "x"})) == (404, "not-found")


def test_the_thousandth_is_found_by_pages(declarations: Declarations) -> None:
    made = [declarations.make("ana", media=[picture(f"{n:064x}")])["id"] for n in range(5)]
    declarations.make("ana", by="ed")
    seen: list[str] = []
    body: Body = {"limit": 2}
    while True:
        page = declarations.send("/search", body).json()
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        body = {"limit": 2, "cursor": page["next_cursor"]}
    assert seen == made[::-1]
    found = declarations.send("/search", {"sha256": f"{3:064X}"}).json()["items"]
    assert [one["id"] for one in found] == [made[3]]


def test_the_same_request_twice_is_one_declaration(
    declarations: Declarations, store: Store
) -> None:
    headers = declarations._for("tess", scopes=("declarations:write",))
    again = {**headers, "Idempotency-Key": "k-1"}
    said = [
        declarations.client.post("/v1/declarations", json=of("ana"), headers=again).json()
        for _ in range(2)
    ]
    assert said[0] == said[1]
    gone = f"/v1/declarations/{said[0]['id']}/withdrawal"
    ends = [
        declarations.client.post(
            gone, json={"reason": "r"}, headers={**headers, "Idempotency-Key": "k-2"}
        )
        for _ in range(2)
    ]
    assert [one.status_code for one in ends] == [201, 201]
    assert ends[0].text == ends[1].text
    assert len(rows_of(store)["declarations"]) == 2


def test_a_yes_does_not_stand_in_for_a_declaration(declarations: Declarations, for_: For) -> None:
    made = declarations.make("ana")
    declarations.send(f"/{made['id']}/withdrawal", {"reason": "x"})
    decision = declarations.ask(declaration=made["id"]).json()
    headers = for_("dora", scopes=("reviews:decide", "decisions:read"))
    review = declarations.client.get(f"/v1/reviews/{decision['id']}", headers=headers).json()
    body = {"outcome": "allow", "reason": "Looked", "shown": review["shown"]}
    answer = declarations.client.post(
        f"/v1/decisions/{decision['id']}/resolve", json=body, headers=headers
    )
    assert told(answer) == (409, "fact-missing")


def test_whom_a_declaration_names_counts_towards_the_day(
    client: httpx.Client, for_: For, store: Store, settings: Settings
) -> None:
    """By names it would be a directory; those of a refused body count too, and so do reads."""
    with store.writing() as connection:
        for n in range(8):
            District(connection).person(f"p{n}", f"Given{n} Family{n}")
    few = settings.model_copy(update={"people_per_day": 4})
    with serving(create_app(few, store=store)) as url, httpx.Client(base_url=url) as service:
        declarations = Declarations(service, for_)
        names = [{"name": f"Given{n} Family{n}"} for n in range(8)]

        def make(some: list[Body]) -> httpx.Response:
            return declarations.send("", of("ana", pictured={"students": some}))

        assert places(make([*names[:3], {"name": "No Body"}])) == {
            ("/pictured/students/3", "student.unknown")
        }
        made = make(names[:3])
        assert made.status_code == 201
        assert told(make(names[3:6])) == (429, "too-many-people")
        reader = for_(None, scopes=("declarations:write", "posts:for-others"))
        path = f"/v1/declarations/{made.json()['id']}"
        assert service.get(path, headers=reader).status_code == 200
    with store.reading() as connection:
        read = [
            orjson.loads(row)["what"]
            for row in connection.scalars(
                select(t.ledger.c.payload).where(t.ledger.c.kind == "records.read")
            )
        ]
    assert read == ["declaration"] * 3


def test_no_end_of_declarations_about_one_file(declarations: Declarations) -> None:
    for _ in range(MOST_ABOUT):
        made = declarations.make("ana")
    assert told(declarations.send("", of("ana"))) == (409, "conflict")
    assert declarations.send(f"/{made['id']}/corrections", of("ana")).status_code == 201


def test_a_post_names_no_more_people_by_declarations_than_itself(
    declarations: Declarations, store: Store
) -> None:
    with store.writing() as connection:
        for n in range(2 * 501):
            District(connection).person(f"p{n}", f"Given{n} Family{n}")
    for half in range(2):
        some = (f"p{n}" for n in range(half * 501, (half + 1) * 501))
        declarations.make(*some, media=[picture(A), picture(f"{half}" * 64)])
    assert places(declarations.ask()) == {("/media", "too_many")}
