"""Tokens for widgets, and which pages get an answer at all."""

import base64
import json
import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey
from sqlalchemy import update

from app.auth.widget_tokens import Signer
from app.database.session import Store
from app.database.tables import people
from app.settings import Settings
from app.store.ledger import chain
from app.store.ledger.changes import Actor
from app.store.service import keys
from app.store.service.origins import add_origin, normalize_origin, remove_origin
from tests.conftest import MakeKey
from tests.district import District, found
from tests.waiting import until

PAGE = "https://intranet.example.org"
ASKED = {"origin": PAGE, "scopes": ["check"]}
CHECK = {"students": [{"id": "ana"}]}
Issue = Callable[..., httpx.Response]


@pytest.fixture(autouse=True)
def _district(store: Store) -> None:
    with store.writing() as connection:
        found(connection)
        add_origin(connection, Actor("test", None, datetime.now(UTC)), PAGE)


@pytest.fixture
def intranet(make_key: MakeKey) -> keys.NewKey:
    scopes = ["check", "people:read", "decisions:read", "reviews:decide", "widgets:issue"]
    return make_key(scopes=scopes)


@pytest.fixture
def issue(client: httpx.Client, intranet: keys.NewKey) -> Issue:
    def ask(**changed: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {intranet.secret}"}
        return client.post("/v1/widget-tokens", json={**ASKED, **changed}, headers=headers)

    return ask


def check(service: str, token: str, **headers: str) -> httpx.Response:
    sent = {"Authorization": f"Bearer {token}", "Origin": PAGE, **headers}
    return httpx.post(f"{service}/v1/checks/photo-consent", json=CHECK, headers=sent)


def test_token_answers_on_its_page_and_nowhere_else(service: str, issue: Issue) -> None:
    token = issue().json()["token"]
    answer = check(service, token)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "allow")
    assert answer.headers["access-control-allow-origin"] == PAGE
    for origin in ("https://intranet.example.com", f"{PAGE}.evil.test", "null", f"{PAGE}:444"):
        assert check(service, token, Origin=origin).status_code == 401
    without = httpx.post(
        f"{service}/v1/checks/photo-consent", json=CHECK,
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert without.status_code == 401


def test_embedded_token_answers_on_our_own_pages_only(service: str, issue: Issue) -> None:
    token = issue(embedded=True).json()["token"]
    own = {"Origin": service, "Sec-Fetch-Site": "same-origin"}
    assert check(service, token, **own).status_code == 200
    assert check(service, token).status_code == 401
    assert check(service, token, **{**own, "Sec-Fetch-Site": "cross-site"}).status_code == 401
    assert check(service, token, **{**own, "Origin": PAGE}).status_code == 401


def test_token_lives_ten_minutes_at_most(issue: Issue) -> None:
    before = datetime.now(UTC)
    answer = issue()
    assert answer.status_code == 201
    life = datetime.fromisoformat(answer.json()["expires_at"]) - before
    assert timedelta(minutes=9) < life < timedelta(minutes=11)
    assert issue(seconds=601).status_code == 422


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        ({"scopes": ["accounts:write"]}, "/scopes"),
        ({"scopes": ["widgets:issue"]}, "/scopes"),
        ({"scopes": ["check", "decisions:read"]}, "/scopes"),
        ({"scopes": ["check", "reviews:decide"]}, "/scopes"),
        ({"origin": "https://other.example.org"}, "/origin"),
        ({"origin": f"{PAGE}/path"}, "/origin"),
        ({"origin": "null"}, "/origin"),
        ({"person_id": "ana"}, "/person_id"),
        ({"person_id": "nobody"}, "/person_id"),
    ],
)
def test_nothing_wider_than_the_key(issue: Issue, changed: dict[str, Any], at: str) -> None:
    answer = issue(**changed)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == at


def test_key_limited_to_schools_cannot_widen(
    service: str, client: httpx.Client, make_key: MakeKey
) -> None:
    key = make_key(scopes=["check", "widgets:issue"], schools=["birch"])
    headers = {"Authorization": f"Bearer {key.secret}"}
    wider = client.post(
        "/v1/widget-tokens", json={**ASKED, "schools": ["birch", "maple"]}, headers=headers
    )
    assert (wider.status_code, wider.json()["errors"][0]["at"]) == (422, "/schools")
    token = client.post("/v1/widget-tokens", json=ASKED, headers=headers).json()["token"]
    (finding,) = [f for f in check(service, token).json()["findings"] if f["at"] == "/students/0"]
    assert finding["code"] == "student.unidentified"


def test_key_limited_to_schools_knows_and_acts_for_their_staff_only(
    client: httpx.Client, make_key: MakeKey, store: Store
) -> None:
    with store.writing() as connection:
        District(connection).employee("bea", "Bea Birch", org_id="birch")
    key = make_key(scopes=["check", "widgets:issue"], schools=["birch"])
    headers = {"Authorization": f"Bearer {key.secret}"}

    def ask(person_id: str) -> httpx.Response:
        asked = {**ASKED, "person_id": person_id}
        return client.post("/v1/widget-tokens", json=asked, headers=headers)

    assert ask("bea").status_code == 201
    for elsewhere in ("tess", "dora"):
        assert ask(elsewhere).json()["errors"] == ask("nobody").json()["errors"]


def test_people_and_schools_behind_one_key_share_no_idempotency_key(
    service: str, issue: Issue
) -> None:
    bearers = [
        issue(**limits).json()["token"]
        for limits in (
            {"person_id": "tess"}, {"person_id": "ed"}, {"person_id": "ed", "schools": ["maple"]},
        )
    ]  # fmt: skip

    def refuse(token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Origin": PAGE, "Idempotency-Key": "mine"}
        path = f"{service}/v1/consents/own"
        return httpx.post(path, json={"decision": "refuse"}, headers=headers)

    answers = [refuse(token) for token in bearers]
    assert [a.json()["person_id"] for a in answers] == ["tess", "ed", "ed"]
    assert len({a.json()["id"] for a in answers}) == 3
    again = refuse(bearers[1])
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (answers[1].json(), "true")


def test_revoking_the_key_ends_its_tokens(
    service: str, issue: Issue, intranet: keys.NewKey, store: Store
) -> None:
    token = issue().json()["token"]
    assert check(service, token).status_code == 200
    with store.writing() as connection:
        keys.revoke_key(connection, intranet.id, datetime.now(UTC))
    time.sleep(1.1)
    assert check(service, token).status_code == 401


def forged(settings: Settings, **changes: Any) -> dict[str, str]:
    """Tokens as somebody would make them who lacks the key, or has another token's."""
    own = OKPKey.import_key(settings.signing_key_file.read_bytes())
    said: dict[str, Any] = {
        "iss": "clearpost", "aud": "clearpost-widget", "sub": changes["key"],
        "iat": int(time.time()), "exp": int(time.time()) + 300,
        "origin": PAGE, "embedded": False, "scopes": ["check"], "schools": None, "person": None,
    }  # fmt: skip
    typ, alg = "clearpost-widget+jwt", "Ed25519"

    def made(key: Any = own, *, typ: str = typ, alg: str = alg, **claims: Any) -> str:
        return jwt.encode({"alg": alg, "typ": typ}, {**said, **claims}, key, algorithms=[alg])

    body = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": typ}).encode()).decode()
    public = OctKey.import_key(str(own.as_dict(private=False)["x"]))
    return {
        "good": made(),
        "expired": made(exp=int(time.time()) - 1),
        "other audience": made(aud="clearpost-clearance"),
        "other type": made(typ="JWT"),
        "other issuer": made(iss="evil"),
        "other key": made(OKPKey.generate_key("Ed25519")),
        "unsigned": f"{head.rstrip('=')}.{body}.{'x' * 86}",
        "public key as secret": made(public, alg="HS256"),
        "no expiry": made(exp=None),
        "issued later": made(iat=int(time.time()) + 3_600),
    }


def test_forged_and_foreign_tokens_are_refused(
    service: str, issue: Issue, settings: Settings, intranet: keys.NewKey
) -> None:
    issue()  # makes the signing key
    tokens = forged(settings, key=intranet.id)
    assert check(service, tokens.pop("good")).status_code == 200
    answers = {name: check(service, token).status_code for name, token in tokens.items()}
    assert answers == dict.fromkeys(tokens, 401)


def test_token_that_names_the_former_bearer_of_an_id_ends(
    service: str, issue: Issue, store: Store
) -> None:
    token = issue(person_id="mia").json()["token"]
    own = issue().json()["token"]
    assert check(service, token).status_code == 200
    with store.writing() as connection:
        passed = update(people).where(people.c.id == "mia")
        connection.execute(passed.values(bearer_since=datetime.now(UTC)))
    until(lambda: check(service, token).status_code == 401)
    assert check(service, own).status_code == 200


def test_token_for_a_person_is_on_the_ledger(issue: Issue, store: Store) -> None:
    assert issue(person_id="mia").status_code == 201
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None
        rows = connection.exec_driver_sql("SELECT payload FROM ledger ORDER BY seq DESC LIMIT 1")
        assert json.loads(rows.scalar_one())["subjects"] == ["mia"]


def test_preflight_knows_registered_origins_only(service: str, store: Store) -> None:
    def ask(origin: str) -> httpx.Response:
        wanted = {"Access-Control-Request-Method": "POST", "Origin": origin,
                  "Access-Control-Request-Headers": "authorization,content-type"}  # fmt: skip
        return httpx.options(f"{service}/v1/checks/post", headers=wanted)

    assert ask(PAGE).headers["access-control-allow-origin"] == PAGE
    strangers = (
        "null", "https://intranet.example.org.evil.test", "https://evilintranet.example.org",
        "http://intranet.example.org", "https://intranet.example.org:8443", "https://example.org",
        "HTTPS://INTRANET.EXAMPLE.ORG", "*",
    )  # fmt: skip
    for stranger in strangers:
        assert "access-control-allow-origin" not in ask(stranger).headers
    with store.writing() as connection:
        remove_origin(connection, Actor("test", None, datetime.now(UTC)), PAGE)
    time.sleep(1.1)
    assert "access-control-allow-origin" not in ask(PAGE).headers


def test_errors_carry_the_headers_too(service: str) -> None:
    for path in ("/v1/checks/post", "/nowhere"):
        answer = httpx.post(f"{service}{path}", content=b"{", headers={"Origin": PAGE})
        assert answer.status_code >= 400
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert answer.headers["vary"] == "Origin"
        stranger = httpx.post(
            f"{service}{path}", content=b"{", headers={"Origin": "https://e.test"}
        )
        assert "access-control-allow-origin" not in stranger.headers


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Intranet.Example.org/", "https://intranet.example.org"),
        ("https://a.test:443", "https://a.test"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://münchen.test", "https://xn--mnchen-3ya.test"),
    ],
)
def test_origin_is_written_as_browsers_write_it(text: str, origin: str) -> None:
    assert normalize_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    ["null", "*", "https://*.a.test", "https://a.test/x", "https://u@a.test", "https://a.test?q",
     "https://a.test#f", "ftp://a.test", "file:///x", "a.test", "", "javascript:1", "https://"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be an origin"):
        normalize_origin(text)


def test_signing_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "key.pem"
    signers = [Signer(file, lambda: datetime.now(UTC)) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda signer: signer._load_key().as_pem(private=True), signers))
    assert made == {file.read_bytes()}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
