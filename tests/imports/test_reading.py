"""What the plain format takes: encodings, orders and spellings, and what each becomes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.database.session import Store
from app.database.tables import (
    account_aliases,
    account_managers,
    accounts,
    authorizations,
    consents,
    grants,
    orgs,
    people,
    person_names,
    releases,
)
from app.settings import Settings
from tests.imports.conftest import Deliver, district, row
from tests.imports.runs import run_import

Read = Callable[[Any], list[Any]]


@pytest.mark.parametrize(
    "text",
    [
        b"sourced_id,name,kind\no,Z\xc3\xb6e School,School\n",
        b"\xef\xbb\xbfsourced_id,name,kind\r\no,Z\xc3\xb6e School,school",
        b' Kind ,"Name",SOURCED_ID\n\n SCHOOL ,"Z\xc3\xb6e School ",o\n\n',
    ],
)
def test_text_in_all_its_forms(
    store: Store, settings: Settings, folder: Path, read: Read, text: bytes
) -> None:
    folder.mkdir()
    (folder / "orgs.csv").write_bytes(text)
    assert run_import(store, settings, folder).applied
    assert read(orgs) == [("o", "Zöe School", "zoe school", "school", None)]


def test_people_and_the_keys_of_their_names(deliver: Deliver, read: Read) -> None:
    assert deliver(district()).applied
    wanted = select(people.c.grade, people.c.status, people.c.birth_date)
    assert read(wanted.where(people.c.id == "s-2")) == [("k", "active", None)]
    keys = select(person_names.c.name_key).where(person_names.c.person_id == "s-1")
    assert [key for (key,) in read(keys)] == ["jose nunez", "pepe nunez"]


@pytest.mark.parametrize("grade", ["-1", "\u22121", " - 1", "+3", "'-1"])
def test_a_grade_with_a_sign_is_none_and_is_told(deliver: Deliver, read: Read, grade: str) -> None:
    files = district()
    files["people"][1]["grade"] = grade
    report = deliver(files)
    assert report.applied, report.errors
    assert read(select(people.c.grade).where(people.c.id == "s-2")) == [(None,)]
    told = [one for file in report.files for one in file.warnings]
    assert "grades are numbers with a sign" in str(told)


def test_consents_with_their_source_scope_and_time(deliver: Deliver, read: Read) -> None:
    assert deliver(district()).applied
    c = consents.c
    wanted = select(
        c.source, c.activity, c.channel, c.extent, c.signed_at, c.signed_day_only,
        c.effective_from, c.effective_to,
    ).order_by(c.import_place)  # fmt: skip
    told = [tuple(str(value) for value in found) for found in read(wanted)]
    assert told == [
        ("guardian:g-1", "publish", "all", "image", "2026-01-05 07:00:00+00:00", "True",
         "2026-01-05", "None"),
        ("guardian:dan diaz", "publish", "social", "image_with_name",
         "2026-01-06 04:30:00+00:00", "False", "2026-01-05", "2099-06-30"),
        ("eligible_student", "publish", "all", "image", "2026-02-01 07:00:00+00:00", "True",
         "2026-03-01", "None"),
        ("employee", "publish", "all", "image", "2026-01-05 07:00:00+00:00", "True",
         "2026-01-05", "None"),
    ]  # fmt: skip


def test_a_day_begins_in_the_districts_zone(
    store: Store, settings: Settings, deliver: Deliver, read: Read
) -> None:
    files = district()
    # Half past ten in the evening of the 5th in Denver, where it is the 6th in New York.
    files["consents"][1]["signed_at"] = "2026-01-06T00:30:00-05:00"
    assert deliver(files).applied
    [(day,)] = read(select(consents.c.effective_from).where(consents.c.person_id == "s-2"))
    assert day.isoformat() == "2026-01-05"


@pytest.mark.parametrize(
    ("capacity", "decision", "source"),
    [
        ("guardian", "refuse", "guardian:g-1"),
        # Not the guardian's own word: a later grant by the guardian must not lift it.
        ("office_hold", "refuse", "office_hold"),
        ("eligible_student", "grant", "eligible_student"),
    ],
)
def test_a_guardian_is_told_by_id_in_a_guardians_statement(
    deliver: Deliver, read: Read, capacity: str, decision: str, source: str
) -> None:
    files = district()
    line = f"s-1,{decision},publish,all,image,g-1,{capacity},2026-01-07,,"
    files["consents"] = [row("consents", line)]
    assert deliver(files).applied
    assert read(select(consents.c.source)) == [(source,)]


def test_a_guardian_nobody_named_is_the_files(deliver: Deliver, read: Read) -> None:
    files = district()
    files["consents"] = [row("consents", "s-1,refuse,,,,,guardian,2026-01-07,,")]
    assert deliver(files).applied
    assert read(select(consents.c.source)) == [("profile:csv",)]


def test_a_guardian_of_another_student_is_only_a_name(deliver: Deliver, read: Read) -> None:
    files = district()
    files["consents"] = [row("consents", "s-1,refuse,,,,g-2,guardian,2026-01-07,,")]
    assert deliver(files).applied
    assert read(select(consents.c.source)) == [("guardian:g 2",)]


def test_a_guardian_on_file_from_before_counts(deliver: Deliver, read: Read) -> None:
    files = district()
    late = files.pop("consents")
    assert deliver(files).applied
    assert deliver({"consents": late}).applied
    assert read(select(consents.c.source).limit(1)) == [("guardian:g-1",)]


def test_accounts_under_one_name_each(deliver: Deliver, read: Read) -> None:
    assert deliver(district()).applied
    a = accounts.c
    wanted = select(a.platform, a.handle_key, a.kind, a.owner_id).order_by(a.platform)
    assert read(wanted) == [
        ("hillnet", "Hill", "club", "e-1"),
        ("instagram", "hillpta", "pta", None),
        ("x", "hillschool", "school", "e-1"),
    ]
    managing = select(account_managers.c.person_id).order_by(account_managers.c.person_id)
    assert read(managing) == [("a-1",), ("e-2",)]
    alias = select(account_aliases.c.system, account_aliases.c.value)
    assert read(alias) == [("url", "https://hillnet.example/u/9")]
    when = select(authorizations.c.authorized_by, authorizations.c.authorized_at)
    [(by, at)] = read(when)
    assert (by, at.isoformat()) == ("e-2", "2026-01-10T07:00:00+00:00")


def test_grants_and_releases_in_comparable_form(deliver: Deliver, read: Read) -> None:
    files = district()
    files["releases"].append(row("releases", f"Ivo,{'AB' * 32},social,2026-01-01,"))
    assert deliver(files).applied
    wanted = select(grants.c.grantee, grants.c.network).order_by(grants.c.seq)
    assert read(wanted) == [("x/hillschool", "x"), ("e-2", "all")]
    works = [work for (work,) in read(select(releases.c.work).order_by(releases.c.seq))]
    assert works == ["My Mural", None, "ab" * 32]


@pytest.mark.parametrize("spelling", ["pto", "PTA", "Pto"])
def test_a_pto_is_a_pta(deliver: Deliver, read: Read, spelling: str) -> None:
    files = district()
    files["accounts"][1]["kind"] = spelling
    assert deliver(files).applied
    assert read(select(accounts.c.kind).where(accounts.c.handle_key == "hillpta")) == [("pta",)]


def test_blanks_and_hyphens_stand_for_underscores(deliver: Deliver, read: Read) -> None:
    files = district()
    files["accounts"][1]["kind"] = "District-General"
    files["designations"][1]["office"] = "Director Communications"
    assert deliver(files).applied
    kind = select(accounts.c.kind).where(accounts.c.handle_key == "hillpta")
    assert read(kind) == [("district_general",)]


def test_progress_is_told_for_every_file(deliver: Deliver) -> None:
    told: list[tuple[str, int, int, int]] = []
    report = deliver(district(), progress=lambda *heard: told.append(heard))
    reading, applying = told[: len(report.files)], told[len(report.files) :]
    assert [file for file, *_ in reading] == [file.file for file in report.files]
    for part in (reading, applying):
        assert [done for *_, done, _ in part] == sorted(done for *_, done, _ in part)
        assert part[-1][2] == part[-1][3]
