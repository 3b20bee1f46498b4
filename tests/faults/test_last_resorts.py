"""The last resort of every process: what nothing caught is told by type and place alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.imports import worker
from app.settings import Settings

NAME = "Zoe Canary"
BEGIN = f"""
import asyncio, gc, threading
from app.log import configure_log, log_loop_error
configure_log("info")

def fail():
    b"\\xff{NAME}".decode()

class Falling:
    def __del__(self):
        fail()

async def unseen():
    asyncio.get_running_loop().set_exception_handler(log_loop_error)
    async def work():
        fail()
    task = asyncio.create_task(work())
    await asyncio.sleep(0.05)
    del task
    gc.collect()
"""
ENDS = {
    "the process": ("fail()", 1),
    "a thread": ("t = threading.Thread(target=fail); t.start(); t.join()", 0),
    "what is given up": ("Falling(); gc.collect()", 0),
    "a task of the event loop": ("asyncio.run(unseen())", 0),
}
COMMAND = f"""
import sys
from app.cli import catalog
from app.cli.entry_point import main

def fail(name):
    b"\\xff{NAME}".decode()

catalog.load_command = fail
sys.argv = ["clearpost", "migrate"]
main()
"""
IMPORTED = "print(open('imported', 'w').close())\nraise SystemExit('read from the folder')\n"


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("where", ENDS)
def test_what_nothing_caught_is_told_without_its_message(tmp_path: Path, where: str) -> None:
    code, status = ENDS[where]
    said = run(BEGIN + code, tmp_path)
    assert said.returncode == status
    assert "Canary" not in said.stdout + said.stderr
    assert '"error":"UnicodeDecodeError at ' in said.stderr
    assert " fail" in said.stderr


def test_a_command_says_what_failed_and_where(tmp_path: Path) -> None:
    said = run(COMMAND, tmp_path)
    assert said.returncode == 1
    assert "Canary" not in said.stdout + said.stderr
    assert said.stderr.startswith("clearpost: something failed that nobody foresaw: UnicodeDecode")
    assert "Traceback" not in said.stderr


def test_the_import_worker_reads_no_module_of_the_folder(tmp_path: Path) -> None:
    for name in ("json", "uuid", "app", "orjson"):
        (tmp_path / f"{name}.py").write_text(IMPORTED)
    settings = Settings(database_url=f"sqlite:///{tmp_path}/none.db")
    said = subprocess.run(
        [*worker._COMMAND, "no-such-import"],
        cwd=tmp_path, input=settings.model_dump_json(), capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert not (tmp_path / "imported").exists(), said.stderr
    assert "read from the folder" not in said.stderr
