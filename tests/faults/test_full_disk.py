"""A disk that takes no more: 503 for what is to be written, nothing left over, reads answered."""

import contextlib
import ctypes
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from tests.conftest import MakeKey
from tests.faults.asking import ANA, ask, refused
from tests.faults.conftest import Headers, Start
from tests.service import serving

MIB = 1024 * 1024
_libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A file system of that many bytes, for which one has to be root."""
    folder.mkdir()
    options = f"size={size}".encode()
    if _libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, options):
        pytest.skip(f"no file system can be mounted here: {os.strerror(ctypes.get_errno())}")
    try:
        yield folder
    finally:
        assert _libc.umount2(str(folder).encode(), 2) == 0  # MNT_DETACH


def fill(disk: Path) -> Path:
    """Fill what is left of the disk, to the last byte."""
    path = disk / "filler"
    with path.open("ab", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            with contextlib.suppress(OSError):
                while file.write(b"x" * size) == size:
                    pass
    return path


def deliver(url: str, headers: Headers, size: int, **data: str) -> httpx.Response:
    files: Any = [("file", ("people.csv", b"x" * size, "text/csv"))]
    return httpx.post(
        f"{url}/v1/imports", files=files, data=data, headers=headers, timeout=60, trust_env=False
    )


def left(spool: Path) -> list[Path]:
    return [one for one in spool.rglob("*") if one.name != "filler"]


@pytest.fixture
def spool_disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 2 * MIB) as disk:
        yield disk


# In one write, in the last one, and at the end of the file, when Python's buffer is written.
@pytest.mark.parametrize("size", [8 * MIB, 2 * MIB + 1, 2 * MIB - 100])
def test_upload_that_the_disk_has_no_room_for(
    settings: Settings, store: Store, headers: Headers, spool_disk: Path, size: int
) -> None:
    with serving(create_app(settings.model_copy(update={"import_spool": spool_disk}))) as url:
        assert refused(deliver(url, headers, size), "spool-unavailable")
        assert left(spool_disk) == []
        assert httpx.get(f"{url}/v1/imports", headers=headers).json()["items"] == []
        # With room again the next is looked at: it has another fault.
        assert deliver(url, headers, MIB, complete="perhaps").status_code == 422
        assert left(spool_disk) == []


def test_disk_that_is_full_before(
    settings: Settings, store: Store, headers: Headers, tmp_path: Path
) -> None:
    """Not even a folder can be made, or the job is the last straw."""
    with small_disk(tmp_path / "disk", MIB) as disk:
        fill(disk)
        spool = disk / "spool"
        with serving(create_app(settings.model_copy(update={"import_spool": spool}))) as url:
            assert refused(deliver(url, headers, 10), "spool-unavailable")
            assert not spool.exists() or left(spool) == []


@pytest.mark.parametrize("room", [0, 3 * 4_096])
def test_no_room_for_the_last_file_of_a_delivery(
    settings: Settings, store: Store, headers: Headers, spool_disk: Path, room: int
) -> None:
    filler = fill(spool_disk)
    os.truncate(filler, filler.stat().st_size - room)
    with serving(create_app(settings.model_copy(update={"import_spool": spool_disk}))) as url:
        assert refused(deliver(url, headers, max(room, 1)), "spool-unavailable")
        assert left(spool_disk) == []
        assert httpx.get(f"{url}/v1/imports", headers=headers).json()["items"] == []


@pytest.mark.repeats_on_postgresql
def test_files_that_may_grow_no_more(start: Start, headers: Headers, tmp_path: Path) -> None:
    """As under a quota; whoever runs the tests."""
    service = start(import_spool=str(tmp_path / "spool"))
    limit = (MIB, resource.RLIM_INFINITY)
    resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, limit)
    assert refused(deliver(service.url, headers, 3 * MIB), "spool-unavailable")
    assert left(tmp_path / "spool") == []
    assert "Traceback" not in service.log()


class TestStoreOnFullDisk:
    """SQLite's file; of PostgreSQL's disk its own tests tell."""

    @pytest.fixture
    def backend(self) -> str:
        return "sqlite"

    @pytest.fixture
    def store_url(self, sqlite_template: Path, tmp_path: Path) -> Iterator[str]:
        with small_disk(tmp_path / "disk", 8 * MIB) as disk:
            (disk / "store.db").write_bytes(sqlite_template.read_bytes())
            yield f"sqlite:///{disk}/store.db"

    def test_writes_are_refused_and_reads_answered(
        self, settings: Settings, make_key: MakeKey, tmp_path: Path
    ) -> None:
        headers = {"Authorization": f"Bearer {make_key().secret}"}
        report = {"kind": "inappropriate_post", "platform": "x", "handle": "y", "description": "d"}
        with serving(create_app(settings)) as url:
            assert ask(url, headers, ANA).status_code == 200
            filler = fill(tmp_path / "disk")
            answers = [ask(url, headers, ANA) for _ in range(40)]
            told = [answer.status_code for answer in answers]
            assert set(told) <= {200, 503}
            assert told[-1] == 503
            assert answers[-1].json()["type"] in {
                "/problems/store-unavailable", "/problems/outcome-unknown",
            }  # fmt: skip
            write = httpx.post(f"{url}/v1/reports", json=report, headers=headers)
            assert write.status_code == 503
            for path in ("/v1/orgs", "/v1/ledger", "/v1/imports", "/v1/policy", "/healthz"):
                answer = httpx.get(url + path, headers=headers, timeout=30)
                assert answer.status_code == 200, (path, answer.text)
            # Of employees: a read of children's records has to leave a row.
            asked = {"query": "ana", "kind": "employee"}
            searched = httpx.post(
                f"{url}/v1/people/search", json=asked, headers=headers, timeout=30
            )
            assert searched.status_code == 200, searched.text
            filler.unlink()
            assert ask(url, headers, ANA).status_code == 200
