"""Which SQLite the store runs on."""

import sys

import pytest

from app.database.session import find_sqlite, has_wal_reset_bug


@pytest.mark.parametrize(
    ("version", "bad"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 0), False),
    ],
)
def test_versions_that_can_damage_their_file(version: tuple[int, ...], bad: bool) -> None:
    assert has_wal_reset_bug(version) is bad


def test_the_store_runs_on_a_build_without_the_fault() -> None:
    # Where there is no wheel the service says so when it starts.
    assert sys.platform != "linux" or not has_wal_reset_bug(find_sqlite().sqlite_version_info)
