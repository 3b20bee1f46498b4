"""The JSON of plans: written and read as it was, and as earlier versions wrote it."""

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from app.database.tables import imports
from app.store.ledger.chain import write_canonical
from app.store.service.import_plans import RecordedPlan, read_plan, write_plan
from app.store.service.plan_parts import Changes, Loss, SchoolCounts, TieCounts, UndoCounts, Walk
from tests.imports.conftest import district
from tests.store.house import House

# As a store holds it: of a delivery of one school, whose refusals shrank.
STORED: dict[str, Any] = {
    "aside": {"classes": 0, "rows": 1},
    "base": {"active": 4, "ties": 1},
    "begun": 0,
    "classes_absent": 0,
    "complete": ["people"],
    "consent_columns": ["lists.csv: No Media"],
    "consents": {
        "at_once": 0, "grant": 1, "lift": 0, "people_allowed": 1, "people_flipped": 1,
        "people_known": 2, "people_refused": 0, "refuse": 0, "withdraw": 0,
    },
    "delivered": {
        "people": {
            "absent": ["email"], "extent": "complete", "files": ["people.csv"], "rows": 3,
            "sha256": ["ab" * 32],
        },
    },
    "diff": "00" * 32,
    "doubtful_births": 0,
    "ended": 0,
    "former_owners": 1, "ended_since": {},
    "endings_kept": 0,
    "examples": {"people": {"added": [2, 3]}},
    "feed": {
        "kinds": {"student": True},
        "name": "sis",
        "records": {"feed_people": {"added": 2, "removed": 0, "whole": True}},
    },
    "files": [
        {
            "changes": {"added": 2, "changed": 0, "removed": 0, "unchanged": 1},
            "file": "people.csv", "pattern": "people*.csv", "rows": 3, "sha256": "ab" * 32,
            "warnings": {"cells are parted by ;": 1},
        },
    ],
    "format": "plain",
    "identities": {
        "arrival_places": [], "arrivals": 0, "delivered": 0, "migration": False,
        "other_places": [1000000002], "others": 1, "refused": 0, "settled": 0,
    },
    "kinds": {"people": {"added": 2, "changed": 0, "removed": 0, "unchanged": 1}},
    "list_digest": "cd" * 32,
    "list_gaps": {"absent": {"hill": 1}, "changed": 1},
    "list_schools": ["hill"],
    "lists": ["consents"],
    "losses": {"enrollments": {}, "refusals": {"hill": [1, 2, 1]}, "ties": {}},
    "marked": 1,
    "missing": 1,
    "names": {"words": 4},
    "of_other_feeds": 0,
    "people_by_ending": {},
    "people_by_value": {"No Media = N": 1},
    "people_kinds": ["student"],
    "run_out": 0,
    "same_list_days": 30,
    "schools": {"hill": {"students": {"after": 0, "before": 2}, "staff": {}}},
    "strange_lists": [],
    "ties": {"ended": 0, "former": 0, "shared": 0},
    "values": [
        {
            "file": "lists.csv", "label": "No Media = N", "means": "grant", "people": 1, "rows": 1,
            "said": "No Media = N grants; 1 student consents", "told": "No Media = N grants",
        },
    ],
    "walked": {"people": [2, False]},
    "warnings": ["1 row is set aside"],
    "without_form": 0,
    "without_form_of": [],
}  # fmt: skip
# A plan of a version before feeds, ties, doubts about ids and losses.
EARLIER = {
    name: STORED[name]
    for name in (
        "format", "files", "kinds", "walked", "names", "missing", "marked", "ended", "consents",
        "values", "schools", "complete", "lists", "delivered", "examples", "warnings", "diff",
        "base", "consent_columns",
    )
}  # fmt: skip


def test_a_stored_plan_is_read_and_written_as_it_was() -> None:
    plan = read_plan(STORED)
    assert write_canonical(write_plan(plan)) == write_canonical(STORED)
    assert plan.walked["people"] == Walk(2, whole=False)
    assert plan.losses.refusals["hill"] == Loss(ending=1, on_file=2, people=1)
    assert plan.schools["hill"]["students"] == SchoolCounts(before=2, after=0)
    assert plan.feed is not None
    assert plan.feed.records["feed_people"].whole


def test_a_plan_of_an_earlier_version_is_read() -> None:
    plan = read_plan(EARLIER)
    assert plan.kinds == {"people": Changes(added=2, unchanged=1)}
    assert (plan.ties, plan.identities, plan.aside, plan.feed) == (None, None, None, None)
    assert not plan.losses.refusals
    assert plan.list_schools == ()


@pytest.mark.parametrize("name", sorted(STORED))
def test_a_plan_that_lacks_any_part_is_read(name: str) -> None:
    read_plan({key: value for key, value in STORED.items() if key != name})


def test_a_part_of_a_later_version_is_passed_over() -> None:
    assert read_plan({**STORED, "later": 1}) == read_plan(STORED)


def test_an_unreadable_plan_is_an_error_that_repeats_no_value() -> None:
    with pytest.raises(ValueError, match="without_form") as caught:
        read_plan({**STORED, "without_form": "somebody"})
    assert "somebody" not in str(caught.value)


def test_the_plan_of_an_undo_has_only_its_own_parts() -> None:
    plan = RecordedPlan(
        format="undo", kinds={"people": Changes(removed=2)}, ties=TieCounts(ended=1),
        undo=UndoCounts("an-import", {"refuse": 1}),
    )  # fmt: skip
    said = write_plan(plan)
    assert read_plan(orjson.loads(write_canonical(said))) == plan
    assert sorted(said) == [
        "complete", "consent_columns", "consents", "delivered", "ended", "examples", "files",
        "format", "kinds", "list_schools", "lists", "marked", "missing", "schools", "ties", "undo",
        "values", "warnings",
    ]  # fmt: skip
    assert said["ties"] == {"ended": 1, "shared": 0}


def test_a_plan_on_record_is_what_was_written(house: House) -> None:
    report = house.deliver(district())
    assert report.plan
    assert report.plan.kinds["people"].added
    stored = [plan for (plan,) in house.rows(select(imports.c.plan))]
    assert stored == [write_canonical(write_plan(report.plan))]


def test_the_warning_of_late_lists_is_found_in_a_plan_of_an_earlier_version() -> None:
    late = "the consent list has come as the same bytes since 2026-10-01, longer than 30 days"
    plan = read_plan({**STORED, "warnings": ["another", late]})
    assert (plan.late_lists, plan.warnings) == (late, ("another", late))
    assert read_plan(write_plan(plan)) == plan
