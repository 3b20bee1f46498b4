"""The store's schema, step by step (Alembic). `app.store.migrations` runs it."""
