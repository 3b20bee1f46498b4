"""The triggers that keep history append-only: which there must be, and which are not as made.

They stop a mistake, not somebody who owns the database; `clearpost ledger verify` says when one is
gone. The migrations made them (`migrations.append_only`); a test holds both together.
"""

import re

from sqlalchemy import Connection, text

# A table without an entry in `_UPDATES` takes no update at all.
GUARDED = (
    "authorizations", "changes", "consents", "designations", "grants", "ledger", "list_dates",
    "moderations", "releases", "resolutions", "review_messages",
)  # fmt: skip
_ACTIONS = {"sqlite": ("update", "delete"), "postgresql": ("update", "delete", "truncate")}
_SQLITE = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
# `O` fires always but for replication; what the function does is a part of the guard.
_POSTGRESQL = text("""
    SELECT t.tgname, pg_get_triggerdef(t.oid) || ' ' || p.prosrc
    FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
""")
# The only update that the ledger takes deletes salt and payload together.
_LEDGER_UPDATE = re.compile(
    r"when \W*new\W+salt is not null\W* or \W*new\W+payload is not null\W* or "
)
_WHEN = re.compile(r"\bwhen\b")


def find_missing_guards(connection: Connection) -> list[str]:
    """Return the names of the guards that are gone, switched off, or not as they were made."""
    dialect = connection.dialect.name
    found = connection.execute(_SQLITE if dialect == "sqlite" else _POSTGRESQL)
    made = {name: " ".join(sql.casefold().split()) for name, sql in found}
    return [
        f"{table}_no_{action}"
        for table in GUARDED
        for action in _ACTIONS[dialect]
        if not _is_guard(made.get(f"{table}_no_{action}", ""), table, action)
    ]


def _is_guard(sql: str, table: str, action: str) -> bool:
    """Whether the trigger's text refuses this action on this table, whatever the row."""
    if f"before {action} on " not in sql or not re.search(rf"\b{table}\b", sql):
        return False
    if not re.search(r"raise\s*\(abort,|raise exception '", sql):
        return False
    if (table, action) == ("ledger", "update"):
        return _LEDGER_UPDATE.search(sql) is not None
    return _WHEN.search(sql) is None
