"""Pulls on record, from which the next one of a provider continues.

They lie in the store itself, not beside it: a store that is restored from a backup continues from
where it was then. A pull counts only if its import is in the store; one that was held, rejected or
refused is read again.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from app.database import tables
from app.store.service.import_records import DONE

_table = tables.pulls


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull of a provider: everything where it is `whole`, else the changes.

    `basis` stands for the provider's configuration and profile; `read_at` is when it began, by the
    provider's clock.
    """

    provider: str
    basis: str
    whole: bool
    read_at: datetime


def note_pull(connection: Connection, import_id: str, pull: Pull) -> None:
    """Record the import in which a pull was taken in."""
    connection.execute(delete(_table).where(_table.c.import_id == import_id))
    connection.execute(insert(_table).values(import_id=import_id, **asdict(pull)))


def find_start(
    connection: Connection, provider: str, basis: str, whole_since: datetime
) -> datetime | None:
    """Return the time from which to ask for changes: when the last pull in the store began.

    None where everything has to be read: it was not since `whole_since`, or of another basis.
    """
    done = (
        select(func.max(_table.c.read_at))
        .join(tables.imports, tables.imports.c.id == _table.c.import_id)
        .where(_table.c.provider == provider, _table.c.basis == basis)
        .where(tables.imports.c.state.in_(DONE))
    )
    whole = connection.scalar(done.where(_table.c.whole))
    return connection.scalar(done) if whole and whole >= whole_since else None
