"""Cells as long as a file may have them, in every column: refused by name, or taken; never stuck.

PostgreSQL takes some 2,700 bytes into one entry of an index, SQLite any number. Letters are drawn
by chance, since PostgreSQL packs what repeats itself.
"""

import random
import sys

import pytest

from app.imports.reading.delimited_text import _MOST_GROWN, MAX_BYTES, MAX_CELL
from app.policy.names import name_key
from app.synthetic.files import HEADERS
from tests.imports.conftest import DISTRICT, district
from tests.store.house import House

_WIDE = [chr(code) for code in range(0x20000, 0x20400)]
# One letter that is eighteen when names are compared.
_GROWING = [*(chr(code) for code in range(0x4E00, 0x4E10)), "\ufdfa", "\ufdfa", "\ufdfa"]


def drawn(letters: list[str], seed: str) -> str:
    chance = random.Random(seed)  # noqa: S311 - nothing here is secret
    return "".join(chance.choices(letters, k=MAX_CELL))


# What grows when it is compared is a name.
@pytest.mark.parametrize(
    ("file", "letters"),
    [
        *(pytest.param(file, _WIDE, id=f"{file}-wide") for file in sorted(DISTRICT)),
        pytest.param("people", _GROWING, id="people-growing"),
        *(
            pytest.param(file, _GROWING, id=f"{file}-growing", marks=pytest.mark.slow)
            for file in sorted(DISTRICT)
            if file != "people"
        ),
    ],
)
def test_longest_cells_stop_no_later_import(house: House, file: str, letters: list[str]) -> None:
    assert house.deliver(district()).applied
    for column in HEADERS[file].split(","):
        files = district()
        files[file][-1][column] = drawn(letters, column)
        report = house.deliver(files)
        named = {error.column for error in report.errors}
        assert report.applied or report.state == "held" or named, column
        assert house.deliver(district()).errors == [], column


@pytest.mark.parametrize("letters", [_WIDE, _GROWING], ids=["wide", "growing"])
def test_longest_names_of_new_people_are_refused_by_column(
    house: House, letters: list[str]
) -> None:
    files = district()
    for column in ("given_name", "family_name", "preferred_name"):
        files["people"][0][column] = drawn(letters, column)
    report = house.deliver(files)
    refused = {error.column for error in report.errors if error.file == "people.csv"}
    assert refused == {"given_name", "family_name", "preferred_name"}


def test_one_cell_below_the_limit_is_taken(house: House) -> None:
    files = district()
    for column in ("given_name", "family_name"):
        files["people"][0][column] = drawn(_WIDE, column)[: MAX_BYTES // 4]
    assert house.deliver(files).applied


def test_no_letter_grows_by_more_than_is_reckoned_with() -> None:
    letters = (chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    assert max(len(name_key(f"a{one}a").encode()) - 2 for one in letters) <= _MOST_GROWN
