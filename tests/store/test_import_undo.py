"""The undo of an import: things as they were before, what was changed since kept and told."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text, update

from app.database import tables
from app.erasure.person_erasure import erase_person
from app.errors import ConflictError, ImportBusyError, NotFoundError
from app.imports.approval import ImportDecision, approve_import, reject_import, resume_imports
from app.imports.staging.staging_database import open_staging
from app.imports.undo import undo_application
from app.imports.undo.requests import plan_undo, put_undo
from app.policy.facts import Setup
from app.store.consents.statements import NewStatement, record_statement
from app.store.consents.states import Use, read_state
from app.store.ledger.changes import Actor
from app.store.service.import_records import ImportRecord
from app.store.service.plan_parts import Changes
from tests.imports.conftest import Files, district, row
from tests.store.house import House
from tests.store.test_import_after_kills import killed_before
from tests.store.test_import_states import NO_MEDIA, without

ANSWERED = ("s-1", "s-2", "s-3", "e-1", "e-2")


STUCK_SQLITE = (
    "CREATE TRIGGER stuck BEFORE UPDATE ON people WHEN NEW.grade = '3' "
    "BEGIN SELECT RAISE(ABORT, 'stuck'); END"
)
STUCK_FUNCTION = (
    "CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'stuck'; END $$"
)
STUCK = (
    "CREATE TRIGGER stuck BEFORE UPDATE ON people FOR EACH ROW WHEN (NEW.grade = '3') "
    "EXECUTE FUNCTION stuck()"
)


def actor(house: House | None = None) -> Actor:
    return Actor("k-1", "e-1", house.store.now() if house else datetime.now(UTC))


def ask(house: House, import_id: str | None) -> ImportRecord:
    planned = plan_undo(house.store, house.settings, str(import_id))
    with house.store.writing() as connection:
        return put_undo(connection, actor(house), planned)


def undo(house: House, import_id: str | None) -> ImportRecord:
    """Ask for an undo and approve it."""
    return approve_import(
        house.store, house.settings, actor(house), ImportDecision(ask(house, import_id).id)
    )


def answers(house: House, *people: str) -> dict[str, str]:
    """What a check would say of everybody, on each of two channels."""
    setup = Setup(house.settings.zone)
    found = {}
    with house.store.reading() as connection:
        for person in people or ANSWERED:
            for channel in ("social", "website"):
                use = Use(person, channel=channel)
                state = read_state(connection, use, house.store.now(), setup)
                found[f"{person} {channel}"] = state.finding.code
    return found


def records(house: House) -> dict[str, list[Any]]:
    """Records that an undo puts back wholly."""
    skipped = {"first_seen_at", "search_words", "version"}
    found = {}
    for table in (tables.people, tables.enrollments, tables.guardians, tables.accounts):
        columns = [c for c in table.c if not c.name.startswith("import_") and c.name not in skipped]
        found[table.name] = sorted(map(tuple, house.rows(select(*columns))), key=repr)
    return found


def first() -> Files:
    """The night before."""
    files = district()
    files["guardians"].append(row("guardians", "s-3,g-4,Old Diaz,"))
    return files


def second() -> Files:
    """A night on which much is otherwise, and wrong."""
    files = without(district(), "s-2", "a-1")
    files["people"][0] |= {"given_name": "Josefa", "grade": "04"}
    files["people"].append(row("people", "s-9,student,New,Child,,02,hill,,,active"))
    files["enrollments"].append(row("enrollments", "c-2,s-9,student"))
    files["enrollments"] = [r for r in files["enrollments"] if r["person_sourced_id"] != "e-1"]
    files["guardians"] = [
        row("guardians", "s-1,g-1,Maria N,mother"),
        row("guardians", "s-1,g-7,Somebody Else,"),
        row("guardians", "s-3,g-3,Eva Diaz,mother"),
    ]
    files["consents"] = [
        row("consents", "s-1,grant,publish,all,image_with_name,g-1,guardian,2026-06-05,,"),
        row("consents", "s-1,lift,publish,all,image,g-1,guardian,2026-06-05,,"),
        row("consents", "s-9,refuse,,,,Pa,guardian,2026-06-05,,"),
        row("consents", "e-1,refuse,publish,all,image,,employee,2026-06-05,,"),
        row("consents", "e-2,grant,publish,all,image,,employee,2026-06-05,,"),
    ]
    files["accounts"] = [
        row("accounts", "Twitter,@HillSchool,,club,hill,e-2,,other@district.example,e-1,"
                        "2026-03-10,2026-03-11"),
        row("accounts", "Twitter,@New,,club,hill,e-2,,,e-2,2026-03-10,2026-03-11"),
    ]  # fmt: skip
    files["grants"] = [
        row("grants", "logo,account,twitter/@HillSchool,Twitter,e-1,2026-01-01,2026-02-01"),
        row("grants", "logo,person,e-2,all,e-1,2026-01-01,"),
    ]
    return files


def test_all_is_as_it_was_before(house: House) -> None:
    house.deliver(first())
    before, said = records(house), answers(house)
    report = house.deliver(second(), complete=True)
    assert report.state == "applied", report.reason
    assert records(house) != before
    assert answers(house) != said
    done = undo(house, report.import_id)
    assert done.state == "applied"
    assert answers(house) == said
    after = records(house)
    # Who came with it is inactive, and its account is nobody's; all else is as it was.
    came = [one for one in after["people"] if one[0] == "s-9"]
    assert [one for one in after["people"] if one[0] != "s-9"] == before["people"]
    assert "inactive" in came[0]
    assert after["enrollments"] == before["enrollments"]
    assert after["guardians"] == before["guardians"]
    handles = {one[2] for one in after["accounts"]} - {one[2] for one in before["accounts"]}
    assert handles == {"@New"}
    assert [one for one in after["accounts"] if one[2] != "@New"] == before["accounts"]


def test_nothing_is_deleted_and_the_ledger_tells_of_it(house: House) -> None:
    house.deliver(first())
    report = house.deliver(second(), complete=True)
    before = house.rows(select(tables.consents.c.id))
    done = undo(house, report.import_id)
    after = house.rows(select(tables.consents.c.id, tables.consents.c.decision))
    assert {ident for (ident,) in before} <= {ident for ident, _ in after}
    assert [what for _, what in after][len(before) :] == ["lift"] * (len(after) - len(before))
    assert len(after) > len(before)
    [asked] = house.said("import.undo_asked")
    assert asked["after"] == {"of": report.import_id}
    assert house.said("import.approved")[0]["person"] == "e-1"
    [said] = house.said("import.undone")
    assert (said["import_id"], said["undoes"]) == (done.id, report.import_id)


def test_permissions_have_the_ends_of_before(house: House) -> None:
    house.deliver(first())

    def ends() -> dict[tuple[str, str], str]:
        g = tables.grants.c
        rows = select(g.kind, g.grantee, g.effective_to).order_by(g.seq)
        return {(kind, who): str(end) for kind, who, end in house.rows(rows)}

    before = ends()
    report = house.deliver(second(), complete=True)
    assert ends() != before
    undo(house, report.import_id)
    # A grant that is new has never begun.
    assert ends() == {**before, ("logo", "e-2"): "2025-12-31"}
    assert house.deliver(second(), complete=True).applied
    assert ends()["logo", "e-2"] == "None"


def test_an_undo_is_planned_in_numbers_and_waits(house: House) -> None:
    house.deliver(first())
    report = house.deliver(second(), complete=True)
    said = answers(house)
    planned = plan_undo(house.store, house.settings, str(report.import_id))
    assert planned.plan.kinds["people"] == Changes(changed=2, removed=1)
    assert planned.plan.undo.statements == {"grant": 2, "lift": 1, "refuse": 2}
    assert planned.plan.consents.people_refused == 2
    assert planned.plan.consents.people_allowed >= 1
    found = ask(house, report.import_id)
    assert (found.state, found.undoes) == ("held", report.import_id)
    assert answers(house) == said
    with pytest.raises(ConflictError, match="held already"):
        ask(house, report.import_id)
    reject_import(house.store, actor(), ImportDecision(found.id, reason="No"))
    assert answers(house) == said
    assert ask(house, report.import_id).state == "held"


def test_what_was_changed_since_stays_and_is_told_by_id(house: House) -> None:
    house.deliver(first())
    report = house.deliver(second(), complete=True)
    files = district()
    files["people"] = [r | {"grade": "05"} for r in files["people"] if r["sourced_id"] == "s-1"]
    house.deliver({"people": files["people"]})
    c = tables.consents.c
    rows = select(c.id).where(c.person_id == "e-1", c.decision == "refuse")
    [(refusal,)] = house.rows(rows)
    corrected = NewStatement(
        "e-1", "refuse", "employee", datetime(2026, 6, 6, tzinfo=UTC), activity="publish",
        channel="website", extent="image", corrects=refusal,
    )  # fmt: skip
    with house.store.writing() as connection:
        record_statement(connection, actor(), corrected, house.settings.zone)
    found = ask(house, report.import_id)
    assert found.plan.undo.kept == {"people": 1, "consents": 1}
    with house.store.reading() as connection:
        kept = undo_application.read_kept(connection, found)
    assert [(one.kind, one.key, one.reason) for one in kept] == [
        ("consents", refusal, "it was corrected since"),
        ("people", "s-1", "it was changed since"),
    ]
    approve_import(house.store, house.settings, actor(), ImportDecision(found.id))
    grades = dict(house.rows(select(tables.people.c.id, tables.people.c.grade)))
    assert grades["s-1"] == "5"
    assert answers(house, "e-1")["e-1 website"] != answers(house, "e-1")["e-1 social"]


def test_a_refusal_of_somebody_else_stays(house: House) -> None:
    house.deliver(first())
    report = house.deliver({"consents": [
        row("consents", "s-2,refuse,publish,all,image,g-2,guardian,2026-06-05,,"),
    ]})  # fmt: skip
    other = NewStatement(
        "s-2", "refuse", "guardian", datetime(2026, 6, 6, tzinfo=UTC), activity="publish",
        channel="all", extent="image", given_by="Aunt Ada",
    )  # fmt: skip
    with house.store.writing() as connection:
        record_statement(connection, actor(), other, house.settings.zone)
    refused = answers(house, "s-2")
    found = ask(house, report.import_id)
    assert found.plan.undo.stay_closed == 1
    assert found.plan.consents.people_allowed == 0
    approve_import(house.store, house.settings, actor(), ImportDecision(found.id))
    assert answers(house, "s-2") == refused


def test_an_undo_is_undone(house: House) -> None:
    house.deliver(first())
    before = answers(house)
    report = house.deliver(second(), complete=True)
    said, on_file = answers(house, *ANSWERED, "s-9"), records(house)
    undone = undo(house, report.import_id)
    again = undo(house, undone.id)
    found = answers(house, *ANSWERED, "s-9")
    assert found == said
    assert records(house)["people"] == on_file["people"]
    assert records(house)["enrollments"] == on_file["enrollments"]
    assert records(house)["guardians"] == on_file["guardians"]
    with pytest.raises(ConflictError, match=again.id):
        ask(house, report.import_id)
    undo(house, again.id)
    assert answers(house) == before


def test_a_second_undo_is_refused(house: House) -> None:
    house.deliver(first())
    report = house.deliver(second(), complete=True)
    done = undo(house, report.import_id)
    with pytest.raises(ConflictError, match=done.id):
        ask(house, report.import_id)


def test_imports_are_undone_one_after_another(house: House) -> None:
    house.deliver(first())
    before, said = records(house), answers(house)
    first_ = house.deliver(second(), complete=True)
    files = second()
    files["people"][0]["grade"] = "07"
    files["enrollments"] = files["enrollments"][:1]
    later = house.deliver(files, complete=True)
    undo(house, later.import_id)
    found = undo(house, first_.import_id)
    assert not found.plan.undo.kept
    assert answers(house) == said
    assert records(house)["enrollments"] == before["enrollments"]


def test_what_was_undone_counts_when_it_is_delivered_again(house: House) -> None:
    """A mended file says nearly all of it again: no no of it is taken for one that is on file."""
    house.deliver(first())
    report = house.deliver(second(), complete=True)
    said = answers(house, *ANSWERED, "s-9")
    for _ in range(2):
        undo(house, report.import_id)
        report = house.deliver(second(), complete=True)
        assert report.state == "applied"
        assert answers(house, *ANSWERED, "s-9") == said
    # And no second time.
    statements = len(house.rows(tables.consents))
    house.deliver({"consents": second()["consents"]})
    assert len(house.rows(tables.consents)) == statements


def test_a_flag_that_was_undone_is_said_anew(house: House) -> None:
    house.deliver(first())
    before = answers(house, "s-2")
    flags = {"flags": [{"id": "s-2", "No Media": "Y"}]}
    report = house.deliver(flags, profile=NO_MEDIA)
    refused = answers(house, "s-2")
    assert refused != before
    undo(house, report.import_id)
    assert answers(house, "s-2") == before
    assert house.deliver(flags, profile=NO_MEDIA).applied
    assert answers(house, "s-2") == refused


def test_lists_have_the_dates_of_before(house: House) -> None:
    def dates() -> dict[str, Any]:
        d = tables.list_dates.c
        return dict(house.rows(select(d.kind, d.at).order_by(d.seq)))

    house.deliver(first())
    before = dates()
    report = house.deliver(second(), complete=True)
    assert dates() != before
    undo(house, report.import_id)
    assert dates() == before


def test_what_waits_is_not_undone(house: House) -> None:
    house.settings = house.settings.model_copy(update={"import_hold_from_people": 1})
    house.deliver(first())
    report = house.deliver(second(), complete=True)
    with pytest.raises(ConflictError, match="held"):
        ask(house, report.import_id)


@pytest.mark.parametrize("ending", ["rejected", "invalid", "superseded"])
def test_refusals_at_once_of_what_was_never_applied_are_undone(house: House, ending: str) -> None:
    """A polarity that was turned has refused everybody before anybody could look."""
    house.settings = house.settings.model_copy(update={"import_hold_from_people": 1})
    house.deliver(first())
    before, on_file = answers(house), records(house)
    files = second()
    if ending == "invalid":
        files["orgs"][0]["kind"] = "castle"
    report = house.deliver(files, complete=True)
    if ending == "rejected":
        reject_import(house.store, actor(), ImportDecision(str(report.import_id), reason="No"))
    if ending == "superseded":
        house.deliver({"orgs": first()["orgs"]}, complete_consents=False)
    assert answers(house)["e-1 social"] != before["e-1 social"]
    assert undo(house, report.import_id).state == "applied"
    assert answers(house, "e-1") == {who: code for who, code in before.items() if "e-1" in who}
    assert records(house)["enrollments"] == on_file["enrollments"]


def test_what_left_nothing_on_file_is_not_undone(house: House) -> None:
    report = house.deliver({"orgs": [{"sourced_id": "o-2", "name": "Hill", "kind": "castle"}]})
    assert report.state == "invalid"
    with pytest.raises(ConflictError, match="nothing of it is on file"):
        ask(house, report.import_id)


def test_a_doubt_that_it_ended_is_open_again(house: House) -> None:
    house.deliver(first())
    maybe = {"flags": [{"id": "s-2", "No Media": "maybe"}]}
    assert house.deliver(maybe, profile=NO_MEDIA).state == "invalid"
    doubted = answers(house, "s-2")
    assert doubted["s-2 social"] == "consent.unread"
    report = house.deliver({"flags": [{"id": "s-2", "No Media": "N"}]}, profile=NO_MEDIA)
    assert answers(house, "s-2") != doubted
    found = ask(house, report.import_id)
    assert found.plan.undo.doubts == 1
    approve_import(house.store, house.settings, actor(), ImportDecision(found.id))
    assert answers(house, "s-2") == doubted


def test_an_erased_owner_is_in_no_account_that_was_kept(house: House) -> None:
    house.deliver(first())
    house.deliver(second(), complete=True)
    kept = select(tables.import_befores.c.row).where(tables.import_befores.c.kind == "accounts")
    assert any('"e-1"' in row for (row,) in house.rows(kept))
    erase_person(house.store, "e-1", lambda: Actor("k-1", "e-2", datetime.now(UTC)))
    assert not any('"e-1"' in row for (row,) in house.rows(kept))


def test_what_nobody_kept_is_not_undone(house: House) -> None:
    house.deliver(first())
    report = house.deliver(second(), complete=True)
    with pytest.raises(NotFoundError):
        ask(house, "nothing")
    with house.store.writing() as connection:
        table = tables.imports
        connection.execute(update(table).values(created_at=datetime(2026, 1, 1, tzinfo=UTC)))
    with pytest.raises(ConflictError, match="kept no more"):
        ask(house, report.import_id)
    house.deliver({"orgs": district()["orgs"]})
    kept = select(tables.import_befores.c.key)
    assert house.rows(kept) == []


def test_an_import_of_an_earlier_version_is_not_undone(house: House) -> None:
    report = house.deliver(first())
    with house.store.writing() as connection:
        connection.execute(update(tables.imports).values(undoable=None))
    with pytest.raises(ConflictError, match="kept no more"):
        ask(house, report.import_id)


def test_while_an_import_runs_none_is_undone(house: House) -> None:
    report = house.deliver(first())
    with open_staging(house.store, 0), pytest.raises(ImportBusyError):
        ask(house, report.import_id)


def test_who_was_erased_since_does_not_come_back(house: House) -> None:
    house.deliver(first())
    report = house.deliver(second(), complete=True)
    found = ask(house, report.import_id)
    erase_person(house.store, "s-2", lambda: Actor("k-1", "e-2", datetime.now(UTC)))
    erase_person(house.store, "s-1", lambda: Actor("k-1", "e-2", datetime.now(UTC)))
    for table in (tables.import_befores, tables.undo_kept):
        assert not {"s-1", "s-2"} & {who for (who,) in house.rows(select(table.c.person_id))}
    # What was planned is told anew, since it is otherwise now.
    done = approve_import(house.store, house.settings, actor(), ImportDecision(found.id))
    assert done.state == "held"
    assert (
        approve_import(house.store, house.settings, actor(), ImportDecision(found.id)).state
        == "applied"
    )
    assert not {"s-1", "s-2"} & {who for (who,) in house.rows(select(tables.people.c.id))}


def test_a_night_leaves_a_waiting_undo_and_plans_it_anew(house: House) -> None:
    house.deliver(first())
    report = house.deliver(second(), complete=True)
    found = ask(house, report.import_id)
    house.deliver({"people": [district()["people"][0] | {"grade": "06"}]})
    done = approve_import(house.store, house.settings, actor(), ImportDecision(found.id))
    assert (done.state, done.undoes) == ("held", report.import_id)
    assert "other numbers" in str(done.reason)


def test_a_doubt_whose_id_it_is_is_open_again(house: House) -> None:
    """The night that ended it left the record as it was: nothing of it names that night."""
    house.deliver(district())
    [ana] = [one for one in district()["people"] if one["sourced_id"] == "s-2"]
    other = {**ana, "given_name": "Zoe", "family_name": "Okafor"}
    assert house.deliver({"people": [other]}).state == "held"
    assert answers(house, "s-2")["s-2 social"] == "consent.identity_doubtful"
    night = house.deliver({"people": [ana]})
    assert answers(house, "s-2")["s-2 social"] == "consent.granted"
    assert undo(house, night.import_id).state == "applied"
    assert answers(house, "s-2")["s-2 social"] == "consent.identity_doubtful"


@pytest.mark.parametrize("again", ["consents", "guardians"])
def test_a_night_is_undone_before_those_that_may_say_the_same(house: House, again: str) -> None:
    """A no that is on file already is not put there twice: nothing tells that it came again."""
    house.deliver(first())
    refused = {"consents": [
        row("consents", "s-2,refuse,publish,all,image,g-2,guardian,2026-06-05,,"),
    ]}  # fmt: skip
    night = house.deliver(refused)
    more = {**refused, "orgs": [row("orgs", "lake,Lake School,school,district")]}
    brings = more if again == "consents" else {"guardians": district()["guardians"]}
    later = house.deliver({**brings, "orgs": more["orgs"]})
    waiting = later.import_id
    with pytest.raises(ConflictError, match=str(waiting)):
        ask(house, night.import_id)
    assert answers(house, "s-2")["s-2 social"] == "consent.refused"
    undo(house, waiting)
    assert undo(house, night.import_id).state == "applied"
    assert answers(house, "s-2")["s-2 social"] != "consent.refused"


def test_an_undo_that_waits_is_refused_once_a_later_night_may_say_the_same(house: House) -> None:
    house.deliver(first())
    refused = {"consents": [
        row("consents", "s-2,refuse,publish,all,image,g-2,guardian,2026-06-05,,"),
    ]}  # fmt: skip
    night = house.deliver(refused)
    found = ask(house, night.import_id)
    house.deliver({**refused, "orgs": [row("orgs", "lake,Lake School,school,district")]})
    with pytest.raises(ConflictError):
        approve_import(house.store, house.settings, actor(), ImportDecision(found.id))
    assert answers(house, "s-2")["s-2 social"] == "consent.refused"


KILLS = (
    "statements taken back", "people put back", "people that came, taken back",
    "enrollments put back", "guardians that came, taken back", "accounts put back",
    "grants put back", "refusals taken back",
)  # fmt: skip


@pytest.mark.parametrize("step", KILLS)
@pytest.mark.few(4)
def test_a_killed_undo_goes_on(house: House, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    house.deliver(first())
    before, said = records(house), answers(house)
    report = house.deliver(second(), complete=True)
    found = ask(house, report.import_id)
    with killed_before(monkeypatch, step):
        approve_import(house.store, house.settings, actor(), ImportDecision(found.id))
    [done] = resume_imports(house.store)
    assert (done.id, done.state) == (found.id, "applied")
    assert answers(house) == said
    assert records(house)["guardians"] == before["guardians"]
    assert records(house)["enrollments"] == before["enrollments"]


def test_the_new_consent_of_one_bearer_is_none_of_the_former_ones(house: House) -> None:
    house.deliver(first())
    files = district()
    files["people"][1] |= {"given_name": "Zoe", "family_name": "Quill"}
    report = house.deliver({"people": files["people"]})
    assert report.state == "held"
    approve_import(house.store, house.settings, actor(), ImportDecision(str(report.import_id)))
    new = NewStatement(
        "s-2", "grant", "guardian", datetime(2026, 6, 6, tzinfo=UTC), activity="publish",
        channel="all", extent="image_with_name", given_by="Zoe's Mum",
    )  # fmt: skip
    with house.store.writing() as connection:
        record_statement(connection, actor(), new, house.settings.zone)
    undo(house, report.import_id)
    [(name, doubt, upto)] = house.rows(
        select(
            tables.people.c.given_name, tables.people.c.identity_doubt,
            tables.people.c.former_statements,
        ).where(tables.people.c.id == "s-2")
    )  # fmt: skip
    assert (name, doubt) == ("Ana", None)
    last = house.rows(select(tables.consents.c.seq).where(tables.consents.c.person_id == "s-2"))
    assert upto == max(seq for (seq,) in last)


def test_an_undo_that_fails_three_times_is_given_up_and_the_next_night_goes_on(
    house: House,
) -> None:
    house.deliver(district())
    files = district()
    files["people"][0]["grade"] = "04"
    night = house.deliver(files)
    with house.store.writing() as connection:
        for statement in (STUCK_SQLITE,) if house.store.is_sqlite else (STUCK_FUNCTION, STUCK):
            connection.execute(text(statement))
    found = ask(house, night.import_id)
    with pytest.raises(Exception, match="stuck"):
        approve_import(house.store, house.settings, actor(), ImportDecision(found.id))
    files["people"][1]["grade"] = "02"
    assert house.deliver(files).applied
    states = house.rows(select(tables.imports.c.state).where(tables.imports.c.id == found.id))
    assert states == [("failed",)]
