"""Alembic's way in: runs the steps on the connection it is handed, or on the settings' store."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from app.database.session import Store
from app.database.tables import UtcDateTime, metadata
from app.settings import Settings
from migrations.upgrade import migrating


def render_item(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Drafts name the plain type: a step must not depend on code that may change."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transactional_ddl=True,
        # SQLite alters a table by copying it; drafts are written so that both stores can run them.
        render_as_batch=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    given = context.config.attributes.get("connection")
    if given is not None:
        run(given)
        return
    store = Store(Settings.load().database_url)
    with migrating(store) as connection:
        run(connection)
    store.close()


main()
