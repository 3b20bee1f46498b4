"""The guide to a server: its commands as one script, on a real PostgreSQL.

In place of other users of the system, of root's folders and of systemd there are stand-ins; role,
database, settings, schema, lists, dump and restore are what they are.
"""

import configparser
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import make_url

from tests.docs.papers import list_left, list_run
from tests.postgres import find_programs, own_server

ROOT = Path(__file__).parent.parent.parent
GUIDE = (ROOT / "docs" / "deployment.md").read_text("utf-8")
COMMANDS = Path(sys.executable).parent
NOT_RUN = {
    "apt-get install --yes git python3-venv postgresql": "it makes a user of the system and "
    "fetches packages",
    "cat > /usr/local/bin/clearpost <<'END'": "it is for the user of the system that was just made",
    "systemctl daemon-reload": "it takes systemd",
    "cd /usr/local/src/clearpost": "it fetches a newer version",
}
RUN = list_run(GUIDE)
# Before the restore something happens that the dump does not know.
LATER = "clearpost keys create --name Later --scope check > later.key"
PRELUDE = """
set -eE -o pipefail
trap 'echo "failed: $BASH_COMMAND" >&2' ERR
runuser() { shift 3; PGHOST=$SOCKETS PGUSER=postgres "$@"; }
systemctl() { echo "$@" >> systemctl; }
install() {
    given=()
    for one in "$@"; do case $one in --group=*|--owner=*) ;; *) given+=("$one") ;; esac; done
    command install "${given[@]}"
}
mkdir -p etc var
clearpost generate lists --students 60 2>/dev/null
"""


class Outcome(NamedTuple):
    """What was printed, and where."""

    said: str
    folder: Path
    url: str


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    folder = tmp_path_factory.mktemp("server")
    with own_server() as server:
        sockets = str(make_url(server.url("postgres")).query["host"])
        script = "\n".join([PRELUDE, *write_blocks()])
        for place in ("/etc/", "/var/"):
            script = script.replace(f" {place}", f" {folder}{place}")
            script = script.replace(f"={place}", f"={folder}{place}")
        ended = subprocess.run(
            ["bash"], input=script.replace("/run/postgresql", sockets),
            check=False, capture_output=True, text=True, timeout=280, cwd=folder,
            env={
                "HOME": str(folder), "LANG": "C.UTF-8", "SOCKETS": sockets,
                "PATH": f"{find_programs()}:{COMMANDS}:/usr/bin:/bin",
                "CLEARPOST_ENV_FILE": f"{folder}/etc/clearpost.env",
            },
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        url = f"postgresql://clearpost@/clearpost?host={sockets}"
        yield Outcome(ended.stdout, folder, url)


def write_blocks() -> Iterator[str]:
    for text in RUN:
        if "pg_restore" in text:
            yield LATER
        yield text


def test_what_is_not_run_is_listed() -> None:
    assert list_left(GUIDE) == NOT_RUN


def test_every_place_of_the_settings_is_the_service_s_own(outcome: Outcome) -> None:
    places = re.findall(r"^CLEARPOST_(\w+)=(.*)  \(default\)$", outcome.said, re.MULTILINE)
    assert [name for name, value in places if value.startswith("var/")] == []


def test_restored_store_is_as_it_was_dumped(outcome: Outcome) -> None:
    listed = run_clearpost(outcome, "keys", "list")
    assert "Scheduler" in listed
    assert "Later" not in listed
    assert "records" in run_clearpost(outcome, "ledger", "verify")
    assert (outcome.folder / "systemctl").read_text() == "stop clearpost\nstart clearpost\n"


def test_dump_and_key_are_private(outcome: Outcome) -> None:
    for name in ("var/backups/clearpost", "scheduler.key"):
        assert (outcome.folder / name).stat().st_mode & 0o077 == 0


def test_role_owns_its_database_alone(outcome: Outcome) -> None:
    rights = run(
        outcome, "psql", "-At", "-c", "SELECT datacl FROM pg_database WHERE datname = 'clearpost'"
    )
    assert not re.search(r"[{,]=", rights)
    role = (
        "SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = 'clearpost'"
    )
    assert run(outcome, "psql", "-At", "-c", role) == "f\n"


def test_unit_runs_a_command_that_there_is() -> None:
    (unit,) = re.findall(r"^```ini\n(\[Unit\].*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
    read = configparser.ConfigParser(interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(unit)
    program, *arguments = read["Service"]["ExecStart"].split()
    assert program == "/opt/clearpost/bin/clearpost"
    assert arguments[0] == "serve"
    said = subprocess.run(
        [COMMANDS / "clearpost", "serve", "--help"], check=True, capture_output=True, text=True
    ).stdout
    assert all(one in said for one in arguments if one.startswith("--"))
    assert read["Service"]["Environment"] == "CLEARPOST_ENV_FILE=/etc/clearpost.env"
    assert read["Service"]["WorkingDirectory"] in read["Service"]["ReadWritePaths"]


def run(outcome: Outcome, *command: str) -> str:
    host = make_url(outcome.url).query["host"]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=outcome.folder,
        env={"PATH": f"{find_programs()}:{COMMANDS}:/usr/bin:/bin", "PGHOST": str(host),
             "PGUSER": "postgres", "CLEARPOST_ENV_FILE": f"{outcome.folder}/etc/clearpost.env"},
    ).stdout  # fmt: skip


def run_clearpost(outcome: Outcome, *arguments: str) -> str:
    return run(outcome, str(COMMANDS / "clearpost"), *arguments)
