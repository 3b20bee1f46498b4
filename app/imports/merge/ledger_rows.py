"""The ledger rows of a delivery: one for itself, one for each statement and permission.

Bodies carry what was recorded, so names of guardians and of releases are in them; the row of the
import itself carries digests and counts only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Table, func, insert, select

from app.database import tables
from app.database.json_lists import as_json, json_list
from app.store.ledger import chain
from app.store.ledger.changes import to_json_values

CHUNK = 1_000

# Only ever added to, in the order of `seq`: what a delivery added is what comes after.
_ADDED_TO: dict[Table, str] = {
    tables.authorizations: "authorization.recorded",
    tables.designations: "designation.recorded",
    tables.grants: "grant.recorded",
    tables.releases: "release.recorded",
}
_UNSAID = {
    "seq", "recorded_at", "recorded_by", "recorded_by_person", "import_number", "import_place",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImportStamp:
    """The import that a row belongs to: its id, its number and the person who delivered it.

    `by` is a sourcedId, None for the machine's operator. `delivered_at` is how fresh its lists
    are, `at` when it is put on file: days later where it was held.
    """

    import_id: str
    number: int
    delivered_at: datetime
    at: datetime
    by: str | None

    def entry(self, kind: str, body: Mapping[str, Any]) -> chain.LedgerEntry:
        """Return a ledger row of this delivery.

        Its heading cannot be erased and so names no person.
        """
        said = {"import_id": self.import_id, "person": self.by, **body}
        return chain.LedgerEntry(chain.make_id(), kind, self.at, self.caller, said)

    @property
    def caller(self) -> str:
        """The caller of its rows on the ledger."""
        return f"import:{self.import_id}"


def read_marks(connection: Connection) -> dict[Table, int]:
    """Return the last row of every table that is only added to, for `append_added`."""
    return {
        table: connection.scalar(select(func.coalesce(func.max(table.c.seq), 0))) or 0
        for table in _ADDED_TO
    }


def append_added(connection: Connection, stamp: ImportStamp, before: Mapping[Table, int]) -> None:
    """Append a ledger row for every row added since the `read_marks` in `before`."""
    for table, kind in _ADDED_TO.items():
        columns = [column for column in table.c if column.name not in _UNSAID]
        rows = select(*columns).where(table.c.seq > before[table]).order_by(table.c.seq)
        people = [c.name for c in columns if c.references(tables.people.c.id)]
        for chunk in _read_chunks(connection, rows):
            added = [_to_ledger_body(row, people) for row in chunk]
            if table is tables.authorizations:
                _add_without_form(connection, added)
            chain.append_entries(connection, [stamp.entry(kind, body) for body in added])


def _add_without_form(connection: Connection, added: list[dict[str, Any]]) -> None:
    """Add to each authorization whether an approved form asked for the account (clause 6)."""
    forms = tables.authorization_requests.c
    given = {"ids": as_json(body["account_id"] for body in added)}
    approved = select(forms.account_id).where(
        forms.state == "approved", forms.account_id.in_(json_list("ids"))
    )
    asked_for = set(connection.scalars(approved, given))
    for body in added:
        body["without_form"] = body["account_id"] not in asked_for


def _to_ledger_body(row: RowMapping, people: Iterable[str]) -> dict[str, Any]:
    """Return a row as the ledger holds it; erasing one of its `subjects` erases the payload."""
    subjects = sorted({row[name] for name in people} - {None})
    return {**to_json_values(row), "subjects": subjects}


def append_accounts(
    connection: Connection, stamp: ImportStamp, touched: Mapping[str, bool]
) -> None:
    """Append a row to the ledger and the history for every account in `touched`: true if new."""
    table, managers = tables.accounts, tables.account_managers
    wanted = select(table).where(table.c.id.in_(json_list("ids"))).order_by(table.c.id)
    managing = select(managers).where(managers.c.account_id.in_(json_list("ids")))
    ids = sorted(touched)
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        given = {"ids": as_json(chunk)}
        people: dict[str, list[str]] = {}
        for account_id, person_id in connection.execute(managing, given):
            people.setdefault(account_id, []).append(person_id)
        connection.execute(
            insert(tables.changes), [_make_history_row(stamp, one, touched) for one in chunk]
        )
        chain.append_entries(
            connection,
            [
                stamp.entry(
                    "account.recorded",
                    {
                        **{
                            name: value
                            for name, value in to_json_values(row).items()
                            if name not in _UNSAID
                        },
                        "managers": sorted(people.get(row["id"], ())),
                        "change": "added" if touched[row["id"]] else "changed",
                    },
                )
                for row in connection.execute(wanted, given).mappings()
            ],
        )


def _make_history_row(
    stamp: ImportStamp, account_id: str, touched: Mapping[str, bool]
) -> dict[str, Any]:
    return {
        "record_kind": "account",
        "record_id": account_id,
        "action": "created" if touched[account_id] else "changed",
        "caller": f"import:{stamp.import_id}",
        "person_id": stamp.by,
        "at": stamp.at,
    }


def _read_chunks(connection: Connection, rows: Select[Any]) -> Iterable[Iterable[RowMapping]]:
    return connection.execute(rows.execution_options(yield_per=CHUNK)).mappings().partitions()
