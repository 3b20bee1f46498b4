"""Accounts that existed before a yes, and district e-mail on networks (10, 12), on both stores."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from app.store.service import keys
from tests.api.test_auth import bearer
from tests.conftest import MakeKey
from tests.district import LONG_AGO, District, found
from tests.service import serving
from tests.store.conftest import backend, postgres, postgres_template, store_url

__all__ = ["backend", "postgres", "postgres_template", "store_url"]
NEW = {"platform": "instagram", "handle": "maplefound", "kind": "club", "org_id": "maple"}
YESTERDAY = (datetime.now(UTC) - timedelta(days=2)).date()
Client = Callable[..., httpx.Client]
DORA: Any = {"person_id": "dora"}


@pytest.fixture
def settings(store_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=store_url,
        signing_key_file=tmp_path / "key.pem",
        email_domains=("provo.example",),
    )


@pytest.fixture
def district(store: Store) -> None:
    """The usual district, and an org for the district itself."""
    with store.writing() as connection:
        found(connection).org("provo", kind="district")


@pytest.fixture
def as_(settings: Settings, store: Store, make_key: MakeKey) -> Iterator[Client]:
    """A client of a key for whom or with what rights is said."""
    opened: list[httpx.Client] = []
    with serving(create_app(settings, store=store)) as url:

        def client(**rights: Any) -> httpx.Client:
            headers = bearer(make_key(**{"scopes": keys.SCOPES, **rights}).secret)
            opened.append(httpx.Client(base_url=url, headers=headers, timeout=30))
            return opened[-1]

        yield client
        for one in opened:
            one.close()


def add(client: httpx.Client, **changed: Any) -> dict[str, Any]:
    answer = client.post("/v1/accounts", json={**NEW, **changed})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def patch(client: httpx.Client, account: str, **values: Any) -> httpx.Response:
    headers = {"If-Match": "*"}
    return client.patch(f"/v1/accounts/{account}", json=values, headers=headers)


def read(client: httpx.Client, account: str) -> dict[str, Any]:
    return dict(client.get(f"/v1/accounts/{account}").json())


def reported(client: httpx.Client, report: str) -> set[str]:
    answer = client.get(f"/v1/accounts/reports/{report}")
    assert answer.status_code == 200, answer.text
    return {one["handle"] for one in answer.json()["items"]}


def checked(client: httpx.Client, handle: str, platform: str = "instagram") -> dict[str, Any]:
    body = {"platform": platform, "handle": handle}
    answer = client.post("/v1/checks/account", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.usefixtures("district")
@pytest.mark.parametrize("status", ["unauthorized_found", "requested", "under_review"])
def test_an_account_that_exists_without_a_yes_is_denied_and_marked(
    as_: Client, status: str
) -> None:
    client = as_(**DORA)
    made = add(client, status=status, existed_on=str(YESTERDAY))
    assert made["existed_on"] == str(YESTERDAY)
    assert "existed_before" in made["flags"]
    assert "It existed before anybody authorized it." in made["care"]
    assert checked(client, "maplefound")["outcome"] == "deny"
    assert reported(client, "existed-before-authorization") == {"maplefound"}


@pytest.mark.usefixtures("district")
def test_it_stays_marked_once_it_is_authorized(as_: Client, store: Store) -> None:
    client = as_(**DORA)
    late, early, asked = (
        add(client, handle="late", existed_on=str(YESTERDAY)),
        add(client, handle="early", existed_on=str(YESTERDAY)),
        add(client, handle="asked", status="requested"),
    )
    with store.writing() as connection:
        given = District(connection)
        given.authorization(late["id"], authorized_at=datetime.now(UTC))
        given.authorization(early["id"], authorized_at=LONG_AGO)
        given.authorization(early["id"], authorized_at=datetime.now(UTC))
        given.authorization(asked["id"], authorized_at=datetime.now(UTC))
    marked = {
        one["handle"] for one in (read(client, a["id"]) for a in (late, early, asked))
        if "existed_before" in one["flags"]
    }  # fmt: skip
    assert marked == {"late"}


@pytest.mark.usefixtures("district")
def test_what_is_registered_as_found_exists_at_least_since_then(as_: Client) -> None:
    made = add(as_(**DORA))
    assert made["existed_on"] is not None
    assert "existed_before" in made["flags"]


@pytest.mark.usefixtures("district")
@pytest.mark.parametrize("younger", [None, str(YESTERDAY)])
def test_only_communications_takes_a_mark_off(as_: Client, younger: str | None) -> None:
    made = add(as_(**DORA), existed_on="2024-01-01")
    assert patch(as_(person_id="mia"), made["id"], existed_on="2023-01-01").status_code == 200
    refused = patch(as_(person_id="mia"), made["id"], existed_on=younger)
    assert refused.status_code == 403
    assert refused.json()["type"].endswith("/designation-required")
    assert read(as_(), made["id"])["existed_on"] == "2023-01-01"
    assert patch(as_(person_id="dora"), made["id"], existed_on=younger).json()["existed_on"] == (
        younger
    )


@pytest.mark.usefixtures("district")
@pytest.mark.parametrize("day", ["2999-01-01", "2026-02-30", "soon"])
def test_a_day_that_cannot_be(as_: Client, day: str) -> None:
    answer = as_(**DORA).post("/v1/accounts", json={**NEW, "existed_on": day})
    assert answer.status_code == 422
    assert [one["at"] for one in answer.json()["errors"]] == ["/existed_on"]
    assert day not in answer.text


def approve(client: httpx.Client, **to: str) -> httpx.Response:
    body = {"kind": "network_email", "network": "facebook", "effective_from": "2026-11-01", **to}
    return client.post("/v1/grants", json=body)


def with_mail(store: Store, email: str | None, **more: Any) -> None:
    with store.writing() as connection:
        district = District(connection)
        account = district.account("facebook", "mail", contact_email=email, **more)
        district.authorization(account)


@pytest.mark.usefixtures("district")
@pytest.mark.parametrize("to", [{"org_id": "provo"}, {"org_id": "maple"}, {"person_id": "olga"}])
def test_district_email_waits_for_the_approval_of_its_network(
    as_: Client, store: Store, to: dict[str, str]
) -> None:
    client = as_(person_id="dora")
    with_mail(store, "News@Staff.Provo.example")
    said = checked(client, "mail", "facebook")
    assert said["outcome"] == "review"
    (finding,) = [one for one in said["findings"] if one["outcome"] == "review"]
    assert (finding["code"], finding["clause"]["number"]) == ("contact.network_not_approved", 10)
    assert (finding["act"], finding["resolvable_by"]) == (
        "grant_permission", ["director_communications"]
    )  # fmt: skip
    assert reported(client, "email-on-unapproved-network") == {"mail"}
    granted = approve(client, **to)
    assert granted.status_code == 201, granted.text
    assert checked(client, "mail", "facebook")["outcome"] == "allow"
    assert reported(client, "email-on-unapproved-network") == set()
    ended = client.post(f"/v1/grants/{granted.json()['id']}/revoke", json={})
    assert ended.status_code == 201
    assert checked(client, "mail", "facebook")["outcome"] == "review"
    assert reported(client, "email-on-unapproved-network") == {"mail"}


@pytest.mark.usefixtures("district")
@pytest.mark.parametrize("email", [None, "news@mail.example", "news@notprovo.example"])
def test_other_addresses_need_no_approval(as_: Client, store: Store, email: str | None) -> None:
    with_mail(store, email)
    client = as_()
    assert checked(client, "mail", "facebook")["outcome"] == "allow"
    assert reported(client, "email-on-unapproved-network") == set()


@pytest.mark.usefixtures("district")
def test_a_key_of_another_school_hears_nothing_of_its_address(as_: Client, store: Store) -> None:
    with_mail(store, "news@provo.example")
    assert reported(as_(schools=["birch"]), "email-on-unapproved-network") == set()
    assert reported(as_(schools=["maple"]), "email-on-unapproved-network") == {"mail"}
