"""Triggers that keep history: what they guard can be added to, not changed or deleted.

Rebuilding a table on SQLite (Alembic's batch operations) drops its triggers: a step that does so
calls `protect` again. What these functions emit never changes, since old steps call them; a step
that needs another guard calls `unprotect` and creates its own.
"""

from alembic import op

TABLE_FUNCTION = """
CREATE FUNCTION clearpost_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def create_function() -> None:
    """What the triggers call on PostgreSQL; SQLite needs none. Once, before `protect`."""
    if not _is_sqlite():
        op.execute(TABLE_FUNCTION)


def protect(table: str, *, update_when: str | None = None) -> None:
    """Refuse to delete or update rows of `table`; updates only where `update_when` (SQL) holds."""
    when = f"WHEN ({update_when})" if update_when else ""
    if _is_sqlite():
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {when} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
        return
    call = "EXECUTE FUNCTION clearpost_append_only()"
    for name, rest in (
        ("update", f"BEFORE UPDATE ON {table} FOR EACH ROW {when}"),
        ("delete", f"BEFORE DELETE ON {table} FOR EACH ROW"),
        ("truncate", f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"),
    ):
        op.execute(f"CREATE TRIGGER {table}_no_{name} {rest} {call}")


def unprotect(table: str) -> None:
    """Take the triggers of `protect` away again."""
    if _is_sqlite():
        op.execute(f"DROP TRIGGER IF EXISTS {table}_no_update")
        op.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete")
        return
    for name in ("update", "delete", "truncate"):
        op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{name} ON {table}")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
