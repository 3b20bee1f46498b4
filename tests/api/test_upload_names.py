"""Names of uploaded files of any bytes: taken as names of files, or refused by a clear 4xx.

Never a way out of the folder, a line of the log, or a failure of ours.
"""

import io
import json
from pathlib import Path

import httpx
import pytest

from app.settings import Settings

URL = "/v1/imports"
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
# A fault of the form that is found after the files have been taken.
AFTER = b'--b\r\nContent-Disposition: form-data; name="complete"\r\n\r\nperhaps\r\n'
END = b"--b--\r\n"

REFUSED = {
    "not UTF-8": b"a\xff\xfe.csv",
    "half a character": "é.csv".encode()[:1] + b".csv",
    "an overlong slash": b"..\xc0\xafa.csv",
    "a surrogate": b"\xed\xa0\x80.csv",
    "NUL": b"people\0.csv",
    "a tab": b"a\tb.csv",
    "an escape": b"\x1b[31ma.csv",
    "a backspace": b"a\x08.csv",
    "a line separator": "a\u2028b.csv".encode(),
    "written from the right": "a\u202evsc.exe".encode(),
    "without width": "a\u200b.csv".encode(),
    "a slash": b"a/b.csv",
    "a root": b"/etc/passwd",
    "the folder above": b"..",
    "the folder itself": b".",
    "hidden": b".htaccess",
    "nothing": b"",
    "a blank": b" ",
    "101 characters": b"x" * 101,
    "300 bytes in 100 characters": "漢".encode() * 100,
    "400 bytes in 100 characters": "𐐀".encode() * 100,
    "a line more for the log": b'a.csv\\n{"level":"error"}',
    "a colon": b"a:b.csv",
    "percent signs": b"%2e%2e%2fa.csv",
    "a variable": b"${HOME}.csv",
}
TAKEN = {
    "plain": b"people.csv",
    "with blanks": b"Students (1) of 2026.csv",
    "of another script": "学生.csv".encode(),
    "199 bytes": "漢".encode() * 65 + b".csv",
    "like a device": b"CON",
    "like an option": b"a-rf.csv",
}


def part(disposition: bytes, content: bytes = b"x") -> bytes:
    return b"--b\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + content + b"\r\n"


def named(name: bytes) -> bytes:
    return part(b'form-data; name="file"; filename="' + name + b'"')


def send(client: httpx.Client, *parts: bytes) -> httpx.Response:
    return client.post(URL, content=b"".join((*parts, AFTER, END)), headers=FORM)


def fault(answer: httpx.Response) -> tuple[str, str]:
    assert answer.status_code == 422, answer.text
    (found,) = answer.json()["errors"]
    return found["at"], found["code"]


@pytest.fixture(autouse=True)
def _nothing_is_left(settings: Settings, tmp_path: Path, log: io.StringIO) -> object:
    before = set(tmp_path.iterdir())
    yield
    assert not settings.import_spool.exists() or list(settings.import_spool.iterdir()) == []
    assert {one.name for one in set(tmp_path.iterdir()) - before} <= {
        "spool", "signing-key.pem", "store.db-wal", "store.db-shm",
    }  # fmt: skip
    lines = [json.loads(line) for line in log.getvalue().splitlines()]  # each line is one of ours
    assert not any(line["level"] == "error" for line in lines)


@pytest.mark.parametrize("kind", REFUSED)
def test_name_that_is_none(client: httpx.Client, kind: str) -> None:
    answer = send(client, named(REFUSED[kind]))
    assert fault(answer) == ("/file", "file_name")
    assert REFUSED[kind].decode(errors="replace").strip(". ") in {"", "a"} or (
        REFUSED[kind].decode(errors="replace") not in answer.json()["errors"][0]["message"]
    )


@pytest.mark.parametrize("kind", TAKEN)
def test_name_that_is_one(client: httpx.Client, kind: str) -> None:
    assert fault(send(client, named(TAKEN[kind]))) == ("/complete", "complete")


@pytest.mark.parametrize(
    "disposition",
    [
        b'form-data; name="file"',
        b"form-data; name=file; filename=",
        b"form-data; name=file; filename*=UTF-8''people.csv",
        b"form-data; name=file; filename*0=peop; filename*1=le.csv",
        b'form-data; name="file"; FILENAME="people.csv"; filename="../a"',
    ],
)
def test_no_name(client: httpx.Client, disposition: bytes) -> None:
    assert fault(send(client, part(disposition))) == ("/file", "file_name")


@pytest.mark.parametrize(
    "disposition",
    [
        b"", b"form-data", b"form-data;", b";;;", b"form-data; name", b'form-data; name=""',
        b'form-data; filename="people.csv"', b'form-data; name="file\0"; filename="a.csv"',
        b'form-data; name="fi\xff"; filename="a.csv"', b'form-data; name="ana_nunez"',
        b'form-data; name="complete"; filename="a.csv"', b'form-data; name="FILE"; filename="a"',
    ],
)  # fmt: skip
def test_part_that_is_no_field(client: httpx.Client, disposition: bytes) -> None:
    answer = send(client, part(disposition))
    assert answer.status_code in {400, 422}, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "nunez" not in answer.text


@pytest.mark.parametrize(
    "head",
    [
        b'Content-Disposition: form-data; name="file"\n; filename="a.csv"\r\n',
        b'Content-Disposition: form-data; name="file"; filename="a\r\nX: y.csv"\r\n',
        b'Content-Disposition\0: form-data; name="file"; filename="a.csv"\r\n',
        b'Content-Disposition : form-data; name="file"; filename="a.csv"\r\n',
        b'Content-Disposition: form-data; name="file"; filename="' + b"x" * 10_240 + b'"\r\n',
        b"X: " + b"x" * 100_000 + b"\r\n",
        b"X: y\r\n" * 1_000,
        b": x\r\n",
        b"",
    ],
)
def test_head_of_a_part_that_is_none(client: httpx.Client, head: bytes) -> None:
    answer = send(client, b"--b\r\n" + head + b"\r\nx\r\n")
    assert answer.status_code in {400, 422}, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_several_words_on_where_a_part_belongs(client: httpx.Client) -> None:
    """Which of two counts would be each reader's own choice."""
    head = b'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n'
    assert fault(send(client, b"--b\r\n" + head + head + b"\r\nx\r\n")) == ("/", "repeated")


@pytest.mark.parametrize("boundary", ["", '""', "x" * 257, "x" * 60_000, "\u00e9", '"b'])
def test_boundary_that_is_none(client: httpx.Client, boundary: str) -> None:
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}".encode("latin-1")}
    answer = client.post(URL, content=named(b"a.csv") + END, headers=headers)
    assert answer.status_code in {400, 415, 431}, answer.text
