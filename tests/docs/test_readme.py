"""The README's commands as one script, in the order they stand, in a fresh checkout.

What it takes to get the project and its environment (`make`, `.venv`) is there already; all else is
run as it is written, but for the ports. What cannot run here is marked in the README and listed.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from docs import examples
from tests.docs.papers import list_left, list_run

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = Path(sys.executable).parent
NOT_RUN = {"docker build -t clearpost .": "it takes Docker"}
# Each goes on until it is ended; the reader goes on in another shell.
SERVERS = ("make demo", "clearpost serve ")
# What stands in for getting the environment, which is there; and what follows each command.
_PRELUDE = """
set -E -o pipefail
trap 'echo "$? $BASH_COMMAND" >> "$NOTES/failed"' ERR
SERVER=
make() {
    ln -sfn "$COMMANDS" .venv/bin
    case $1 in
        install) ;;
        demo) exec clearpost demo --port @PORT --intranet-port @INTRANET ;;
        *) return 2 ;;
    esac
}
end_server() {
    if [ -n "$SERVER" ]; then kill "$SERVER"; wait "$SERVER" || true; fi
    SERVER=
}
await_server() {
    for _ in $(seq 600); do
        if grep -q "$1" "$NOTES/server"; then return 0; fi
        kill -0 "$SERVER" || return 1
        sleep 0.2
    done
    return 1
}
trap end_server EXIT
mkdir .venv
"""


pytestmark = pytest.mark.timeout(600)
RUN = list_run(README)


def test_what_is_not_run_is_listed() -> None:
    assert list_left(README) == NOT_RUN


class Outcome(NamedTuple):
    """What the script printed, block by block, and the commands that failed."""

    said: list[str]
    failed: list[str]
    folder: Path

    def of(self, command: str) -> str:
        """What the only block with `command` printed."""
        (at,) = (at for at, text in enumerate(RUN) if command in text)
        return self.said[at]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    place = tmp_path_factory.mktemp("reader")
    folder, notes = place / "clearpost", place / "notes"
    notes.mkdir()
    checkout(folder)
    port, intranet = free_ports(2)
    script = write_script().replace("@INTRANET", str(intranet)).replace("@PORT", str(port))
    ended = subprocess.run(
        ["bash"], input=script.replace("127.0.0.1:8000", f"127.0.0.1:{port}"),
        check=False, capture_output=True, text=True, timeout=550, cwd=folder,
        env={
            "HOME": str(place), "LANG": "C.UTF-8", "PATH": f"{COMMANDS}:{os.environ['PATH']}",
            "COMMANDS": str(COMMANDS), "NOTES": str(notes), "no_proxy": "*",
        },
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    said = [(notes / f"block-{at}").read_text() for at in range(len(RUN))]
    failed = notes / "failed"
    return Outcome(said, failed.read_text().splitlines() if failed.exists() else [], folder)


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on."""
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports


def checkout(folder: Path) -> None:
    """What is tracked, as it stands here."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], check=True, capture_output=True, text=True, cwd=ROOT
    )
    for name in filter(None, listed.stdout.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)


def write_script() -> str:
    parts = [_PRELUDE]
    for at, text in enumerate(RUN):
        lines = list(write_lines(text))
        parts.append("{\n" + "\n".join(lines) + f'\n}} > "$NOTES/block-{at}"')
    return "\n".join([*parts, "end_server"])


def write_lines(text: str) -> Iterator[str]:
    """The block's lines; a server is begun in the background, after the one before has ended."""
    for line in text.splitlines():
        if line.startswith(SERVERS):
            yield "end_server"
            # A command of the shell's own cannot be `exec`'s.
            served = line if line.startswith("make") else f"exec {line}"
            served = served.replace("--port 8000", "--port @PORT")
            yield f'({served}) > "$NOTES/server" 2>&1 & SERVER=$!'
            yield 'await_server "It serves until Ctrl-C\\|startup complete"'
        else:
            yield line


def test_every_command_does_what_the_readme_says(outcome: Outcome) -> None:
    """Only those fail of which the README says so."""
    told = re.findall(r"^(clearpost .*?) +# .*exit code 1$", "\n".join(RUN), re.MULTILINE)
    assert len(told) == 2
    assert [line.removeprefix("1 ") for line in outcome.failed] == told


def test_no_key_lacks_what_it_is_used_for(outcome: Outcome) -> None:
    assert "/problems/" not in "\n".join(outcome.said)


def test_first_check_answers_as_shown(outcome: Outcome) -> None:
    shown = json.loads(re.findall(r"^```json\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)[0])
    answer = json.loads(outcome.of("/v1/checks/photo-consent"))
    assert answer.keys() == shown.keys()
    codes = [[one["code"] for one in found["findings"]] for found in (answer, shown)]
    assert codes[0] == codes[1]
    assert answer["outcome"] == shown["outcome"] == "deny"


def test_whole_post_is_allowed_both_ways(outcome: Outcome) -> None:
    answered, _, drawn = outcome.of("cat > post.json").partition("\n")
    assert json.loads(answered)["outcome"] == "allow"
    assert "ALLOW" in drawn
    sent = json.loads((outcome.folder / "post.json").read_text())
    assert sent in [one["request"] for one in examples.recorded()]


def test_accounts_are_what_the_readme_says(outcome: Outcome) -> None:
    said = outcome.of("clearpost account verify --url")
    for line in re.findall(r"# (\w+), exit code", "\n".join(RUN)):
        assert line in said
    assert (outcome.folder / "report.csv").read_text().startswith("id,")


def test_form_leads_to_an_allowed_post(outcome: Outcome) -> None:
    *_, verified, checked = outcome.of("/v1/authorization-requests").strip().splitlines()
    told: dict[str, Any] = json.loads(checked)
    assert '"status":"official"' in verified
    assert told["outcome"] == "allow"


def test_refusal_is_in_force_at_once(outcome: Outcome) -> None:
    first, ident, last = re.split(r"\n(?=[0-9a-f-]{36}\n|DENY)", outcome.of("cat > refusal.json"))
    assert first.startswith("ALLOW ")
    assert len(ident) == 36
    assert last.startswith("DENY ")


def test_class_is_found_and_printed(outcome: Outcome) -> None:
    found, classes, _ = outcome.of("/v1/people/search").split("\n", 2)
    assert [one["name"] for one in json.loads(found)["items"]] == ["Taylor Kingsley"] * 2
    assert json.loads(classes)["items"][0]["id"] == "c-0001-10-eng-2"
    assert "English, grade 10, section 2" in (outcome.folder / "not-pictured.html").read_text()


def test_own_district_answers_from_another_shell(outcome: Outcome) -> None:
    assert "ALLOW" in outcome.of("| clearpost check photo")
    key = outcome.folder / "scheduler.key"
    assert key.stat().st_mode & 0o077 == 0
    assert key.read_text().startswith("clp_")
