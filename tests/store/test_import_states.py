"""Held, approved, rejected, superseded, invalid: what is in force then, and what is not."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.database.session import Store
from app.database.tables import consents, enrollments, import_errors, list_dates, orgs, people
from app.errors import ConflictError, StaleError
from app.imports.approval import ImportDecision, approve_import, reject_import, resume_imports
from app.imports.reading.profiles.model import Profile
from app.imports.staging import staged_area
from app.imports.staging.staging_database import open_staging
from app.store.consents.list_dates import date_list
from app.store.ledger.changes import Actor
from app.store.service import import_records
from tests.imports.conftest import Files, district, row
from tests.store.house import House

STRICT = {"import_hold_from_people": 1}
NO_MEDIA = Profile.model_validate(
    {
        "name": "photo",
        "title": "Photo flag",
        "flags": [
            {
                "file": "flags.csv",
                "key": "id",
                "columns": [
                    {
                        "column": "No Media",
                        "meanings": [
                            {"values": ["Y"], "means": "refuse"},
                            {
                                "values": ["N"],
                                "means": "grant",
                                "scopes": [
                                    {"activity": "publish", "channel": "all", "extent": "image"}
                                ],
                            },
                            {"values": [""], "means": "unanswered"},
                        ],
                    }
                ],
            }
        ],
    }
)


@pytest.fixture
def strict(store: Store, store_url: str, tmp_path: Path) -> House:
    """A house whose thresholds count from one person on, with the district on file."""
    house = House(store, store_url, tmp_path / "delivery", **STRICT)
    assert house.deliver(district()).applied
    return house


def actor() -> Actor:
    return Actor("k-1", "e-1", datetime.now(UTC))


def states(house: House) -> list[str]:
    table = import_records.tables.imports
    return [state for (state,) in house.rows(select(table.c.state).order_by(table.c.number))]


def statuses(house: House) -> dict[str, str]:
    return dict(house.rows(select(people.c.id, people.c.status)))


def decisions(house: House, person: str) -> list[str]:
    rows = select(consents.c.decision).where(consents.c.person_id == person)
    return [decision for (decision,) in house.rows(rows.order_by(consents.c.seq))]


def without(files: Files, *ids: str) -> Files:
    """The delivery without these people and what refers to them."""
    return {
        name: [r for r in rows if not set(ids) & set(r.values())]
        for name, rows in files.items()
        if name in ("orgs", "people", "classes", "enrollments", "guardians", "consents")
    }


def dump(house: House) -> dict[str, Any]:
    return {name: rows for name, rows in house.contents().items() if name != "import_errors"}


def test_who_is_missing_is_marked_and_comes_back(house: House) -> None:
    house.deliver(district())
    files = without(district(), "s-2")
    report = house.deliver(files, complete=True)
    assert report.state == "applied"
    # No affiliate's row is gone, and nobody is deleted.
    assert statuses(house)["s-2"] == "missing_from_feed"
    assert list(statuses(house).values()).count("active") == 5
    assert decisions(house, "s-2") == ["grant"]
    house.deliver({"people": [{"sourced_id": "s-2", "kind": "student", "given_name": "Ana",
                               "family_name": "Diaz"}]})  # fmt: skip
    assert statuses(house)["s-2"] == "active"


def test_a_kind_without_anybody_in_the_feed_is_not_missing(house: House) -> None:
    house.deliver(district())
    students = [r for r in district()["people"] if r["kind"] == "student"]
    house.deliver({"people": students}, complete=True)
    assert set(statuses(house).values()) == {"active"}


def test_too_many_missing_waits_and_is_approved(strict: House) -> None:
    files = without(district(), "s-2", "s-3")
    report = strict.deliver(files, complete=True)
    assert report.state == "held"
    assert "missing from the feed" in (found(strict, report).reason or "")
    assert set(statuses(strict).values()) == {"active"}
    assert len(strict.rows(list_dates)) == 2
    done = approve_import(
        strict.store, strict.settings, actor(), ImportDecision(str(report.import_id))
    )
    assert (done.state, done.decided_by) == ("applied", "e-1")
    assert statuses(strict)["s-2"] == statuses(strict)["s-3"] == "missing_from_feed"
    assert len(strict.rows(list_dates)) == 4
    assert strict.said("import.approved")[0]["person"] == "e-1"


def found(house: House, report: Any) -> import_records.ImportRecord:
    with house.store.reading() as connection:
        return import_records.read_import(connection, report.import_id)


def test_new_refusals_are_in_force_though_the_rest_is_held(strict: House) -> None:
    files = without(district(), "s-3")
    files["people"][0]["grade"] = "12"
    files["consents"] = [
        row("consents", "s-2,refuse,,,,g-2,guardian,2026-03-01,,"),
        row("consents", "s-1,grant,publish,all,image,g-1,guardian,2026-03-01,,"),
        row("consents", "s-1,withdraw,publish,website,,Someone Else,guardian,2026-03-02,,"),
        row("consents", "s-1,lift,,,,g-1,guardian,2026-03-02,,"),
    ]
    before = strict.counts()["ledger"]
    report = strict.deliver(files, complete=True)
    assert report.state == "held"
    assert decisions(strict, "s-2") == ["grant", "refuse"]
    # A withdrawal refuses, whatever there is to withdraw; the grant and the lift wait.
    assert decisions(strict, "s-1") == ["refuse", "withdraw"]
    assert strict.counts()["ledger"] == before + 2
    reject_import(
        strict.store, actor(), ImportDecision(str(report.import_id), reason="a wrong export")
    )
    assert decisions(strict, "s-2") == ["grant", "refuse"]
    assert decisions(strict, "s-1") == ["refuse", "withdraw"]
    assert states(strict) == ["applied", "rejected"]
    assert set(statuses(strict).values()) == {"active"}


def test_what_was_in_force_at_once_is_not_put_on_file_twice(strict: House) -> None:
    files = without(district(), "s-3")
    files["consents"] = [
        row("consents", "s-2,refuse,,,,g-2,guardian,2026-03-01,,"),
        row("consents", "s-1,grant,publish,all,image,g-1,guardian,2026-03-01,,"),
    ]
    report = strict.deliver(files, complete=True)
    done = approve_import(
        strict.store, strict.settings, actor(), ImportDecision(str(report.import_id))
    )
    assert done.state == "applied"
    assert (decisions(strict, "s-1"), decisions(strict, "s-2")) == (
        ["refuse", "grant"], ["grant", "refuse"],
    )  # fmt: skip


def test_an_invalid_delivery_refuses_all_the_same(house: House) -> None:
    house.deliver(district())
    files: Files = {
        "people": [row("people", "s-9,student,New,Child,,01,nowhere,,,")],
        "consents": [
            row("consents", "s-2,refuse,,,,g-2,guardian,2026-03-01,,"),
            row("consents", "s-9,refuse,,,,Mum,guardian,2026-03-01,,"),
            row("consents", "s-77,refuse,,,,Mum,guardian,2026-03-01,,"),
            row("consents", "s-1,grant,publish,all,image,g-1,guardian,2026-03-01,,"),
        ],
    }
    report = house.deliver(files)
    assert (report.state, report.applied) == ("invalid", False)
    assert (decisions(house, "s-1"), decisions(house, "s-2")) == (["refuse"], ["grant", "refuse"])
    assert "s-9" not in statuses(house)
    assert len(house.rows(list_dates)) == 2
    kept = house.rows(select(import_errors.c.file, import_errors.c.line, import_errors.c.column))
    assert sorted(kept) == [
        ("consents.csv", 4, "person_sourced_id"), ("people.csv", 2, "org_sourced_id"),
    ]  # fmt: skip
    assert found(house, report).errors == 2


def test_a_plan_alone_changes_nothing(house: House) -> None:
    house.deliver(district())
    before = dump(house)
    files = district()
    files["consents"].append(row("consents", "s-2,refuse,,,,g-2,guardian,2026-03-01,,"))
    report = house.deliver(files, plan_only=True)
    assert report.state == "planned"
    assert report.plan
    assert (report.plan.consents.at_once, report.plan.consents.people_refused) == (1, 1)
    assert dump(house) == before
    done = approve_import(
        house.store, house.settings, actor(), ImportDecision(str(report.import_id))
    )
    assert (done.state, decisions(house, "s-2")) == ("applied", ["grant", "refuse"])


def test_a_later_delivery_takes_the_place_of_one_that_waits(strict: House) -> None:
    held = strict.deliver(without(district(), "s-2"), complete=True)
    assert strict.deliver(district(), complete=True).applied
    assert states(strict) == ["applied", "superseded", "unchanged"]
    with pytest.raises(ConflictError):
        approve_import(strict.store, strict.settings, actor(), ImportDecision(str(held.import_id)))


def test_what_another_version_has_staged_is_delivered_again(strict: House) -> None:
    files = without(district(), "s-3")
    held = strict.deliver(files, complete=True)
    with open_staging(strict.store, 1) as connection, connection.begin():
        connection.exec_driver_sql("UPDATE clearpost_staging.stage_import SET shape = 'former'")
    decision = ImportDecision(str(held.import_id), found(strict, held).version)
    with pytest.raises(ConflictError, match="deliver it again"):
        approve_import(strict.store, strict.settings, actor(), decision)
    assert found(strict, held).state == "failed"
    assert strict.deliver(files, complete=True).state == "held"


def test_a_plan_that_says_other_numbers_by_now_is_held_again(strict: House) -> None:
    files = without(district(), "s-3")
    report = strict.deliver(files, complete=True)
    version = found(strict, report).version
    with strict.store.writing() as connection:
        connection.execute(people.update().where(people.c.id == "s-2").values(grade="9"))
    decision = ImportDecision(str(report.import_id), version)
    again = approve_import(strict.store, strict.settings, actor(), decision)
    assert (again.state, again.version) == ("held", version + 1)
    with pytest.raises(StaleError):
        approve_import(strict.store, strict.settings, actor(), decision)
    decision = ImportDecision(str(report.import_id), again.version)
    assert approve_import(strict.store, strict.settings, actor(), decision).state == "applied"


def test_much_that_changes_waits_but_not_a_delta_of_changes(strict: House) -> None:
    files = district()["people"]
    changed = [person | {"family_name": "Other"} for person in files]
    assert strict.deliver({"people": changed[:2]}).applied
    report = strict.deliver({"people": [person | {"family_name": "New"} for person in files[:5]]})
    assert report.state == "held"
    assert "5 of 5 people on file would change" in (found(strict, report).reason or "")


def test_a_school_is_not_emptied_unseen(house: House) -> None:
    house.deliver(district())
    files = district()["people"]
    moved = [r | {"org_sourced_id": "district"} for r in files if r["kind"] == "student"]
    report = house.deliver({"people": moved})
    assert report.state == "held"
    assert "without any students" in (found(house, report).reason or "")


def test_a_dropped_file_waits(house: House) -> None:
    files = without(district())
    house.deliver(files, complete=True)
    del files["consents"]
    report = house.deliver(files, complete=True)
    assert report.state == "held"
    assert "the file consents.csv" in (found(house, report).reason or "")


def test_nothing_is_applied_unattended_on_blackout_days(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    today = date.today()  # noqa: DTZ011
    days = f"2020-01-01,{today - timedelta(days=2)}/{today + timedelta(days=2)}"
    house = House(store, store_url, tmp_path / "delivery", import_blackout=days)
    report = house.deliver(district())
    assert report.state == "held"
    assert house.rows(people) == []
    decision = ImportDecision(str(report.import_id))
    assert approve_import(store, house.settings, actor(), decision).state == "applied"


def test_while_one_import_runs_another_is_told(house: House) -> None:
    with staged_area.open_area(house.store, 0), pytest.raises(ConflictError):
        house.deliver(district(), patience=0)
    assert house.deliver(district(), patience=0).applied


def test_flags_become_statements_only_where_something_changes(house: House) -> None:
    house.deliver({name: district()[name] for name in ("orgs", "people")})

    def flags(**values: str) -> Any:
        rows = [{"id": person.replace("_", "-"), "No Media": v} for person, v in values.items()]
        return house.deliver({"flags": rows}, profile=NO_MEDIA)

    first = flags(s_1="Y", s_2="N", s_3="")
    assert first.state == "applied"
    assert first.plan
    assert [(v.label, v.people) for v in first.plan.values] == [
        ("No Media = Y", 1), ("No Media = N", 1), ("No Media = (blank)", 0),
    ]  # fmt: skip
    assert first.plan.values[0].said.endswith("1 student becomes refused")
    flags(s_1="Y", s_2="N", s_3="Y")
    assert [decisions(house, f"s-{n}") for n in (1, 2, 3)] == [["refuse"], ["grant"], ["refuse"]]
    # A value that went blank withdraws nothing; a mapped yes supersedes the profile's own no.
    flags(s_1="", s_2="Y", s_3="N")
    assert [decisions(house, f"s-{n}") for n in (1, 2, 3)] == [
        ["refuse"], ["grant", "refuse"], ["refuse", "grant"],
    ]  # fmt: skip
    assert [kind for (kind,) in house.rows(select(list_dates.c.kind))] == ["consents"] * 3


def test_records_tell_the_import_and_the_line_they_came_from(house: House) -> None:
    first = house.deliver(district())
    rows = dict(house.rows(select(people.c.id, people.c.import_place)))
    files = first.plan.files
    number, line = divmod(rows["s-2"], 1_000_000_000)
    assert (files[number].file, line) == ("people.csv", 3)
    changed = district()["people"]
    changed[1]["grade"] = "05"
    second = house.deliver({"people": changed})
    numbers = dict(house.rows(select(people.c.id, people.c.import_number)))
    assert numbers["s-1"] == found(house, first).number
    assert numbers["s-2"] == found(house, second).number
    assert {n for (n,) in house.rows(select(consents.c.import_number))} == {numbers["s-1"]}
    assert {n for (n,) in house.rows(select(enrollments.c.import_number))} == {numbers["s-1"]}


def test_a_resumed_import_without_its_rows_has_failed(house: House) -> None:
    house.deliver({"orgs": district()["orgs"]})
    report = house.deliver(district(), plan_only=True)
    with house.store.writing() as connection:
        import_records.change_import(
            connection, str(report.import_id), datetime.now(UTC), state="applying"
        )
    with staged_area.open_area(house.store, 0) as area:
        area.clear()
    assert [one.state for one in resume_imports(house.store)] == ["failed"]
    assert resume_imports(house.store) == []
    assert house.deliver(district()).applied


def test_nothing_stays_staged(strict: House, store_url: str) -> None:
    report = strict.deliver(without(district(), "s-2"), complete=True)
    with staged_area.open_area(strict.store, 0) as area:
        assert area.holds(str(report.import_id))
    reject_import(strict.store, actor(), ImportDecision(str(report.import_id)))
    with staged_area.open_area(strict.store, 0) as area:
        assert not area.holds(str(report.import_id))
    if strict.store.file:
        assert list(strict.store.file.parent.glob("*staging*")) == []
    assert len(strict.rows(orgs)) == 3


def test_impossible_birth_dates_are_told(house: House) -> None:
    files: Files = {"people": [
        row("people", "s-7,student,Old,One,,09,,,1911-01-01,"),
        row("people", "s-8,student,New,One,,09,,,2012-01-01,"),
        row("people", "e-7,employee,Old,Two,,,,,1970-01-01,"),
    ]}  # fmt: skip
    report = house.deliver(files)
    told = "1 student has a birth date that is impossible in that grade"
    assert [one for one in report.warnings if told in one]
    # The grade alone can make it so, later; a file without a column of birth dates leaves them.
    narrow = {"sourced_id": "s-8", "kind": "student", "given_name": "New", "family_name": "One"}
    report = house.deliver({"people": [{**narrow, "grade": "k"}]})
    assert [one for one in report.warnings if told in one]
    report = house.deliver({"people": [{**narrow, "grade": "8"}]})
    assert [one for one in report.warnings if "birth date" in one] == []


def test_no_list_that_was_dated_while_a_child_waited_knows_it(strict: House) -> None:
    """Whichever list was dated last: one of the same bytes as before keeps an older date."""
    files = without(district(), "s-2", "s-3")
    files["people"].append(row("people", "s-8,student,Mo,Ved,,04,hill,,2017-02-03,active"))
    waiting = strict.deliver(files, complete=True, complete_consents=False)
    assert waiting.state == "held"
    now = strict.store.now()
    with strict.store.writing() as connection:
        date_list(connection, "attestation", now, ("hill",))
        date_list(connection, "consents", now - timedelta(days=3), ("dale",))
    decided = ImportDecision(str(waiting.import_id))
    assert approve_import(strict.store, strict.settings, actor(), decided).state == "applied"
    [(came,)] = strict.rows(select(people.c.first_seen_at).where(people.c.id == "s-8"))
    assert came > now
