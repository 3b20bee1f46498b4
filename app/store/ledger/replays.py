"""Replays: what the ledger's rows, one after the other, make of records that count versions.

A change of such a record is one row, with the values that differ and the new version. So a version
without a row is seen, and where rows are without contents, the values before them are in doubt.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from app.store.ledger.evidence import ErasedRows, Evidence, Mismatch, is_same, read_evidence

# Of the row, or compared by itself.
_NEVER_COMPARED = frozenset({"id", "version", "import_number", "import_place"})


@dataclass(slots=True)
class Replay:
    """A record by the ledger: its version (None in the oldest rows) and the values known for sure.

    `lacking` counts the versions that have no row with contents.
    """

    version: int | None = None
    lacking: int = 0
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, row: Evidence) -> None:
        """Follow a change of the record."""
        after = _read_values(row)
        version = after.get("version")
        if version is not None:
            self._skip_to(version - 1)
        self.version = version if version is not None else self.version
        self.values |= after

    def end(self, version: int) -> None:
        """Note the version on file."""
        self._skip_to(version)

    def _skip_to(self, version: int) -> None:
        if self.version is not None and version > self.version:
            self.lacking += version - self.version
            self.values.clear()


def find_replay_faults(
    connection: Connection, subject: str, table: str, records: Iterable[Mapping[str, Any]]
) -> Iterator[Mismatch]:
    """Yield `records`, all of a table, that are not what the rows `subject.*` make of them."""
    erased = ErasedRows()
    replays = _replay_records(connection, subject, erased)
    lacking = 0
    for record in records:
        replay = replays.pop(record["id"], None) or Replay(0)
        # One that no row is about was made by one, at the least.
        replay.end(max(record["version"], 1) if replay.version == 0 else record["version"])
        lacking += replay.lacking
        if name := _find_difference(record, replay):
            yield Mismatch(table, record["id"], f"says another {name} than the ledger")
    for ident in replays:
        yield Mismatch(table, ident, "is gone")
    extra = lacking - erased.counts.total()
    if extra > 0:
        yield Mismatch(table, None, f"changes without a row on the ledger: {extra}")


def _replay_records(connection: Connection, subject: str, erased: ErasedRows) -> dict[str, Replay]:
    replays: dict[str, Replay] = {}
    for row in read_evidence(connection, subject, erased):
        ident = row.body["record"] if "record" in row.body else row.body["id"]
        if ident not in replays:
            # The oldest rows, of imports, have no version, and the first that has one may be any.
            replays[ident] = Replay(0 if "version" in _read_values(row) else None)
        replays[ident].add(row)
    return replays


def _read_values(row: Evidence) -> Mapping[str, Any]:
    """Return the values after the change, which rows of imports have beside their own."""
    values: Mapping[str, Any] = (row.body["after"] or {}) if "record" in row.body else row.body
    # What an import adds has no name in another system.
    return {"aliases": [], **values} if row.body.get("change") == "added" else values


def _find_difference(record: Mapping[str, Any], replay: Replay) -> str | None:
    if replay.version is not None and record["version"] < replay.version:
        return "version"
    for name in sorted(record.keys() & replay.values.keys() - _NEVER_COMPARED):
        if not is_same(record[name], replay.values[name]):
            return name
    return None
