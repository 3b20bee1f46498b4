"""Classes and orgs, for somebody to pick."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, Select, select

from app.store.tables import classes, orgs

_CLASSES: Select[Any] = select(
    classes.c.id, classes.c.title, classes.c.org_id, orgs.c.name.label("school")
).select_from(classes.outerjoin(orgs, orgs.c.id == classes.c.org_id))
_ORGS: Select[Any] = select(orgs.c.id, orgs.c.name, orgs.c.kind, orgs.c.parent_id)
Schools = frozenset[str] | None


class ClassesWanted(NamedTuple):
    """Which classes: of this school, with each of these words in the title. None is any."""

    school: str | None = None
    title: str | None = None


class Heading(NamedTuple):
    """What stands above a class's list."""

    title: str
    school: str | None


def class_page(
    connection: Connection, schools: Schools, asked: ClassesWanted, after: str, limit: int
) -> list[RowMapping]:
    """Up to `limit` classes behind the id `after`, of these schools, and as `asked`."""
    wanted = _CLASSES.where(classes.c.id > after).order_by(classes.c.id).limit(limit)
    if schools is not None:
        wanted = wanted.where(classes.c.org_id.in_(sorted(schools)))
    if asked.school is not None:
        wanted = wanted.where(classes.c.org_id == asked.school)
    for word in (asked.title or "").split():
        wanted = wanted.where(classes.c.title.icontains(word, autoescape=True))
    return list(connection.execute(wanted).mappings())


def org_page(connection: Connection, schools: Schools, after: str, limit: int) -> list[RowMapping]:
    """Up to `limit` orgs behind the id `after`, of these schools."""
    wanted = _ORGS.where(orgs.c.id > after).order_by(orgs.c.id).limit(limit)
    if schools is not None:
        wanted = wanted.where(orgs.c.id.in_(sorted(schools)))
    return list(connection.execute(wanted).mappings())


def heading(connection: Connection, class_id: str, schools: Schools) -> Heading | None:
    """The class's title and school; None where it is unknown or of another school."""
    wanted = (
        select(classes.c.title, orgs.c.name)
        .select_from(classes.outerjoin(orgs, orgs.c.id == classes.c.org_id))
        .where(classes.c.id == class_id)
    )
    if schools is not None:
        wanted = wanted.where(classes.c.org_id.in_(sorted(schools)))
    found = connection.execute(wanted).one_or_none()
    return None if found is None else Heading(*found)
