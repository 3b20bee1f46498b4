"""The oracle asks a service over each of the stores."""

from tests.store.conftest import backend, postgres, postgres_template, store_url

__all__ = ["backend", "postgres", "postgres_template", "store_url"]
