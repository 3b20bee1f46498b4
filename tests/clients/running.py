"""The command `clearpost-gate`, run as its users run it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.clients.conftest import Gated
from tests.waiting import until

COMMAND = Path(sys.executable).with_name("clearpost-gate")


def environment(gated: Gated, *scopes: str, url: str | None = None) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "no_proxy": "*",
        "GATE_CLEARPOST_URL": url or gated.url, "GATE_CLEARPOST_KEY": gated.key(*scopes),
    }  # fmt: skip


def run_gate(
    known: dict[str, str], *options: str, stdin: bytes = b"", folder: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [COMMAND, *options], input=stdin, env=known, capture_output=True, check=False, timeout=120,
        cwd=folder,
    )  # fmt: skip


@contextmanager
def proxying(known: dict[str, str], folder: Path, *options: str) -> Iterator[httpx.Client]:
    """Run the proxy; yields a client of it, as any client of Postiz would be."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    process = subprocess.Popen(
        [COMMAND, "proxy", "--port", str(port), *options], env=known, cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip

    def answers() -> bool:
        assert process.poll() is None, process.communicate()[1]
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", port)) == 0

    try:
        until(answers)
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False
        ) as client:
            yield client
    finally:
        process.terminate()
        process.communicate(timeout=60)
