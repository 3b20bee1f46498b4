"""How a Chromium is come by: with programs that stand for the real ones, on a path of their own."""

import http.server
import io
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
RUNS, POINTS_ELSEWHERE = "#!/bin/sh\necho Chromium 1.0\n", "#!/bin/sh\nexit 1\n"
# Writes down what it is asked, and puts a Chromium beside itself.
INSTALLS = """#!/bin/sh
echo "$@" >> "$0.asked"
[ "$1" = install ] || exit 0
printf '#!/bin/sh\\n' > "${0%/*}/chromium"
/bin/chmod +x "${0%/*}/chromium"
"""
FAILS = '#!/bin/sh\necho "$@" >> "$0.asked"\nexit 100\n'
AS_ROOT = os.geteuid() == 0
Get = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def get(tmp_path: Path) -> Get:
    """Run it where these programs and no others are found; downloads lead nowhere unless told."""

    def run(programs: dict[str, str], **environment: str) -> subprocess.CompletedProcess[str]:
        for name, text in programs.items():
            (tmp_path / name).write_text(text)
            (tmp_path / name).chmod(0o755)
        known = {
            "PATH": str(tmp_path), "PYTHONPATH": str(ROOT), "HOME": str(tmp_path),
            "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "playwright"),
            "PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:9",
        }  # fmt: skip
        return subprocess.run(
            [sys.executable, "-m", "tests.browser.chromium"], cwd=ROOT, env=known | environment,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return run


def asked(tmp_path: Path) -> list[str]:
    file = tmp_path / "apt-get.asked"
    return file.read_text().splitlines() if file.exists() else []


def test_one_that_is_there_is_taken(get: Get, tmp_path: Path) -> None:
    assert get({"chromium-browser": RUNS, "apt-get": FAILS}).returncode == 0
    assert asked(tmp_path) == []


def test_one_that_is_named_must_be_there(get: Get, tmp_path: Path) -> None:
    done = get({"chromium": RUNS, "apt-get": FAILS}, CHROMIUM=str(tmp_path / "nothing"))
    assert done.returncode != 0
    assert "CHROMIUM names no program" in done.stderr
    assert asked(tmp_path) == []


def test_root_installs_the_distributions_and_nobody_goes_on_without(
    get: Get, tmp_path: Path
) -> None:
    """A script that only points elsewhere, as Ubuntu has one, counts for nothing."""
    done = get({"chromium": POINTS_ELSEWHERE, "apt-get": INSTALLS})
    assert (done.returncode == 0) == AS_ROOT
    assert asked(tmp_path) == (["update -qq", "install -y -qq chromium"] if AS_ROOT else [])


@pytest.mark.slow
def test_it_fails_loudly_where_none_can_be_had(get: Get, tmp_path: Path) -> None:
    done = get({"apt-get": FAILS})
    assert done.returncode != 0
    assert "The widgets' tests need a Chromium: install one" in done.stderr
    assert "ECONNREFUSED" in done.stderr
    assert bool(asked(tmp_path)) == AS_ROOT


@pytest.fixture
def downloads() -> Iterator[str]:
    """A host that has all that Playwright asks for, though only by name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("chrome-linux64/chrome", "chrome-linux/chrome", "ffmpeg-linux"):
            archive.writestr(name, RUNS)

    class Host(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(packed.getvalue())))
            self.end_headers()
            self.wfile.write(packed.getvalue())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_playwright_brings_its_own_where_the_distribution_has_none(
    get: Get, tmp_path: Path, downloads: str
) -> None:
    done = get({"apt-get": FAILS}, PLAYWRIGHT_DOWNLOAD_HOST=downloads)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.glob("playwright/chromium-*/chrome-linux*/chrome"))
