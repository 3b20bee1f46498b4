"""Addresses held against the ledger: endpoints that receive events, and origins of pages.

It finds addresses that were slipped in, changed, removed or switched on past the service. How far
an endpoint has come is not on the ledger.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, select

from app.database.tables import event_endpoints, origins
from app.store.events.endpoints import find_origin
from app.store.ledger.evidence import (
    ErasedRows,
    Evidence,
    Mismatch,
    is_same,
    read_evidence,
    read_list,
)

# What may have changed a value where the rows have no contents.
_CAUSES = {"secret_version": ("rotated",), "state": ("enabled", "switched_off")}


@dataclass(slots=True)
class _Register:
    """The records that are there by the ledger: the values of each, and its last row.

    `unmade` counts those that were removed, and that no row with contents had added.
    """

    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    unmade: int = 0

    def add(self, row: Evidence) -> None:
        """Follow what was done to a record."""
        ident = row.body["record"]
        self.last[ident] = row.seq
        if row.action == "removed":
            self.values.pop(ident, None)
            self.unmade += ident not in self.made
            self.made.discard(ident)
            return
        values = self.values.setdefault(ident, {})
        if row.action == "added":
            self.made.add(ident)
            values |= {**row.body["after"], "secret_version": 1, "state": "on"}
        elif row.action == "rotated" and "secret_version" in values:
            values["secret_version"] += 1
        elif row.action in _CAUSES["state"]:
            values["state"] = "on" if row.action == "enabled" else "off"

    def find_differences(
        self, ident: str, values: Mapping[str, Any], erased: ErasedRows
    ) -> Iterator[str]:
        """Yield the names of the values that are others than the ledger has, and not excused."""
        told = self.values.get(ident, {})
        for name in sorted(values.keys() & told.keys()):
            if is_same(values[name], told[name]):
                continue
            causes = _CAUSES.get(name, ())
            if not (causes and erased.excuse(self.last[ident], *causes)):
                yield name


def find_endpoint_faults(connection: Connection) -> Iterator[Mismatch]:
    """Yield endpoints of events that are not as the ledger has them, or that are gone."""
    rows = connection.execute(select(event_endpoints)).mappings()
    shown = {
        row["id"]: {
            "at": _read_origin(row["url"]),
            "kinds": read_list(row["kinds"]),
            "url_sha256": hashlib.sha256(row["url"].encode()).hexdigest(),
            "secret_version": row["secret_version"],
            "state": row["state"],
        }
        for row in rows
    }
    yield from _find_register_faults(connection, "event_endpoint", event_endpoints, shown)


def find_origin_faults(connection: Connection) -> Iterator[Mismatch]:
    """Yield origins that the ledger has not, and a fault for those that are gone."""
    shown = {origin: {"origin": origin} for origin in connection.scalars(select(origins.c.origin))}
    yield from _find_register_faults(connection, "origin", origins, shown)


def _read_origin(url: str) -> str | None:
    try:
        return find_origin(url)
    except ValueError:  # no address at all, which an edit may leave
        return None


def _find_register_faults(
    connection: Connection, subject: str, table: Table, shown: Mapping[str, Mapping[str, Any]]
) -> Iterator[Mismatch]:
    erased, register = ErasedRows(), _Register()
    for row in read_evidence(connection, subject, erased):
        register.add(row)
    for ident, values in shown.items():
        for name in register.find_differences(ident, values, erased):
            yield Mismatch(table.name, ident, f"says another {name} than the ledger")
    for ident in register.made - shown.keys():
        if not erased.excuse(register.last[ident], "removed"):
            yield Mismatch(table.name, ident, "is gone")
    extra = len(shown.keys() - register.made)
    extra -= erased.counts["added"] - erased.counts["removed"] - register.unmade
    if extra > 0:
        yield Mismatch(table.name, None, f"rows without a row on the ledger: {extra}")
    if extra < 0:
        yield Mismatch(table.name, None, f"rows of the ledger, and no record: {-extra}")
