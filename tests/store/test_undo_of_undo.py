"""An undo and its own undo: gaps of rosters, doubts and the dates of lists, there and back."""

from typing import Any

from sqlalchemy import select

from app.database import tables
from app.imports.report import Report
from app.imports.undo.requests import plan_undo
from tests.store.house import House
from tests.store.test_import_undo import answers, first, second, undo
from tests.store.test_setting_aside import changed, deliver, gaps, night


def lacking(house: House, line: int = 4) -> Report:
    """A night with rosters alone, of whose first class a row is bad."""
    report = rosters(house, changed("enrollments.csv", line, "c-0,s-77,student"))
    assert (report.applied, len(report.aside)) == (True, 1), report.errors
    return report


def rosters(house: House, files: dict[str, list[str]]) -> Report:
    return deliver(house, {name: files[name] for name in ("orgs.csv", "classes.csv", "people.csv",
                                                          "enrollments.csv")})  # fmt: skip


def test_a_gap_that_a_night_found_goes_with_it_and_comes_back(house: House) -> None:
    assert rosters(house, night()).applied
    report = lacking(house)
    assert gaps(house) == {"c-0"}
    done = undo(house, report.import_id)
    assert gaps(house) == set()
    again = undo(house, done.id)
    assert gaps(house) == {"c-0"}
    undo(house, again.id)
    assert gaps(house) == set()


def test_a_gap_that_a_night_closed_is_open_again(house: House) -> None:
    assert rosters(house, night()).applied
    lacking(house)
    whole = night()
    whole["orgs.csv"][3] = "o-3,Another,school,"
    closed = rosters(house, whole)
    assert gaps(house) == set()
    done = undo(house, closed.import_id)
    assert gaps(house) == {"c-0"}
    undo(house, done.id)
    assert gaps(house) == set()


def test_a_gap_that_a_later_night_found_too_stays(house: House) -> None:
    assert rosters(house, night()).applied
    early, late = lacking(house), lacking(house, 6)
    undo(house, early.import_id)
    assert gaps(house) == {"c-0"}
    undo(house, late.import_id)
    assert gaps(house) == {"c-0"}  # as it was before that night: stricter than it need be
    assert rosters(house, night()).applied
    assert gaps(house) == set()


def test_a_gap_stays_though_the_class_itself_is_put_back(house: House) -> None:
    assert rosters(house, night()).applied
    renamed = night()
    renamed["classes.csv"][0] = "c-0,Another,o-1"
    early = rosters(house, renamed)
    renamed["enrollments.csv"][2] = "c-0,s-77,student"
    assert rosters(house, renamed).applied
    assert gaps(house) == {"c-0"}
    undo(house, early.import_id)
    titles = dict(house.rows(select(tables.classes.c.id, tables.classes.c.title)))
    assert titles["c-0"] == "Class 0"
    assert gaps(house) == {"c-0"}


def unread(house: House, *people: str) -> Report:
    """A night of statements and other rosters, of which those of these people cannot be read."""
    files = changed("orgs.csv", 5, "o-3,Another,school,")
    files["consents.csv"] += ["s-110,refuse,publish,all,image,,guardian,2026-01-06,,"]
    for person in people:
        files["consents.csv"] += [f"{person},perhaps,publish,all,image,,guardian,2026-01-06,,"]
    return deliver(house, files)


def test_a_doubt_that_a_night_began_goes_with_it_and_comes_back(house: House) -> None:
    assert deliver(house, night()).applied
    before = answers(house, "s-050")
    report = unread(house, "s-050")
    doubted = answers(house, "s-050")
    assert (report.applied, doubted["s-050 social"]) == (True, "consent.unread"), report.errors
    planned = plan_undo(house.store, house.settings, str(report.import_id))
    assert planned.plan.undo.doubts_ended == 1
    done = undo(house, report.import_id)
    assert answers(house, "s-050") == before
    again = undo(house, done.id)
    assert answers(house, "s-050") == doubted
    undo(house, again.id)
    assert answers(house, "s-050") == before
    # The same row is in doubt when it is delivered again.
    assert unread(house, "s-050").applied
    assert answers(house, "s-050") == doubted


def test_a_doubt_that_a_night_ended_stands_as_after_it(house: House) -> None:
    assert deliver(house, night()).applied
    assert unread(house, "s-050").applied
    doubted = answers(house, "s-050")
    files = changed("orgs.csv", 5, "o-3,Another,school,")
    files["consents.csv"] += ["s-050,refuse,publish,press,image,,guardian,2026-01-06,,"]
    report = deliver(house, files)
    assert report.applied, report.errors
    ended = answers(house, "s-050")
    assert "consent.unread" not in ended.values()
    done = undo(house, report.import_id)
    assert answers(house, "s-050") == doubted
    again = undo(house, done.id)
    assert answers(house, "s-050") == ended
    last = undo(house, again.id)
    assert answers(house, "s-050") == doubted
    # What another delivery has in doubt by now stays in doubt.
    assert unread(house, "s-050").applied
    undo(house, last.id)
    assert answers(house, "s-050")["s-050 social"] == "consent.unread"


def test_a_doubt_that_a_later_night_repeats_stays(house: House) -> None:
    assert deliver(house, night()).applied
    early = unread(house, "s-050", "s-051")
    house.settings = house.settings.model_copy(update={"import_aside_rows": 0})
    assert unread(house, "s-050").state == "invalid"
    undo(house, early.import_id)
    assert answers(house, "s-050")["s-050 social"] == "consent.unread"
    assert answers(house, "s-051")["s-051 social"] != "consent.unread"


def dates(house: House) -> dict[Any, Any]:
    d = tables.list_dates.c
    rows = house.rows(select(d.kind, d.school, d.at, d.digest, d.since).order_by(d.seq))
    return {(kind, school): tuple(rest) for kind, school, *rest in rows}


def test_dates_of_lists_go_back_and_forth_with_undos(house: House) -> None:
    house.deliver(first())
    before = dates(house)
    report = house.deliver(second(), complete=True)
    after, said = dates(house), answers(house)
    assert after != before
    done = undo(house, report.import_id)
    assert dates(house) == before
    again = undo(house, done.id)
    assert (dates(house), answers(house)) == (after, said)
    undo(house, again.id)
    assert dates(house) == before


def test_a_list_that_was_dated_since_keeps_its_date(house: House) -> None:
    house.deliver(first())
    report = house.deliver(second(), complete=True)
    done = undo(house, report.import_id)
    files = {"orgs": first()["orgs"], "classes": first()["classes"]}
    rows = first()["enrollments"][:1]
    assert house.deliver({**files, "enrollments": rows}, complete_consents=False).applied
    later = dates(house)
    undo(house, done.id)
    found = dates(house)
    assert found[("rosters", "")] == later[("rosters", "")]
    assert found[("consents", "")] != later[("consents", "")]
