"""A million people with names as unevenly spread as real ones.

Some names are borne by very many and most by very few: the share of a name falls with its rank
(Zipf). One in ten goes by a preferred name, one in twenty bore another family name, one in eight
has a second given name. Everything follows from the row's number.
"""

import random
from collections.abc import Iterator
from itertools import accumulate, islice
from typing import Any

from sqlalchemy import Connection, Table

from app.database import bulk_insert, tables
from app.database.session import Store
from app.policy.names import full_name_key, name_key
from app.store.people import name_index
from bench.population import SEEN_AT

PEOPLE_PER_SCHOOL = 500
GIVEN_NAMES, FAMILY_NAMES = 12_000, 90_000
_SEED, _CHUNK = 5255, 10_000
_ONSETS = [*"bcdfghjklmnprstvw", "st", "ch", "br", "cr", "sh", "th"]
_VOWELS = [*"aeiou", "ea", "io"]
_ENDINGS = ["", "n", "r", "s", "son", "ez", "er", "ton", "ler", "man"]
_COMMON_GIVEN = ["Ana", "José", "María", "James", "Emma", "Liam", "Olivia", "Noah", "Sofía", "Zoë"]
_COMMON_FAMILY = ["Smith", "Johnson", "García", "Núñez", "Jensen", "O'Brien", "Nguyen", "Anderson"]


class Names:
    """Names drawn by their rank: the first of each list are the most common."""

    def __init__(self) -> None:
        dice = random.Random(_SEED)
        self.given = _names(dice, _COMMON_GIVEN, GIVEN_NAMES, 2)
        self.family = _names(dice, _COMMON_FAMILY, FAMILY_NAMES, 3)
        self._weights = {
            len(names): list(accumulate(1 / (rank + 8) for rank in range(len(names))))
            for names in (self.given, self.family)
        }

    def draw(self, dice: random.Random, names: list[str]) -> str:
        return dice.choices(names, cum_weights=self._weights[len(names)])[0]


def _names(dice: random.Random, common: list[str], count: int, most: int) -> list[str]:
    made = dict.fromkeys(common)
    while len(made) < count:
        syllables = (
            dice.choice(_ONSETS) + dice.choice(_VOWELS) for _ in range(dice.randint(1, most))
        )
        made["".join(syllables).capitalize() + dice.choice(_ENDINGS)] = None
    return list(made)


def school_id(number: int) -> str:
    return f"o-{number:05d}"


def populate(store: Store, count: int) -> None:
    """Fill the empty, migrated `store` with `count` people and the index over their names."""
    names, dice = Names(), random.Random(_SEED)
    schools = max(count // PEOPLE_PER_SCHOOL, 1)
    _put(store, tables.orgs, (_school(number) for number in range(schools)))
    drawn = (_person(names, dice, number, schools) for number in range(count))
    while chunk := list(islice(drawn, _CHUNK)):
        with store.writing() as connection:
            _fill(connection, tables.people, [person for person, _ in chunk])
            keys = sorted({key for _, borne in chunk for key in borne})
            _fill(connection, tables.person_names, keys)
            name_index.index_people(connection, [person[0] for person, _ in chunk])


def _put(store: Store, table: Table, rows: Iterator[tuple[Any, ...]]) -> None:
    with store.writing() as connection:
        _fill(connection, table, list(rows))


def _school(number: int) -> tuple[Any, ...]:
    return school_id(number), f"School {number}", f"school {number}", "school", None


def _person(
    names: Names, dice: random.Random, number: int, schools: int
) -> tuple[tuple[Any, ...], list[tuple[str, str]]]:
    """A row of `people`, and the rows of `person_names` that belong to it."""
    ident = f"p-{number:07d}"
    given, family = names.draw(dice, names.given), names.draw(dice, names.family)
    if number % 8 == 0:
        given = f"{given} {names.draw(dice, names.given)}"
    preferred = names.draw(dice, names.given) if number % 10 == 0 else None
    keys = [full_name_key(given, family)]
    keys += [full_name_key(preferred, family)] if preferred else []
    keys += [full_name_key(given, names.draw(dice, names.family))] if number % 20 == 0 else []
    kind, grade = ("employee", None) if number % 50 == 0 else ("student", str(number % 12 + 1))
    seen = SEEN_AT.replace(tzinfo=None).isoformat(" ", "microseconds")
    person = (
        ident, kind, given, family, preferred, grade, school_id(dice.randrange(schools)), None,
        None, "active", seen,
    )  # fmt: skip
    return person, [(name_key(key), ident) for key in keys]


def _fill(connection: Connection, table: Table, rows: list[tuple[Any, ...]]) -> None:
    """Rows of the table's first columns; where an import put them, nobody asks here."""
    own = [column.name for column in table.c if not column.name.startswith("import_")]
    bulk_insert.insert_rows(connection, table, rows, own[: len(rows[0])])
