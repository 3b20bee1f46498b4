"""The revision of a store, and the newest that there is: told without Alembic.

Every command and every service asks for it. To load Alembic and all steps for that takes longer
than most of what they do.
"""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from app.database.session import Store

_STEPS = Path(__file__).parent / "versions"
# Alembic's own, with the revision that the store is at.
_TABLE = "alembic_version"


def is_current(store: Store) -> bool:
    """Whether `store` is exactly at the newest revision.

    Raises `StoreUnavailableError` when it cannot be reached.
    """
    with store.reading() as connection:
        return read_revisions(connection) == frozenset((find_newest(),))


def read_revisions(connection: Connection) -> frozenset[str]:
    """Return the revision of a store; none of a store without a schema."""
    if not inspect(connection).has_table(_TABLE):
        return frozenset()
    return frozenset(connection.scalars(text(f"SELECT version_num FROM {_TABLE}")))  # noqa: S608


@cache
def find_newest() -> str:
    """Return the newest revision: steps are numbered in the order in which they are taken."""
    return max(path.name.partition("_")[0] for path in _STEPS.glob("[0-9]*_*.py"))
