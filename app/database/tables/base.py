"""Building blocks of all tables: times, texts, counted rows, and names of constraints."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, in UTC on both stores; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert for the store: to UTC, and naive for SQLite, which knows no zones."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a stored time must carry its offset"
            raise ValueError(message)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Convert from the store: aware and in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return value.replace(tzinfo=UTC)  # type: ignore[no-any-return]
        return value.astimezone(UTC)  # type: ignore[no-any-return]


_NAMING = {kind: f"{kind}_%(table_name)s_%(column_0_N_name)s" for kind in ("ix", "uq", "fk")}
metadata = MetaData(naming_convention={**_NAMING, "pk": "pk_%(table_name)s"})

# SQLite counts by itself only in an INTEGER primary key.
Seq = BigInteger().with_variant(Integer(), "sqlite")


def sequence_column() -> Column[int]:
    """Return the column that numbers the rows of an append-only table."""
    return Column("seq", Seq, primary_key=True, autoincrement=True)


# Text that is ordered and cut into ranges by its bytes, whatever the database's own collation.
Bytewise = Text().with_variant(Text(collation="C"), "postgresql")


def text_column(name: str, *args: Any, null: bool = False, **kwargs: Any) -> Column[str]:
    """Return a column of text; not null by default."""
    return Column(name, Text, *args, nullable=null, **kwargs)


def import_columns() -> tuple[Column[int], Column[int]]:
    """Return columns for a row's import, by which it was written last, and its place there.

    The place is the file's number in the delivery and the line:
    `app.imports.staging.staged_tables.place`. Both are null where no import wrote the row.
    """
    return Column("import_number", Integer), Column("import_place", BigInteger)


def format_utc(value: datetime) -> str:
    """Write an aware time as text: UTC, without an offset. Both stores read it."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
