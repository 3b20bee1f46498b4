"""Reports over HTTP: anybody tells, the offices look into it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.database.session import Store
from app.settings import Settings
from app.store.ledger import chain
from tests.conftest import MakeKey
from tests.district import found

REPORT = {
    "kind": "unofficial_account", "url": "https://x.com/maple_fans",
    "description": "Uses <b>our</b> logo", "reporter_name": "Pat Parent",
    "reporter_email": "pat@home.example",
}  # fmt: skip


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"public_reports_per_minute": 20})


@pytest.fixture
def office(service: str, store: Store, make_key: MakeKey) -> Any:
    """Makes clients of keys that keep accounts."""
    with store.writing() as connection:
        found(connection)
    made: list[httpx.Client] = []

    def act(person_id: str | None = "dora", **rights: Any) -> httpx.Client:
        wanted = {"scopes": ["accounts:write"], "person_id": person_id, **rights}
        headers = {"Authorization": f"Bearer {make_key(**wanted).secret}"}
        made.append(httpx.Client(base_url=service, headers=headers))
        return made[-1]

    yield act
    for client in made:
        client.close()


def tell(service: str, headers: dict[str, str] | None = None, **changed: Any) -> httpx.Response:
    return httpx.post(f"{service}/v1/reports", json={**REPORT, **changed}, headers=headers)


def move(
    client: httpx.Client, report_id: str, move: str, version: int | None, **body: Any
) -> httpx.Response:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return client.post(f"/v1/reports/{report_id}/{move}", json=body, headers=headers)


def refused(answer: httpx.Response, slug: str) -> bool:
    assert answer.json()["type"] == f"/problems/{slug}", answer.text
    return bool(answer.status_code == answer.json()["status"])


def test_anybody_reports_and_hears_no_more_than_that_it_arrived(
    service: str, office: Any, store: Store
) -> None:
    answer = tell(service)
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "kind", "state", "created_at"}
    report_id = answer.json()["id"]
    assert httpx.get(f"{service}/v1/reports/{report_id}").status_code == 401
    seen = office().get(f"/v1/reports/{report_id}")
    assert seen.headers["ETag"] == '"1"'
    assert REPORT.items() <= seen.json().items()
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None
        rows = connection.execute(text("SELECT payload FROM ledger")).scalars().all()
        rows += connection.execute(text("SELECT body FROM idempotency_keys")).scalars().all()
    for written in ("Pat", "home.example", "logo", "maple_fans"):
        assert not any(written in row for row in rows)


def test_from_intake_to_outcome(service: str, office: Any) -> None:
    report_id = tell(service).json()["id"]
    dora = office()
    assigned = move(dora, report_id, "assign", 1, assigned_to="tess")
    assert (assigned.status_code, assigned.headers["ETag"]) == (200, '"2"')
    again = move(dora, report_id, "assign", 2, assigned_to="ed").json()
    assert (again["state"], again["assigned_to"]) == ("assigned", "ed")
    closed = move(dora, report_id, "close", 3, outcome="taken_down", note="Removed").json()
    assert (closed["state"], closed["outcome"], closed["outcome_note"]) == (
        "closed", "taken_down", "Removed",
    )  # fmt: skip
    assert refused(move(dora, report_id, "close", 4, outcome="official"), "illegal-transition")
    assert refused(move(dora, report_id, "assign", 4, assigned_to="ed"), "illegal-transition")


def test_editors_do_not_write_over_each_other(service: str, office: Any) -> None:
    report_id = tell(service).json()["id"]
    dora = office()
    assert refused(move(dora, report_id, "assign", None, assigned_to="ed"), "precondition-required")
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: move(dora, report_id, "assign", 1, assigned_to="ed"), range(4))
        )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


def test_outcome_is_a_persons(service: str, office: Any) -> None:
    report_id = tell(service).json()["id"]
    nobody = office(None)
    assert refused(move(nobody, report_id, "close", 1, outcome="official"), "person-required")
    assert office().get(f"/v1/reports/{report_id}").json()["state"] == "received"


@pytest.mark.parametrize("person", ["ana", "nobody"])
def test_only_staff_look_into_it(service: str, office: Any, person: str) -> None:
    report_id = tell(service).json()["id"]
    answer = move(office(), report_id, "assign", 1, assigned_to=person)
    assert (answer.status_code, answer.json()["errors"][0]["at"]) == (422, "/assigned_to")


def test_lists_narrow_and_end(service: str, office: Any) -> None:
    ids = [tell(service, kind=kind).json()["id"] for kind in ("duplicate_account",) * 3]
    other = tell(service).json()["id"]
    dora = office()
    move(dora, ids[1], "assign", 1, assigned_to="tess")

    def listed(**params: Any) -> list[str]:
        seen = []
        while True:
            page = dora.get("/v1/reports", params={"limit": 2, **params}).json()
            seen += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                return seen
            params["cursor"] = page["next_cursor"]

    assert listed() == [*ids, other]
    assert listed(kind="duplicate_account") == ids
    assert listed(state="assigned", assigned_to="tess") == [ids[1]]
    assert listed(state="closed") == []


def test_limited_and_other_keys_read_none(service: str, office: Any) -> None:
    report_id = tell(service).json()["id"]
    limited, other = office(schools=["maple"]), office(scopes=["check"])
    for client in (limited, other):
        for path in ("/v1/reports", f"/v1/reports/{report_id}"):
            assert refused(client.get(path), "forbidden")
        assert refused(move(client, report_id, "close", 1, outcome="official"), "forbidden")


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "javascript:alert(1)"}, {"url": "https://x.com/\u0000"}, {"url": None},
        {"description": " "}, {"description": "x" * 4_001}, {"reporter_email": "nobody"},
        {"kind": "rumour"}, {"state": "closed"},
    ],
)  # fmt: skip
def test_what_is_no_report(service: str, changed: dict[str, Any]) -> None:
    assert tell(service, **changed).status_code == 422


def test_too_many_from_one_address(service: str, store: Store) -> None:
    answers = [tell(service) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [201] * 20 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_equal_keys_of_different_people_do_not_meet(service: str, office: Any) -> None:
    key = {"Idempotency-Key": "1"}
    first, again = tell(service, key), tell(service, key)
    assert first.json() == again.json()
    assert tell(service, key, description="Another").json()["id"] != first.json()["id"]
