"""`clearpost import pull`: as a command, with its exit codes, and nothing said that is secret."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.database.session import Store
from tests.cli.conftest import COMMAND, Run, one_line
from tests.rest.scenes import SECRET, Scene, district, opened


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with opened(tmp_path / "provider") as made:
        yield made


@pytest.fixture
def environment(environment: dict[str, str], scene: Scene, tmp_path: Path) -> dict[str, str]:
    return {
        **environment,
        "CLEARPOST_IMPORT_PROVIDERS": str(scene.providers),
        "CLEARPOST_IMPORT_PULLS": str(tmp_path / "pulls"),
    }


def test_a_pull_is_an_import(migrated: Run, scene: Scene, tmp_path: Path) -> None:
    planned = migrated("import", "pull", "campus", "--plan")
    assert planned.returncode == 0
    kept = tmp_path / "pulls" / "campus" / "delivery"
    assert f"What came lies in {kept} until the next pull." in planned.stderr
    private = [kept.parent, kept, *kept.iterdir()]
    assert all(path.stat().st_mode & 0o077 == 0 for path in private)
    said = migrated("import", "pull", "campus")
    assert said.returncode == 0
    assert "campus: read everything: 1 classes, 12 demographics, 13 enrollments" in said.stderr
    assert "users.csv\t14\t13" in said.stdout
    assert "metadata.photoConsent = no means no to publish image (all): 1 row" in said.stderr
    assert not kept.exists()
    assert migrated("import", "pull", "campus").returncode == 0
    assert migrated("import", "status").stdout.count("\tunchanged\t") == 1


def test_what_is_not_whole_ends_in_one_line(migrated: Run, scene: Scene) -> None:
    scene.play(end_after={"users": 10})
    said = migrated("import", "pull", "campus")
    assert said.returncode == 1
    assert one_line(said.stderr) == (
        "clearpost: campus: users: its pages ended with 10 of 14 records, 3 times in a row; "
        "nothing was delivered"
    )
    (night,) = migrated("import", "status").stdout.splitlines()[1:]
    assert night.split("\t")[1::2] == ["failed", "oneroster-1.1"]
    told = migrated("import", "status", night.split("\t")[0]).stderr
    assert "Why: campus: users: its pages ended with 10 of 14 records" in told
    assert migrated("import", "pull", "campus", "--plan").returncode == 1
    assert len(migrated("import", "status").stdout.splitlines()) == 2


def test_what_is_held_waits(migrated: Run, scene: Scene) -> None:
    assert migrated("import", "pull", "campus").returncode == 0
    scene.collections = district(5)
    scene.play()
    said = migrated("import", "pull", "campus", CLEARPOST_IMPORT_HOLD_FROM_PEOPLE="1")
    assert said.returncode == 4
    assert "To apply it: clearpost import approve" in said.stderr
    assert "What came lies in" in said.stderr


def test_wrong_usage(migrated: Run, scene: Scene) -> None:
    assert migrated("import", "pull", "skyward").returncode == 2
    said = migrated("import", "pull", "campus", CLEARPOST_IMPORT_PROVIDERS="")
    assert said.returncode == 2
    scene.write_down(base_url="http://sis.example/v1p1")
    said = migrated("import", "pull", "campus")
    assert said.returncode == 2
    assert one_line(said.stderr) == (
        "clearpost: providers.toml: campus.base_url: must begin with https://"
    )


def test_nothing_secret_is_said(migrated: Run, scene: Scene, tmp_path: Path) -> None:
    for faults in ({}, {"garbage": "users"}, {"fail": [
        {"collection": "orgs", "nth": 1, "status": 404}
    ]}, {"token_lives": 0}):  # fmt: skip
        scene.play(**faults)
        said = migrated("import", "pull", "campus", CLEARPOST_LOG_LEVEL="debug")
        for secret in (SECRET, "Kid1", "Family1", "s-01", "token-", "clearpost-id"):
            assert secret not in said.stdout + said.stderr


def test_one_pull_at_a_time(
    environment: dict[str, str], scene: Scene, store: Store, tmp_path: Path, migrated: Run
) -> None:
    slow = {"collection": "enrollments", "nth": 1, "times": 1, "status": 429}
    scene.play(fail=[{**slow, "headers": {"Retry-After": "60"}}])
    first = subprocess.Popen(
        [str(COMMAND), "import", "pull", "campus"], env=environment, cwd=tmp_path,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        until = time.monotonic() + 60
        while not scene.log and time.monotonic() < until:
            time.sleep(0.1)
        # Nothing in the list of processes tells the secret.
        shown = Path(f"/proc/{first.pid}/cmdline").read_bytes()
        assert SECRET.encode() not in shown
        said = migrated("import", "pull", "campus")
        assert said.returncode == 5
        assert one_line(said.stderr) == "clearpost: Another pull of this provider is under way"
    finally:
        first.kill()
        first.communicate()
    assert migrated("import", "pull", "campus").returncode == 0
