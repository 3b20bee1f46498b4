"""What holds for every command: help, exit codes, one clear line for an expected failure."""

import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import text

from app.cli.catalog import load_command, load_group
from app.cli.entries import ENTRIES, CommandEntry, GroupEntry
from app.cli.entry_point import app
from app.database.session import Store
from app.settings import Settings
from tests.cli.conftest import Run, one_line


def test_help_names_every_command_and_the_exit_codes(process: Run) -> None:
    said = process("--help", COLUMNS="50")
    assert said.returncode == 0
    for command in ("serve", "migrate", "check", "import", "generate", "keys", "ledger", "demo"):
        assert f"\n  {command} " in said.stdout
    assert "Exit codes" in said.stdout
    assert max(map(len, said.stdout.splitlines())) <= 50


@pytest.mark.parametrize("arguments", [["nonsense"], ["keys", "create"], ["serve", "--port", "x"]])
def test_wrong_usage_is_2(clearpost: Run, arguments: list[str]) -> None:
    said = clearpost(*arguments)
    assert said.returncode == 2
    assert "Error: " in said.stderr
    assert said.stdout == ""


def test_migrate_twice(clearpost: Run) -> None:
    first, second = clearpost("migrate"), clearpost("migrate")
    assert (first.returncode, second.returncode) == (0, 0)
    assert "now at this version" in first.stderr
    assert "Nothing to do" in second.stderr


def test_store_is_readable_by_its_owner_only(clearpost: Run, tmp_path: Path) -> None:
    clearpost("migrate", CLEARPOST_DATABASE_URL="sqlite:///new/store.db")
    for made in (tmp_path / "new", *(tmp_path / "new").iterdir()):
        assert stat.S_IMODE(made.stat().st_mode) & 0o077 == 0


def test_commands_ask_for_a_migrated_store(clearpost: Run) -> None:
    said = clearpost("keys", "list")
    assert said.returncode == 3
    assert "run: clearpost migrate" in one_line(said.stderr)


@pytest.mark.parametrize(
    "url",
    ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////proc/none/store.db"],
    ids=["no server", "no folder"],
)
def test_store_that_cannot_be_reached_is_3(clearpost: Run, url: str) -> None:
    said = clearpost("migrate", CLEARPOST_DATABASE_URL=url)
    assert said.returncode == 3
    assert one_line(said.stderr).startswith("clearpost: the store")


def test_file_that_is_no_database_is_3_and_kept(clearpost: Run, tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear parents, " * 100)
    said = clearpost("migrate", CLEARPOST_DATABASE_URL=f"sqlite:///{path}")
    assert said.returncode == 3
    assert "damaged" in one_line(said.stderr)
    assert path.read_text().startswith("Dear parents, ")


def test_store_of_a_newer_version_is_3_and_kept(migrated: Run, store: Store) -> None:
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    said = migrated("migrate")
    assert said.returncode == 3
    assert "9999" in one_line(said.stderr)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CLEARPOST_TIMEZONE", "Mars/Olympus", "is not a time zone"),
        ("CLEARPOST_LIST_MAX_AGE_DAYS", "soon", "Must be a whole number"),
        ("CLEARPOST_DATABASE_URL", "mysql://secret@host/name", "sqlite:///FILE"),
        ("CLEARPOST_DATABASE_URL", "postgresql://u:secret@host:port/name", "not the URL"),
    ],
)
def test_wrong_setting_is_2_and_named(clearpost: Run, name: str, value: str, told: str) -> None:
    said = clearpost("migrate", **{name: value})
    assert said.returncode == 2
    line = one_line(said.stderr)
    assert name in line
    assert told in line
    assert "secret" not in line


def test_settings_shows_every_option_and_no_password(clearpost: Run) -> None:
    url = "postgresql://office:hunter2@db.example/clearpost?sslpassword=hunter2"
    said = clearpost("settings", CLEARPOST_DATABASE_URL=url, CLEARPOST_CONSENT_MODE="opt_in")
    assert said.returncode == 0
    assert "hunter2" not in said.stdout
    assert "CLEARPOST_CONSENT_MODE=opt_in  (set)" in said.stdout
    assert "CLEARPOST_TIMEZONE=America/Denver  (default)" in said.stdout
    for name in Settings.model_fields:
        assert f"CLEARPOST_{name.upper()}=" in said.stdout


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("CLEARPOST_CONSENTMODE", "did you mean CLEARPOST_CONSENT_MODE?"),
        ("CLEARPOST_CONSENT_MODUS", "did you mean CLEARPOST_CONSENT_MODE?"),
        ("clearpost_consent_mod", "did you mean CLEARPOST_CONSENT_MODE?"),
        ("CLEARPOST_LIST_MAX_AGE", "did you mean CLEARPOST_LIST_MAX_AGE_DAYS?"),
        ("CLEARPOST_XYZZY", "the README lists those there are"),
    ],
)
@pytest.mark.parametrize("where", ["environment", "file"])
def test_unknown_setting_is_2_and_names_the_nearest(
    clearpost: Run, tmp_path: Path, where: str, name: str, told: str
) -> None:
    given = {name: "opt_in"}
    if where == "file":
        (tmp_path / "district.env").write_text(f"{name}=opt_in\nPOSTGRES_PASSWORD=hunter2\n")
        given = {"CLEARPOST_ENV_FILE": "district.env"}
    for command in (("serve", "--port", "0"), ("migrate",)):
        said = clearpost(*command, **given)
        assert said.returncode == 2
        line = one_line(said.stderr)
        assert name.upper() in line
        assert told in line
        assert "opt_in" not in line
    assert not (tmp_path / "store.db").exists()


def test_variables_of_others_do_not_stop_the_start(clearpost: Run) -> None:
    """Kubernetes sets some beside a service called `clearpost`; a client's key may be at hand."""
    others = {
        "CLEARPOST_KEY": "clp_x", "CLEARPOST_SERVICE_HOST": "10.0.0.1",
        "CLEARPOST_SERVICE_PORT": "80", "CLEARPOST_SERVICE_PORT_HTTP": "80", "CLEARPOST_PORT": "tcp://10.0.0.1:80",
        "CLEARPOST_PORT_80_TCP": "tcp://10.0.0.1:80", "CLEARPOST_PORT_80_TCP_PROTO": "tcp",
    }  # fmt: skip
    assert clearpost("migrate", **others).returncode == 0


def test_settings_are_read_from_the_file(clearpost: Run, tmp_path: Path) -> None:
    (tmp_path / "district.env").write_text("CLEARPOST_LIST_MAX_AGE_DAYS=3\n")
    said = clearpost("settings", CLEARPOST_ENV_FILE="district.env")
    assert "CLEARPOST_LIST_MAX_AGE_DAYS=3  (set)" in said.stdout


def groups(entries: Mapping[str, object]) -> Iterator[tuple[str, GroupEntry]]:
    for name, entry in entries.items():
        if isinstance(entry, GroupEntry):
            yield name, entry
            yield from groups(entry.commands)


def path(name: str) -> list[str]:
    """The words after `clearpost` that name a group."""
    if name in ENTRIES:
        return [name]
    above = (
        above
        for above, entry in ENTRIES.items()
        if isinstance(entry, GroupEntry) and name in entry.commands
    )
    return [next(above), name]


SINGLE = {name: entry for name, entry in ENTRIES.items() if isinstance(entry, CommandEntry)}
GROUPS = dict(groups(ENTRIES))


@pytest.mark.parametrize("name", SINGLE)
def test_line_in_the_help_is_the_command_s_own(name: str) -> None:
    assert load_command(SINGLE[name]).get_short_help_str(limit=1_000) == SINGLE[name].help


@pytest.mark.parametrize("name", GROUPS)
def test_help_of_a_group_is_that_of_its_module(name: str) -> None:
    shown: Any = typer.main.get_command(app)
    for part in path(name):
        shown = shown.get_command(None, part)
    light, own = (
        typer.Context(group, info_name=name, terminal_width=400).get_help()
        for group in (shown, load_group(GROUPS[name]))
    )
    assert light == own
    assert "Commands:" in light


@pytest.mark.parametrize("arguments", [[], *(path(name) for name in GROUPS)], ids=" ".join)
@pytest.mark.few(6)
def test_help_reads_no_service(arguments: list[str]) -> None:
    # Of pydantic only the parts are read that Typer itself takes to look at options.
    left_out = {"fastapi", "uvicorn", "sqlalchemy", "alembic", "httpx", "psycopg"}
    left_out |= {"pydantic_settings", "app.settings", "app.store"}
    script = (
        f"import sys\nfrom app.cli import main\nsys.argv = ['clearpost', *{arguments}, '--help']\n"
        "try:\n    main()\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=120
    )
    assert "Commands:" in said.stdout
    assert "app.cli.entry_point" in said.stderr.split()
    assert left_out.isdisjoint(said.stderr.split())
