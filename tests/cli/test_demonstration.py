"""`clearpost demo`, end to end, as `make demo` runs it."""

import re
import signal
import socket
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from app.cli import demonstration
from app.database.session import Store, utc_now
from app.main import create_app
from app.store.service import keys
from docs import examples
from docs.demo import Demo
from docs.tour import walk_checks
from migrations.upgrade import upgrade
from tests.cli.conftest import COMMAND, Run, one_line

DAY = re.compile(r"\d{4}-\d\d-\d\d(T[0-9:.]+Z)?|[A-Z][a-z]{2} \d{1,2}, \d{4}")
LAST = "It serves until Ctrl-C."


@contextmanager
def running(
    environment: dict[str, str], folder: Path
) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The demo in `folder`, once it serves, and what it has said by then."""
    process = subprocess.Popen(
        [COMMAND, "demo", "--port", "0", "--intranet-port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder, env=environment,
    )  # fmt: skip
    assert process.stdout
    said: list[str] = []
    try:
        for line in process.stdout:
            said.append(line.rstrip("\n"))
            if line.startswith(LAST):
                break
        yield process, said
    finally:
        process.kill()
        process.communicate()


def ended_well(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")


def outcomes(said: list[str]) -> list[str]:
    return [line.split()[1] for line in said if line.startswith("╭─ ")]


def url(said: list[str]) -> str:
    (line,) = (line for line in said if line.startswith("The docs"))
    return line.split()[-1].removesuffix("/docs")


def check(said: list[str], key: str) -> httpx.Response:
    body = {"students": [{"id": "s-000002"}]}
    headers = {"Authorization": f"Bearer {key}"}
    address = f"{url(said)}/v1/checks/photo-consent"
    return httpx.post(address, json=body, headers=headers, trust_env=False)


def test_first_and_second_run(environment: dict[str, str], tmp_path: Path) -> None:
    # Whatever the settings of whoever runs it: the demo is the demo.
    environment |= {"CLEARPOST_CONSENT_MODE": "opt_in", "COLUMNS": "70"}
    with running(environment, tmp_path) as (process, said):
        assert outcomes(said) == ["ALLOW", "REVIEW", "DENY"]
        assert max(map(len, said)) <= 70
        assert any("What to do: Leave this person out" in line for line in said)
        file = tmp_path / "var" / "demo.key"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        key = file.read_text().strip()
        assert key not in "\n".join(said)
        first = check(said, key).json()
        assert httpx.get(f"{url(said)}/docs", trust_env=False).status_code == 200
        ended_well(process)
    with running(environment, tmp_path) as (process, said):
        assert outcomes(said) == ["ALLOW", "REVIEW", "DENY"]
        assert file.read_text().strip() == key
        headers = {"Authorization": f"Bearer {key}"}
        kept = f"{url(said)}/v1/decisions/{first['id']}"
        assert httpx.get(kept, headers=headers, trust_env=False).json() == first
        ended_well(process)
    assert not (tmp_path / "store.db").exists()


@pytest.mark.slow  # the next has a store that is older still
def test_demo_comes_back_after_weeks_and_with_a_dead_key(
    environment: dict[str, str], tmp_path: Path, process: Run
) -> None:
    with running(environment, tmp_path) as (demo, _):
        ended_well(demo)
    store = sqlite3.connect(tmp_path / "var" / "demo.db")
    store.execute("DROP TRIGGER list_dates_no_update")
    store.execute("UPDATE list_dates SET at = '2020-01-01 00:00:00.000000'")
    store.execute("UPDATE api_keys SET revoked_at = created_at")
    store.commit()
    store.close()
    file = tmp_path / "var" / "demo.key"
    old = file.read_text()
    settings = {"CLEARPOST_DATABASE_URL": "sqlite:///var/demo.db"}
    stale = process("check", "photo", stdin='{"students": [{"id": "s-000001"}]}', **settings)
    assert "REVIEW" in stale.stdout
    with running(environment, tmp_path) as (demo, said):
        assert outcomes(said) == ["ALLOW", "REVIEW", "DENY"]
        assert file.read_text() != old
        assert check(said, file.read_text().strip()).status_code == 200
        ended_well(demo)


def test_demo_made_months_ago_answers_as_the_papers_say(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = demonstration.demo_settings(demonstration.FOLDER)
    long_ago = utc_now() - timedelta(days=200)
    with closing(Store(settings.database_url, clock=lambda: long_ago)) as store:
        upgrade(store)
        demonstration._import_lists(store, settings)
    with closing(Store(settings.database_url)) as store, store.writing() as connection:
        scopes = ("check", "decisions:read", "people:read")
        key = keys.create_key(connection, name="old", scopes=scopes, now=long_ago).secret
    headers = {"Authorization": f"Bearer {key}", "X-Request-ID": "your-own-id"}
    with running(environment, tmp_path) as (demo, said):
        assert outcomes(said) == ["ALLOW", "REVIEW", "DENY"]
        with (
            httpx.Client(base_url=url(said), headers=headers, trust_env=False) as client,
            closing(Store(settings.database_url)) as store,
        ):
            described = create_app(settings, store=store).openapi()
            asked = walk_checks(Demo(client, store, settings, described))
        ended_well(demo)
    answered, recorded = (
        [DAY.sub("…", examples.without_varying(one)) for one in found]
        for found in (asked, examples.recorded()[: len(asked)])
    )
    assert answered == recorded


def test_port_in_use_is_told_before_anything_is_made(clearpost: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = clearpost("demo", "--port", str(taken.getsockname()[1]))
    assert said.returncode == 1
    assert "Address already in use" in one_line(said.stderr)
    assert not (tmp_path / "var").exists()
