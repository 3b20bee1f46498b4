"""The databases' own bulk clients on the same files: `sqlite3 .import` and `psql \\copy`.

Into typed tables with the store's keys and indexes on these columns, in a database as durable as
ours; neither checks, compares or records anything.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path

_TABLES = {
    "orgs": ("sourced_id TEXT PRIMARY KEY, name TEXT, kind TEXT", ()),
    "classes": ("sourced_id TEXT PRIMARY KEY, title TEXT, org_sourced_id TEXT",
                ("org_sourced_id",)),
    "people": (("sourced_id TEXT PRIMARY KEY, kind TEXT, given_name TEXT, family_name TEXT, "
               "grade TEXT, org_sourced_id TEXT, birth_date DATE"), ()),
    "enrollments": (("class_sourced_id TEXT, person_sourced_id TEXT, role TEXT, "
                    "PRIMARY KEY (class_sourced_id, person_sourced_id, role)"),
                    ("person_sourced_id",)),
    "consents": (("person_sourced_id TEXT, decision TEXT, activity TEXT, channel TEXT, "
                 "extent TEXT, given_by TEXT, capacity TEXT, signed_at DATE"),
                 ("person_sourced_id",)),
}  # fmt: skip


def load(store: str, target: str, folder: Path) -> float:
    """Seconds that the client of `store` takes for the files in `folder`; `target` is empty."""
    client = shutil.which("sqlite3" if store == "sqlite" else "psql")
    if client is None:
        sys.exit(f"bench: the client of {store} is not installed")
    script = _sqlite(folder) if store == "sqlite" else _postgres(folder)
    command = [client, "-bail", target] if store == "sqlite" else [client, "-qX", target]
    start = time.monotonic()
    subprocess.run(command, input=script, text=True, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def _create() -> list[str]:
    made = []
    for name, (columns, indexes) in _TABLES.items():
        made.append(f"CREATE TABLE {name} ({columns});")
        made += [f"CREATE INDEX ix_{name}_{n} ON {name} ({column});"
                 for n, column in enumerate(indexes)]  # fmt: skip
    return made


def _sqlite(folder: Path) -> str:
    pragmas = ["PRAGMA journal_mode = WAL;", "PRAGMA synchronous = FULL;",
               "PRAGMA cache_size = -131072;"]  # fmt: skip
    loads = [f".import --csv --skip 1 {folder / name}.csv {name}" for name in _TABLES]
    return "\n".join([*pragmas, *_create(), *loads, ""])


def _postgres(folder: Path) -> str:
    loads = [
        rf"\copy {name} FROM '{folder / name}.csv' WITH (FORMAT csv, HEADER true)"
        for name in _TABLES
    ]
    return "\n".join([*_create(), *loads, ""])
