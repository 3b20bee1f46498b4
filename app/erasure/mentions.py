"""Mentions of a person in a text: by id or student number, name as typed, or e-mail address.

In doubt a text names the person. A namesake's decision is then erased too, which is the safe side.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from app.database.tables import people, person_names
from app.policy.names import contains_name, name_key

# A shorter student number is as likely a year or a count: its decisions would go with it.
_TELLING = 6


@dataclass(frozen=True, slots=True)
class PersonMatcher:
    """One person: id, the keys of all names borne, e-mail address in lower case or empty.

    `number` is the student's, where it is long enough to be no other number in a text.
    """

    id: str
    keys: frozenset[str]
    email: str
    number: str = ""

    def in_text(self, text: str) -> bool:
        """Return whether `text`, as people write it, names the person."""
        if text == self.id or text.endswith(f":{self.id}"):  # the latter in a statement's source
            return True
        if self.email and self.email in text.casefold():
            return True
        key = name_key(text)
        if " " in text and contains_name(key, name_key(self.id)):
            return True
        if self.number and contains_name(key, name_key(self.number)):
            return True
        return any(contains_name(key, name) for name in self.keys)

    def in_json(self, payload: str) -> bool:
        """Return whether any text in the JSON `payload` names the person."""
        return any(self.in_text(text) for text in _walk_texts(orjson.loads(payload)))


def find_mentions(connection: Connection, person_id: str) -> PersonMatcher:
    """Return the names and ids of a person; of a person not on file, the id alone."""
    keys = set(
        connection.scalars(
            select(person_names.c.name_key).where(person_names.c.person_id == person_id)
        )
    )
    columns = (
        people.c.given_name, people.c.family_name, people.c.preferred_name, people.c.email,
        people.c.student_number,
    )  # fmt: skip
    row = connection.execute(select(*columns).where(people.c.id == person_id)).one_or_none()
    if row is not None:
        for given in (row.given_name, row.preferred_name or row.given_name):
            keys |= {
                name_key(f"{given} {row.family_name}"),
                name_key(f"{row.family_name} {given}"),
            }
    email, number = (row and row.email) or "", (row and row.student_number) or ""
    if len(number) < _TELLING:
        number = ""
    return PersonMatcher(person_id, frozenset(keys - {""}), email.casefold(), number)


def _walk_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _walk_texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _walk_texts(one)
