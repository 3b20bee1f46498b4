"""Reviews that end, over HTTP: who may say what, how long it holds, and what it never does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text, update

from app.database import tables as t
from app.database.session import Store
from app.store.ledger import chain
from tests.conftest import MakeKey
from tests.district import District, found

MAPLE = {"platform": "facebook", "handle": "maple"}
PHOTO = {"kind": "photo", "rights": "unknown", "sha256": "ab" * 32}
NOBODY = {"nobody_identifiable": True}
# To be reviewed for its media alone: nothing says whose work it is.
POST = {
    "account": MAPLE, "purpose": "school", "text": "Go!", "media": [PHOTO], "pictured": NOBODY,
    "author": {"id": "tess"},
}  # fmt: skip


@pytest.fixture
def district(store: Store) -> None:
    with store.writing() as connection:
        found(connection)


@pytest.fixture
def acting(district: None, service: str, make_key: MakeKey) -> Any:
    """Clients whose keys act for somebody, or for nobody."""
    made: list[httpx.Client] = []

    def act(person_id: str | None, **rights: Any) -> httpx.Client:
        scopes = ["check", "decisions:read", "reviews:decide"]
        key = make_key(scopes=scopes, person_id=person_id, **rights)
        headers = {"Authorization": f"Bearer {key.secret}"}
        made.append(httpx.Client(base_url=service, headers=headers, timeout=30))
        return made[-1]

    yield act
    for client in made:
        client.close()


@pytest.fixture
def scheduler(acting: Any) -> httpx.Client:
    client: httpx.Client = acting(None)
    return client


@pytest.fixture
def dora(acting: Any) -> httpx.Client:
    client: httpx.Client = acting("dora")
    return client


def ask(client: httpx.Client, check: str = "post", **body: Any) -> dict[str, Any]:
    answer = client.post(f"/v1/checks/{check}", json=body)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def shown(client: httpx.Client, decision: dict[str, Any]) -> str:
    """What the review shows to this client, as a digest; of no review, any."""
    return str(client.get(f"/v1/reviews/{decision['id']}").json().get("shown", "0" * 64))


def resolve(
    client: httpx.Client, decision: dict[str, Any], outcome: str = "allow", **more: Any
) -> httpx.Response:
    body = {"outcome": outcome, "reason": "Looked at it", "shown": shown(client, decision), **more}
    return client.post(f"/v1/decisions/{decision['id']}/resolve", json=body)


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def refused(answer: httpx.Response, slug: str) -> bool:
    assert answer.json()["type"] == f"/problems/{slug}", answer.text
    return bool(answer.status_code == answer.json()["status"])


def change(store: Store, statement: Any) -> None:
    with store.writing() as connection:
        connection.execute(statement)


def test_asking_again_gives_the_resolved_answer(
    scheduler: httpx.Client, dora: httpx.Client, store: Store
) -> None:
    first = ask(scheduler, **POST)
    assert first["outcome"] == "review"
    assert "resolution" not in first
    answer = resolve(dora, first)
    assert answer.status_code == 201, answer.text
    assert answer.json()["findings"] == [{"code": "rights.unknown", "at": "/media/0/rights"}]
    again = ask(scheduler, **POST, publish_at=in_days(29))
    assert again["outcome"] == "allow"
    assert again["resolution"]["id"] == answer.json()["id"]
    assert set(again["resolution"]) == {"id", "outcome", "resolved_at"}
    (finding,) = (one for one in again["findings"] if one["resolvable_by"])
    assert (finding["code"], finding["outcome"]) == ("rights.unknown", "allow")
    assert (
        finding["message"]
        == "Nobody has said who made this, and so whether the district may publish it."
    )
    assert finding["resolved"] == {
        "id": answer.json()["id"], "outcome": "allow",
        "resolved_at": again["resolution"]["resolved_at"],
        "by": {"id": "dora", "name": "Dora Director"},
    }  # fmt: skip
    assert not [one for one in first["findings"] if "resolved" in one]
    assert scheduler.get(f"/v1/decisions/{again['id']}").json() == again
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None
        kinds = connection.execute(text("SELECT kind FROM ledger ORDER BY seq")).scalars().all()
    assert kinds[-3:] == ["decision", "review.resolved", "decision"]


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Go on!"},
        {"text": ""},
        {"media": [{**PHOTO, "sha256": "cd" * 32}]},
        {"media": [PHOTO, PHOTO]},
        {"account": {"url": "https://facebook.com/maple"}},
        {"pictured": {"students": [{"id": "ana"}]}},
        {"author": {"id": "ed"}},
        {"contact_email": "a@b.example"},
    ],
)
def test_another_content_voids_it(
    scheduler: httpx.Client, dora: httpx.Client, change: dict[str, Any]
) -> None:
    assert resolve(dora, ask(scheduler, **POST)).status_code == 201
    assert ask(scheduler, **POST)["outcome"] == "allow"
    other = ask(scheduler, **{**POST, **change})
    assert other["outcome"] == "review"
    assert "resolution" not in other


def test_refusal_recorded_later_denies(
    scheduler: httpx.Client, dora: httpx.Client, store: Store
) -> None:
    post = {**POST, "pictured": {"students": [{"id": "ana"}]}}
    assert resolve(dora, ask(scheduler, **post)).status_code == 201
    assert ask(scheduler, **post)["outcome"] == "allow"
    with store.writing() as connection:
        District(connection).consent("ana", "refuse")
    again = ask(scheduler, **post)
    assert again["outcome"] == "deny"
    assert "resolution" not in again


def test_namesake_who_appears_later_voids_it(
    scheduler: httpx.Client, dora: httpx.Client, store: Store
) -> None:
    post = {**POST, "pictured": {"students": [{"name": "Ana Lopez"}]}}
    assert resolve(dora, ask(scheduler, **post)).status_code == 201
    assert ask(scheduler, **post)["outcome"] == "allow"
    with store.writing() as connection:
        District(connection).person("ana2", "Ana Lopez", org_id="birch")
        District(connection).consent("ana2", "refuse")
    again = ask(scheduler, **post)
    assert again["outcome"] == "review"
    assert "resolution" not in again


def test_nightly_list_leaves_it_standing_and_a_new_owner_does_not(
    scheduler: httpx.Client, dora: httpx.Client, store: Store
) -> None:
    post = {**POST, "pictured": {"students": [{"id": "ana"}]}}
    assert resolve(dora, ask(scheduler, **post)).status_code == 201
    with store.writing() as connection:
        District(connection).list_date("consents", datetime.now(UTC))
    assert ask(scheduler, **post)["outcome"] == "allow"
    change(store, update(t.accounts).values(owner_id="ed"))
    assert ask(scheduler, **post)["outcome"] == "review"


def test_deny_is_never_resolved(scheduler: httpx.Client, dora: httpx.Client) -> None:
    denied = ask(scheduler, **{**POST, "pictured": {"students": [{"id": "ben"}]}})
    assert denied["outcome"] == "deny"
    allowed = ask(scheduler, "photo-consent", students=[{"id": "ana"}])
    for decision in (denied, allowed):
        for outcome in ("allow", "deny"):
            assert refused(resolve(dora, decision, outcome), "not-a-review")


def test_a_no_denies_and_stays(scheduler: httpx.Client, dora: httpx.Client) -> None:
    first = ask(scheduler, **POST)
    assert resolve(dora, first, "deny").status_code == 201
    assert refused(resolve(dora, first), "already-resolved")
    again = ask(scheduler, **POST)
    assert (again["outcome"], again["resolution"]["outcome"]) == ("deny", "deny")
    assert refused(resolve(dora, again), "not-a-review")


def test_a_yes_is_given_once_and_can_be_taken_back(
    scheduler: httpx.Client, dora: httpx.Client
) -> None:
    first = ask(scheduler, **POST)
    assert resolve(dora, first).status_code == 201
    assert refused(resolve(dora, first), "already-resolved")
    again = ask(scheduler, **POST)
    assert refused(resolve(dora, first, "deny"), "review-changed")
    assert refused(resolve(dora, again), "not-a-review")
    assert resolve(dora, again, "deny").status_code == 201
    assert ask(scheduler, **POST)["outcome"] == "deny"


def test_only_the_last_decision_about_the_content_is_resolved(
    scheduler: httpx.Client, dora: httpx.Client
) -> None:
    first, other, last = ask(scheduler, **POST), ask(scheduler, **POST, uses_logo=True), None
    last = ask(scheduler, **POST, publish_at=in_days(20))
    assert other["outcome"] == "review"
    assert refused(resolve(dora, first), "review-changed")
    assert resolve(dora, last).status_code == 201


def test_fact_that_changed_meanwhile_asks_for_a_new_look(
    scheduler: httpx.Client, dora: httpx.Client, store: Store
) -> None:
    first = ask(scheduler, **{**POST, "pictured": {"students": [{"id": "ana"}]}})
    with store.writing() as connection:
        District(connection).consent("ana", "refuse")
    assert refused(resolve(dora, first), "review-changed")


def test_child_behind_a_name_may_not_change_meanwhile(
    scheduler: httpx.Client, dora: httpx.Client, store: Store
) -> None:
    first = ask(scheduler, **{**POST, "pictured": {"students": [{"name": "Ana Lopez"}]}})
    change(store, t.person_names.delete().where(t.person_names.c.person_id == "ana"))
    with store.writing() as connection:
        District(connection).person("ana2", "Ana Lopez")
    assert refused(resolve(dora, first), "review-changed")


def test_whom_the_findings_do_not_name_is_refused(acting: Any, scheduler: httpx.Client) -> None:
    media = ask(scheduler, **POST)
    for stranger in ("sue", "ed", "mia"):
        assert refused(resolve(acting(stranger), media), "designation-required")
    assert refused(resolve(acting(None), media), "person-required")
    assert resolve(acting("olga"), media).status_code == 201  # who owns the account's content


def test_an_office_is_not_held_by_who_has_left(
    scheduler: httpx.Client, dora: httpx.Client, store: Store
) -> None:
    decision = ask(scheduler, **POST)
    change(store, update(t.people).where(t.people.c.id == "dora").values(status="inactive"))
    answer = resolve(dora, decision)
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/person-inactive")


def test_every_finding_must_be_theirs(acting: Any, scheduler: httpx.Client) -> None:
    decision = ask(scheduler, **{**POST, "text": "Student id 123456"})
    by = {tuple(one["resolvable_by"]) for one in decision["findings"] if one["resolvable_by"]}
    assert len(by) == 2
    assert refused(resolve(acting("olga"), decision), "designation-required")
    assert resolve(acting("dora"), decision).status_code == 201


def test_a_no_is_for_whom_one_finding_names_and_for_communications(
    acting: Any, scheduler: httpx.Client
) -> None:
    asked = {**POST, "pictured": {"students": [{"id": "nobody"}]}}
    for stranger in ("sue", "ed", "mia"):
        assert refused(resolve(acting(stranger), ask(scheduler, **asked), "deny"),
                       "designation-required")  # fmt: skip
    assert resolve(acting("olga"), ask(scheduler, **asked), "deny").status_code == 201
    photo = ask(scheduler, "photo-consent", students=[{"id": "new"}])
    assert refused(resolve(acting("olga"), photo, "deny"), "designation-required")
    assert resolve(acting("dora"), photo, "deny").status_code == 201
    assert ask(scheduler, "photo-consent", students=[{"id": "new"}])["outcome"] == "deny"


@pytest.mark.parametrize("author", [{"id": "dora"}, {"name": "Dora Director"}])
def test_author_does_not_resolve_the_own_post(
    acting: Any, scheduler: httpx.Client, dora: httpx.Client, author: dict[str, str]
) -> None:
    assert refused(resolve(dora, ask(scheduler, **{**POST, "author": author})), "own-request")


def test_who_asked_does_not_resolve_it(dora: httpx.Client) -> None:
    assert refused(resolve(dora, ask(dora, **{**POST, "author": None})), "own-request")


def test_yes_holds_when_the_office_is_lost_later(
    acting: Any, scheduler: httpx.Client, store: Store
) -> None:
    with store.writing() as connection:
        District(connection).designation("director_communications", "ed", capacity="designee")
    ed = acting("ed")
    assert resolve(ed, ask(scheduler, **POST)).is_success
    change(store, text("DROP TRIGGER IF EXISTS designations_no_delete"))
    change(store, t.designations.delete().where(t.designations.c.person_id == "ed"))
    assert ask(scheduler, **POST)["outcome"] == "allow"
    later = ask(scheduler, **{**POST, "text": "Go on!"})
    assert refused(resolve(ed, later), "designation-required")


@pytest.mark.parametrize(
    ("check", "request_"),
    [
        ("photo-consent", {"students": [{"name": "Ana Lopez"}]}),
        ("photo-consent", {"students": [{"id": "nobody"}]}),
        ("photo-consent", {"students": [{"id": "new"}]}),
        ("photo-consent", {"class_id": "nothing"}),
        ("photo-consent", {"class_id": "c-new"}),
        ("coworker-consent", {"employees": [{"name": "Nobody Known"}]}),
        ("account", {"platform": "instagram", "handle": "lost"}),
        ("logo", {"author": {"name": "Nobody Known"}}),
        ("post", {name: value for name, value in POST.items() if name != "pictured"}),
        ("post", {**POST, "author": {"id": "ana"}}),
    ],
)
def test_nobodys_yes_stands_in_for_a_fact(
    scheduler: httpx.Client, dora: httpx.Client, store: Store, check: str, request_: dict[str, Any]
) -> None:
    with store.writing() as connection:
        District(connection).person("ana2", "Ana Lopez", org_id="birch")
        District(connection).school_class("c-new", ["ana", "new"])
    decision = ask(scheduler, check, **request_)
    assert decision["outcome"] == "review"
    facts = [one for one in decision["findings"] if one["ends_by"] == "fact"]
    assert all(one["act"] != "judge" and one["remedy"] for one in facts)
    assert refused(resolve(dora, decision), "fact-missing")
    assert resolve(dora, decision, "deny").status_code == 201


def test_yes_of_an_older_release_to_a_fact_counts_no_longer(
    scheduler: httpx.Client, dora: httpx.Client, store: Store
) -> None:
    post = {**POST, "pictured": {"students": [{"id": "new"}]}}
    decision = ask(scheduler, **post)
    assert resolve(dora, decision, "deny").status_code == 201
    change(store, text("DROP TRIGGER IF EXISTS resolutions_no_update"))
    change(store, text("UPDATE resolutions SET outcome = 'allow'"))
    again = ask(scheduler, **post)
    found = {one["code"]: one["outcome"] for one in again["findings"] if one["ends_by"]}
    assert found == {"consent.new_student": "review", "rights.unknown": "allow"}
    assert again["outcome"] == "review"


def test_media_without_digest_cannot_be_allowed(
    scheduler: httpx.Client, dora: httpx.Client
) -> None:
    decision = ask(scheduler, **{**POST, "media": [{"kind": "photo"}]})
    assert refused(resolve(dora, decision), "not-identified")


def test_a_post_that_may_be_anybodys_cannot_be_allowed(
    scheduler: httpx.Client, dora: httpx.Client
) -> None:
    """Of a personal account nobody on file answers for, only the author tells whose post it is."""
    post = {**POST, "account": {"platform": "facebook", "personal": True}}
    decision = ask(scheduler, **{**post, "author": None})
    assert decision["outcome"] == "review"
    assert refused(resolve(dora, decision), "not-identified")
    assert resolve(dora, decision, "deny").status_code == 201
    assert resolve(dora, ask(scheduler, **post)).status_code == 201


def test_no_to_a_class_is_about_these_children(
    scheduler: httpx.Client, dora: httpx.Client, store: Store
) -> None:
    with store.writing() as connection:
        District(connection).school_class("c-new", ["ana", "new"])
    first = ask(scheduler, "photo-consent", class_id="c-new")
    assert first["outcome"] == "review"
    assert resolve(dora, first, "deny").status_code == 201
    denied = ask(scheduler, "photo-consent", class_id="c-new")
    assert [(one["id"], one["outcome"]) for one in denied["not_pictured"]] == [("new", "deny")]
    with store.writing() as connection:
        District(connection).enroll("c-new", "ben")
    assert "resolution" not in ask(scheduler, "photo-consent", class_id="c-new")


def test_name_in_the_text_is_judged_by_whom_has_seen_the_text(
    scheduler: httpx.Client, dora: httpx.Client, store: Store
) -> None:
    with store.writing() as connection:
        District(connection).consent("ana", "refuse", extent="image_with_name")
    post = {
        **POST, "text": "Well done, Ana Lopez!", "pictured": {"students": [{"id": "ana"}]},
        "media": [{**PHOTO, "rights": "own"}],
    }  # fmt: skip
    first = ask(scheduler, **post)
    assert [f["code"] for f in first["findings"] if f["outcome"] == "review"] == [
        "text.name_not_allowed"
    ]
    assert dora.get(f"/v1/reviews/{first['id']}").json()["text"] == post["text"]
    assert resolve(dora, first).status_code == 201
    assert ask(scheduler, **post)["outcome"] == "allow"


def test_yes_to_words_is_to_these_words(scheduler: httpx.Client, dora: httpx.Client) -> None:
    post = {**POST, "text": "Student id 123456", "media": [{**PHOTO, "rights": "own"}]}
    first = ask(scheduler, **post)
    assert resolve(dora, first).json()["findings"] == [{"code": "text.identifier", "at": "/text"}]
    assert ask(scheduler, **post)["outcome"] == "allow"
    assert ask(scheduler, **{**post, "text": "Student id 123457"})["outcome"] == "review"


def test_limited_key_asks_and_is_resolved_within_its_limits(
    acting: Any, scheduler: httpx.Client, dora: httpx.Client
) -> None:
    limited = acting(None, schools=["maple"])
    assert resolve(dora, ask(limited, **POST)).status_code == 201
    assert ask(limited, **POST)["outcome"] == "allow"
    assert ask(scheduler, **POST)["outcome"] == "allow"
    director = acting("dora", schools=["maple"])
    assert refused(resolve(director, ask(scheduler, **POST)), "not-found")


def test_unknown_decision(dora: httpx.Client) -> None:
    assert refused(resolve(dora, {"id": "00000000-0000-7000-8000-000000000000"}), "not-found")


def test_erased_decision_is_not_resolved(
    scheduler: httpx.Client, dora: httpx.Client, store: Store
) -> None:
    decision = ask(scheduler, **POST)
    wipe = text("UPDATE ledger SET salt = NULL, payload = NULL WHERE id = :id")
    change(store, wipe.bindparams(id=decision["id"]))
    assert refused(resolve(dora, decision), "erased")


def test_of_racing_resolvers_one_is_heard(
    acting: Any, scheduler: httpx.Client, store: Store
) -> None:
    decision = ask(scheduler, **POST)
    clients = [acting("dora"), acting("olga")]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: resolve(clients[n % 2], decision), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    with store.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM resolutions")) == 1


def test_repeat_under_its_key_is_the_same_answer(
    scheduler: httpx.Client, dora: httpx.Client
) -> None:
    decision = ask(scheduler, **POST)
    dora.headers["Idempotency-Key"] = "k-1"
    first, second = resolve(dora, decision), resolve(dora, decision)
    assert (first.status_code, first.json()) == (second.status_code, second.json())


def queue(client: httpx.Client, **body: Any) -> list[str]:
    answer = client.post("/v1/reviews/search", json=body)
    assert answer.status_code == 200, answer.text
    return [item["decision_id"] for item in answer.json()["items"]]


def test_queue_holds_the_last_of_each_content_until_resolved(
    acting: Any, scheduler: httpx.Client, dora: httpx.Client
) -> None:
    assert queue(dora) == []
    ask(scheduler, **POST)
    media = ask(scheduler, **POST)
    child = ask(scheduler, "photo-consent", students=[{"id": "new"}], media="video")
    ask(scheduler, "photo-consent", students=[{"id": "ben"}])
    assert queue(dora) == [child["id"], media["id"]]
    assert queue(dora, resolvable_by="content_owner") == [media["id"]]
    assert queue(dora, resolvable_by="superintendent") == []
    assert queue(dora, account=MAPLE) == [media["id"]]
    assert queue(dora, **{"from": "2099-01-01T00:00:00Z"}) == []
    assert queue(acting("dora", schools=["maple"])) == []
    resolve(dora, media)
    assert queue(dora) == [child["id"]]
    ask(scheduler, **POST)  # allowed now
    assert queue(dora) == [child["id"]]


def test_review_shows_what_there_is_to_judge(
    acting: Any, scheduler: httpx.Client, dora: httpx.Client
) -> None:
    file = {**PHOTO, "name": "field day.jpg", "premises": "public"}
    asked = {**POST, "text": "Student id 123456", "media": [file], "publish_at": in_days(3)}
    decision = ask(acting("mia"), **{**asked, "author": {"id": "mia"}})
    review = dora.get(f"/v1/reviews/{decision['id']}").json()
    assert review["text"] == "Student id 123456"
    assert review["account"] == "facebook/maple"
    assert review["author"] == {"id": "mia", "name": "Mia Manley"}
    assert review["asked_by"] == {"key": "test", "person": {"id": "mia", "name": "Mia Manley"}}
    assert review["media"] == [file]
    assert (review["purpose"], review["publish_at"]) == ("school", decision["publish_at"])
    assert review["request"]["pictured"] == NOBODY
    doubts = [(one["code"], one["ends_by"], one["act"]) for one in review["findings"]]
    assert doubts == [
        ("rights.unknown", "judgement", "judge"), ("text.identifier", "judgement", "judge")
    ]  # fmt: skip
    (queued,) = dora.post("/v1/reviews/search", json={}).json()["items"]
    assert queued == review
    by_name = ask(scheduler, **{**asked, "author": {"name": "Somebody Unknown"}})
    shown_by_name = dora.get(f"/v1/reviews/{by_name['id']}").json()
    assert shown_by_name["author"] == {"id": None, "name": "Somebody Unknown"}
    assert shown_by_name["asked_by"] == {"key": "test", "person": None}


def test_review_is_for_whom_may_decide_and_only_of_a_doubt(
    acting: Any, scheduler: httpx.Client, dora: httpx.Client
) -> None:
    decision = ask(scheduler, **POST)
    assert acting("dora", schools=["maple"]).get(f"/v1/reviews/{decision['id']}").status_code == 404
    clear = ask(scheduler, "photo-consent", students=[{"id": "ana"}])
    assert refused(dora.get(f"/v1/reviews/{clear['id']}"), "not-a-review")
    assert resolve(dora, decision).status_code == 201
    answered = ask(scheduler, **POST)
    review = dora.get(f"/v1/reviews/{answered['id']}").json()
    assert (review["outcome"], review["text"]) == ("allow", "Go!")


def test_answer_is_to_what_was_shown(scheduler: httpx.Client, dora: httpx.Client) -> None:
    first, other = ask(scheduler, **POST), ask(scheduler, **{**POST, "text": "Go on!"})
    for outcome in ("allow", "deny"):
        another = resolve(dora, first, outcome, shown=shown(dora, other))
        assert refused(another, "not-shown")
        blind = dora.post(
            f"/v1/decisions/{first['id']}/resolve", json={"outcome": outcome, "reason": "r"}
        )
        assert (blind.status_code, blind.json()["errors"][0]["at"]) == (422, "/shown")
    assert resolve(dora, first, shown=shown(dora, first).upper()).status_code == 201


def test_review_of_an_older_release_without_its_text_is_asked_again(
    scheduler: httpx.Client, dora: httpx.Client, store: Store
) -> None:
    decision = ask(scheduler, **POST)
    change(store, text("DROP TRIGGER IF EXISTS ledger_no_update"))
    cut = "UPDATE ledger SET payload = replace(payload, :text, '') WHERE id = :id"
    change(store, text(cut).bindparams(text=',"text":"Go!"', id=decision["id"]))
    assert dora.get(f"/v1/reviews/{decision['id']}").json()["text"] is None
    assert refused(resolve(dora, decision), "review-changed")


def test_text_of_a_clear_post_is_not_kept(scheduler: httpx.Client, store: Store) -> None:
    ask(scheduler, **{**POST, "text": "Go Tigers", "media": [{**PHOTO, "rights": "own"}]})
    with store.reading() as connection:
        assert "Tigers" not in connection.scalars(text("SELECT payload FROM ledger")).all()[-1]


def test_yes_holds_for_posts_within_its_days(scheduler: httpx.Client, dora: httpx.Client) -> None:
    answer = resolve(dora, ask(scheduler, **POST)).json()
    life = datetime.fromisoformat(answer["holds_until"]) - datetime.fromisoformat(
        answer["resolved_at"]
    )
    assert life == timedelta(days=30)
    assert ask(scheduler, **POST, publish_at=in_days(29))["outcome"] == "allow"
    late = ask(scheduler, **POST, publish_at=in_days(31))
    assert late["outcome"] == "review"
    assert resolve(dora, late, "deny").json()["holds_until"] is None
    assert ask(scheduler, **POST, publish_at=in_days(300))["outcome"] == "deny"


@pytest.mark.parametrize("author", [None, {"name": "Nobody Known"}, {"id": "gone"}])
def test_whoever_may_be_the_author_does_not_answer(
    acting: Any, scheduler: httpx.Client, store: Store, author: Any
) -> None:
    with store.writing() as connection:
        District(connection).designation("director_communications", "mia", capacity="designee")
    decision = ask(scheduler, **{**POST, "author": author})
    for could_be in ("olga", "mia"):
        assert refused(resolve(acting(could_be), decision, "deny"), "own-request")
    if author is None:
        assert refused(resolve(acting("mia"), decision), "own-request")
        assert resolve(acting("dora"), decision).status_code == 201
    known = ask(scheduler, **POST)
    assert resolve(acting("mia"), known).status_code == 201


def test_pages_of_the_queue_end(scheduler: httpx.Client, dora: httpx.Client) -> None:
    asked = [ask(scheduler, **{**POST, "text": f"No {n}"})["id"] for n in range(5)]
    seen, cursor = [], None
    while True:
        page = dora.post("/v1/reviews/search", json={"limit": 2, "cursor": cursor}).json()
        seen += [item["decision_id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == asked[::-1]
