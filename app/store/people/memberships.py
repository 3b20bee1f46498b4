"""The orgs of people, as conditions on `people`: the first one and any further ones."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select

from app.database.json_lists import select_values
from app.database.tables import people

# In the name index: stands for the orgs of a person who belongs to several.
SEVERAL = "*"


def belongs_to(orgs: Any) -> ColumnElement[bool]:
    """Return the condition that a row of `people` belongs to one of `orgs`: ids, or a select."""
    further = select_values(people.c.other_org_ids)
    return or_(
        people.c.org_id.in_(orgs), exists(select(further.c.value).where(further.c.value.in_(orgs)))
    )


def is_of_schools(person_id: ColumnElement[str], schools: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a column names a person of one of these schools."""
    return exists().where(people.c.id == person_id, belongs_to(sorted(schools)))


def to_indexed_org(org_id: str | None, other_org_ids: str | None) -> str | None:
    """Return the value of the name index for a person's org."""
    return SEVERAL if other_org_ids else org_id


def to_indexed_orgs(orgs: Iterable[str]) -> list[str]:
    """Return the values that the name index may have for people of `orgs`."""
    return [*sorted(orgs), SEVERAL]
