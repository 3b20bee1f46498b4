"""An import in a process of its own, to be killed; and a store written out so that two compare."""

import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.database.session import Store
from app.database.tables import metadata
from app.database.tables import record_sums as record_sums_table
from app.imports.merge import slices
from app.imports.run import RunOptions, run_import
from app.schemas.delivery_options import DeliveryOptions
from app.settings import Settings
from app.store.ledger import chain, record_sums
from tests.forks import Fork, Place
from tests.waiting import until

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
# Chance and time: an id, when something was recorded, what the ledger seals a row with.
_BY_CHANCE = frozenset({
    "at", "created_at", "updated_at", "first_seen_at", "recorded_at", "salt", "commitment", "hash",
})  # fmt: skip
# How often an import changed its state, and how far it had come.
_ON_THE_WAY = frozenset({"version", "progress"})


class Import:
    """`run_import` on its way in another process."""

    def __init__(self, url: str, folder: Path) -> None:
        self._said = folder.parent / f"import-{time.monotonic_ns()}.txt"
        self._said.touch()
        place = Place(folder.parent, os.environ.copy(), self._said)
        self._process = Fork(place, _import_and_say, url, folder)
        until(lambda: self._said.read_text().startswith("go\n"))
        self._began = time.monotonic()

    def state(self) -> tuple[str, float]:
        """Where it ended up, and after how many seconds."""
        assert self._process.wait(timeout=120) == 0
        return self._said.read_text().removeprefix("go\n").strip(), time.monotonic() - self._began

    def kill_after(self, seconds: float) -> None:
        """Kill it so long after it began, unless it is done before."""
        time.sleep(max(0.0, seconds - (time.monotonic() - self._began)))
        self._process.kill()
        self._process.wait()


def _import_and_say(url: str, folder: Path) -> None:
    slices.FIRST_ROWS = 20
    settings = Settings(
        database_url=url, busy_timeout_seconds=60, import_hold_missing_percent=100,
        import_hold_ended_percent=100, import_hold_flips_percent=100,
    )  # fmt: skip
    store = Store(url, 60)
    sys.stdout.write("go\n")
    sys.stdout.flush()
    options = RunOptions(DeliveryOptions(complete=True))
    report = run_import(store, settings, folder, options)
    sys.stdout.write(" ".join([report.state, *map(str, report.errors)]))
    sys.stdout.flush()
    store.close()  # what is forked ends without putting its things in order


def canonical_dump(store: Store) -> str:
    """All of a store but ids and times; the ledger, whose chain must hold, in its order.

    Sums of records have times in them: they must agree with the records, and are left out.
    """
    with store.reading() as connection:
        assert chain.verify_chain(connection).bad is None
        assert list(record_sums.find_faults(connection)) == []
        assert record_sums.list_unbound(connection) == []
        tables = {
            table.name: [_said(dict(row)) for row in connection.execute(_rows(table)).mappings()]
            for table in metadata.sorted_tables
            if table is not record_sums_table
        }
    lines = []
    for name, rows in tables.items():
        texts = [json.dumps(row, sort_keys=True, default=str) for row in rows]
        lines += [f"{name} {text}" for text in (texts if name == "ledger" else sorted(texts))]
    return "\n".join(lines)


def _rows(table: Any) -> Any:
    out = _BY_CHANCE | (_ON_THE_WAY if table.name == "imports" else frozenset())
    # The number of a row that is only added to tells its order, which slices may change.
    if table.name != "ledger":
        out |= {"seq"}
    rows = select(*(column for column in table.c if column.name not in out))
    if table.name != "ledger":
        return rows
    return rows.where(table.c.kind != record_sums.KIND).order_by(table.c.seq)


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _said(one) for key, one in value.items() if key not in _BY_CHANCE}
    if isinstance(value, list):
        return [_said(one) for one in value]
    if isinstance(value, str):
        if value.startswith("{"):
            return _said(json.loads(value))
        return _UUID.sub("an id", value)
    return value
