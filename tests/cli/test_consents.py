"""`clearpost consent`: the API's statements from the shell, and nobody's name in the arguments."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from app.database import tables as t
from app.database.session import Store
from app.store.ledger.record_reads import KIND
from tests.cli.conftest import Run, one_line
from tests.district import found

HOLD = {"person_id": "ana", "capacity": "office_hold", "signed_on": "2026-03-03"}


@pytest.fixture
def school(migrated: Run, store: Store) -> Run:
    with store.writing() as connection:
        found(connection)
    return migrated


def says(run: Run, command: str, *options: str, **changed: Any) -> Any:
    return run("consent", command, *options, stdin=json.dumps({**HOLD, **changed}))


def test_a_hold_is_put_and_lifted_and_shown(school: Run, store: Store) -> None:
    placed = says(school, "refuse", "--as", "olga")
    assert (placed.returncode, one_line(placed.stderr)) == (0, "It is on file.")
    again = says(school, "refuse", "--as", "olga")
    assert (one_line(again.stderr), again.stdout) == ("It was on file already.", placed.stdout)
    with store.reading() as connection:
        wanted = select(t.consents.c.recorded_by, t.consents.c.recorded_by_person)
        row = connection.execute(wanted.where(t.consents.c.id == placed.stdout.strip())).one()
    assert row.recorded_by.startswith("cli")
    assert row.recorded_by_person == "olga"
    ask = json.dumps({"person_id": "ana"})
    shown = school("consent", "show", stdin=ask)
    assert shown.returncode == 0
    assert shown.stdout.startswith("DENY as of ")
    assert (
        "- The office put a hold on publication anywhere but in the directory, signed on "
        f"3 March 2026. [{placed.stdout.strip()}]" in shown.stdout
    )
    unnamed = says(school, "lift", "--as", "mia", signed_on="2026-03-04")
    assert (unnamed.returncode, unnamed.stdout) == (2, "")
    assert "at /lifts: " in one_line(unnamed.stderr)
    hold = [placed.stdout.strip()]
    lifted = says(school, "lift", "--as", "mia", signed_on="2026-03-04", lifts=hold)
    assert lifted.returncode == 0
    told = json.loads(school("consent", "show", "--json", stdin=ask).stdout)
    assert (told["code"], len(told["history"])) == ("consent.not_on_list", 2)


@pytest.mark.parametrize("who", ["ana", "nobody"])
def test_only_staff_record(school: Run, who: str) -> None:
    said = says(school, "refuse", "--as", who)
    assert (said.returncode, said.stdout) == (1, "")
    assert one_line(said.stderr) == "clearpost: --as: is the sourcedId of nobody of the staff"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"evidence": "Secret"}, "at /evidence: "),
        ({"person_id": "Secret"}, "at /person_id: "),
        ({"decision": "grant"}, "at /decision: "),
        ({"Secret": 1}, "the request: Has a field that is not known here; it takes "),
    ],
)
def test_what_is_not_as_documented_is_2(school: Run, changed: dict[str, str], told: str) -> None:
    said = says(school, "refuse", "--as", "olga", **changed)
    assert (said.returncode, said.stdout) == (2, "")
    assert told in one_line(said.stderr)
    assert "Secret" not in said.stderr


@pytest.mark.parametrize("key", ["person_id", "evidence", "Secret"])
def test_a_key_that_comes_twice_is_refused_before_one_of_both_is_lost(
    school: Run, key: str
) -> None:
    said = school(
        "consent", "refuse", "--as", "olga",
        stdin=json.dumps({**HOLD, key: 1})[:-1] + f', "{key}": "Secret"}}',
    )  # fmt: skip
    assert (said.returncode, said.stdout) == (2, "")
    place = "" if key == "Secret" else f" at /{key}"
    assert f"the request{place}: " in one_line(said.stderr)
    assert "once" in said.stderr
    assert "Secret" not in said.stderr


def test_a_minors_own_consent_is_kept_with_a_note(school: Run) -> None:
    scope = {"activity": "publish", "channel": "all", "extent": "image"}
    said = says(school, "grant", "--as", "olga", capacity="eligible_student", **scope)
    assert said.returncode == 0
    assert "Note: Before the eighteenth birthday" in said.stderr


@pytest.mark.parametrize("body", ["", "[]", "{", "null"])
def test_no_request_at_all_is_2(school: Run, body: str) -> None:
    for command in (("refuse", "--as", "olga"), ("show",)):
        said = school("consent", *command, stdin=body)
        assert (said.returncode, said.stdout) == (2, "")


def test_what_is_shown_of_a_student_is_on_the_ledger(school: Run, store: Store) -> None:
    assert school("consent", "show", stdin=json.dumps({"person_id": "tess"})).returncode == 0
    assert reads_of(store) == []
    shown = school("consent", "show", stdin=json.dumps({"person_id": "ana"}))
    assert shown.returncode == 0
    [(caller, said)] = reads_of(store)
    assert caller.startswith("cli")
    assert (said["what"], said["count"], len(said["whom"])) == ("consent_state", 1, 1)
    told = school("person", "reads", stdin="ana")
    assert told.returncode == 0, told.stderr
    assert "consent_state" in told.stdout
    assert "ana" not in told.stdout + told.stderr
    assert "consent_state" not in school("person", "reads", stdin="ben").stdout


def reads_of(store: Store) -> list[tuple[str, dict[str, Any]]]:
    row = t.ledger.c
    with store.reading() as connection:
        rows = connection.execute(select(row.caller, row.payload).where(row.kind == KIND))
        return [(caller, json.loads(payload)) for caller, payload in rows]
