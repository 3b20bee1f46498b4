"""The end of the rights that an id had, when it passes to another person.

An office designates a person, permits a person to use the logo, and gives a person a key; the id
only stands for the person. So all of it ends with the bearer, and whoever bears the id next is
given it anew or not at all. The ends are rows like any others: the offices see them in their lists.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select, true, update

from app.database import tables
from app.database.json_lists import as_json, is_in, json_list
from app.imports.merge import ledger_rows, previous_records
from app.imports.merge.ledger_rows import ImportStamp
from app.store.accounts import forms
from app.store.accounts.forms import FormChange
from app.store.ledger import chain
from app.store.ledger.changes import Actor
from app.store.permissions.effective_dating import list_fact_columns
from app.store.service.keys import revoke_key

_accounts, _managers, _keys = tables.accounts.c, tables.account_managers.c, tables.api_keys.c
_grants = tables.grants.c
# The tables of rights with an end, the column of their bearers, and which rows are about a person.
_DATED: tuple[tuple[Table, str, ColumnElement[bool]], ...] = (
    (tables.designations, "person_id", true()),
    (tables.grants, "grantee", _grants.grantee_kind == "person"),
)
_ANOTHER = "an id in it passed to another person"
# Two days before the day in UTC lies before today in every time zone.
_BEFORE_TODAY = timedelta(days=2)


def end_rights(connection: Connection, stamp: ImportStamp, ids: Sequence[str]) -> None:
    """End all rights that these ids have, as part of an import that gives them new bearers."""
    given = {"ids": as_json(ids)}
    _end_permissions(connection, stamp, given)
    _revoke_keys(connection, stamp, given)
    _clear_accounts(connection, stamp, given)
    _clear_forms(connection, stamp, frozenset(ids))


def _end_permissions(connection: Connection, stamp: ImportStamp, given: dict[str, str]) -> None:
    """Add to each designation and grant that has not ended a row with its end."""
    last = stamp.at.date() - _BEFORE_TODAY
    before = ledger_rows.read_marks(connection)
    for table, bearer, personal in _DATED:
        wanted = select(table).where(is_in(table.c[bearer], json_list("ids")), personal)
        rows = connection.execute(wanted.order_by(table.c.seq), given).mappings().all()
        latest = {tuple(row[name] for name in list_fact_columns(table)): row for row in rows}
        ended = [
            {
                **{name: value for name, value in row.items() if name != "seq"},
                "id": chain.make_id(),
                "recorded_at": stamp.at,
                "effective_to": last,
                "import_number": stamp.number,
                "import_place": None,
            }
            for row in latest.values()
            if _runs_on(row["effective_to"], last)
        ]
        if ended:
            connection.execute(insert(table), ended)
    ledger_rows.append_added(connection, stamp, before)


def _runs_on(effective_to: date | None, last: date) -> bool:
    return effective_to is None or effective_to > last


def _revoke_keys(connection: Connection, stamp: ImportStamp, given: dict[str, str]) -> None:
    """Revoke the keys that act for these ids, also those that have expired."""
    held = is_in(_keys.person_id, json_list("ids")), _keys.revoked_at.is_(None)
    for key_id in connection.scalars(select(_keys.id).where(*held).order_by(_keys.id), given).all():
        revoke_key(connection, key_id, stamp.at)


def _clear_accounts(connection: Connection, stamp: ImportStamp, given: dict[str, str]) -> None:
    """Take these ids off the accounts that they own or manage."""
    mine = is_in(_accounts.owner_id, json_list("ids"))
    managing = select(_managers.account_id).where(is_in(_managers.person_id, json_list("ids")))
    found = connection.scalars(
        select(_accounts.id).where(mine | _accounts.id.in_(managing)).order_by(_accounts.id), given
    ).all()
    if not found:
        return
    previous_records.keep_accounts(connection, stamp.number, found)
    connection.execute(
        update(tables.accounts)
        .where(_accounts.id.in_(json_list("accounts")))
        .values(version=_accounts.version + 1),
        {"accounts": as_json(found)},
    )
    connection.execute(update(tables.accounts).where(mine).values(owner_id=None), given)
    theirs = is_in(_managers.person_id, json_list("ids"))
    connection.execute(delete(tables.account_managers).where(theirs), given)
    ledger_rows.append_accounts(connection, stamp, dict.fromkeys(found, False))


def _clear_forms(connection: Connection, stamp: ImportStamp, ids: frozenset[str]) -> None:
    """Take these ids off the open forms, and withdraw those that they asked for."""
    actor = Actor(stamp.caller, stamp.by, stamp.at)
    for form in forms.list_open(connection):
        values = {
            "owner_id": None if form["owner_id"] in ids else form["owner_id"],
            "managers": [one for one in form["managers"] if one not in ids],
        }
        theirs = form["requested_by"] in ids
        if theirs:
            values["state"] = "withdrawn"
        if any(form[name] != value for name, value in values.items()):
            done = FormChange("withdrawn" if theirs else "edited", _ANOTHER)
            forms.write_form(connection, actor, form, values, done)
