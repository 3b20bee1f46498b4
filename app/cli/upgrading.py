"""`clearpost migrate`: the store's schema, brought to this version's."""

from app.cli.context import load_settings, migrate_store
from app.cli.terminal import hint


def upgrade_store() -> None:
    """Bring the store to this version's schema, and exit."""
    done = migrate_store(load_settings())
    hint("The store is now at this version's schema." if done else "Nothing to do.")
