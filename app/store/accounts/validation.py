"""The values an account may have, with its orgs, people and aliases checked; its lists."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, delete, insert, select

from app.database.tables import account_aliases, account_managers
from app.errors import ConflictError, InvalidRequestError
from app.store.people.references import (
    UNKNOWN_ORG,
    Fault,
    find_org_faults,
    find_staff,
    find_staff_faults,
)

Alias = tuple[str, str]
MAX_ALIASES = 50


class EditLimits(NamedTuple):
    """The limits of an edit: the day in the district, the key's schools (None for all)."""

    today: date
    schools: frozenset[str] | None


def refuse_bad_values(
    connection: Connection, values: Mapping[str, Any], bounds: EditLimits
) -> None:
    """Raise `InvalidRequestError` for impossible values of an account; absent ones pass.

    An org or a person outside the key's schools is refused in the words of an unknown one.
    """
    faults = [*_check_org(connection, values, bounds), *_check_people(connection, values, bounds)]
    faults += _check_days(values, bounds.today)
    if faults:
        raise InvalidRequestError(faults)


def refuse_unknown_requester(connection: Connection, person_id: str | None) -> None:
    """Raise `InvalidRequestError` unless the requester is on file and no student."""
    if person_id is not None and person_id not in find_staff(connection, [person_id]):
        message = "Must be somebody on file, and no student"
        fault = {"at": "/requested_by", "code": "unknown_person", "message": message}
        raise InvalidRequestError([fault], "Who asked for it must be on file, and no student")


def refuse_taken_aliases(
    connection: Connection, account_id: str, values: Mapping[str, Any]
) -> None:
    """Raise `ConflictError` where another account has one of the aliases in `values`.

    Two accounts under one alias would make every check by it doubtful.
    """
    taken = select(account_aliases.c.account_id).where(account_aliases.c.account_id != account_id)
    for system, value in list_aliases(values):
        same = (account_aliases.c.system == system, account_aliases.c.value == value)
        if connection.scalar(taken.where(*same).limit(1)) is not None:
            detail = "Another account is registered under one of these aliases or addresses"
            raise ConflictError(detail)


def sort_lists(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with each list in the order in which it is read, without repetitions."""
    ordered = dict(values)
    if "managers" in values:
        ordered["managers"] = sorted(set(values["managers"]))
    if "aliases" in values:
        pairs = sorted({(one["system"], one["external_id"]) for one in values["aliases"]})
        ordered["aliases"] = [{"system": s, "external_id": v} for s, v in pairs]
    return ordered


def list_aliases(values: Mapping[str, Any]) -> list[Alias]:
    """Return the aliases that `values` give an account, its address among them."""
    given = [(one["system"], one["external_id"]) for one in values.get("aliases", ())]
    url = values.get("url_alias")
    return [*given, ("url", url)] if url is not None else given


def write_lists(connection: Connection, account_id: str, values: Mapping[str, Any]) -> None:
    """Replace the lists that `values` gives: managers, aliases, the alias of the address."""
    if "managers" in values:
        theirs = account_managers.c.account_id == account_id
        connection.execute(delete(account_managers).where(theirs))
        _insert_rows(
            connection,
            account_managers,
            account_id,
            [{"person_id": one} for one in values["managers"]],
        )
    for is_url, name in ((False, "aliases"), (True, "url")):
        if name in values:
            by_url = account_aliases.c.system == "url"
            theirs = account_aliases.c.account_id == account_id
            connection.execute(delete(account_aliases).where(theirs, by_url if is_url else ~by_url))
            rows = [
                {"system": system, "value": value}
                for system, value in list_aliases(values)
                if (system == "url") == is_url
            ]
            _insert_rows(connection, account_aliases, account_id, rows)


def find_day_end(day: date, zone: ZoneInfo) -> datetime:
    """Return the last second of `day` in `zone`: what existed on that day existed by then."""
    return datetime.combine(day, time(23, 59, 59), zone)


def _insert_rows(
    connection: Connection, table: Table, account_id: str, rows: list[dict[str, str]]
) -> None:
    if rows:
        connection.execute(insert(table), [{"account_id": account_id, **row} for row in rows])


def _check_org(
    connection: Connection, values: Mapping[str, Any], bounds: EditLimits
) -> list[Fault]:
    org_id = values.get("org_id")
    if org_id is None and "org_id" in values and bounds.schools is not None:
        return [UNKNOWN_ORG]
    return find_org_faults(connection, org_id, bounds.schools)


def _check_people(
    connection: Connection, values: Mapping[str, Any], bounds: EditLimits
) -> list[Fault]:
    managers = {f"/managers/{i}": one for i, one in enumerate(values.get("managers") or ())}
    named = {"/owner_id": values.get("owner_id"), **managers}
    return find_staff_faults(connection, named, bounds.schools)


def _check_days(values: Mapping[str, Any], today: date) -> Iterator[Fault]:
    for name in ("reviewed_on", "last_post_on", "existed_on"):
        if values.get(name) is not None and values[name] > today:
            yield {"at": f"/{name}", "code": "future", "message": "Must not lie in the future"}
