"""Whether an import is under way, as everybody can see it."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import inspect

from app.database.session import Store
from app.errors import ConflictError
from app.imports.staging import staged_area, staged_tables
from app.imports.staging.staging_database import open_staging


def test_area_is_seen_to_be_taken_and_free(store: Store) -> None:
    assert not staged_area.is_claimed(store)
    with open_staging(store):
        assert staged_area.is_claimed(store)
        with pytest.raises(ConflictError), open_staging(store, 0):
            pass
    assert not staged_area.is_claimed(store)
    with open_staging(store, 0):
        assert staged_area.is_claimed(store)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_tables_of_another_version_are_made_anew(store: Store) -> None:
    """PostgreSQL keeps the tables from import to import; SQLite's go with their file."""
    name = "stage_guardians"

    def columns() -> set[str]:
        found = inspect(area.connection).get_columns(name, schema="clearpost_staging")
        return {str(column["name"]) for column in found}

    with staged_area.open_area(store, 0) as area:
        area.begin("i1")
        with area.connection.begin():
            usual = columns()
            area.connection.exec_driver_sql(
                f"ALTER TABLE clearpost_staging.{name} ADD former TEXT;"
                f"COMMENT ON TABLE {staged_tables.metadata.sorted_tables[-1].fullname} IS 'former'"
            )
        area.begin("i2")
        with area.connection.begin():
            assert columns() == usual
        assert area.holds("i2")


LOOKERS, LOOKS, CLAIMS = 2, 150, 40
LOOK = """
import sys
from app.imports.staging import staged_area, staged_tables
from app.database.session import Store
store = Store(sys.argv[1])
sys.stdin.readline()
print(sum(staged_area.is_claimed(store) for _ in range(int(sys.argv[2]))))
"""


def test_who_looks_sees_only_who_has_it(store: Store, store_url: str) -> None:
    """Two processes and two threads that look at once are no import."""
    command = [sys.executable, "-c", LOOK, store_url, str(LOOKS)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(LOOKERS)
    ]
    with open_staging(store):  # so that there is something to look at
        pass
    for process in processes:
        assert process.stdin
        process.stdin.write("now\n")
        process.stdin.flush()
    with ThreadPoolExecutor(LOOKERS) as threads:
        looks = threads.map(lambda _: staged_area.is_claimed(store), range(LOOKERS * LOOKS))
        assert sum(looks) == 0
    assert [process.communicate()[0].strip() for process in processes] == ["0"] * LOOKERS


def test_who_looks_keeps_nobody_from_an_import(store: Store) -> None:
    """Nor does one begin that is not to wait only where nobody looks."""
    done = threading.Event()

    def look() -> int:
        while not done.is_set():
            staged_area.is_claimed(store)
        return 0

    with ThreadPoolExecutor(LOOKERS) as threads:
        looking = [threads.submit(look) for _ in range(LOOKERS)]
        try:
            for _ in range(CLAIMS):
                with open_staging(store, 0):
                    assert staged_area.is_claimed(store)
        finally:
            done.set()
        assert [one.result() for one in looking] == [0] * LOOKERS
