"""`clearpost account`: authorized by who holds the office, verified by exit code, listed."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.database.session import Store
from app.database.tables import accounts, authorizations
from app.store.ledger import chain
from app.store.ledger.changes import list_changes
from tests.cli.conftest import Run, one_line
from tests.district import found

WILD = ("--platform", "twitter", "--handle", "@Wild")


@pytest.fixture
def account(migrated: Run, store: Store) -> Run:
    """`clearpost account …` on a small district, in which `x/wild` is not authorized."""
    with store.writing() as connection:
        found(connection)
    return lambda *arguments, **settings: migrated("account", *arguments, **settings)


def test_authorize_and_verify(account: Run, store: Store) -> None:
    before = account("verify", "--url", "https://x.com/wild")
    assert (before.returncode, before.stdout) == (1, "not_official\n")
    done = account("authorize", *WILD, "--as", "dora", "--administrator-since", "2026-01-02")
    assert done.returncode == 0, done.stderr
    after = account("verify", "--url", "https://x.com/wild")
    assert (after.returncode, after.stdout) == (0, "official\n")
    with store.reading() as connection:
        row = connection.execute(select(accounts).where(accounts.c.handle == "wild")).one()
        yes = connection.execute(
            select(authorizations).where(authorizations.c.account_id == row.id)
        ).one()
        (event,) = list_changes(connection, "account", row.id)
        assert chain.verify_chain(connection).bad is None
    assert (row.status, row.version, yes.authorized_by) == ("authorized", 2, "dora")
    assert row.communications_admin_at == datetime(2026, 1, 2, 7, tzinfo=UTC)
    assert (event["action"], event["person_id"]) == ("authorized", "dora")
    assert event["caller"].startswith("cli")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--as", "sue"),
        ("--as", "mia"),
        ("--as", "nobody"),
        ("--as", "dora", "--requested-by", "dora"),
        ("--as", "dora", "--requested-by", "nobody"),
        ("--as", "dora", "--requested-by", "ana"),
    ],
)
def test_who_may_not_authorize_is_1_and_changes_nothing(
    account: Run, store: Store, arguments: tuple[str, ...]
) -> None:
    said = account("authorize", *WILD, *arguments)
    assert (said.returncode, said.stdout) == (1, "")
    assert one_line(said.stderr).startswith("clearpost: ")
    assert account("verify", *WILD).returncode == 1
    with store.reading() as connection:
        assert chain.read_head(connection)[0] == 0


def test_no_setting_lets_anybody_authorize_what_they_asked_for(account: Run) -> None:
    arguments = ("authorize", *WILD, "--as", "dora", "--requested-by", "dora")
    assert account(*arguments, CLEARPOST_FORBID_SELF_APPROVAL="false").returncode == 1


def test_a_closed_account_is_not_reopened(account: Run, store: Store) -> None:
    with store.writing() as connection:
        connection.execute(accounts.update().values(status="closed"))
    said = account("authorize", *WILD, "--as", "dora")
    assert said.returncode == 1
    assert "closed" in one_line(said.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ("authorize", "--as", "dora"),
        ("authorize", "--as", "dora", "--platform", "x"),
        ("authorize", "--as", "dora", *WILD, "--administrator-since", "2999-01-01"),
        ("verify",),
        ("verify", "--platform", "x"),
        ("verify", "--url", "x.com/wild", *WILD),
    ],
)
def test_wrong_usage_is_2(account: Run, arguments: tuple[str, ...]) -> None:
    assert account(*arguments).returncode == 2


def test_an_unregistered_account_is_1(account: Run) -> None:
    assert account("authorize", "--as", "dora", "--url", "x.com/nobody").returncode == 1
    said = account("verify", "--url", "x.com/wi1d")
    assert (said.returncode, said.stdout) == (1, "unknown\n")
    said = account("verify", "--url", "facebook.com/map1e")
    assert (said.returncode, said.stdout) == (1, "lookalike\n")
    assert "https://www.facebook.com/maple" in said.stderr


def test_a_found_account_is_registered_and_listed_as_such(account: Run) -> None:
    said = account("add", "--url", "https://x.com/found", "--kind", "club", "--org", "maple",
                   "--existed-on", "2025-03-04")  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert account("verify", "--url", "https://x.com/found").stdout == "not_official\n"
    _, *lines = account("list", "--needs", "existed_before").stdout.splitlines()
    assert [line.split("\t")[1] for line in lines] == ["found"]
    late = account("add", "--url", "https://x.com/late", "--kind", "club", "--existed-on",
                   "2999-01-01")  # fmt: skip
    assert (late.returncode, late.stdout) == (1, "")
    assert one_line(late.stderr) == "clearpost: existed_on: Must not lie in the future"


def test_moderation_is_recorded_and_listed(migrated: Run, account: Run, store: Store) -> None:
    done = ("moderation", "add", "--account", "https://facebook.com/maple", "--action", "removed")
    said = migrated(*done, "--ground", "spam", "--on", "2026-01-02", "--as", "mia",
                    "--reason", "=Advertising")  # fmt: skip
    assert said.returncode == 0, said.stderr
    for wrong in (
        (*done, "--as", "mia"),
        (*done, "--ground", "spam", "--as", "tess"),
        (*done, "--ground", "spam", "--as", "mia", "--reason", "by @jo"),
        (*done, "--ground", "spam", "--as", "mia", "--on", "2999-01-01"),
    ):
        refused = migrated(*wrong)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "@jo" not in refused.stderr
    titles, line = migrated("moderation", "list").stdout.splitlines()
    shown = dict(zip(titles.split("\t"), line.split("\t"), strict=True))
    assert (shown["handle"], shown["done_on"], shown["clause"]) == ("maple", "2026-01-02", "15")
    assert "'=Advertising" in migrated("moderation", "list", "--csv").stdout
    none = migrated("moderation", "list", "--from", "2026-01-03")
    assert none.stderr == "Nothing is recorded.\n"
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None


def test_list(account: Run) -> None:
    titles, *lines = [line.split("\t") for line in account("list").stdout.splitlines()]
    table = [dict(zip(titles, line, strict=True)) for line in lines]
    assert {row["handle"]: row["needs care"] for row in table} == {
        "maple": "review_due stale",
        "lost": "no_owner no_manager review_due stale",
        "wild": "review_due stale",
    }
    assert len(account("list", "--status", "closed").stdout.splitlines()) == 1
    assert len(account("list", "--org", "maple").stdout.splitlines()) == 4
    assert account("list", "--status", "open").returncode == 2
