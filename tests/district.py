"""A small district for tests: rows put straight into the tables, with defaults that allow.

`found` makes one in which every check has something to allow, to doubt and to refuse.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, insert, update

from app.database import tables as t
from app.policy.name_matching import recorded_keys
from app.policy.names import grade_key, name_key
from app.store.ledger.chain import make_id
from app.store.people import name_index

LONG_AGO = datetime(2020, 1, 2, 12, tzinfo=UTC)
SINCE = date(2020, 1, 2)


class District:
    """Adds records through one connection; ids are the sourcedIds given."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _add(self, table: Table, **row: Any) -> None:
        self._connection.execute(insert(table).values(**row))

    def _history(self, table: Table, **row: Any) -> str:
        ident = make_id()
        self._add(table, id=ident, recorded_at=LONG_AGO, **row)
        return ident

    def org(self, org_id: str, name: str | None = None, kind: str = "school") -> None:
        named = name or org_id.title()
        self._add(t.orgs, id=org_id, name=named, name_key=name_key(named), kind=kind)

    def person(self, person_id: str, name: str, kind: str = "student", **more: Any) -> None:
        """Somebody by "Given Family"; `former` are further full names that find them."""
        given, family = name.rsplit(" ", 1)
        former: Sequence[str] = more.pop("former", ())
        grade: str | None = more.pop("grade", None)
        row = {"org_id": "maple", "status": "active", "first_seen_at": LONG_AGO, **more}
        self._add(
            t.people, id=person_id, kind=kind, given_name=given, family_name=family,
            grade=grade and grade_key(grade), **row,
        )  # fmt: skip
        keys = {*recorded_keys(given, family, more.get("preferred_name")), *map(name_key, former)}
        for key in keys:
            self._add(t.person_names, name_key=key, person_id=person_id)
        name_index.index_people(self._connection, [person_id])

    def employee(self, person_id: str, name: str, **more: Any) -> None:
        self.person(person_id, name, "employee", **more)

    def consent(self, person_id: str, decision: str, **more: Any) -> str:
        row = {
            "activity": "publish", "channel": "social", "extent": "image", "capacity": "guardian",
            "source": "g1", "signed_at": LONG_AGO, "signed_day_only": False,
            "effective_from": SINCE, **more,
        }  # fmt: skip
        return self._history(
            t.consents, person_id=person_id, decision=decision, digest=make_id(), **row
        )

    def account(self, platform: str, handle: str, **more: Any) -> str:
        """A registered account; `managers` and `aliases` {system: value} beside its columns."""
        ident = make_id()
        managers = more.pop("managers", ("mia",))
        aliases = more.pop("aliases", {})
        row = {
            "kind": "school", "org_id": "maple", "owner_id": "olga", "created_at": LONG_AGO,
            "communications_admin_at": LONG_AGO, **more,
        }  # fmt: skip
        self._add(t.accounts, id=ident, platform=platform, handle=handle, handle_key=handle, **row)
        for person_id in managers:
            self._add(t.account_managers, account_id=ident, person_id=person_id)
        for system, value in aliases.items():
            self._add(t.account_aliases, account_id=ident, system=system, value=value)
        return ident

    def authorization(self, account_id: str, by: str = "dora", **more: Any) -> str:
        row = {"authorized_at": LONG_AGO, **more}
        return self._history(t.authorizations, account_id=account_id, authorized_by=by, **row)

    def designation(self, office: str, person_id: str, **more: Any) -> str:
        row = {"capacity": "holder", "effective_from": SINCE, **more}
        return self._history(t.designations, office=office, person_id=person_id, **row)

    def grant(self, kind: str, grantee: str, **more: Any) -> str:
        """A permission; to an account where `grantee` is `platform/handle`."""
        to = "account" if "/" in grantee else "person"
        row = {
            "grantee_kind": to, "network": "all", "granted_by": "sue", "effective_from": SINCE,
            **more,
        }  # fmt: skip
        return self._history(t.grants, kind=kind, grantee=grantee, **row)

    def release(self, name: str, **more: Any) -> str:
        row = {"channel": "all", "effective_from": SINCE, **more}
        return self._history(t.releases, name=name, name_key=name_key(name), **row)

    def school_class(
        self,
        class_id: str,
        students: Sequence[str],
        org: str | None = "maple",
        title: str | None = None,
    ) -> None:
        self._add(t.classes, id=class_id, title=title or class_id, org_id=org)
        for person_id in students:
            self.enroll(class_id, person_id)

    def enroll(self, class_id: str, person_id: str, role: str = "student") -> None:
        self._add(t.enrollments, class_id=class_id, person_id=person_id, role=role)

    def list_date(self, kind: str, at: datetime, school: str = "") -> None:
        """A list of the whole district, or of one school, that was whole `at` that time."""
        self._add(t.list_dates, kind=kind, at=at, school=school)


def set_status(connection: Connection, person_id: str, status: str) -> None:
    """As the next delivery of the SIS would have it."""
    connection.execute(update(t.people).where(t.people.c.id == person_id).values(status=status))


def found(connection: Connection) -> District:
    """Two schools, the two offices, lists of an hour ago, and somebody for every answer.

    Students: `ana` (may be shown), `ben` (refused), `new` (came after the list), `cleo` (of the
    other school). Employees: `tess` (agreed), `ed` (asked nobody), `olga` and `mia` (owner and
    manager), `sue` and `dora` (Superintendent, Director). Accounts: `facebook/maple`
    (authorized), `x/wild` (not), `instagram/lost` (nobody is responsible).
    """
    district = District(connection)
    for org_id in ("maple", "birch"):
        district.org(org_id)
    district.org("hq", "Communications Department", "communications")
    _people(district)
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    for kind in ("consents", "rosters"):
        district.list_date(kind, hour_ago)
    district.designation("superintendent", "sue")
    district.designation("director_communications", "dora")
    for handle, managers, owner in (("maple", ("mia",), "olga"), ("lost", (), None)):
        platform = "facebook" if owner else "instagram"
        account = district.account(platform, handle, managers=managers, owner_id=owner)
        district.authorization(account)
    district.account("x", "wild")
    district.grant("logo", "tess")
    district.grant("spokesperson", "facebook/maple")
    district.school_class("c-good", ["ana"])
    district.school_class("c-mixed", ["ana", "ben", "new"])
    return district


def _people(district: District) -> None:
    district.person("ana", "Ana Lopez", grade="3")
    district.person("ben", "Ben Park", grade="3")
    district.consent("ben", "refuse", channel="all")
    district.person("new", "Nell Ewing", first_seen_at=datetime.now(UTC))
    district.person("cleo", "Cleo Stone", org_id="birch")
    for person_id, name in (("tess", "Tess Reed"), ("ed", "Ed Cole"), ("olga", "Olga Owen"),
                            ("mia", "Mia Manley")):  # fmt: skip
        district.employee(person_id, name)
    district.consent("tess", "grant", capacity="employee", source="tess reed")
    district.employee("sue", "Sue Super", org_id="hq")
    district.employee("dora", "Dora Director", org_id="hq")
