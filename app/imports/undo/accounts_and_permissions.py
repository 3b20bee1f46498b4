"""Accounts and permissions as an undo puts them back."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from app.database import tables
from app.imports.merge import ledger_rows, previous_records
from app.imports.merge.slices import KeyRange, KeyRangeScan, MergeStep, Prepared
from app.imports.undo.undone_import import Undone
from app.store.accounts.status_events import read_statuses, tell_changed
from app.store.ledger import chain
from app.store.permissions.effective_dating import list_fact_columns

_accounts, _changes, _said = tables.accounts.c, tables.changes.c, tables.import_befores.c
_PARTS: tuple[Table, ...] = (tables.account_managers, tables.account_aliases)
_NEVER_BACK = ("id", "version", "import_number", "import_place")
PERMISSIONS: tuple[Table, ...] = (tables.designations, tables.grants, tables.releases)
_ONE_DAY = timedelta(days=1)


def _name_caller(import_id: str) -> str:
    return f"import:{import_id}"


def _is_last(import_id: str) -> ColumnElement[bool]:
    """Return true where this import was the last to change an account."""
    newer = tables.changes.alias("newer").c
    same = newer.record_kind == _changes.record_kind, newer.record_id == _changes.record_id
    last = select(func.max(newer.seq)).where(*same).scalar_subquery()
    return and_(_is_of_import(import_id), _changes.seq == last)


def _is_of_import(import_id: str) -> ColumnElement[bool]:
    return and_(_changes.record_kind == "account", _changes.caller == _name_caller(import_id))


def list_accounts(connection: Connection, import_id: str) -> dict[str, bool]:
    """Return the accounts that an import added or changed; true where unchanged since."""
    touched = set(connection.scalars(select(_changes.record_id).where(_is_of_import(import_id))))
    last = set(connection.scalars(select(_changes.record_id).where(_is_last(import_id))))
    return {ident: ident in last for ident in sorted(touched)}


def make_account_steps(connection: Connection, undone: Undone, import_id: str) -> list[MergeStep]:
    """Return the step that puts accounts back."""
    rows = sum(list_accounts(connection, import_id).values())
    walk = KeyRangeScan(_changes.record_id, where=_is_last(import_id))

    def apply(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        """Put back the accounts of the slice as they were."""
        ids = list(connection.scalars(select(_changes.record_id).where(walk.within), bounds))
        previous_records.keep_accounts(connection, undone.stamp.number, ids)
        statuses = read_statuses(connection, ids)
        for ident in ids:
            _put_account_back(connection, undone, ident)
        if ids:
            touched = dict.fromkeys(ids, False)
            ledger_rows.append_accounts(connection, undone.stamp, touched)
            tell_changed(connection, undone.stamp.at, statuses)

    return [MergeStep("accounts put back", walk, apply, rows)] if rows else []


def _put_account_back(connection: Connection, undone: Undone, ident: str) -> None:
    found = select(_said.row).where(
        _said.import_number == undone.number,
        _said.kind == "accounts",
        _said.key == _select_key(connection, ident),
    )
    row = connection.scalar(found)
    values: dict[str, Any] = {"status": "unauthorized_found"}
    if row is not None:
        was = previous_records.parse_row(tables.accounts, row)
        values = {name: value for name, value in was.items() if name not in _NEVER_BACK}
        if not _is_same_bearer(connection, undone, values["owner_id"]):
            values["owner_id"] = None
        for part in _PARTS:
            _put_part_back(connection, undone, part, ident)
    if _restore_authorization(connection, undone, ident):
        # Its identity is no longer the one that the import's authorization was for.
        values["identity_changed_at"] = undone.stamp.at
    account = update(tables.accounts).where(_accounts.id == ident)
    connection.execute(account.values(**values, version=_accounts.version + 1))


def _select_key(connection: Connection, ident: str) -> Any:
    wanted = select(previous_records.select_key(connection, tables.accounts, ("id",))).where(
        _accounts.id == ident
    )
    return wanted.scalar_subquery()


def _put_part_back(connection: Connection, undone: Undone, part: Table, ident: str) -> None:
    kept = select(_said.row).where(_said.import_number == undone.number, _said.kind == part.name)
    rows = [
        previous_records.parse_row(part, row) for row in connection.scalars(kept) if row is not None
    ]
    theirs = [row for row in rows if row["account_id"] == ident]
    if part is tables.account_managers:
        theirs = [row for row in theirs if _is_same_bearer(connection, undone, row["person_id"])]
    connection.execute(delete(part).where(part.c.account_id == ident))
    if theirs:
        connection.execute(insert(part), theirs)


def _is_same_bearer(connection: Connection, undone: Undone, person_id: str | None) -> bool:
    """Return true if a person is still on file, not erased, and bears the id as before the import.

    Not where the id has passed to another person since; by this undo it passes back.
    """
    people = tables.people.c
    since = people.bearer_since
    borne = or_(since.is_(None), since < undone.begun_at, since >= undone.approved_at)
    return connection.scalar(select(people.id).where(people.id == person_id, borne)) is not None


def _restore_authorization(connection: Connection, undone: Undone, ident: str) -> bool:
    """Let the former authorization count again; return true where there is none.

    The authorization of the import is then the last, and must not count.
    """
    table = tables.authorizations
    rows = connection.execute(
        select(table).where(table.c.account_id == ident).order_by(table.c.seq.desc())
    ).mappings()
    said = rows.all()
    if not said or said[0]["import_number"] != undone.number:
        return False
    before = next((row for row in said if row["import_number"] != undone.number), None)
    if before is None:
        return True
    _append_row(connection, undone, table, before, {})
    return False


def list_permissions(
    connection: Connection, number: int
) -> Iterator[tuple[Table, RowMapping, bool]]:
    """Yield the permissions that an import put on file; true where the end is unchanged since."""
    for table in PERMISSIONS:
        rows = select(table).where(table.c.import_number == number).order_by(table.c.seq)
        for row in connection.execute(rows).mappings().all():
            newest = connection.scalar(
                select(func.max(table.c.seq)).where(*_match_content(table, row))
            )
            yield table, row, newest == row["seq"]


def make_permission_steps(connection: Connection, undone: Undone) -> list[MergeStep]:
    """Return the steps that restore the ends of permissions; new ones have never begun."""
    made = []
    for table in PERMISSIONS:
        where = table.c.import_number == undone.number
        rows = connection.scalar(select(func.count()).select_from(table).where(where)) or 0
        if rows:
            made.append(
                _permission_step(undone, table, KeyRangeScan(table.c.seq, where=where), rows)
            )
    return made


def _permission_step(undone: Undone, table: Table, walk: KeyRangeScan, rows: int) -> MergeStep:
    later = table.alias("later").c
    same = [later[n].is_not_distinct_from(table.c[n]) for n in list_fact_columns(table)]
    newer = exists().where(*same, later.seq > table.c.seq)

    def apply(connection: Connection, bounds: KeyRange, _prepared: Prepared) -> None:
        """End again what the import began or prolonged."""
        wanted = select(table).where(walk.within, ~newer).order_by(table.c.seq)
        for row in connection.execute(wanted, bounds).mappings().all():
            end, bearer = _find_end(connection, table, row), _get_bearer(table, row)
            prolongs = bearer is not None and _is_later(end, row["effective_to"])
            if not prolongs or _is_same_bearer(connection, undone, bearer):
                _append_row(connection, undone, table, row, {"effective_to": end})

    return MergeStep(f"{table.name} put back", walk, apply, rows)


def _find_end(connection: Connection, table: Table, row: RowMapping) -> Any:
    """Return the last day that a permission had before; for a new one the day before it begins."""
    before = select(table.c.effective_to).where(
        *_match_content(table, row), table.c.seq < row["seq"]
    )
    found = connection.execute(before.order_by(table.c.seq.desc()).limit(1)).first()
    return found[0] if found else row["effective_from"] - _ONE_DAY


def _get_bearer(table: Table, row: RowMapping) -> str | None:
    """Return the id of the person whose right it is, None for the right of no person."""
    if table is tables.designations:
        return str(row["person_id"])
    personal = table is tables.grants and row["grantee_kind"] == "person"
    return str(row["grantee"]) if personal else None


def _is_later(end: date | None, other: date | None) -> bool:
    return other is not None and (end is None or end > other)


def _match_content(table: Table, row: RowMapping) -> list[ColumnElement[bool]]:
    return [table.c[name].is_not_distinct_from(row[name]) for name in list_fact_columns(table)]


def _append_row(
    connection: Connection, undone: Undone, table: Table, row: RowMapping, otherwise: dict[str, Any]
) -> None:
    """Put a row on file like `row` but for `otherwise`, and append it to the ledger."""
    marks = ledger_rows.read_marks(connection)
    stamp = undone.stamp
    own = {
        "id": chain.make_id(), "recorded_at": stamp.at, "import_number": stamp.number,
        "import_place": None,
    }  # fmt: skip
    said = {name: value for name, value in row.items() if name != "seq"}
    connection.execute(insert(table).values({**said, **own, **otherwise}))
    ledger_rows.append_added(connection, stamp, marks)
