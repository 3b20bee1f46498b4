"""The clauses against the numbers of the policy's list of obligations."""

import pytest

from app.policy.clauses import CLAUSES, clause

CHECKED = {
    *(2, 3, 4, 7, 9, 13, 22, 23, 24, 25, 28, 30, 31, 32),
    *range(41, 49),
    *(50, 51, 52, 55, 56, 57, 59),
}
REGISTERED = {5, 6, 10, 12, 15, 16, 17, 18, 21, 26, 36, 39}
ASSISTED = {5, 15, 16, 17, 21, 26, 36, 39, 41, 47, 52, 55, 56, 57, 59}


def test_every_obligation_is_there_once_and_in_order():
    assert [c.number for c in CLAUSES] == list(range(1, 64))


def test_each_clause_is_handled_where_the_list_says():
    places = {
        where: {c.number for c in CLAUSES if c.where == where}
        for where in ("check", "registry", "reminder")
    }
    assert places["check"] == CHECKED
    assert places["registry"] == REGISTERED
    assert places["reminder"] == set(range(1, 64)) - CHECKED - REGISTERED


def test_what_software_can_do_about_each_is_what_the_list_says():
    assert {c.number for c in CLAUSES if c.handling == "assist"} == ASSISTED
    reminded = {c.number for c in CLAUSES if c.handling == "remind"}
    assert reminded == {c.number for c in CLAUSES if c.where == "reminder"}


def test_every_wording_is_one_plain_sentence_of_its_own():
    wordings = [c.wording for c in CLAUSES]
    assert len(set(wordings)) == len(wordings)
    for wording in wordings:
        assert wording[0].isupper(), wording
        assert wording.endswith("."), wording
        assert wording.count(".") == 1, wording


def test_a_clause_is_found_by_its_number():
    assert clause(44).section == "Posting Guidelines"
    with pytest.raises(KeyError):
        clause(64)
