"""Moderation over HTTP, on both stores: who records what, who reads it, what nobody keeps."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import delete, func, select, update

from app.database import tables as t
from app.database.session import Store
from app.erasure.lifted_guards import lift_guards
from app.erasure.person_erasure import erase_person
from app.main import create_app
from app.settings import Settings
from app.store.ledger import chain
from app.store.ledger.changes import Actor
from app.store.ledger.record_audit import compare_records
from tests.api.test_auth import bearer
from tests.conftest import MakeKey
from tests.district import found
from tests.service import serving
from tests.store.conftest import backend, postgres, postgres_template, store_url

__all__ = ["backend", "postgres", "postgres_template", "store_url"]
TODAY = datetime.now(ZoneInfo("America/Denver")).date()
HIDDEN = {"action": "hidden", "ground": "harassment", "done_on": "2026-01-02"}
NOTHING = {"action": "nothing_found", "done_on": "2026-01-02"}
Client = Callable[..., httpx.Client]


@pytest.fixture
def settings(store_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=store_url, signing_key_file=tmp_path / "key.pem")


@pytest.fixture
def accounts(store: Store) -> dict[str, str]:
    """The ids of two classroom accounts: Maple's and Birch's."""
    with store.writing() as connection:
        district = found(connection)
        made = {
            school: district.account("facebook", f"{school}room", kind="classroom", org_id=school)
            for school in ("maple", "birch")
        }
        for account in made.values():
            district.authorization(account)
        return made


@pytest.fixture
def as_(settings: Settings, store: Store, make_key: MakeKey) -> Iterator[Client]:
    """A client for whom the key acts."""
    with serving(create_app(settings, store=store)) as url:
        opened: list[httpx.Client] = []

        def client(person: str | None, **rights: Any) -> httpx.Client:
            headers = bearer(make_key(person_id=person, **rights).secret)
            opened.append(httpx.Client(base_url=url, headers=headers, timeout=30))
            return opened[-1]

        yield client
        for one in opened:
            one.close()


def record(client: httpx.Client, account: str, **changed: Any) -> httpx.Response:
    body = {**HIDDEN, **changed}
    return client.post(f"/v1/accounts/{account}/moderations", json=body)


def told(client: httpx.Client, **params: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/moderations", params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def unreported(client: httpx.Client) -> set[str]:
    answer = client.get("/v1/accounts/reports/without-moderation-report")
    assert answer.status_code == 200, answer.text
    return {one["handle"] for one in answer.json()["items"]}


def test_a_manager_says_what_was_hidden_and_why(
    accounts: dict[str, str], as_: Client, store: Store
) -> None:
    mia = as_("mia")
    said = record(mia, accounts["maple"], reason="Insulted another family.")
    assert said.status_code == 201, said.text
    item = said.json()
    assert (item["handle"], item["ground"], item["clause"]) == ("mapleroom", "harassment", 56)
    assert (item["recorded_by"], item["reason"]) == ("mia", "Insulted another family.")
    assert told(mia) == [item]
    with store.reading() as connection:
        (row,) = connection.execute(select(t.ledger).where(t.ledger.c.id == item["id"])).all()
        assert row.kind == "moderation.recorded"
        assert chain.verify_chain(connection).bad is None
        kept = {column.name for column in t.moderations.c}
    assert kept == {
        "seq", "id", "account_id", "action", "ground", "done_on", "recorded_by", "recorded_at"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("person", "status"),
    [("mia", 201), ("olga", 201), ("dora", 201), ("tess", 403), ("sue", 403), (None, 403)],
)
def test_who_may_report(
    accounts: dict[str, str], as_: Client, person: str | None, status: int
) -> None:
    assert record(as_(person), accounts["maple"]).status_code == status


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        ({"ground": None}, ""),
        ({"action": "nothing_found"}, ""),
        ({"action": "deleted"}, "/action"),
        ({"ground": "because"}, "/ground"),
        ({"done_on": "2999-01-01"}, "/done_on"),
        ({"done_on": None}, "/done_on"),
        ({"author": "Jo"}, ""),
        ({"comment": "a"}, ""),
        *(
            ({"reason": reason}, "/reason")
            for reason in (
                "", "x" * 501, "@jo wrote it", "jo@mail.example.com", "see https://x.com/jo",
                "www.jo.example", "Ana Lopez insulted us", "Blocked Zed Nobody.",
                "call 801-374-4800", "374-4800", "id 100234567890",
            )
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_a_report(
    accounts: dict[str, str], as_: Client, changed: dict[str, Any], at: str
) -> None:
    said = record(as_("mia"), accounts["maple"], **changed)
    assert said.status_code == 422
    assert [one["at"] for one in said.json()["errors"]] == [at]
    if changed.get("reason"):
        assert changed["reason"] not in said.text


@pytest.mark.parametrize(
    "reason",
    [
        "Deleted two comments with insults against referees",
        "Spam, for the 3rd time on 2026-01-02.",
        "Blocked 12 posts",
        "insulted another family",
    ],
)
def test_a_reason_may_have_days_and_numbers(
    accounts: dict[str, str], as_: Client, reason: str
) -> None:
    assert record(as_("mia"), accounts["maple"], reason=reason).status_code == 201


def test_the_same_request_twice_is_one_report(
    accounts: dict[str, str], as_: Client, store: Store
) -> None:
    mia = as_("mia")
    path, headers = f"/v1/accounts/{accounts['maple']}/moderations", {"Idempotency-Key": "k"}
    first, second = (mia.post(path, json=HIDDEN, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(t.moderations)) == 1


def test_a_key_of_another_school_neither_records_nor_reads(
    accounts: dict[str, str], as_: Client
) -> None:
    assert record(as_("dora"), accounts["maple"]).status_code == 201
    assert record(as_("dora"), accounts["birch"]).status_code == 201
    birch = as_("dora", schools=["birch"])
    assert record(birch, accounts["maple"]).status_code == 403
    assert [one["handle"] for one in told(birch)] == ["birchroom"]


def test_list_and_export(accounts: dict[str, str], as_: Client) -> None:
    dora = as_("dora")
    for day in ("2026-01-02", "2026-01-03", "2026-01-04"):
        record(dora, accounts["maple"], done_on=day, reason="=1+1 spam")
    record(dora, accounts["birch"], **NOTHING, ground=None)
    days = [one["done_on"] for one in told(dora, since="2026-01-03", until="2026-01-03")]
    assert days == ["2026-01-03"]
    assert len(told(dora, account_id=accounts["birch"])) == 1
    first = dora.get("/v1/moderations", params={"limit": 3}, headers={"Accept": "text/csv"})
    rest = dora.get(first.headers["Link"][1:].split(">")[0], headers={"Accept": "text/csv"})
    lines = [*csv.DictReader(io.StringIO(first.text)), *csv.DictReader(io.StringIO(rest.text))]
    assert [one["handle"] for one in lines] == ["mapleroom"] * 3 + ["birchroom"]
    assert {one["reason"] for one in lines} == {"'=1+1 spam", ""}


def test_a_classroom_account_without_a_report_is_named(
    accounts: dict[str, str], as_: Client
) -> None:
    dora = as_("dora")
    assert unreported(dora) == {"mapleroom", "birchroom"}
    record(dora, accounts["birch"], **{**NOTHING, "ground": None, "done_on": str(TODAY)})
    long_ago = TODAY - timedelta(days=60)
    record(dora, accounts["maple"], done_on=str(long_ago))
    assert unreported(dora) == {"mapleroom"}
    one = dora.get(f"/v1/accounts/{accounts['maple']}").json()
    assert "no_moderation_report" in one["flags"]
    assert any("hid or removed" in words for words in one["care"])


def test_a_school_account_or_one_nobody_authorized_owes_no_report(
    accounts: dict[str, str], as_: Client, store: Store
) -> None:
    with store.writing() as connection:
        row = {"org_id": "maple", "created_at": datetime(2020, 1, 2, tzinfo=UTC), "version": 1}
        connection.execute(
            t.accounts.insert().values(
                id="w", platform="x", handle="r", handle_key="r", kind="course", **row
            )
        )
    assert unreported(as_("dora")) == {"mapleroom", "birchroom"}


def test_a_report_that_is_changed_past_the_service_is_noticed(
    accounts: dict[str, str], as_: Client, store: Store
) -> None:
    item = record(as_("mia"), accounts["maple"], reason="Spam.").json()

    def reasons() -> set[str]:
        with store.reading() as connection:
            found = compare_records(connection).mismatches
        return {one.reason for one in found if one.table == "moderations"}

    assert reasons() == set()
    changed = {"action": "warned", "done_on": date(2026, 1, 3), "ground": "spam"}
    for column, value in changed.items():
        with store.writing() as connection, lift_guards(connection, [t.moderations]):
            old = connection.scalar(select(t.moderations.c[column]))
            connection.execute(update(t.moderations).values({column: value}))
        assert reasons() == {f"says another {column} than the ledger"}
        with store.writing() as connection, lift_guards(connection, [t.moderations]):
            connection.execute(update(t.moderations).values({column: old}))
    with store.writing() as connection, lift_guards(connection, [t.moderations]):
        connection.execute(delete(t.moderations).where(t.moderations.c.id == item["id"]))
    assert reasons() == {"is gone"}


def test_erasing_the_manager_takes_the_name_and_the_words(
    accounts: dict[str, str], as_: Client, store: Store
) -> None:
    record(as_("mia"), accounts["maple"], reason="Spam.")
    erase_person(store, "mia", lambda: Actor("key", "dora", store.now()))
    (item,) = told(as_("dora"))
    assert item["recorded_by"].startswith("erased-")
    assert (item["reason"], item["action"]) == (None, "hidden")
