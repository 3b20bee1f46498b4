"""A delivery on both stores: what it adds, changes and leaves, and what the ledger says of it."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Table, delete, func, select, update

from app.database.session import Store
from app.database.tables import (
    account_aliases,
    account_managers,
    accounts,
    authorizations,
    classes,
    consents,
    designations,
    enrollments,
    grants,
    guardians,
    imports,
    list_dates,
    metadata,
    orgs,
    people,
    person_names,
    person_words,
    releases,
    word_variants,
)
from app.errors import InvalidRequestError
from app.imports.approval import ImportDecision, approve_import
from app.imports.merge import application
from app.imports.report import Report
from app.store.consents.list_dates import attest_list
from app.store.ledger import chain
from app.store.ledger.changes import Actor, list_changes
from app.store.people import name_index
from tests.imports.conftest import Files, district, row
from tests.store.house import House


def changes(report: Report, file: str) -> tuple[int, int, int, int]:
    found = next(f for f in report.files if f.file == f"{file}.csv")
    return found.added, found.changed, found.unchanged, found.removed


VOUCHED_FOR = [
    "new designations that begin before today",
    "accounts that are authorized without a Social Media Authorization Form",
]


def test_first_delivery_adds_all(house: House) -> None:
    files = district()
    report = house.deliver(files)
    assert report.errors == []
    # Offices and authorizations that only the delivery vouches for are told.
    assert [warning.split(": ")[0] for warning in report.warnings] == VOUCHED_FOR
    for file, rows in files.items():
        assert changes(report, file) == (len(rows), 0, 0, 0)
    rows = house.counts()
    # Of 13 different words with, by their lengths, so many ways to miss letters.
    assert rows.pop("word_variants") == 75
    assert {table: count for table, count in rows.items() if count} == {
        "orgs": 3, "people": 6, "person_names": 7, "person_words": 13 + 6,
        "classes": 2, "enrollments": 4, "guardians": 2, "consents": 4,
        "accounts": 3, "account_managers": 2, "account_aliases": 1,
        "authorizations": 1, "designations": 2, "grants": 2, "releases": 2, "list_dates": 2,
        "changes": 3, "record_sums": 12,
        # The last two bind the sums of what was there before, and of what is there now.
        "imports": 1, "ledger": 1 + 3 + 4 + 1 + 2 + 2 + 2 + 2,
    }  # fmt: skip


def test_names_of_a_first_delivery_are_indexed_as_any_others(house: House) -> None:
    files = district()
    house.deliver(files)
    first = house.contents()
    with house.store.writing() as connection:
        for table in (person_words, word_variants):
            connection.execute(delete(table))
        connection.execute(update(people).values(search_words=None))
        name_index.index_everyone(connection)
    assert house.contents() == first
    # One by one where somebody is on file already.
    files["people"][0] |= {"given_name": "Zo\u00eb", "preferred_name": ""}
    house.deliver({"people": [*files["people"], {**files["people"][0], "sourced_id": "s-9"}]})
    [(old,), (new,)] = house.rows(
        select(people.c.search_words).where(people.c.id.in_(["s-1", "s-9"])).order_by(people.c.id)
    )
    assert (old, new) == ("nunez zoe jose pepe", "nunez zoe")
    rows = house.rows(select(person_words.c.word).where(person_words.c.person_id == "s-1"))
    assert sorted(word for (word,) in rows) == sorted(["", *old.split()])


def test_ids_of_any_length_that_is_taken_fit(house: House) -> None:
    letters = "".join(chr(0x4E00 + n) for n in range(190))
    person, class_, files = f"p{letters}", f"c{letters}", district()
    files["people"][0] |= {"sourced_id": person}
    files["classes"][0] |= {"sourced_id": class_}
    enrolled = {"class_sourced_id": class_, "person_sourced_id": person, "role": "student"}
    kept = {"orgs": files["orgs"], "people": files["people"], "classes": files["classes"]}
    report = house.deliver({**kept, "enrollments": [enrolled]})
    assert (report.errors, report.state) == ([], "applied")
    assert house.rows(select(enrollments.c.class_id, enrollments.c.person_id)) == [(class_, person)]


def test_second_delivery_changes_nothing_but_the_lists_dates(house: House) -> None:
    house.deliver(district())
    before, rows = house.contents(), house.counts()
    report = house.deliver(district())
    for file, delivered in district().items():
        assert changes(report, file) == (0, 0, len(delivered), 0)
    assert house.contents() == before
    # The import, and the sum of the lists' dates.
    more = {"list_dates": 4, "imports": 2, "ledger": rows["ledger"] + 2}
    assert house.counts() == rows | more


def test_the_ledger_says_what_was_recorded(house: House) -> None:
    house.deliver(district(), actor=Actor("k-1", "e-2", datetime.now(UTC)))
    [applied] = house.said("import.applied")
    assert applied["files"]["people.csv"]["added"] == 6
    assert len(applied["files"]["people.csv"]["sha256"]) == 64
    assert applied["lists"] == ["consents", "rosters"]
    assert "Diaz" not in json.dumps(applied)
    statements = house.said("consent.recorded")
    assert [said["person_id"] for said in statements] == ["s-1", "s-3", "e-1", "s-2"]
    assert statements[0]["decision"] == "refuse"
    assert {said["import_id"] for said in statements} == {applied["import_id"]}
    [first, *_] = house.rows(select(consents.c.id).order_by(consents.c.seq))
    assert statements[0]["id"] == first.id
    account = next(a for a in house.said("account.recorded") if a["platform"] == "x")
    assert (account["managers"], account["change"]) == (["a-1", "e-2"], "added")
    kinds = ("authorization", "designation", "grant", "release")
    assert [len(house.said(f"{kind}.recorded")) for kind in kinds] == [1, 2, 2, 2]
    with house.store.reading() as connection:
        assert chain.verify_chain(connection).bad is None
    caller = metadata.tables["ledger"].c.caller
    callers = select(func.count()).where(caller.like("import:%"))  # which cannot be erased
    assert house.rows(callers) == [(house.counts()["ledger"],)]


def test_a_changed_person_keeps_first_seen_and_former_names(house: House) -> None:
    house.deliver(district())
    [(seen,)] = house.rows(select(people.c.first_seen_at).where(people.c.id == "s-1"))
    files = district()
    files["people"][0] |= {"family_name": "Vega", "grade": "4th", "status": "inactive"}
    report = house.deliver({"people": files["people"]})
    assert changes(report, "people") == (0, 1, 5, 0)
    p = people.c
    wanted = select(p.family_name, p.grade, p.status, p.first_seen_at).where(p.id == "s-1")
    assert house.rows(wanted) == [("Vega", "4", "inactive", seen)]
    keys = select(person_names.c.name_key).where(person_names.c.person_id == "s-1")
    assert sorted(key for (key,) in house.rows(keys)) == [
        "jose nunez", "jose vega", "pepe nunez", "pepe vega",
    ]  # fmt: skip


def test_an_empty_cell_clears_and_a_missing_column_leaves(house: House) -> None:
    house.deliver(district())
    wanted = select(people.c.birth_date, people.c.preferred_name).where(people.c.id == "s-1")
    [before] = house.rows(wanted)
    files = district()["people"]
    narrow = [{k: v for k, v in person.items() if k != "birth_date"} for person in files]
    assert changes(house.deliver({"people": narrow}), "people") == (0, 0, 6, 0)
    assert house.rows(wanted) == [before]
    files[0] |= {"birth_date": "", "preferred_name": ""}
    assert changes(house.deliver({"people": files}), "people") == (0, 1, 5, 0)
    assert house.rows(wanted) == [(None, None)]


def test_people_and_orgs_that_are_not_delivered_stay(house: House) -> None:
    house.deliver(district())
    house.deliver({"people": district()["people"][:1], "orgs": district()["orgs"][:1]})
    assert (len(house.rows(people)), len(house.rows(orgs))) == (6, 3)


def test_a_delivered_class_is_delivered_whole(house: House) -> None:
    house.deliver(district())
    rows = [r for r in district()["enrollments"] if r["person_sourced_id"] != "s-2"]
    report = house.deliver({"enrollments": [*rows, row("enrollments", "c-1,s-3,student")]})
    assert changes(report, "enrollments") == (1, 0, 2, 1)
    # The other class is not in the file, so its roster stays.
    assert sorted(house.rows(enrollments)) == [
        ("c-1", "e-1", "teacher"), ("c-1", "s-1", "student"), ("c-1", "s-3", "student"),
        ("c-2", "s-2", "student"),
    ]  # fmt: skip


def test_classes_guardians_and_orgs_are_brought_up_to_date(house: House) -> None:
    house.deliver(district())
    files = district()
    files["orgs"][2]["name"] = "Hill Academy"
    files["classes"][0]["title"] = "Year three"
    files["guardians"][0]["relationship"] = "guardian"
    report = house.deliver(files)
    for file, others in (("orgs", 2), ("classes", 1), ("guardians", 1)):
        assert changes(report, file) == (0, 1, others, 0)
    name = select(orgs.c.name, orgs.c.name_key).where(orgs.c.id == "hill")
    assert house.rows(name) == [("Hill Academy", "hill academy")]
    assert house.rows(select(classes.c.title).where(classes.c.id == "c-1")) == [("Year three",)]
    told = select(guardians.c.relationship).where(guardians.c.student_id == "s-1")
    assert house.rows(told) == [("guardian",)]


def test_statements_are_only_added_to(house: House) -> None:
    house.deliver(district())
    before = house.rows(select(consents).order_by(consents.c.seq))
    more = [
        row("consents", "s-1,withdraw,,,,g-1,guardian,2026-03-01,,"),
        row("consents", "s-1,withdraw,,,,g-1,guardian,2026-03-01,,"),
    ]
    report = house.deliver({"consents": [*more, *district()["consents"][2:]]})
    assert changes(report, "consents") == (1, 0, 3, 0)
    after = house.rows(select(consents).order_by(consents.c.seq))
    assert after[:4] == before
    assert (len(after), after[4].decision, after[4].channel) == (5, "withdraw", "all")
    assert len(house.said("consent.recorded")) == 5


def test_a_statement_differs_by_any_column(house: House) -> None:
    base = row("consents", "s-2,grant,publish,social,image,Dan,guardian,2026-01-05,,")
    others: list[dict[str, str]] = [
        {"person_sourced_id": "s-1"}, {"decision": "refuse"}, {"activity": "capture"},
        {"channel": "all"}, {"extent": "image_with_name"}, {"given_by": "Eve"},
        {"capacity": "eligible_student"}, {"signed_at": "2026-01-06"},
        {"signed_at": "2026-01-05T07:00:00Z"}, {"effective_from": "2026-01-06"},
        {"effective_to": "2027-01-01"},
    ]  # fmt: skip
    files = district() | {"consents": [base, *(base | other for other in others)]}
    assert changes(house.deliver(files), "consents") == (len(others) + 1, 0, 0, 0)
    spelt_out = base | {"effective_from": "2026-01-05"}
    assert changes(house.deliver({"consents": [spelt_out]}), "consents") == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("file", "table"),
    [("designations", designations), ("grants", grants), ("releases", releases)],
)
def test_another_end_is_another_row(house: House, file: str, table: Table) -> None:
    house.deliver(district())
    files = district()[file]
    ends = (files[0]["effective_to"], "2028-01-01", "2027-01-01", "")
    found = []
    for end in ends:
        files[0]["effective_to"] = end
        found.append(changes(house.deliver({file: files}), file))
        assert changes(house.deliver({file: files}), file) == (0, 0, 2, 0)
    assert found == [(0, 0, 2, 0), *[(0, 1, 1, 0)] * 3]
    rows = house.rows(select(table.c.effective_to).order_by(table.c.seq))
    assert [str(end) for (end,) in rows][2:] == ["2028-01-01", "2027-01-01", "None"]
    assert len(house.said(f"{file[:-1]}.recorded")) == 5


def test_an_account_is_brought_up_to_date(house: House) -> None:
    house.deliver(district())
    [(identity, made)] = house.rows(
        select(accounts.c.id, accounts.c.created_at).where(accounts.c.platform == "x")
    )
    files = district()["accounts"]
    files[0] |= {"owner_sourced_id": "", "authorized_at": "2026-02-01", "handle": "hillschool"}
    assert changes(house.deliver({"accounts": files}), "accounts") == (0, 1, 2, 0)
    a = accounts.c
    wanted = select(a.id, a.created_at, a.owner_id, a.handle).where(a.platform == "x")
    assert house.rows(wanted) == [(identity, made, None, "hillschool")]
    days = house.rows(select(authorizations.c.authorized_at).order_by(authorizations.c.seq))
    assert [at.date().isoformat() for (at,) in days] == ["2026-01-10", "2026-02-01"]
    assert house.said("account.recorded")[-1]["change"] == "changed"


def test_a_delivery_that_changes_what_an_account_is_says_when(house: House) -> None:
    house.deliver(district())
    files = district()["accounts"]
    changed = select(accounts.c.platform).where(accounts.c.identity_changed_at.is_not(None))
    files[0]["owner_sourced_id"] = ""
    house.deliver({"accounts": files})
    assert house.rows(changed) == []
    files[0]["kind"] = "club" if files[0]["kind"] != "club" else "school"
    house.deliver({"accounts": files})
    assert house.rows(changed) == [("x",)]


def test_managers_alone_change_an_account(house: House) -> None:
    house.deliver(district())
    files = district()["accounts"]
    files[0]["manager_sourced_ids"] = "e-1 e-2"
    assert changes(house.deliver({"accounts": files}), "accounts") == (0, 1, 2, 0)
    managing = house.rows(select(account_managers.c.person_id))
    assert sorted(person for (person,) in managing) == ["e-1", "e-2"]
    files[0]["manager_sourced_ids"] = ""
    assert changes(house.deliver({"accounts": files}), "accounts") == (0, 1, 2, 0)
    assert house.rows(account_managers) == []
    assert len(house.said("account.recorded")) == 5


def statuses(house: House) -> dict[str, tuple[str, int]]:
    a = accounts.c
    return {
        r.platform: (r.status, r.version)
        for r in house.rows(select(a.platform, a.status, a.version))
    }


def test_a_delivered_authorization_makes_an_account_an_authorized_one(house: House) -> None:
    house.deliver(district())
    found = ("unauthorized_found", 1)
    assert statuses(house) == {"x": ("authorized", 1), "instagram": found, "hillnet": found}
    files = district()["accounts"]
    files[2] |= {"authorized_by_sourced_id": "e-2", "authorized_at": "2026-02-01"}
    assert changes(house.deliver({"accounts": files}), "accounts") == (0, 1, 2, 0)
    assert statuses(house)["hillnet"] == ("authorized", 2)
    assert house.said("account.recorded")[-1]["status"] == "authorized"
    assert changes(house.deliver({"accounts": files}), "accounts") == (0, 0, 3, 0)
    assert statuses(house)["hillnet"] == ("authorized", 2)


@pytest.mark.parametrize("status", ["suspended", "closed", "under_review"])
def test_no_delivery_frees_what_is_held_back(house: House, status: str) -> None:
    house.deliver(district())
    with house.store.writing() as connection:
        connection.execute(update(accounts).where(accounts.c.platform == "x").values(status=status))
    files = district()["accounts"]
    files[0] |= {"authorized_at": "2026-02-01", "handle": "hillschool"}
    house.deliver({"accounts": files})
    assert statuses(house)["x"] == (status, 2)


def test_what_a_delivery_changes_is_in_the_history(house: House) -> None:
    house.deliver(district())
    files = district()["accounts"]
    files[0]["owner_sourced_id"] = ""
    house.deliver({"accounts": files})
    [(identity,)] = house.rows(select(accounts.c.id).where(accounts.c.platform == "x"))
    with house.store.reading() as connection:
        told = list_changes(connection, "account", identity)
    assert [one["action"] for one in told] == ["created", "changed"]
    assert all(one["caller"].startswith("import:") for one in told)


def test_an_account_answers_to_its_present_address_only(house: House) -> None:
    house.deliver(district())
    files = district()["accounts"]
    files[2]["url"] = "https://hillnet.example/u/10"
    house.deliver({"accounts": files})
    assert [r.value for r in house.rows(account_aliases)] == ["https://hillnet.example/u/10"]
    narrow = [{k: v for k, v in files[2].items() if k != "url"}]
    assert changes(house.deliver({"accounts": narrow}), "accounts") == (0, 0, 1, 0)
    assert len(house.rows(account_aliases)) == 1
    files[2]["url"] = ""
    house.deliver({"accounts": files})
    assert house.rows(account_aliases) == []


def test_an_empty_consent_list_keeps_its_date(house: House) -> None:
    report = house.deliver(district() | {"consents": [], "enrollments": []})
    assert report.applied
    assert [warning.split()[0] for warning in report.warnings] == [
        "consents.csv", "enrollments.csv", "new", "accounts",
    ]  # fmt: skip
    assert house.rows(list_dates) == []
    accepted = house.deliver({"consents": []}, accept_empty_consents=True)
    assert accepted.warnings == []
    assert house.rows(select(list_dates.c.kind)) == [("consents",)]


def test_a_list_is_dated_by_the_import(house: House) -> None:
    house.deliver(district())
    [seen] = set(house.rows(select(people.c.first_seen_at)))
    assert set(house.rows(select(list_dates.c.at))) == {seen}
    house.deliver({"people": district()["people"]})
    assert len(house.rows(list_dates)) == 2


def test_attesting_dates_the_list(house: House) -> None:
    house.deliver(district())
    [(at,)] = house.rows(select(list_dates.c.at).where(list_dates.c.kind == "consents"))
    attest_list(house.store, at, "e-2")
    assert house.rows(select(list_dates.c.kind, list_dates.c.at))[-1] == ("attestation", at)
    assert house.said("list.attested") == [{"list": "consents"}]
    attest_list(house.store, at, "e-2", "hill")
    wanted = select(list_dates.c.kind, list_dates.c.at, list_dates.c.school)
    assert house.rows(wanted)[-1] == ("attestation", at, "hill")
    assert house.said("list.attested")[-1] == {"list": "consents", "school": "hill"}
    with pytest.raises(InvalidRequestError):
        attest_list(house.store, at, "e-2", "nowhere")
    assert len(house.said("list.attested")) == 2


def test_a_list_that_nobody_calls_complete_dates_nothing(house: House) -> None:
    report = house.deliver(district(), complete_consents=False)
    assert [kind for (kind,) in house.rows(select(list_dates.c.kind))] == ["rosters"]
    assert [w for w in report.warnings if "--complete consents" in w]
    one = {"consents": [row("consents", "s-1,refuse,,,,Mum,guardian,2026-03-01,,")]}
    house.deliver(one, complete_consents=False)
    assert [kind for (kind,) in house.rows(select(list_dates.c.kind))] == ["rosters"]
    house.deliver(one)
    wanted = select(list_dates.c.kind, list_dates.c.school).order_by(list_dates.c.seq)
    assert house.rows(wanted)[-1] == ("consents", "")


def _came(house: House, person_id: str) -> tuple[datetime, datetime | None]:
    wanted = select(people.c.first_seen_at, people.c.returned_at).where(people.c.id == person_id)
    [(first, back)] = house.rows(wanted)
    return first, back


def test_who_comes_to_another_school_is_noted_with_when(house: House) -> None:
    files = district()
    house.deliver(files)
    wanted = select(people.c.moved_at).where(people.c.id == "s-1")
    lake = {**files["orgs"][-1], "sourced_id": "lake", "name": "Lake", "kind": "school"}
    there = [one for one in files["people"] if one["sourced_id"] == "s-1"]
    house.deliver({"people": [{**one, "grade": "12"} for one in there]})
    assert house.rows(wanted) == [(None,)]
    moved = [{**one, "org_sourced_id": "lake"} for one in there]
    assert house.deliver({"orgs": [lake], "people": moved}).applied
    delivered = select(imports.c.created_at).order_by(imports.c.number.desc()).limit(1)
    [(at,)] = house.rows(delivered)
    assert house.rows(wanted) == [(at,)]
    house.deliver({"people": [{**one, "grade": "11"} for one in moved]})
    assert house.rows(wanted) == [(at,)]


def test_who_comes_back_is_noted_with_when(house: House) -> None:
    files = district()
    house.deliver(files)
    first, back = _came(house, "s-1")
    assert back is None
    house.deliver({"people": [one for one in files["people"] if one["sourced_id"] != "s-1"]},
                  complete=True)  # fmt: skip
    assert _came(house, "s-1") == (first, None)
    again = house.deliver({"people": files["people"]}, complete=True)
    assert again.applied
    _, back = _came(house, "s-1")
    [(created,)] = house.rows(
        select(imports.c.created_at).order_by(imports.c.number.desc()).limit(1)
    )
    assert back == created
    house.deliver({"people": files["people"]}, complete=True)
    assert _came(house, "s-1") == (first, back)
    assert _came(house, "s-2")[1] is None


def test_who_waited_while_a_list_was_attested_came_after_it(house: House) -> None:
    """A person who approves a delivery days later must not make the list speak for its children."""
    house.deliver(district())
    files = district()
    files["people"].append(row("people", "s-9,student,New,Child,,01,hill,,,"))
    held = house.deliver(files, plan_only=True)
    assert held.state == "planned"
    attested = datetime.now(UTC)
    attest_list(house.store, attested, None)
    actor = Actor("operator", None, datetime.now(UTC))
    done = approve_import(house.store, house.settings, actor, ImportDecision(held.import_id))
    assert done.state == "applied"
    assert _came(house, "s-9")[0] > attested


def test_what_stops_in_the_middle_is_gone_on_with(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        message = "the disk is full"
        raise OSError(message)

    monkeypatch.setattr(application, "date_list", fails)
    with pytest.raises(OSError, match="the disk is full"):
        house.deliver(district())
    assert house.rows(list_dates) == []
    monkeypatch.undo()
    assert house.deliver(district()).applied
    rows = house.counts()
    assert (rows["imports"], rows["list_dates"], rows["consents"]) == (1, 2, 4)
    assert len(house.said("import.applied")) == 1


def test_nothing_stays_beside_the_store(house: House, tmp_path: Path) -> None:
    house.deliver(district())
    house.deliver({"grants": [row("grants", "logo,person,e-77,all,e-1,2026-01-01,")]})
    assert [path for path in tmp_path.rglob("*") if "staging" in path.name] == []


def test_two_imports_at_once_both_end(house: House, store_url: str, tmp_path: Path) -> None:
    second = House(Store(store_url), store_url, tmp_path / "second")
    files = district()
    files["people"].append(row("people", "s-4,student,Dee,Four,,01,hill,,,"))
    start = threading.Barrier(2)
    reports: list[Report] = []

    def runs(who: House, delivered: Files) -> None:
        start.wait()
        reports.append(who.deliver(delivered))

    threads = [
        threading.Thread(target=runs, args=given)
        for given in ((house, district()), (second, files))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    second.store.close()
    assert [report.applied for report in reports] == [True, True]
    assert (len(house.rows(people)), len(house.rows(consents))) == (7, 4)
    with house.store.reading() as connection:
        found = chain.verify_chain(connection)
    assert (found.bad, len(house.said("import.applied"))) == (None, 2)


def test_staging_locks_nobody_out(house: House) -> None:
    done: list[bool] = []

    def writes(*_: object) -> None:
        if not done:
            attest_list(house.store, datetime.now(UTC), None)
            done.append(True)

    assert house.deliver(district(), progress=writes).applied
    assert done == [True]
