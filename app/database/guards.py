"""The triggers that keep history append-only: those expected, and those changed or missing.

They stop a mistake, not a person who owns the database; `clearpost ledger verify` reports one that
is gone, is not as it was made, or is none of ours. The migrations made them
(`migrations.append_only`); a test holds both together.
"""

import re
from collections.abc import Iterator

from sqlalchemy import Connection, text

# A table without an entry in `_WHEN` takes no update at all.
GUARDED = (
    "authorizations", "changes", "consents", "declarations", "designations", "grants", "ledger",
    "list_dates", "moderations", "releases", "resolutions", "review_messages",
)  # fmt: skip
_FIXED = ("seq", "id", "kind", "at", "caller", "commitment", "hash")
# The only update that the ledger takes deletes salt and payload together. By dialect.
_WHEN = {
    "sqlite": "when (new.salt is not null or new.payload is not null or "
    + " or ".join(f"new.{name} is distinct from old.{name}" for name in _FIXED)
    + ")",
    "postgresql": "when (((new.salt is not null) or (new.payload is not null) or "
    + " or ".join(f"(new.{name} is distinct from old.{name})" for name in _FIXED)
    + "))",
}
_REFUSES = (
    "plpgsql begin raise exception '% is append-only', tg_table_name "
    "using errcode = 'integrity_constraint_violation'; end"
)
_QUOTED = re.compile(r'"(\w+)"')
_SQLITE = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
# `O` fires always but for replication. The function's source is a part of the guard, and a rule can
# do what a trigger can.
_POSTGRESQL = text("""
    SELECT t.tgname::text,
        CASE WHEN t.tgenabled IN ('O', 'A') AND p.proconfig IS NULL
            THEN replace(pg_get_triggerdef(t.oid), ' ON ' || quote_ident(n.nspname) || '.', ' ON ')
                || ' ' || l.lanname || ' ' || p.prosrc
            ELSE '' END
    FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang
    WHERE NOT t.tgisinternal
    UNION ALL
    SELECT r.rulename::text, '' FROM pg_rules r WHERE r.schemaname <> 'pg_catalog'
    UNION ALL
    SELECT e.evtname::text, '' FROM pg_event_trigger e
""")


def find_missing_guards(connection: Connection) -> list[str]:
    """Return the names of the guards that are gone, switched off, or not as they were made."""
    made = _read_triggers(connection)
    return [
        name
        for name, expected in _list_expected_guards(connection.dialect.name)
        if expected not in made.get(name, ())
    ]


def find_strange_triggers(connection: Connection) -> list[str]:
    """Return the names of triggers and rules that the service did not make."""
    expected = dict(_list_expected_guards(connection.dialect.name))
    return sorted(
        name
        for name, texts in _read_triggers(connection).items()
        if name not in expected or len(texts) > 1
    )


def _read_triggers(connection: Connection) -> dict[str, list[str]]:
    """Return each trigger's text by its name, normalized; `` where it does not fire as made."""
    dialect = connection.dialect.name
    found: dict[str, list[str]] = {}
    for name, sql in connection.execute(_SQLITE if dialect == "sqlite" else _POSTGRESQL):
        found.setdefault(name, []).append(_normalize_text(sql or ""))
    return found


def _normalize_text(sql: str) -> str:
    # SQLite quotes the name of a table that was renamed once; other quotes hold other text.
    return " ".join(_QUOTED.sub(r"\1", sql).casefold().split())


def _list_expected_guards(dialect: str) -> Iterator[tuple[str, str]]:
    """Yield every guard's name and its whole text."""
    for table in GUARDED:
        when = f" {_WHEN[dialect]}" if table == "ledger" else ""
        if dialect == "sqlite":
            refuses = f" begin select raise(abort, '{table} is append-only'); end"
            actions = {"update": f" on {table}{when}{refuses}", "delete": f" on {table}{refuses}"}
        else:
            refuses = f" execute function clearpost_append_only() {_REFUSES}"
            row = f" on {table} for each row"
            actions = {
                "update": f"{row}{when}{refuses}",
                "delete": f"{row}{refuses}",
                "truncate": f" on {table} for each statement{refuses}",
            }
        for action, rest in actions.items():
            name = f"{table}_no_{action}"
            yield name, f"create trigger {name} before {action}{rest}"
