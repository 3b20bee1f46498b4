"""The Chromium that the tests drive: one that is there, or one installed by `make test`.

`python -m tests.browser.chromium` installs one where none is: Debian's package as root, else
Playwright's own. It ends with an error where neither can be had.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def found() -> str | None:
    """Where a Chromium is: `CHROMIUM`, one on the path, or Playwright's own."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    installed = (shutil.which(name) for name in NAMES)
    return next((path for path in installed if path and _runs(path)), None) or _playwrights_own()


def _runs(path: str) -> bool:
    """Whether it starts at all: some distributions have a script in its place that only points."""
    done = subprocess.run([path, "--version"], check=False, capture_output=True)
    return done.returncode == 0


def _playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() and _runs(path) else None


def _install() -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _try("apt-get", "update", "-qq")
        _try("apt-get", "install", "-y", "-qq", "chromium")
    if found() is None:
        _try(sys.executable, "-m", "playwright", "install", "chromium")


def _try(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, check=False, env=environment)


if __name__ == "__main__":
    if found() is None and os.environ.get("CHROMIUM"):
        sys.exit("CHROMIUM names no program that can be run.")
    if found() is None:
        _install()
    if found() is None:
        sys.exit("The widgets' tests need a Chromium: install one, or name one in CHROMIUM.")
