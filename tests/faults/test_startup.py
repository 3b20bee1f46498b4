"""What must be right before the first check is answered."""

import subprocess
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from app.database.session import Store
from tests.faults.asking import ANA, ask, on_ledger
from tests.faults.conftest import COMMAND, Headers, Serve, Start
from tests.waiting import until


def set_revision(store: Store, revision: str) -> str:
    """Say that the store is at `revision`; where it was."""
    with store.writing() as connection:
        before = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
    return str(before)


@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_store_at_another_revision_is_up_but_not_ready(
    serve: Serve, store: Store, revision: str
) -> None:
    with serve() as url:
        for path, status in (("/healthz", 200), ("/readyz", 200)):
            assert httpx.get(url + path, trust_env=False).status_code == status
        head = set_revision(store, revision)
        until(lambda: httpx.get(f"{url}/readyz", trust_env=False).status_code == 503)
        assert httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
        said = httpx.get(f"{url}/readyz", trust_env=False)
        assert said.json()["type"] == "/problems/not-ready"
        assert said.headers["Retry-After"] == "1"
        set_revision(store, head)
        until(lambda: httpx.get(f"{url}/readyz", trust_env=False).status_code == 200)


@pytest.mark.repeats_on_postgresql
def test_store_of_a_newer_version_is_not_served(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    set_revision(store, "9999")
    ended = subprocess.run(
        [COMMAND, "serve", "--port", "0"],
        check=False, capture_output=True, text=True, timeout=60, cwd=tmp_path,
        env={"CLEARPOST_DATABASE_URL": store_url},
    )  # fmt: skip
    assert ended.returncode != 0
    assert "9999" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_several_services_share_one_store(start: Start, store: Store, headers: Headers) -> None:
    """SQLite is for one process, yet there too a second one does no harm to the chain."""
    services = [start(), start()]
    told = {ask(service.url, headers, ANA).json()["id"] for _ in range(5) for service in services}
    assert len(told) == 10
    assert on_ledger(store) == told
