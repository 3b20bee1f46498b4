"""`clearpost published`: feeds and exports from real files and a real server, and the lists."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from app.database.session import Store
from tests.cli.conftest import Run
from tests.district import District, found

NOW = datetime.now(UTC).replace(microsecond=0)
MAPLE = "https://facebook.com/maple"
OTHER = "is of an account that is none of the register, or another than was named"


def mastodon(*texts: str, account: str = "https://social.example.org/@maple") -> bytes:
    return json.dumps([
        {"id": f"{number}", "created_at": (NOW - timedelta(hours=number)).isoformat(),
         "url": f"{account}/{number}", "content": f"<p>{text}</p>", "reblog": None,
         "account": {"url": account}}
        for number, text in enumerate(texts, 1)
    ]).encode()  # fmt: skip


@pytest.fixture(autouse=True)
def _district(store: Store) -> None:
    with store.writing() as connection:
        district: District = found(connection)
        account = district.account("mastodon", "maple@social.example.org", owner_id="olga")
        district.authorization(account)


@pytest.fixture
def served() -> Iterator[dict[str, tuple[int, bytes]]]:
    """Answers by their paths, from a server of this machine; `url` is where it listens."""
    answers: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.get(self.path, (404, b""))
            self.send_response(status)
            if status in (301, 302):
                self.send_header("Location", body.decode())
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        answers["url"] = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield answers
        server.shutdown()
        thread.join()


def listed(clearpost: Run, *more: str) -> list[dict[str, str]]:
    said = clearpost("published", "list", "--csv", *more)
    assert said.returncode == 0, said.stderr
    return list(csv.DictReader(io.StringIO(said.stdout)))


def test_a_networks_own_list_by_its_address(
    clearpost: Run, served: dict[str, Any], store: Store
) -> None:
    served["/statuses"] = (200, mastodon("The choir sang.", "Bravo, Ben Park!"))
    served["/moved"] = (302, b"/statuses")
    said = clearpost("published", "import", f"{served['url']}/moved")
    assert said.stdout == "source 1: 2 new, 0 known, 2 never asked\n"
    assert said.returncode == 0
    again = clearpost("published", "import", f"{served['url']}/statuses")
    assert again.stdout == "source 1: 0 new, 2 known, 2 never asked\n"
    posts = listed(clearpost, "--list", "unasked")
    assert {one["handle"] for one in posts} == {"maple@social.example.org"}
    (refused,) = listed(clearpost, "--list", "refused")
    assert refused["takedown"] == "open"
    work = clearpost("published", "takedowns")
    assert "open" in work.stdout
    assert "Ben" not in work.stdout


def test_nobodys_personal_page_is_read(clearpost: Run, tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    own.write_bytes(mastodon("My holidays", account="https://social.example.org/@ana"))
    for more in ((), ("--account", MAPLE)):
        said = clearpost("published", "import", str(own), *more)
        assert said.returncode == 1
        assert "none of the register" in said.stderr
    assert listed(clearpost) == []


def test_a_source_that_is_none_stops_no_other(
    clearpost: Run, served: dict[str, Any], tmp_path: Path
) -> None:
    page = tmp_path / "feed.xml"
    page.write_text("<html><body>Sign in</body></html>")
    good = tmp_path / "good.json"
    good.write_bytes(mastodon("Hello"))
    said = clearpost(
        "published", "import", str(page), f"{served['url']}/none", str(tmp_path), str(good)
    )
    assert said.returncode == 1
    assert said.stdout == "source 4: 1 new, 0 known, 1 never asked\n"
    assert said.stderr.splitlines() == [
        "source 1: is no RSS and no Atom document",
        "source 2: was answered with 404",
        "source 3: is a folder; give the zip of the export, or its file with the posts",
    ]


def test_a_vendors_file_names_lines_and_the_rest_is_read(clearpost: Run, tmp_path: Path) -> None:
    sheet, profile = tmp_path / "posts.csv", tmp_path / "vendor.toml"
    profile.write_text(
        '[columns]\npublished_at = "At"\nurl = "Link"\ntext = "Text"\naccount = "Of"\n'
    )
    rows = [
        f"{MAPLE},{NOW.isoformat()},Hello,https://facebook.com/maple/posts/1",
        f"{MAPLE},soon,Hello,https://facebook.com/maple/posts/2",
        f"https://facebook.com/birch,{NOW.isoformat()},Hello,https://facebook.com/birch/posts/3",
        f"{MAPLE},2020-01-01T00:00:00Z,Old,https://facebook.com/maple/posts/4",
    ]
    sheet.write_text("Of,At,Text,Link\n" + "\n".join(rows) + "\n")
    said = clearpost(
        "published", "import", str(sheet), "--profile", str(profile), "--account", MAPLE,
        "--from", "2026-01-01",
    )  # fmt: skip
    assert said.stdout == "source 1: 1 new, 0 known, 1 never asked, 1 before --from\n"
    assert said.stderr.splitlines() == [
        "source 1, line 3: has no time that can be read",
        f"source 1, line 4: {OTHER}",
    ]
    assert said.returncode == 1


def test_wrong_usage_is_told(clearpost: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty.toml"
    empty.write_text("")
    assert clearpost("published", "import", "x", "--account", "no address").returncode == 2
    assert clearpost("published", "import", "x", "--profile", str(empty)).returncode == 2
    assert "There is none." in clearpost("published", "list").stderr
