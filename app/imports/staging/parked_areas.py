"""Staging areas of imports that wait, out of the way of the delivery of another feed.

An area is one import's. What waits for a person keeps its rows while another feed delivers: as a
file of its own beside a SQLite store, as tables of other names on PostgreSQL.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

from sqlalchemy import Connection, MetaData, inspect

from app.imports.staging import staging_database
from app.imports.staging.staging_database import STAGING

_PREFIX = "parked"


def park_area(
    connection: Connection, database: Path | None, metadata: MetaData, number: int
) -> None:
    """Put what is staged of import `number` out of the way; outside any transaction."""
    if database is not None:
        staging_database.detach_area(connection)
        staging_database.find_area_file(database).replace(_find_file(database, number))
        return
    with connection.begin():
        for name in staging_database.list_present_tables(connection, metadata):
            staging_database.rename_table(connection, name, f"{_PREFIX}{number}_{name}")


def unpark_area(
    connection: Connection, database: Path | None, metadata: MetaData, number: int
) -> bool:
    """Restore what is parked of import `number`, in place of what is staged; false for nothing."""
    if number not in list_parked(connection, database):
        return False
    if database is not None:
        staging_database.detach_area(connection)
        _find_file(database, number).replace(staging_database.find_area_file(database))
        staging_database.attach_area(connection.connection.dbapi_connection, database)
        return True
    prefix = f"{_PREFIX}{number}_"
    with connection.begin():
        staging_database.drop_tables(connection, metadata)
        for name in _list_tables(connection, number):
            staging_database.rename_table(connection, name, name.removeprefix(prefix))
    return True


def drop_parked(connection: Connection, database: Path | None, kept: Collection[int] = ()) -> None:
    """Delete what is parked, but of the imports `kept`; outside any transaction."""
    for number in set(list_parked(connection, database)) - set(kept):
        if database is not None:
            _find_file(database, number).unlink()
            continue
        with connection.begin():
            names = ", ".join(f"{STAGING}.{name}" for name in _list_tables(connection, number))
            connection.exec_driver_sql(f"DROP TABLE {names}")


def list_parked(connection: Connection, database: Path | None) -> list[int]:
    """Return the numbers of the imports that are parked."""
    return sorted(set(_find_numbers(connection, database)))


def _find_numbers(connection: Connection, database: Path | None) -> Iterator[int]:
    if database is not None:
        begin = _find_file(database, 0).name.removesuffix("0")
        for file in database.parent.iterdir():
            if file.name.startswith(begin) and file.name.removeprefix(begin).isdecimal():
                yield int(file.name.removeprefix(begin))
        return
    with connection.begin():
        names = inspect(connection).get_table_names(schema=STAGING)
    for name in names:
        number = name.removeprefix(_PREFIX).partition("_")[0]
        if name.startswith(_PREFIX) and number.isdecimal():
            yield int(number)


def _list_tables(connection: Connection, number: int) -> list[str]:
    names = inspect(connection).get_table_names(schema=STAGING)
    return sorted(name for name in names if name.startswith(f"{_PREFIX}{number}_"))


def _find_file(database: Path, number: int) -> Path:
    area = staging_database.find_area_file(database)
    return area.with_name(f"{area.name}-{_PREFIX}{number}")
