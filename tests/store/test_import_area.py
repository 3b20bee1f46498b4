"""Whether an import is under way, as everybody can see it."""

import pytest

from app.errors import ConflictError
from app.store import staged_area
from app.store.session import Store


def test_area_is_seen_to_be_taken_and_free(store: Store) -> None:
    assert not staged_area.is_claimed(store)
    with store.staging():
        assert staged_area.is_claimed(store)
        with pytest.raises(ConflictError), store.staging(0):
            pass
    assert not staged_area.is_claimed(store)
    with store.staging(0):
        assert staged_area.is_claimed(store)
