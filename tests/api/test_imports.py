"""Imports over HTTP: a delivery sent, followed, held and decided on; and what must not get in."""

import io
import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from sqlalchemy import func, select

from app.database import tables
from app.database.session import Store
from app.http.context import keep_service
from app.imports import spool
from app.imports.staging.staging_database import open_staging
from app.settings import Settings
from app.store.ledger.changes import Actor
from app.store.service import import_records
from tests.api.offices import For, Headers
from tests.conftest import MakeKey
from tests.store.conftest import postgres, postgres_template, store_url
from tests.waiting import until

__all__ = ["postgres", "postgres_template", "store_url"]

# What files do is the same whatever the store; what becomes of them in it is told on both.
ON_BOTH = pytest.mark.parametrize("backend", ["sqlite", "postgresql"], indirect=True)
# The same way there and back as those on both: each has a process begun for it, which takes long.
ALSO_ON_BOTH = pytest.mark.parametrize(
    "backend", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)
ORGS = "sourced_id,name,kind\nhill,Hill School,school\n"
PEOPLE = "sourced_id,kind,given_name,family_name,org_sourced_id\n"
URL = "/v1/imports"

Send = Callable[..., httpx.Response]
Files = list[tuple[str, tuple[str | None, Any, str]]]


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def settings(store_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=store_url,
        signing_key_file=tmp_path / "signing-key.pem",
        import_spool=tmp_path / "spool",
    )


def part(name: str, content: str | bytes) -> tuple[str, tuple[str, str | bytes, str]]:
    return ("file", (name, content, "text/csv"))


def students(count: int, first: int = 1) -> str:
    return PEOPLE + "".join(
        f"s-{n},student,Given{n},Family{n},hill\n" for n in range(first, first + count)
    )


def district(count: int = 3) -> Files:
    return [part("orgs.csv", ORGS), part("people.csv", students(count))]


def zipped(**files: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.csv", content)
    return made.getvalue()


def ended(client: httpx.Client, answer: httpx.Response, headers: Headers | None = None) -> Any:
    """The import once no worker is at it any more."""
    assert answer.status_code == 202, answer.text
    return waited(client, answer.headers["Location"], headers)


def waited(client: httpx.Client, path: str, headers: Headers | None = None) -> Any:
    """The import at `path`, once no worker is at it any more."""
    found = [client.get(path, headers=headers)]

    def done() -> bool:
        found[0] = client.get(path, headers=headers)
        progress = found[0].json()["progress"] or {}
        under_way = found[0].json()["state"] in ("received", "staging", "applying")
        return not under_way and progress.get("step") != "approved"

    until(done, 0.1)
    return found[0]


def gone(settings: Settings) -> bool:
    """Whether nothing is left in the spool: true, and late rather than never."""
    spool_ = settings.import_spool
    until(lambda: not spool_.exists() or not list(spool_.iterdir()), 0.05)
    return True


def people(store: Store) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(tables.people)) or 0


@ALSO_ON_BOTH
def test_zip_is_received_followed_and_applied(
    client: httpx.Client, store: Store, settings: Settings
) -> None:
    content = zipped(orgs=ORGS, people=students(3))
    answer = client.post(URL, files=[part("nightly.zip", content)])
    assert answer.status_code == 202
    assert answer.json()["state"] == "received"
    assert answer.headers["ETag"]
    found = ended(client, answer)
    assert found.json()["state"] == "applied"
    assert found.json()["plan"]["kinds"]["people"]["added"] == 3
    assert found.json()["running"] is False
    assert people(store) == 3
    assert gone(settings)
    listed = client.get(URL, params={"limit": 1}).json()
    assert listed["items"][0]["id"] == found.json()["id"]
    again = ended(client, client.post(URL, files=[part("nightly.zip", content)]))
    assert again.json()["state"] == "unchanged"
    pages = client.get(URL, params={"limit": 1})
    assert pages.json()["next_cursor"]
    rest = client.get(URL, params={"limit": 5, "cursor": pages.json()["next_cursor"]}).json()
    assert [one["state"] for one in rest["items"]] == ["applied"]


@ALSO_ON_BOTH
def test_refused_rows_are_told_as_lines_and_never_their_values(
    client: httpx.Client, store: Store, settings: Settings
) -> None:
    bad = students(2) + "s-9,wizard,Bo,Secret,hill\n"
    found = ended(client, client.post(URL, files=[*district()[:1], part("people.csv", bad)])).json()
    assert (found["state"], found["errors"]) == ("invalid", 1)
    lines = client.get(f"{URL}/{found['id']}/errors")
    assert lines.headers["content-type"].startswith("application/x-ndjson")
    (line,) = lines.text.splitlines()
    assert '"file":"people.csv","line":4,"column":"kind"' in line
    assert "wizard" not in line
    assert "Secret" not in line
    assert people(store) == 0
    assert gone(settings)


def test_profile_of_ones_own_and_of_clearposts(client: httpx.Client, store: Store) -> None:
    ended(client, client.post(URL, files=district(20)))
    flags = "Student_Number,Permission to Publish\ns-1,No\ns-2,Yes\n"
    shown = subprocess.run(
        [sys.executable, "-m", "app.cli", "import", "profiles", "show", "powerschool"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "no to publish" in shown.stdout
    own = """
name = "ours"
title = "Ours"
[[flags]]
file = "flags*"
key = "Student_Number"
[[flags.columns]]
column = "Permission to Publish"
meanings = [
  {values = ["No"], means = "refuse"},
  {values = ["Yes"], means = "grant", scopes = [
    {activity = "publish", channel = "all", extent = "image"}]},
  {values = [""], means = "unanswered"},
]
"""
    files = [part("flags.csv", flags), ("profile", ("ours.toml", own, "application/toml"))]
    found = ended(client, client.post(URL, files=files)).json()
    assert (found["state"], found["profile"]) == ("applied", "ours"), found
    said = {value["label"]: value["said"] for value in found["plan"]["values"]}
    assert "1 student becomes refused" in said["Permission to Publish = No"]
    with store.reading() as connection:
        decisions = set(connection.scalars(select(tables.consents.c.decision)))
    assert decisions == {"grant", "refuse"}


@ALSO_ON_BOTH
def test_one_that_waits_is_approved_by_a_person(
    client: httpx.Client, for_: For, store: Store, settings: Settings
) -> None:
    ended(client, client.post(URL, files=district(30)))
    options = {"complete": "true", "feed": "sis"}
    held = ended(client, client.post(URL, files=district(12), data=options))
    assert held.json()["state"] == "held", held.text
    assert "missing from the feed" in held.json()["reason"]
    path, etag = f"{URL}/{held.json()['id']}", {"If-Match": held.headers["ETag"]}
    sue = for_("sue")
    assert client.post(f"{path}/approve", headers=sue).status_code == 428
    nobody = client.post(f"{path}/approve", headers=etag)
    assert nobody.json()["type"] == "/problems/person-required"
    stale = client.post(f"{path}/approve", headers={**sue, "If-Match": '"1"'})
    assert stale.status_code == 412
    done = client.post(f"{path}/approve", headers={**sue, **etag})
    assert done.status_code == 202
    twice = client.post(f"{path}/approve", headers={**sue, **etag})
    assert twice.status_code in (409, 412)
    assert client.post(f"{path}/resume").status_code in (202, 409)
    found = ended(client, done).json()
    assert (found["state"], found["decided_by"], found["feed"]) == ("applied", "sue", "sis")
    with store.reading() as connection:
        missing = select(func.count()).where(tables.people.c.status == "missing_from_feed")
        assert connection.scalar(missing)
    assert gone(settings)


@ALSO_ON_BOTH
def test_one_that_waits_is_rejected_with_a_reason(client: httpx.Client, for_: For) -> None:
    ended(client, client.post(URL, files=district(30)))
    held = ended(client, client.post(URL, files=district(12), data={"complete": "true"}))
    path, headers = f"{URL}/{held.json()['id']}/reject", {"If-Match": held.headers["ETag"]}
    assert client.post(path, json={"reason": "half"}, headers=headers).status_code == 403
    headers |= for_("sue")
    assert client.post(path, json={}, headers=headers).status_code == 422
    found = client.post(path, json={"reason": "Half a file"}, headers=headers)
    assert (found.status_code, found.json()["state"]) == (200, "rejected")
    assert found.json()["reason"] == "Half a file"
    again = {**headers, "If-Match": found.headers["ETag"]}
    answer = client.post(path, json={"reason": "Half a file"}, headers=again)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")


@ALSO_ON_BOTH
def test_same_key_and_files_make_one_import(client: httpx.Client) -> None:
    headers = {"Idempotency-Key": "night-1"}
    first = client.post(URL, files=district(), headers=headers)
    second = client.post(URL, files=district(), headers=headers)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert first.json() == second.json()
    ended(client, first)
    other = client.post(URL, files=district(4), headers=headers)
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    assert len(client.get(URL).json()["items"]) == 1


def test_second_while_one_runs_is_409(
    client: httpx.Client, store: Store, settings: Settings
) -> None:
    with open_staging(store):
        for headers in ({}, {"Idempotency-Key": "k"}):
            answer = client.post(URL, files=district(), headers=headers)
            assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")
    assert gone(settings)


@ON_BOTH
def test_import_whose_worker_died_is_gone_on_with(
    client: httpx.Client, store: Store, settings: Settings, tmp_path: Path
) -> None:
    folder = spool.begin_upload(settings.import_spool)
    for _, (name, content, _kind) in district():
        (spool.find_files(folder) / str(name)).write_text(content)
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    with store.writing() as connection:
        found = import_records.create_import(
            connection, Actor("test", None, long_ago), state="received"
        )
    spool.put_job(folder, spool.Job(action="import", caller="test", person_id=None))
    folder.rename(settings.import_spool / found.id)
    said = client.get(f"{URL}/{found.id}").json()
    assert (said["state"], said["running"]) == ("received", False)
    answer = client.post(f"{URL}/{found.id}/resume")
    assert ended(client, answer).json()["state"] == "applied"
    assert client.post(f"{URL}/{found.id}/resume").status_code == 409
    assert gone(settings)


def workers(import_id: str) -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if import_id in one.cmdline()]


@ON_BOTH
def test_worker_that_is_killed_leaves_a_true_state(client: httpx.Client, store: Store) -> None:
    answer = client.post(URL, files=district(10_000))
    path = answer.headers["Location"]
    import_id = answer.json()["id"]
    # A process that has only just begun still bears the name of the one that began it.
    until(lambda: workers(import_id))
    (worker,) = workers(import_id)

    def has_begun() -> bool:
        """Look while the worker stands still: it could come to its end before it is killed."""
        worker.suspend()
        begun = client.get(path).json()["state"] != "received"
        if not begun:
            worker.resume()
        return begun

    until(has_begun)
    worker.kill()
    worker.wait(60)
    # Its lock goes with its connection, which PostgreSQL comes to see in a moment.
    until(lambda: not client.get(path).json()["running"])
    assert client.get(path).json()["state"] in ("staging", "applying")
    found = ended(client, client.post(f"{path}/resume")).json()
    assert found["state"] == "applied", found
    assert people(store) == 10_000


@ALSO_ON_BOTH
def test_later_delivery_supersedes_one_that_nobody_began(
    client: httpx.Client, store: Store, settings: Settings
) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    with store.writing() as connection:
        found = import_records.create_import(
            connection, Actor("test", None, long_ago), state="received"
        )
    left = spool.begin_upload(settings.import_spool)
    os.utime(left, (0, 0))
    (settings.import_spool / found.id).mkdir()
    (settings.import_spool / "letters").mkdir()
    ended(client, client.post(URL, files=district()))
    assert client.get(f"{URL}/{found.id}").json()["state"] == "superseded"
    (settings.import_spool / "letters").rmdir()
    assert gone(settings)


@ON_BOTH
def test_eight_equal_requests_make_one_import(client: httpx.Client) -> None:
    headers = {"Idempotency-Key": "night-8"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: client.post(URL, files=district(), headers=headers), range(8))
        )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    ended(client, answers[0])
    assert len(client.get(URL).json()["items"]) == 1


def test_key_limited_to_schools_and_key_without_the_scope(
    client: httpx.Client, for_: For, make_key: MakeKey
) -> None:
    known = ended(client, client.post(URL, files=district())).json()["id"]
    limited = for_("sue", schools=("maple",))
    reader = {"Authorization": f"Bearer {make_key(scopes=['people:read']).secret}"}
    body = {"json": {"reason": "no"}}
    for headers in (limited, reader):
        for method, path, sent in (
            ("POST", "", {"files": district()}), ("GET", "", {}), ("GET", f"/{known}", {}),
            ("GET", f"/{known}/errors", {}), ("POST", f"/{known}/approve", {}),
            ("POST", f"/{known}/reject", body), ("POST", f"/{known}/resume", {}),
        ):  # fmt: skip
            answer = client.request(method, f"{URL}{path}", headers=headers, **sent)
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden"), path
    nobody = client.post(URL, files=district(), headers={"Authorization": "x"})
    assert nobody.status_code == 401
    assert client.get(f"{URL}/01a2044e-136f-771d-9af9-2da7d1d8b1eb").status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "../people.csv",
        "/etc/passwd",
        "a/b.csv",
        "..",
        ".",
        ".hidden.csv",
        "nul\0.csv",
        "x" * 200,
        "",
    ],
)
def test_names_that_lead_elsewhere(
    client: httpx.Client, settings: Settings, name: str, tmp_path: Path
) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="'
        + name.encode() + b'"\r\n\r\nx\r\n--b--\r\n'
    )  # fmt: skip
    answer = client.post(
        URL, content=body, headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["at"] == "/file"
    assert gone(settings)
    assert not list(tmp_path.rglob("*passwd*"))


def refused(answer: httpx.Response) -> str:
    assert answer.status_code == 422, answer.text
    return str(answer.json()["errors"][0]["code"])


def test_forms_that_say_too_much_or_too_little(client: httpx.Client, settings: Settings) -> None:
    def send(files: Files, **data: str) -> str:
        return refused(client.post(URL, files=files, data=data))

    assert send([("profile", (None, "powerschool", ""))]) == "missing"
    assert send(district(), complete="perhaps") == "complete"
    assert send(district(), accept_empty_consents="perhaps") == "boolean"
    assert send(district(), feed="HR, or so") == "feed"
    assert send(district(), profile="../../etc/passwd") == "unknown"
    assert send(district(), profile="x" * 1000) == "too_long"
    assert send(district(), other="x") == "unknown_field"
    assert send([*district(), part("ORGS.csv", ORGS)]) == "repeated"
    assert send([*district(), part("more.zip", zipped(orgs=ORGS))]) == "zip_alone"
    assert send([*district(), ("profile", ("p.toml", "name = ", ""))]) == "profile"
    assert send([part(f"f{n}.csv", "x") for n in range(10_000)]) == "too_many_parts"
    assert gone(settings)


def test_what_is_no_form(client: httpx.Client, settings: Settings) -> None:
    for kind in (
        "application/json",
        "text/csv",
        "multipart/form-data",
        "multipart/mixed;boundary=b",
    ):
        answer = client.post(URL, content=b"--b--", headers={"Content-Type": kind})
        assert answer.status_code == 415
        assert answer.json()["type"] == "/problems/multipart-required"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    for body in (b"", b"nothing of the kind", b'--b\r\nContent-Disposition: form-data; name="fi'):
        answer = client.post(URL, content=body, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-request")
    assert gone(settings)


def test_connection_that_is_cut_leaves_nothing(
    client: httpx.Client, service: str, settings: Settings
) -> None:
    host, port = service.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        head = (
            f"POST {URL} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n"
            f"Authorization: {client.headers['Authorization']}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        )
        start = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        line.sendall(head.encode() + start.encode() + b"x" * 600_000)
        until(lambda: list(settings.import_spool.glob("upload-*/files/a.csv")))
    assert gone(settings)
    assert client.get(URL).json()["items"] == []


def test_larger_than_it_may_be(client: httpx.Client, application: Any, settings: Settings) -> None:
    smaller = settings.model_copy(update={"import_upload_bytes": 2_000_000})
    keep_service(application, replace(application.state.service, settings=smaller))
    big = [part("people.csv", b"x" * 3_000_000)]
    answer = client.post(URL, files=big)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/upload-too-large")

    def chunks() -> Any:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        for _ in range(60):
            yield b"x" * 50_000

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = client.post(URL, content=chunks(), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/upload-too-large")
    assert gone(settings)


def test_zip_bomb_and_zip_with_a_way_out(client: httpx.Client, settings: Settings) -> None:
    bomb, way_out = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("people.csv", PEOPLE + "," * 50_000_000)
    with zipfile.ZipFile(way_out, "w") as archive:
        archive.writestr("../people.csv", students(1))
    for made in (bomb, way_out):
        found = ended(client, client.post(URL, files=[part("x.zip", made.getvalue())])).json()
        assert (found["state"], found["errors"]) == ("invalid", 1), found
    assert gone(settings)
