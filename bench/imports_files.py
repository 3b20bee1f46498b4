"""Deliveries to measure on, in the plain format; ids come in no order, as in a real export."""

import random
from dataclasses import dataclass
from pathlib import Path

_SYLLABLES = [c + v for c in "bcdfghklmnprst" for v in "aeiou"]
_CLASSES_EACH = 4
_CLASS_SIZE = 25
_PER_SCHOOL = 500
# So many different names a district has, however large.
_GIVEN, _FAMILIES = 2_003, 12_007
_PEOPLE = "sourced_id,kind,given_name,family_name,grade,org_sourced_id,birth_date\n"


@dataclass(frozen=True, slots=True)
class Made:
    """Folders: everything; one person; a hundredth of the people changed; a fifth of them.

    `rows` are those of `whole`.
    """

    whole: Path
    one: Path
    delta: Path
    changed: Path
    rows: int


def make(folder: Path, people: int) -> Made:
    """Write them below `folder`."""
    chance = random.Random(5255)
    order = list(range(people))
    chance.shuffle(order)
    whole = folder / "whole"
    whole.mkdir()
    schools, classes = max(1, people // _PER_SCHOOL), max(4, people * _CLASSES_EACH // _CLASS_SIZE)
    rows = _write(whole / "orgs.csv", "sourced_id,name,kind\n", (
        f"o-{n},School {_word(n)},school\n" for n in range(schools)
    ))  # fmt: skip
    rows += _write(whole / "classes.csv", "sourced_id,title,org_sourced_id\n", (
        f"c-{n:07},Class {n},o-{n % schools}\n" for n in range(classes)
    ))  # fmt: skip
    rows += _write(whole / "people.csv", _PEOPLE, (_person(n, schools) for n in order))
    rows += _write(whole / "enrollments.csv", "class_sourced_id,person_sourced_id,role\n", (
        f"c-{(n * _CLASSES_EACH + k) * 7919 % classes:07},s-{n:07},student\n"
        for n in order for k in range(_CLASSES_EACH)
    ))  # fmt: skip
    header = "person_sourced_id,decision,activity,channel,extent,given_by,capacity,signed_at\n"
    rows += _write(whole / "consents.csv", header, (
        f"s-{n:07},{'refuse' if n % 20 == 7 else 'grant'},publish,all,image,Parent {_word(n)},"
        f"guardian,2026-0{n % 8 + 1}-15\n" for n in order
    ))  # fmt: skip
    parts = {"one": order[:1], "delta": order[: people // 100], "changed": order[: people // 5]}
    for grade, (name, some) in enumerate(parts.items(), 1):
        (folder / name).mkdir()
        path = folder / name / "people.csv"
        _write(path, _PEOPLE, (_person(n, schools, moved=grade) for n in some))
    return Made(whole, *(folder / name for name in parts), rows)


def _person(n: int, schools: int, moved: int = 0) -> str:
    grade, born = (n + moved) % 12 + 1, 2009 + n % 10
    return (
        f"s-{n:07},student,{_word(n * 7919 % _GIVEN)},{_word(n * 104_729 % _FAMILIES)},"
        f"{grade:02},o-{n % schools},"
        f"{born}-0{n % 9 + 1}-1{n % 10}\n"
    )


def _word(n: int) -> str:
    size = len(_SYLLABLES)
    return (_SYLLABLES[n % size] + _SYLLABLES[n // size % size] + _SYLLABLES[n // 7 % size]).title()


def _write(path: Path, header: str, lines: object) -> int:
    count = 0
    with path.open("w", newline="") as out:
        out.write(header)
        for line in lines:  # type: ignore[attr-defined]
            out.write(line)
            count += 1
    return count
