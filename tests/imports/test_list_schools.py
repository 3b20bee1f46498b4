"""The schools that a list is of, by the students in it."""

import pytest

from app.imports.staging.list_schools import find_schools, group_students

# `trade` has no student of its own: half of its students are of `hill`, half of `dale`.
ON_FILE = {"hill": 100, "dale": 80, "elm": 60, "hill trade": 10, "dale trade": 10, "hill elm": 20}


def groups(said: dict[str, int]) -> dict[frozenset[str], int]:
    return {frozenset(of.split()): count for of, count in said.items()}


@pytest.mark.parametrize(
    ("listed", "everybody", "schools", "strays"),
    [
        ({"hill": 100, "hill trade": 10, "hill elm": 20}, True, "hill", 0),
        ({"elm": 58, "hill elm": 20, "hill": 3}, True, "elm", 3),
        ({"elm": 58, "hill elm": 20, "hill": 30}, True, "elm hill", 0),
        # Half a list: of no school more than half, so that none is taken for a stray's.
        ({"elm": 20, "hill": 5}, True, "elm hill", 0),
        ({"hill trade": 10, "dale trade": 10}, True, "trade", 0),
        ({"hill trade": 10, "dale trade": 9, "elm": 1}, True, "trade", 1),
        # It may be the school's list together with its neighbour's, or the neighbour's alone.
        ({"hill": 100, "hill trade": 10, "dale trade": 10}, True, "hill trade", 0),
        ({"hill": 100, "hill trade": 10, "dale trade": 9}, True, "hill", 0),
        ({"hill trade": 3}, True, "", 0),
        ({"hill": 99, "dale": 80, "elm": 60, "hill trade": 9, "dale trade": 9}, True, "", -1),
        ({"hill": 99, "dale": 80, "elm": 60}, True, "hill dale elm", 0),
        ({"hill": 1, "hill elm": 9}, False, "hill", 0),
        ({"hill elm": 9}, False, "", 0),
        # No row says that a list of refusers is that of a school without students of its own.
        ({"hill": 1, "dale": 1, "elm": 1, "hill trade": 1}, False, "hill dale elm", 0),
    ],
)
def test_who_tells_of_which_schools_a_list_is(
    listed: dict[str, int], everybody: bool, schools: str, strays: int
) -> None:
    found = find_schools(groups(listed), groups(ON_FILE), everybody=everybody)
    whole = strays < 0
    assert found.schools == frozenset([""] if whole else schools.split())
    assert (found.students, found.strays) == (sum(listed.values()), max(strays, 0))


def test_an_office_is_no_school_of_a_student_who_has_one() -> None:
    rows = [("hill", None, 3), ("hill", '["office"]', 2), ("office", None, 1), (" ", None, 1)]
    assert group_students([*rows, ("office", '["hill", "dale"]', 4)], {"office"}) == groups(
        {"hill": 5, "office": 1, "hill dale": 4}
    ) | {frozenset(" "): 1}
