"""The service and a second reading of the rules of consent agree about random histories.

`reading.py` was written from the rules in words, without a look at `app.policy`. Where both differ,
a failure prints the case in sentences; `python -m tests.oracle SEED` makes it again.
"""

import dataclasses
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from tests.oracle.district import Found, opened, round_of
from tests.oracle.histories import DENVER, NOWS, histories, history, questions
from tests.oracle.reading import Asked, District, Paper, Student, answer

# What the service turns away, and may: what a lift or a correction names has to fit, and a hold is
# lifted by its id alone.
TURNED_AWAY = {
    "422 /lifts missing", "422 /lifts no_refusal", "422 /lifts signed_later",
    "422 /lifts corrected", "422 /lifts another_source", "422 /corrects another_source",
    "409 /problems/conflict",
    "names what was turned away",
}  # fmt: skip


def compare(url: str, folder: Path, number: int, count: int) -> Found:
    """One round: so many students, as of one of the days, in one of the modes."""
    now, mode = round_of(number)
    with opened(url, folder, mode, now) as office:
        return office.compare(list(histories(number, count, now)), questions(number, now))


def assert_agreed(found: Found) -> None:
    assert not found.differing, f"{len(found.differing)} differ:\n\n" + "\n\n".join(
        sorted(found.differing, key=len)[:10]
    )
    assert set(found.turned_away) <= TURNED_AWAY, found.turned_away
    asked = found.answers.total()
    assert all(found.answers[one] > asked // 50 for one in ("allow", "review", "deny")), (
        found.answers
    )


@pytest.mark.parametrize(("backend", "number"), [("sqlite", 0), ("postgresql", 1), ("sqlite", 7)])
def test_both_agree(store_url: str, tmp_path: Path, number: int) -> None:
    assert_agreed(compare(store_url, tmp_path, number, 100))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", range(100, 120))
def test_both_agree_about_a_hundred_thousand(store_url: str, tmp_path: Path, number: int) -> None:
    """2,500 students in each of 20 rounds on each of two stores, six questions about each."""
    assert_agreed(compare(store_url, tmp_path, number, 2_500))


def test_a_seed_is_one_case() -> None:
    assert history(7_000_003, NOWS[2]) == history(7_000_003, NOWS[2])
    assert history(7_000_003, NOWS[2]) != history(7_000_004, NOWS[2])


NOON = datetime(2026, 9, 16, 12, tzinfo=DENVER)
MINOR = Student(None, "active", NOON - timedelta(days=90), None, (NOON - timedelta(hours=1),))
ASKED = Asked("publish", "social", "photo", "image", NOON, NOON)


def paper(ident: str, decision: str, day: int, **more: object) -> Paper:
    """A guardian's paper of a day of this September, about all of publishing."""
    signed = datetime(2026, 9, day, 12, tzinfo=DENVER)
    made = Paper(ident, decision, "publish", "all", "image", "g1", signed, False, date(2026, 9, 1))
    return dataclasses.replace(made, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("papers", "expected"),
    [
        ([], "allow"),
        ([paper("1", "refuse", 2)], "deny"),
        ([paper("1", "withdraw", 2)], "deny"),
        ([paper("1", "refuse", 2), paper("2", "grant", 3)], "allow"),
        ([paper("1", "refuse", 2), paper("2", "grant", 2)], "deny"),
        ([paper("1", "refuse", 2), paper("2", "grant", 3, maker="g2")], "deny"),
        ([paper("1", "refuse", 2), paper("2", "grant", 3, ends=date(2026, 9, 9))], "deny"),
        ([paper("1", "refuse", 2), paper("2", "lift", 3)], "allow"),
        ([paper("1", "refuse", 2), paper("2", "lift", 3, channel="social")], "deny"),
        ([paper("1", "refuse", 2, activity="capture"), paper("2", "grant", 3)], "deny"),
        ([paper("1", "refuse", 2, channel="video")], "allow"),
        ([paper("1", "refuse", 2, begins=date(2026, 10, 1))], "review"),
        ([paper("1", "refuse", 2), paper("2", "grant", 3, corrects="1")], "allow"),
        ([paper("1", "refuse", 2, maker="office"), paper("2", "lift", 3, maker="office")], "deny"),
    ],
)  # fmt: skip
def test_the_reading_itself(papers: list[Paper], expected: str) -> None:
    rules = District("refusal_list", DENVER, timedelta(days=7))
    assert answer(MINOR, papers, ASKED, rules) == expected
