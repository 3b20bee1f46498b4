"""Input made to do harm: a clear error, within seconds, in bounded memory."""

import io
import json
import os
import stat
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.database.session import Store
from tests.imports.readers.conftest import Reads, lay_out, packed, staged
from tests.imports.readers.test_oneroster import ONE

HEAD = b"sourced_id,name,kind\n"
MB = 1 << 20
MAX_PEAK_MB = 150  # half of what an import may take; a process that imports nothing has 80


def _zip(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def _info(name: str, mode: int = 0, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.compress_type = method
    return info


GOOD = ("people.csv", b"sourced_id,kind,given_name,family_name\n")
ENTRIES: list[tuple[tuple[str | zipfile.ZipInfo, bytes], str]] = [
    (("../orgs.csv", HEAD), "holds files in more than one folder"),
    (("/etc/orgs.csv", HEAD), "holds files in more than one folder"),
    ((_info("orgs.csv", stat.S_IFLNK | 0o777), b"/etc/passwd"), "orgs.csv: is not a plain file"),
    (("inner.zip", b"PK\x03\x04"), "inner.zip: is an archive within the archive"),
    ((_info("orgs.csv", method=zipfile.ZIP_BZIP2), HEAD), "orgs.csv: is packed in a way"),
    (("orgs.csv", HEAD + b"\0" * (8 * MB)), "orgs.csv: unpacks to more than 200 times its size"),
    (("People.CSV", HEAD), "is there twice"),
]


@pytest.mark.parametrize(("entry", "reason"), ENTRIES)
def test_an_entry_that_is_not_read(
    read: Reads, tmp_path: Path, entry: tuple[str | zipfile.ZipInfo, bytes], reason: str
) -> None:
    result = read(_zip(tmp_path / "d.zip", GOOD, entry))
    assert result.delivery is None
    assert reason in str(result.report.errors[0])


@pytest.mark.parametrize("name", ["../orgs.csv", "/orgs.csv", "C:\\orgs.csv", "a/../../orgs.csv"])
def test_a_path_that_leads_out(read: Reads, tmp_path: Path, name: str) -> None:
    [error] = read(_zip(tmp_path / "d.zip", (name, HEAD))).errors
    assert error[3] == "has a path that leads out of the archive"
    assert not (tmp_path.parent / "orgs.csv").exists()


def test_too_many_files(read: Reads, tmp_path: Path) -> None:
    many = [(f"{n}.csv", b"") for n in range(1_001)]
    [error] = read(_zip(tmp_path / "d.zip", *many)).errors
    assert error[3] == "holds more than 1,000 files"


def _patched(path: Path, change: Callable[[bytearray], None]) -> Path:
    data = bytearray(path.read_bytes())
    change(data)
    path.write_bytes(data)
    return path


def _encrypt(data: bytearray) -> None:
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1


def _claim_5_gib(data: bytearray) -> None:
    """Two entries that say they are 2.5 GiB each."""
    for at in (data.index(b"PK\x01\x02"), data.rindex(b"PK\x01\x02")):
        struct.pack_into("<I", data, at + 24, 5 << 29)


def _claim_a_long_directory(data: bytearray) -> None:
    struct.pack_into("<I", data, data.rindex(b"PK\x05\x06") + 12, 3 << 30)


def _damage(data: bytearray) -> None:
    at = data.index(b"orgs.csv") + 12
    data[at : at + 8] = b"\xff" * 8


def _cut(data: bytearray) -> None:
    del data[len(data) // 2 :]


PATCHES = [
    (_encrypt, "is encrypted"),
    (_claim_5_gib, "unpacks to more than 4 GiB"),
    (_claim_a_long_directory, "is not a zip file that can be read"),
    (_damage, "is damaged; what comes after that was not read"),
    (_cut, "is not a zip file that can be read"),
]


@pytest.mark.parametrize(("change", "reason"), PATCHES)
def test_an_archive_that_was_tampered_with(
    read: Reads, tmp_path: Path, change: Callable[[bytearray], None], reason: str
) -> None:
    rows = b"".join(b"o-%d,School %d,school\n" % (n, n * 7919) for n in range(500))
    path = _zip(
        tmp_path / "d.zip", ("classes.csv", b"sourced_id,title\n"), ("orgs.csv", HEAD + rows)
    )
    result = read(_patched(path, change))
    assert reason in {error[3] for error in result.errors}


def test_neither_a_pipe_nor_a_device_is_opened(read: Reads, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        [error] = read(path).errors
        assert error[3] == "is not a plain file or a folder"


def _write(path: Path, *pieces: bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)
    return str(path.parent)


def _sparse(path: Path, size: int) -> str:
    folder = _write(path, HEAD)
    os.truncate(path, size)
    return folder


def test_memory_and_time_stay_bounded(tmp_path: Path) -> None:
    oneroster = tmp_path / "oneroster"
    lay_out(oneroster, ONE)
    bomb = io.BytesIO()
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("orgs.csv", "w", force_zip64=True) as entry,
    ):
        for _ in range(300):
            entry.write(bytes(MB))
    (tmp_path / "bomb.zip").write_bytes(bomb.getvalue())
    quote = b'sourced_id,name,kind\no,"' + b"x\n" * MB
    wanted = {
        str(tmp_path / "bomb.zip"): "unpacks to more than 200 times its size",
        _sparse(tmp_path / "a" / "orgs.csv", 10 << 30): "is larger than 4 GiB",
        _sparse(tmp_path / "b" / "orgs.csv", 3 << 30): "is longer than 65536 characters",
        _sparse(tmp_path / "c" / "School.csv", 3 << 30): "is missing",
        _write(tmp_path / "d" / "orgs.csv", b"a," * MB): "is longer than 65536 characters",
        _write(tmp_path / "e" / "orgs.csv", HEAD, b"x" * (64 * MB)): "is longer than 65536",
        _write(tmp_path / "f" / "orgs.csv", quote): "has quotes or line breaks",
        _write(tmp_path / "g" / "orgs.csv", HEAD, b"o,\0,school"): "has control characters",
        _write(tmp_path / "h" / "orgs.csv", HEAD, b"o,\xc3\x28,school\n"): "is not UTF-8 text",
        _write(tmp_path / "i" / "orgs.csv", HEAD, b",\n" * MB): "has 2 cells",
        _write(oneroster / "users.csv", ONE["users.csv"].encode() * 2, b"\n" * (4 * MB)): "line 9",
    }
    run = subprocess.run(
        [sys.executable, "-m", "tests.imports.readers.hostile", *wanted],
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    found = json.loads(run.stdout)
    for path, reason in wanted.items():
        assert found["told"][path], path
        assert reason in found["told"][path][0]
    assert found["peak_mb"] < MAX_PEAK_MB


FUZZED = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
BYTES = st.binary(max_size=200)
NAMES = st.sampled_from([*ONE, "people.csv", "consents.csv", "Student.csv", "roles.csv", "x.zip"])


@FUZZED
@given(files=st.dictionaries(NAMES, BYTES, max_size=4), as_zip=st.booleans())
def test_any_bytes_give_a_report(
    store: Store, tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], as_zip: bool
) -> None:
    folder = lay_out(tmp_path_factory.mktemp("fuzz"), files)
    with staged(store, packed(folder) if as_zip else folder, None) as (result, _):
        assert result.errors


PIECES = st.sampled_from(
    [
        b"", b",", b'"', b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xfe\xff", b";",
        b"tobedeleted", "\u2028".encode(), b"=1+1", b"x" * 600, b"s-1", b"0000-00-00", b"9" * 20,
    ]
)  # fmt: skip


@FUZZED
@given(
    file=st.sampled_from(sorted(ONE)),
    what=st.tuples(PIECES, st.integers(1, 3), st.floats(0, 1), st.integers(0, 40)),
)
def test_a_delivery_with_any_damage_gives_a_report(
    store: Store,
    tmp_path_factory: pytest.TempPathFactory,
    file: str,
    what: tuple[bytes, int, float, int],
) -> None:
    piece, times, at, drop = what
    folder = lay_out(tmp_path_factory.mktemp("fuzz"), ONE)
    data = (folder / file).read_bytes()
    cut = int(at * len(data))
    (folder / file).write_bytes(data[:cut] + piece * times + data[cut + drop :])
    with staged(store, folder, None) as (result, _):
        assert result.report.files or result.errors


@FUZZED
@given(at=st.floats(0, 1), new=st.binary(min_size=1, max_size=8))
def test_an_archive_with_any_damage_gives_a_report(
    store: Store, tmp_path_factory: pytest.TempPathFactory, at: float, new: bytes
) -> None:
    path = packed(lay_out(tmp_path_factory.mktemp("fuzz") / "d", ONE))
    data = path.read_bytes()
    cut = int(at * len(data))
    path.write_bytes(data[:cut] + new + data[cut + len(new) :])
    with staged(store, path, None) as (result, _):
        assert result.report.files or result.errors
