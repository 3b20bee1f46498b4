"""`clearpost designation` and `clearpost grant`: what an administrator does without a console."""

import re

import orjson
import pytest
from sqlalchemy import select

from app.database import tables as t
from app.database.session import Store
from app.store.ledger import chain
from tests.cli.conftest import Run, one_line
from tests.cli.test_keys import rows
from tests.district import District, found

ID = re.compile(r"[0-9a-f-]{36}\n")


@pytest.fixture
def district(store: Store) -> District:
    with store.writing() as connection:
        return found(connection)


def last_entry(store: Store) -> dict[str, object]:
    """The last row of the ledger: its kind, who was at the command line, and for whom."""
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None
        row = connection.execute(select(t.ledger).order_by(t.ledger.c.seq.desc()).limit(1)).one()
    return {"kind": row.kind, "caller": row.caller, **orjson.loads(row.payload)}


def test_the_first_holder_is_named_by_whoever_keeps_the_service(
    district: District, clearpost: Run, store: Store
) -> None:
    named = ("--office", "superintendent", "--person", "tess", "--capacity", "designee",
             "--from", "2026-01-01")  # fmt: skip
    for more in ((), ("--reason", "Named in January"), ("--yes",)):
        refused = clearpost("designation", "add", *named, *more)
        assert (refused.returncode, refused.stdout) == (1, "")
    assert "0 authorizations" in clearpost("designation", "add", *named, "--reason", "r").stderr
    said = clearpost("designation", "add", *named, "--reason", "Named in January", "--yes")
    assert (said.returncode, bool(ID.fullmatch(said.stdout))) == (0, True)
    entry = last_entry(store)
    assert (entry["kind"], entry["person"]) == ("designation.recorded", None)
    assert str(entry["caller"]).startswith("cli")
    ended = clearpost(
        "designation", "end", said.stdout.strip(), "--as", "sue", "--to", "2099-02-01"
    )
    assert ended.returncode == 0
    assert (last_entry(store)["kind"], last_entry(store)["person"]) == ("designation.ended", "sue")
    listed = rows(clearpost("designation", "list").stdout)
    assert [row["effective_to"] for row in listed if row["person_id"] == "tess"] == [
        "-",
        "2099-02-01",
    ]


def test_a_person_designates_for_the_own_office_only(district: District, clearpost: Run) -> None:
    named = ("--office", "superintendent", "--person", "tess", "--capacity", "designee")
    said = clearpost("designation", "add", *named, "--as", "dora")
    assert (said.returncode, said.stdout) == (1, "")
    assert "holder of the office" in one_line(said.stderr)


def test_a_grant_is_given_listed_and_revoked(
    district: District, clearpost: Run, store: Store
) -> None:
    given = clearpost("grant", "add", "--kind", "logo", "--person", "ed", "--mark", "crest",
                      "--as", "sue")  # fmt: skip
    assert (given.returncode, given.stderr) == (0, "")
    entry = last_entry(store)
    assert (entry["kind"], entry["person"]) == ("grant.recorded", "sue")
    (row,) = (r for r in rows(clearpost("grant", "list").stdout) if r["grantee"] == "ed")
    assert (row["id"], row["mark"], row["granted_by"]) == (given.stdout.strip(), "crest", "sue")
    revoked = clearpost("grant", "revoke", row["id"], "--as", "sue", "--reason", "Misuse")
    assert revoked.returncode == 0
    assert last_entry(store)["note"] == "Misuse"
    today = row["effective_from"]
    live = rows(clearpost("grant", "list", "--on", today).stdout)
    assert "ed" not in [one["grantee"] for one in live]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--person", "ed", "--as", "nobody"), "as: "),
        (("--person", "ed", "--as", "ana"), "as: "),
        (("--person", "ed", "--as", "dora"), "holds the office"),
        (("--person", "sue", "--as", "sue"), "own request"),
        (("--person", "ana", "--as", "sue"), "person_id: "),
        (("--person", "ed", "--org", "hq", "--as", "sue"), "exactly one"),
        (("--account", "https://blog.example/x", "--as", "sue"), "account/platform: "),
        (("--person", "ed", "--as", "sue", "--to", "2001-01-01"), "effective_to"),
    ],
)
def test_a_refused_grant_is_1_and_not_given(
    district: District, clearpost: Run, store: Store, arguments: tuple[str, ...], told: str
) -> None:
    before = len(rows(clearpost("grant", "list").stdout))
    said = clearpost("grant", "add", "--kind", "logo", *arguments)
    assert (said.returncode, said.stdout) == (1, "")
    assert told in one_line(said.stderr)
    assert len(rows(clearpost("grant", "list").stdout)) == before


def test_a_day_that_is_none_is_2(district: District, clearpost: Run) -> None:
    said = clearpost("grant", "add", "--kind", "logo", "--person", "ed", "--as", "sue",
                     "--from", "tomorrow")  # fmt: skip
    assert said.returncode == 2


def test_revoking_what_is_not_there_is_1(district: District, clearpost: Run) -> None:
    assert clearpost("grant", "revoke", "none", "--as", "sue").returncode == 1
    assert clearpost("designation", "end", "none").returncode == 1
