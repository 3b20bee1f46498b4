"""Classes to pick from: the right one first, page by page, within the schools of a key."""

from itertools import pairwise

import pytest
from sqlalchemy import Connection

from app.database.session import Store
from app.store.people.class_words import rank_class, split_words
from app.store.people.classes import START, ClassFilter, find_classes
from tests.district import District


def build(connection: Connection) -> None:
    district = District(connection)
    for org in ("maple", "birch"):
        district.org(org)
        for section in (12, 2, 1):
            title = f"Mathematics, grade 12, section {section}"
            district.school_class(f"{org}-{section}", [], org=org, title=title)
    district.person("okafor", "Winifred Okafor", kind="employee")
    district.person("ann", "Ann Lee")
    district.enroll("maple-12", "okafor", "teacher")
    district.enroll("maple-12", "ann")


@pytest.mark.parametrize("schools", [None, frozenset({"maple"}), frozenset({"nowhere"})])
def test_pages_hold_the_order_and_the_limits(store: Store, schools: frozenset[str] | None) -> None:
    with store.writing() as connection:
        build(connection)
    asked = ClassFilter(words="Mathematics grade 12 section 2")
    with store.reading() as connection:
        whole = [one.id for one in find_classes(connection, schools, asked, START, 100)]
        paged, after = [], START
        while page := find_classes(connection, schools, asked, after, 1):
            paged.append(page[0].id)
            after = page[0].place
    expected = ["birch-2", "maple-2"]
    assert (
        whole == paged == [one for one in expected if not schools or one.split("-")[0] in schools]
    )


def test_a_teacher_is_found_with_the_class(store: Store) -> None:
    with store.writing() as connection:
        build(connection)
    with store.reading() as connection:
        [one] = find_classes(connection, None, ClassFilter(words="okafor"), START, 10)
        assert (one.id, one.teachers, one.students) == ("maple-12", ("Winifred Okafor",), 1)
        # A student's name finds no class.
        assert find_classes(connection, None, ClassFilter(words="lee"), START, 10) == []
        [birch, *_] = find_classes(connection, None, ClassFilter(words="birch 1"), START, 10)
        assert birch.id == "birch-1"


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("2", "Section 12"),
        ("1", "Section 12"),
        ("g1", "G12"),
        ("2 2", "Grade 2, section 1"),
        ("section 2", "Sections"),
        ("art art", "Art"),
    ],
)
def test_what_is_not_asked_for_is_no_match(asked: str, title: str) -> None:
    assert rank_class(split_words(asked), split_words(title), ()) is None


def test_the_nearer_answer_ranks_before_the_farther() -> None:
    asked = split_words("section 2")
    titles = ["Section 2", "Section 2, art", "Art, section 2", "Section 1, grade 2", "2 sections"]
    ranks = [rank_class(asked, split_words(title), ()) or 0 for title in titles]
    assert ranks[0] == 0
    assert all(nearer < farther for nearer, farther in pairwise(ranks))
