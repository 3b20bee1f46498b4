"""`clearpost keys`: made once, listed without the secret, rotated, revoked."""

import re

import pytest

from app.database.session import Store
from tests.cli.conftest import Run, one_line
from tests.district import District, set_status

KEY = re.compile(r"clp_[0-9A-Za-z]{49}\n")


def rows(said: str) -> list[dict[str, str]]:
    titles, *lines = [line.split("\t") for line in said.splitlines()]
    return [dict(zip(titles, line, strict=True)) for line in lines]


def test_create_prints_the_key_alone_and_once(migrated: Run, process: Run) -> None:
    made = process("keys", "create", "--name", "Scheduler", "--scope", "check")
    assert made.returncode == 0
    assert KEY.fullmatch(made.stdout)
    assert made.stdout.strip() not in made.stderr
    listed = migrated("keys", "list").stdout
    assert made.stdout.strip() not in listed
    (row,) = rows(listed)
    assert (row["name"], row["state"], row["scopes"]) == ("Scheduler", "live", "check")
    assert (row["person"], row["schools"], row["expires"]) == ("-", "all", "never")


def test_rotate_and_revoke(migrated: Run) -> None:
    scopes = ("--scope", "check", "--scope", "decisions:read")
    old = migrated("keys", "create", "--name", "Scheduler", *scopes, "--expires-days", "30")
    (row,) = rows(migrated("keys", "list").stdout)
    new = migrated("keys", "rotate", row["id"], "--overlap-hours", "0")
    assert KEY.fullmatch(new.stdout)
    assert new.stdout != old.stdout
    first, second = rows(migrated("keys", "list").stdout)
    assert (first["state"], second["state"]) == ("expired", "live")
    assert first["scopes"] == second["scopes"] == "check decisions:read"
    assert migrated("keys", "revoke", second["id"]).returncode == 0
    assert rows(migrated("keys", "list").stdout)[1]["state"] == "revoked"


def test_list_shows_whose_person_has_left(migrated: Run, environment: dict[str, str]) -> None:
    store = Store(environment["CLEARPOST_DATABASE_URL"])
    with store.writing() as connection:
        district = District(connection)
        district.org("maple")
        district.employee("ed", "Ed Employee")
    made = migrated("keys", "create", "--name", "N", "--scope", "check", "--person", "ed")
    assert KEY.fullmatch(made.stdout)
    for status, told in (
        ("inactive", "person inactive"),
        ("missing_from_feed", "person missing from feed"),
        ("active", "live"),
    ):
        with store.writing() as connection:
            set_status(connection, "ed", status)
        (row,) = rows(migrated("keys", "list").stdout)
        assert row["state"] == told
    store.close()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--scope", "everything"], "scope"),
        (["--scope", "check", "--person", "nobody-we-know"], "person"),
        (["--scope", "check", "--school", "no-school-of-ours"], "school"),
    ],
)
def test_refused_key_is_1_and_not_made(migrated: Run, arguments: list[str], told: str) -> None:
    said = migrated("keys", "create", "--name", "N", *arguments)
    assert (said.returncode, said.stdout) == (1, "")
    assert one_line(said.stderr).startswith(f"clearpost: {told}: ")
    assert arguments[-1] not in said.stderr
    assert rows(migrated("keys", "list").stdout) == []


@pytest.mark.parametrize("command", ["rotate", "revoke"])
def test_unknown_key_is_1(migrated: Run, command: str) -> None:
    said = migrated("keys", command, "01a20358-0000-7000-8000-000000000000")
    assert said.returncode == 1
    assert "no key" in one_line(said.stderr)
