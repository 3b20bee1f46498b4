"""`clearpost migrate`: the store's schema, brought to this version's."""

from app.cli.context import load_settings, migrate
from app.cli.terminal import hint


def migrate_store() -> None:
    """Bring the store to this version's schema, and exit."""
    done = migrate(load_settings())
    hint("The store is now at this version's schema." if done else "Nothing to do.")
