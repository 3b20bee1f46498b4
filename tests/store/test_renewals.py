"""A yes that ran out, and the same cell in the next school year; on both stores."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from app.database.session import Store
from app.database.tables import consents
from app.imports.reading.profiles.loader import ProfileError, parse_profile
from app.imports.report import Report
from tests.imports.conftest import district
from tests.imports.runs import run_import
from tests.store.house import House

PROFILE = """
    name = "ours"
    title = "Yes until the end of July"
    text = {{ dates = "mdy" }}
    [[flags]]
    file = "photo.csv"
    key = "ID"
    expires = "07-31"
    {more}
    [[flags.columns]]
    column = "Photo"
    meanings = [
        {{ values = ["N"], means = "refuse" }}, {{ values = [""], means = "unanswered" }},
        {{ values = ["?"], means = "nothing" }},
        {{ values = ["Y"], means = "grant", scopes = [
            {{ activity = "publish", channel = "all", extent = "image" }} ] }},
    ]
    [[flags.columns]]
    column = "Name"
    meanings = [
        {{ values = ["N"], means = "refuse", scopes = [
            {{ activity = "publish", channel = "press", extent = "image_with_name" }} ] }},
        {{ values = [""], means = "not_refused" }},
    ]
"""
GIVEN = 'given = "Day"'


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 7, 30, 18, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(store_url: str, tmp_path: Path, clock: Clock) -> Iterator[House]:
    opened = Store(store_url, clock=clock)
    made = House(opened, store_url, tmp_path / "delivery")
    made.deliver({name: district()[name] for name in ("orgs", "people")})
    yield made
    opened.close()


def night(house: House, clock: Clock, day: str, row: str, more: str = "") -> Report:
    clock.at = datetime.fromisoformat(f"{day}T18:00:00+00:00")
    profile = parse_profile("ours.toml", dedent(PROFILE).format(more=more).encode())
    for old in house.folder.iterdir():
        old.unlink()
    (house.folder / "photo.csv").write_text(f"ID,Photo,Name,Day\ns-2,{row}\ns-1,,,\ns-3,,,\n")
    report = run_import(house.store, house.settings, house.folder, profile=profile)
    assert report.applied, report.errors
    return report


def yeses(house: House) -> list[str]:
    return [str(one.effective_to) for one in house.rows(consents) if one.decision == "grant"]


def test_the_same_cell_renews_nothing_and_it_is_told(house: House, clock: Clock) -> None:
    night(house, clock, "2026-07-30", "Y,,")
    report = night(house, clock, "2026-08-01", "Y,,")
    assert any("1 yes has run out" in one for one in report.warnings)
    assert yeses(house) == ["2026-07-31"]


def test_nor_does_it_where_another_cell_of_the_row_is_news(house: House, clock: Clock) -> None:
    night(house, clock, "2026-07-30", "Y,,")
    night(house, clock, "2026-08-01", "Y,N,")
    assert yeses(house) == ["2026-07-31"]


@pytest.mark.parametrize(
    ("rows", "more", "renewed"),
    [
        (["Y,,"], "standing = true", True),
        (["Y,,8/2/2026"], GIVEN, True),
        (["Y,,8/2/2026 09:15"], GIVEN, True),
        (["Y,,7/31/2026"], GIVEN, False),  # of the old year
        (["Y,,8/2/2066"], GIVEN, False),  # nobody has answered yet
        (["Y,,soon"], GIVEN, False),
        (["Y,,"], GIVEN, False),
        ([",,", "Y,,"], "", True),  # the cell was empty in between
        (["?,,", "?,,", "Y,,"], "", True),
        (["N,,", "Y,,"], "", True),
    ],
)
def test_what_is_given_anew_counts(
    house: House, clock: Clock, rows: list[str], more: str, renewed: bool
) -> None:
    night(house, clock, "2026-07-30", "Y,,", more)
    for n, row in enumerate(rows):
        night(house, clock, f"2026-08-{10 + n}", row, more)
    assert yeses(house) == ["2026-07-31", *(["2027-07-31"] if renewed else [])]
    last = f"2026-08-{20}"
    night(house, clock, last, rows[-1], more)
    assert len(yeses(house)) == 1 + renewed


def test_an_answer_that_stands_has_no_day() -> None:
    said = dedent(PROFILE).format(more=f"standing = true\n{GIVEN}")
    with pytest.raises(ProfileError, match="standing"):
        parse_profile("ours.toml", said.encode())
