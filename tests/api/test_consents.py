"""Consents over HTTP: statements put on file, corrected, and what they come to."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import func, insert, select

from app.database import tables as t
from app.database.session import Store
from app.store.ledger import chain
from tests.conftest import MakeKey
from tests.district import found

Headers = dict[str, str]
NEW = {
    "person_id": "ana", "decision": "refuse", "capacity": "guardian",
    "given_by": {"guardian_id": "g-1"}, "signed_on": "2026-03-03",
}  # fmt: skip
GRANT = {"decision": "grant", "activity": "publish", "channel": "all", "extent": "image"}
EVERYWHERE = [{"activity": "publish", "channels": ["all"], "extents": ["image", "image_with_name"]}]


@pytest.fixture(autouse=True)
def district(store: Store) -> None:
    with store.writing() as connection:
        made = found(connection)
        made.person("zoe", "Zoe Young", birth_date=date(2000, 2, 29), grade="adult")
        made.person("old", "Odd Old", birth_date=date(1911, 1, 1), grade="9")
        made.person("pta", "Pat Tate", "affiliate")
        for student, guardian, name in (
            ("ana", "g-1", "Maria Lopez"),
            ("ana", "g-2", "Luis Lopez"),
            ("cleo", "g-3", "Cy Stone"),
        ):
            row = {"student_id": student, "guardian_id": guardian, "name": name}
            connection.execute(insert(t.guardians).values(**row))


@pytest.fixture
def maple(make_key: MakeKey) -> Headers:
    """A key of the school of everybody but `cleo`."""
    key = make_key(scopes=["consents:write", "people:read"], schools=["maple"])
    return {"Authorization": f"Bearer {key.secret}"}


def post(client: httpx.Client, headers: Headers | None = None, **changed: Any) -> httpx.Response:
    body = {name: value for name, value in {**NEW, **changed}.items() if value is not None}
    return client.post("/v1/consents", json=body, headers=headers)


def recorded(client: httpx.Client, **changed: Any) -> dict[str, Any]:
    answer = post(client, **changed)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def state(client: httpx.Client, headers: Headers | None = None, **use: Any) -> httpx.Response:
    body = {"person_id": "ana", **use}
    return client.post("/v1/people/consent-state", json=body, headers=headers)


def code(client: httpx.Client, **use: Any) -> str:
    answer = state(client, **use)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["code"])


def outcome(client: httpx.Client, person_id: str) -> str:
    answer = client.post("/v1/checks/photo-consent", json={"students": [{"id": person_id}]})
    return str(answer.json()["outcome"])


def errors(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["at"], error["code"]) for error in answer.json()["errors"]]


def told(answer: httpx.Response) -> dict[str, Any]:
    """A problem but for the number of its request."""
    return {name: said for name, said in answer.json().items() if name != "request_id"}


def sentences(state_: dict[str, Any]) -> str:
    return " ".join(step["text"] for step in state_["steps"])


def on_file(store: Store) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(t.consents)) or 0


# --- what is put on file


def test_a_refusal_means_the_widest_and_is_answered_whole(client: httpx.Client) -> None:
    told = recorded(client, evidence="Box 7", evidence_sha256="AB" * 32, notice_version="2026-1")
    assert (told["activity"], told["channel"], told["extent"]) == ("publish", "all", "image")
    assert told["given_by"] == {"guardian_id": "g-1", "name": "Maria Lopez"}
    assert (told["signed_on"], told["signed_at"]) == ("2026-03-03", None)
    assert (told["effective_from"], told["effective_to"]) == ("2026-03-03", None)
    assert (told["evidence"], told["evidence_sha256"]) == ("Box 7", "ab" * 32)
    assert (told["notice_version"], told["corrected_by"], told["warnings"]) == ("2026-1", None, [])
    again = client.get(f"/v1/consents/{told['id']}").json()
    assert again == {name: value for name, value in told.items() if name != "warnings"}
    assert outcome(client, "ana") == "deny"


def test_it_is_on_the_ledger_with_whom_it_is_about(client: httpx.Client, store: Store) -> None:
    told = recorded(client)
    with store.reading() as connection:
        row = connection.execute(
            select(t.ledger).where(t.ledger.c.kind == "consent.recorded")
        ).one()
        assert chain.verify_chain(connection).bad is None
    assert '"subjects":["ana"]' in row.payload
    assert told["id"] in row.payload


def test_a_time_tells_its_day_in_the_district(client: httpx.Client) -> None:
    told = recorded(client, signed_on=None, signed_at="2026-03-04T02:00:00Z")
    assert (told["signed_on"], told["effective_from"]) == ("2026-03-03", "2026-03-03")
    assert told["signed_at"] == "2026-03-04T02:00:00Z"


def test_the_same_statement_twice_is_one(client: httpx.Client, store: Store) -> None:
    first, before = recorded(client), on_file(store)
    for same in (
        post(client),
        post(client, activity="publish", channel="all", extent="image"),
        post(client, effective_from="2026-03-03"),
        post(client, given_by={"name": "g-1"}),
    ):
        assert (same.status_code, same.json()["id"]) == (200, first["id"])
    assert on_file(store) == before
    assert post(client, evidence="Box 7").status_code == 201


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"decision": "grant"}, [(f"/{n}", "missing") for n in ("activity", "channel", "extent")]),
        ({"given_by": None}, [("/given_by", "missing")]),
        ({"given_by": {}}, [("/given_by", "exactly_one")]),
        ({"given_by": {"guardian_id": "g-1", "name": "M"}}, [("/given_by", "exactly_one")]),
        ({"given_by": {"guardian_id": "g-3"}}, [("/given_by/guardian_id", "unknown_guardian")]),
        ({"given_by": {"name": "?!"}}, [("/given_by/name", "no_name")]),
        ({"signed_at": "2026-03-03T10:00:00Z"}, [("", "exactly_one")]),
        ({"signed_on": "2899-01-01"}, [("/signed_at", "in_the_future")]),
        ({"signed_on": "0001-01-01"}, [("/signed_on", "greater_than_equal")]),
        ({"signed_on": "9999-12-31"}, [("/signed_on", "less_than")]),
        ({"effective_to": "2026-03-02"}, [("/effective_to", "before_start")]),
        ({"capacity": "employee", "given_by": None}, [("/capacity", "wrong_kind")]),
        ({"person_id": "tess", "given_by": {"name": "M"}}, [("/capacity", "wrong_kind")]),
        ({"person_id": "pta", "given_by": {"name": "M"}}, [("/capacity", "wrong_kind")]),
        ({"capacity": "eligible_student"}, [("/given_by", "not_needed")]),
        (
            {"capacity": "office_hold", "given_by": None, "evidence": "Custody"},
            [("/evidence", "no_reason")],
        ),
        (
            {"capacity": "office_hold", "given_by": None, "decision": "grant",
             "activity": "publish", "channel": "all", "extent": "image"},
            [("/decision", "no_grant")],
        ),
        ({"evidence_sha256": "ab"}, [("/evidence_sha256", "string_pattern_mismatch")]),
        ({"corrects": "nothing"}, [("/corrects", "unknown_statement")]),
        ({"reason": "x"}, [("", "extra_forbidden")]),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field(
    client: httpx.Client, store: Store, changed: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    before = on_file(store)
    assert errors(post(client, **changed)) == found
    assert on_file(store) == before


def test_a_minors_own_grant_is_kept_with_a_warning_and_allows_nothing(
    client: httpx.Client,
) -> None:
    own = {"capacity": "eligible_student", "given_by": None}
    told = recorded(client, **own, **GRANT)
    assert [warning["code"] for warning in told["warnings"]] == ["minor"]
    assert code(client) == "consent.not_on_list"
    assert recorded(client, **own)["warnings"] == []
    assert code(client) == "consent.refused"
    guardian = recorded(client, person_id="zoe", given_by={"name": "Yan Young"}, **GRANT)
    assert [warning["code"] for warning in guardian["warnings"]] == ["of_age"]
    assert recorded(client, person_id="zoe", **own, **GRANT)["warnings"] == []
    assert code(client, person_id="zoe") == "consent.granted"


def test_an_impossible_birth_date_is_told_and_makes_nobody_of_age(client: httpx.Client) -> None:
    own = {"capacity": "eligible_student", "given_by": None}
    assert recorded(client, person_id="old", given_by={"name": "Dad"})["warnings"] == []
    told = recorded(client, person_id="old", **own, **GRANT)
    assert [warning["code"] for warning in told["warnings"]] == ["birth_date", "minor"]
    assert code(client, person_id="old") == "consent.refused"


# --- who may do and know what


def test_unknown_and_elsewhere_are_one_and_the_same(client: httpx.Client, maple: Headers) -> None:
    for ask in (lambda who: post(client, maple, person_id=who, given_by={"name": "M"}),
                lambda who: post(client, maple, person_id=who),
                lambda who: state(client, maple, person_id=who)):  # fmt: skip
        elsewhere, unknown = ask("cleo"), ask("nobody")
        assert errors(elsewhere) == [("/person_id", "unknown_person")]
        assert told(elsewhere) == told(unknown)
    assert post(client, maple).status_code == 201
    there = recorded(client, person_id="cleo", given_by={"guardian_id": "g-3"})["id"]
    answers = [
        client.get(f"/v1/consents/{ident}", headers=maple)
        for ident in (there, "0199c000-0000-7000-8000-000000000000")
    ]
    assert [answer.status_code for answer in answers] == [404] * 2
    assert len({answer.json()["type"] for answer in answers}) == 1
    corrects = post(client, maple, signed_on="2026-03-05", corrects=there)
    assert errors(corrects) == [("/corrects", "unknown_statement")]


def test_an_employee_records_the_own_statement(
    client: httpx.Client, make_key: MakeKey, store: Store
) -> None:
    def own(person: str | None, **body: Any) -> httpx.Response:
        key = make_key(scopes=["check"], person_id=person)
        headers = {"Authorization": f"Bearer {key.secret}"}
        return client.post("/v1/consents/own", json=body, headers=headers)

    before = on_file(store)
    for person in (None, "pta"):
        answer = own(person, decision="refuse")
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/person-required")
    assert errors(own("ed", decision="refuse", person_id="tess")) == [("", "extra_forbidden")]
    assert on_file(store) == before
    told = own("ed", **GRANT).json()
    assert (told["person_id"], told["capacity"], told["recorded_by_person"]) == (
        "ed", "employee", "ed",
    )  # fmt: skip
    assert code(client, person_id="ed") == "coworker.granted"
    assert own("ed", decision="withdraw").status_code == 201
    assert code(client, person_id="ed") == "coworker.refused"


def test_an_employee_of_another_name_takes_back_an_earlier_refusal(client: httpx.Client) -> None:
    mine = {"person_id": "ed", "capacity": "employee", "given_by": None}
    recorded(client, **mine)
    recorded(client, **mine, **GRANT, signed_on="2026-04-01")
    assert code(client, person_id="ed") == "coworker.granted"


HOLD = {"capacity": "office_hold", "given_by": None}


def key_of(make_key: MakeKey, person: str) -> Headers:
    return {"Authorization": f"Bearer {make_key(person_id=person).secret}"}


def test_a_hold_is_lifted_by_its_id_whoever_placed_it(
    client: httpx.Client, make_key: MakeKey
) -> None:
    hold = recorded(client, **HOLD)["id"]
    assert code(client) == "consent.office_hold"
    other, lift = key_of(make_key, "olga"), {**HOLD, "decision": "lift"}
    for lifts, error in ((None, "missing"), (["x"], "unknown_statement")):
        answer = post(client, other, **lift, lifts=lifts, signed_on="2026-03-04")
        assert errors(answer) == [("/lifts", error)]
    lifted = post(client, other, **lift, lifts=[hold], signed_on="2026-03-04")
    assert (lifted.status_code, lifted.json()["lifts"]) == (201, [hold])
    assert code(client) == "consent.not_on_list"
    again = post(client, other, **lift, lifts=[hold], signed_on="2026-03-05")
    assert again.status_code == 201
    assert code(client) == "consent.not_on_list"


def test_of_two_offices_each_lifts_its_own_hold(client: httpx.Client, make_key: MakeKey) -> None:
    olga, ed = key_of(make_key, "olga"), key_of(make_key, "ed")
    holds = [post(client, key, **HOLD).json()["id"] for key in (olga, ed)]
    assert holds[0] != holds[1]
    for key, hold in zip((olga, ed), holds, strict=True):
        same = post(client, key, **HOLD)
        assert (same.status_code, same.json()["id"]) == (200, hold)
    lift = {**HOLD, "decision": "lift", "signed_on": "2026-03-04"}
    assert post(client, olga, **lift, lifts=holds[:1]).status_code == 201
    assert code(client) == "consent.office_hold"
    assert post(client, ed, **lift, lifts=holds[1:]).status_code == 201
    assert code(client) == "consent.not_on_list"


def test_a_hold_put_again_on_the_day_it_was_lifted_holds(client: httpx.Client) -> None:
    lift = {**HOLD, "decision": "lift"}
    ids = []
    for _ in range(3):
        ids.append(recorded(client, **HOLD)["id"])
        assert code(client) == "consent.office_hold"
        repeated = post(client, **HOLD)
        assert (repeated.status_code, repeated.json()["id"]) == (200, ids[-1])
        recorded(client, **lift, lifts=ids[-1:])
        assert code(client) == "consent.not_on_list"
    assert len(set(ids)) == 3


def test_a_withdrawal_by_the_office_is_a_hold_and_says_how_it_ends(client: httpx.Client) -> None:
    told = recorded(client, **HOLD, decision="withdraw")
    assert [warning["code"] for warning in told["warnings"]] == ["hold"]
    assert code(client) == "consent.office_hold"
    recorded(client, **HOLD, decision="lift", lifts=[told["id"]], signed_on="2026-03-04")
    assert code(client) == "consent.not_on_list"


# --- lifts


def test_a_lift_takes_back_what_lies_inside_and_nothing_else(client: httpx.Client) -> None:
    recorded(client, channel="press")
    recorded(client, channel="directory")
    lift = {"decision": "lift", "signed_on": "2026-03-04"}
    told = recorded(client, **lift)
    assert (told["channel"], told["lifts"], told["warnings"]) == ("all", [], [])
    found = state(client, channel="press").json()
    assert [step["effect"] for step in found["steps"]] == [
        "refused", "taken_back", "refused", "lifted", "bars", "outcome",
    ]  # fmt: skip
    assert found["refused"] == [
        {"activity": "publish", "channels": ["directory"], "extents": ["image", "image_with_name"]}
    ]
    recorded(client, **lift, channel="directory")
    assert code(client, channel="press") == "consent.not_on_list"
    recorded(client, **lift, channel="video")
    last = state(client, video=True).json()["steps"][-2]
    assert last["effect"] == "nothing_to_lift"
    assert "so nothing changed" in last["text"]


def test_what_a_lift_names_has_to_be_its_own_to_lift(client: httpx.Client) -> None:
    mine, theirs = recorded(client)["id"], recorded(client, given_by={"name": "Luis"})["id"]
    hers = recorded(client, person_id="cleo", given_by={"guardian_id": "g-3"})["id"]
    granted = recorded(client, **GRANT)["id"]
    wrong = recorded(client, channel="press")["id"]
    recorded(client, channel="website", corrects=wrong)
    later = recorded(client, channel="yearbook", signed_on="2026-03-09")["id"]
    lift = {"decision": "lift", "signed_on": "2026-03-08"}
    for ident, error in (
        ("nothing", "unknown_statement"),
        (hers, "unknown_statement"),
        (theirs, "another_source"),
        (granted, "no_refusal"),
        (wrong, "corrected"),
        (later, "signed_later"),
    ):
        assert errors(post(client, **lift, lifts=[mine, ident])) == [("/lifts", error)]
    assert errors(post(client, **lift, lifts=[mine], channel="press")) == [
        ("/lifts", "outside_scope")
    ]
    assert errors(post(client, lifts=[mine])) == [("/lifts", "not_needed")]
    assert errors(post(client, **lift, given_by=None)) == [("/given_by", "missing")]
    assert code(client) == "consent.refused"
    recorded(client, **lift, lifts=[mine])
    assert sorted({one["decision"] for one in state(client).json()["history"]}) == [
        "grant", "lift", "refuse",
    ]  # fmt: skip


def test_a_refusal_that_nobody_signed_is_lifted_by_its_id(
    client: httpx.Client, store: Store
) -> None:
    flag = {
        "id": "flag-1", "digest": "flag-1", "person_id": "ana", "decision": "refuse",
        "activity": "publish", "channel": "all", "extent": "image", "capacity": "guardian",
        "source": "profile:infinite_campus", "signed_at": datetime(2026, 3, 1, tzinfo=UTC),
        "signed_day_only": False, "effective_from": date(2026, 3, 1),
        "recorded_at": datetime(2026, 3, 1, tzinfo=UTC),
    }  # fmt: skip
    with store.writing() as connection:
        connection.execute(insert(t.consents).values(**flag))
    lift = {"decision": "lift", "given_by": None}
    mine = recorded(client)["id"]
    assert errors(post(client, **lift, lifts=["flag-1", mine])) == [("/lifts", "another_source")]
    assert errors(post(client, **lift, lifts=["flag-1", "x"])) == [("/given_by", "missing")]
    recorded(client, decision="lift", lifts=[mine])
    assert code(client) == "consent.refused"
    assert recorded(client, **lift, lifts=["flag-1"])["given_by"] is None
    assert code(client) == "consent.not_on_list"


def test_a_refusal_without_a_date_counts_from_the_day_it_came(client: httpx.Client) -> None:
    today = datetime.now(ZoneInfo("America/Denver")).date().isoformat()
    told = recorded(client, signed_on=None)
    assert (told["signed_on"], told["signed_at"], told["effective_from"]) == (today, None, today)
    assert code(client) == "consent.refused"
    assert errors(post(client, **GRANT, signed_on=None)) == [("", "exactly_one")]
    assert errors(post(client, decision="lift", signed_on=None)) == [("", "exactly_one")]


def test_what_is_signed_later_today_is_refused_too(client: httpx.Client) -> None:
    now = datetime.now(UTC)
    soon, late = ((now + timedelta(minutes=m)).isoformat() for m in (2, 15))
    answer = post(client, signed_on=None, signed_at=late)
    assert errors(answer) == [("/signed_at", "in_the_future")]
    assert post(client, signed_on=None, signed_at=soon).status_code == 201


# --- corrections


def test_a_corrected_statement_is_as_if_absent(client: httpx.Client) -> None:
    wrong = recorded(client)
    assert outcome(client, "ana") == "deny"
    right = recorded(client, channel="yearbook", corrects=wrong["id"])
    assert outcome(client, "ana") == "allow"
    assert code(client, channel="yearbook") == "consent.refused"
    assert client.get(f"/v1/consents/{wrong['id']}").json()["corrected_by"] == right["id"]
    last = recorded(client, channel="website", corrects=right["id"])
    assert code(client, channel="yearbook") == "consent.not_on_list"
    history = state(client).json()["history"]
    assert [(one["id"], one["corrected_by"]) for one in history] == [
        (wrong["id"], right["id"]), (right["id"], last["id"]), (last["id"], None),
    ]  # fmt: skip


def test_a_correction_is_made_once_and_repeated_as_often_as_one_likes(
    client: httpx.Client,
) -> None:
    wrong = recorded(client)
    right = recorded(client, channel="yearbook", corrects=wrong["id"])
    repeated = post(client, channel="yearbook", corrects=wrong["id"])
    assert (repeated.status_code, repeated.json()["id"]) == (200, right["id"])
    for answer in (
        post(client, channel="website", corrects=wrong["id"]),
        # Sent anew, it would be answered as if it counted.
        post(client),
    ):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")


def test_one_guardians_paper_does_not_correct_anothers_refusal(client: httpx.Client) -> None:
    refusal = recorded(client)
    withdrawal = recorded(client, decision="withdraw", channel="press", signed_on="2026-03-05")
    for wrong in (refusal, withdrawal):
        for given_by in ({"guardian_id": "g-2"}, {"name": "Maria Lopez"}):
            answer = post(client, given_by=given_by, **GRANT, corrects=wrong["id"])
            assert errors(answer) == [("/corrects", "another_source")]
    assert outcome(client, "ana") == "deny"
    granted = recorded(client, **GRANT, signed_on="2026-03-06")
    other = recorded(client, given_by={"guardian_id": "g-2"}, corrects=granted["id"])
    assert other["given_by"]["name"] == "Luis Lopez"


def test_statements_of_somebody_else_are_not_corrected(client: httpx.Client) -> None:
    other = recorded(client, person_id="cleo", given_by={"guardian_id": "g-3"})
    answer = post(client, signed_on="2026-03-05", corrects=other["id"])
    assert errors(answer) == [("/corrects", "unknown_statement")]


# --- what it comes to


def test_the_state_is_told_step_by_step(client: httpx.Client) -> None:
    recorded(client)
    told = state(client).json()
    assert (told["outcome"], told["code"], told["clause"]) == ("deny", "consent.refused", 44)
    assert (told["refused"], told["granted"], told["held"]) == (EVERYWHERE, [], [])
    recorded(client, **GRANT, signed_on="2026-05-05")
    told = state(client).json()
    assert [step["effect"] for step in told["steps"]] == [
        "refused", "granted", "over_refusal", "outcome",
    ]  # fmt: skip
    assert sentences(told) == (
        "The guardian Maria Lopez refused publication anywhere but in the directory, signed on "
        "3 March 2026. "
        "The guardian Maria Lopez agreed to publication anywhere but in the directory without the "
        "name, signed on 5 May 2026. "
        "Signed later, this counts in place of an earlier refusal by the guardian Maria Lopez. "
        "So it is allowed: Consent for a picture on social media is on file."
    )
    before = state(client, as_of="2026-05-04").json()
    assert (before["as_of"], before["code"]) == ("2026-05-04", "consent.refused")
    assert before["steps"][1]["text"].endswith("that does not count: it begins on 5 May 2026.")
    assert len(before["history"]) == 2
    assert code(client, extent="image_with_name") == "consent.name_refused"


def test_what_still_bars_the_use_is_named(client: httpx.Client) -> None:
    recorded(client)
    recorded(client, channel="directory")
    recorded(client, **GRANT | {"channel": "website"}, signed_on="2026-05-05")
    told = state(client, channel="website").json()
    assert told["code"] == "consent.refused"
    assert [step["effect"] for step in told["steps"]][-2:] == ["bars", "outcome"]
    assert told["steps"][-2]["text"] == "What bars this use: publication in the directory."
    named = state(client, extent="image_with_name").json()["steps"][-2]
    assert named["text"] == "What bars this use: publication on social media, in the directory."


def test_a_refusal_of_all_and_a_later_yes_to_one_channel(client: httpx.Client) -> None:
    recorded(client)
    recorded(client, **GRANT | {"channel": "social"}, signed_on="2026-05-05")
    assert code(client) == "consent.granted"
    assert code(client, channel="website") == "consent.refused"


def test_a_withdrawal_is_told_as_the_refusal_that_it_is(client: httpx.Client) -> None:
    recorded(client, channel="press")
    recorded(client, decision="withdraw", channel="all", signed_on="2026-03-05")
    recorded(client, **GRANT | {"channel": "yearbook"})
    for channel, effects in (
        ("press", ["refused", "took_back", "bars", "outcome"]),
        ("yearbook", ["granted", "took_back", "over_grant", "bars", "outcome"]),
    ):
        told = state(client, channel=channel).json()
        assert [step["effect"] for step in told["steps"]] == effects


def test_at_eighteen_it_is_told_whose_word_counts(client: httpx.Client) -> None:
    about = {"person_id": "zoe", "channel": "social"}
    recorded(client, **about, given_by={"name": "Yan Young"})
    own = {"capacity": "eligible_student", "given_by": None, "signed_on": "2026-04-01"}
    recorded(client, **{**GRANT, **about}, **own)
    told = state(client, person_id="zoe").json()
    assert told["code"] == "consent.granted"
    assert [step["effect"] for step in told["steps"]][-2:] == ["superseded", "outcome"]
    assert "the refusal by the guardian Yan Young counts no longer" in sentences(told)


def test_a_correction_is_told(client: httpx.Client) -> None:
    wrong = recorded(client)
    recorded(client, channel="press", corrects=wrong["id"])
    told = state(client).json()["steps"]
    assert [(step["effect"], step["statement"]) for step in told] == [
        ("corrected", wrong["id"]), ("outcome", None),
    ]  # fmt: skip


def test_two_guardians_who_disagree_are_told_so(client: httpx.Client) -> None:
    recorded(client, **GRANT)
    recorded(client, given_by={"name": "Luis Lopez sen."}, signed_on="2026-02-01")
    told = state(client).json()
    assert told["code"] == "consent.refused"
    assert told["steps"][-3]["text"] == (
        "The agreement by the guardian Maria Lopez does not count against a refusal by somebody "
        "else."
    )


def test_nothing_on_file_is_told_as_such(client: httpx.Client) -> None:
    told = state(client).json()
    assert (told["code"], told["history"]) == ("consent.not_on_list", [])
    assert [step["effect"] for step in told["steps"]] == ["outcome"]


def test_video_and_what_is_still_to_come(client: httpx.Client) -> None:
    soon = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011 - a month is wide enough
    recorded(client, channel="video")
    assert (code(client), code(client, video=True)) == ("consent.not_on_list", "consent.refused")
    recorded(client, channel="social", effective_from=soon)
    assert (code(client), code(client, as_of=soon)) == (
        "consent.refusal_pending",
        "consent.refused",
    )
    assert state(client).json()["pending"] == [
        {"activity": "publish", "channels": ["social"], "extents": ["image", "image_with_name"]}
    ]


def test_only_students_and_employees_have_a_consent_state(client: httpx.Client) -> None:
    assert errors(state(client, person_id="pta")) == [("/person_id", "wrong_kind")]


def test_nothing_of_it_is_in_the_log(client: httpx.Client, log: Any) -> None:
    recorded(client)
    state(client)
    post(client, given_by={"name": "?!"})
    written = log.getvalue()
    assert written
    assert not {"ana", "Maria", "g-1"} & set(written.replace('"', " ").split())


# --- repeats


@pytest.mark.parametrize("keyed", [True, False])
def test_eight_equal_requests_make_one_record(
    client: httpx.Client, store: Store, keyed: bool
) -> None:
    before = on_file(store)
    headers = {"Idempotency-Key": "k-1"} if keyed else {}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(client, headers), range(8)))
    assert on_file(store) == before + 1
    assert len({answer.json()["id"] for answer in answers}) == 1
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] * 8 if keyed else [200] * 7 + [201]
