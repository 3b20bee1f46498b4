"""References to people and orgs: on file, and within the schools of the asking key.

For a key limited to some schools everyone else is as unknown as an id that is not on file.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select

from app.database.json_lists import as_json, json_list
from app.database.tables import orgs, people
from app.errors import PersonRequiredError
from app.policy.facts import Setup
from app.store.people.memberships import belongs_to

Schools = frozenset[str] | None
Fault = Mapping[str, str]
UNKNOWN_ORG: Fault = {
    "at": "/org_id",
    "code": "unknown_org",
    "message": "Must be the sourcedId of an org on file, of this key's schools if it has some",
}
_STAFF = select(people.c.id, people.c.kind, people.c.status, people.c.org_id).where(
    people.c.id.in_(json_list("ids")), people.c.kind != "student"
)
_STAFF_OF_SCHOOLS = _STAFF.where(belongs_to(json_list("schools")))


class RequestContext(NamedTuple):
    """The context of a request: the person, the day of the district, the schools (None for all)."""

    person_id: str | None
    day: date
    setup: Setup
    schools: Schools

    @property
    def person(self) -> str:
        """Return the person's sourcedId; raises `PersonRequiredError` where there is none."""
        if self.person_id is None:
            raise PersonRequiredError
        return self.person_id


class StaffMember(NamedTuple):
    """A person who may answer for an account: anyone but a student."""

    id: str
    kind: str
    status: str
    org_id: str | None

    @property
    def active(self) -> bool:
        """Return whether the person is still with the district."""
        return self.status == "active"


def find_staff(
    connection: Connection, ids: Iterable[str | None], schools: Schools = None
) -> dict[str, StaffMember]:
    """Return those of `ids` who are on file, no students, and of `schools` where given."""
    wanted = as_json({ident for ident in ids if ident is not None})
    if schools is None:
        rows = connection.execute(_STAFF, {"ids": wanted})
    else:
        given = {"ids": wanted, "schools": as_json(sorted(schools))}
        rows = connection.execute(_STAFF_OF_SCHOOLS, given)
    return {row.id: StaffMember(*row) for row in rows}


def find_staff_faults(
    connection: Connection, named: Mapping[str, str | None], schools: Schools
) -> list[Fault]:
    """Return a fault for each place of `named` (JSON Pointer to sourcedId) that is unknown."""
    known = find_staff(connection, named.values(), schools)
    message = "Must be somebody who is with the district, and no student"
    return [
        {"at": at, "code": "unknown_person", "message": message}
        for at, ident in named.items()
        if ident is not None and not (ident in known and known[ident].active)
    ]


def find_org_faults(connection: Connection, org_id: str | None, schools: Schools) -> list[Fault]:
    """Return a fault where `org_id` is given and is no org on file, or none of `schools`."""
    if org_id is None:
        return []
    found = connection.scalar(select(orgs.c.id).where(orgs.c.id == org_id))
    known = found is not None and (schools is None or found in schools)
    return [] if known else [UNKNOWN_ORG]
