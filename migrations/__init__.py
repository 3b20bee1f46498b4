"""The store's schema, step by step (Alembic). `migrations.upgrade` runs it."""
