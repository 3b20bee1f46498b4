"""The sums over doubts and over the children in doubt, brought up to date (`record_sums`)."""

import contextlib
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from app.database.json_lists import as_json, is_in, json_list
from app.database.tables import doubted_people, import_doubts
from app.store.ledger.record_sums import watch


@contextlib.contextmanager
def watch_doubts(connection: Connection, ids: Iterable[str]) -> Iterator[None]:
    """Bring both sums up to date by what the block does to these doubts and their children."""
    given, wanted = {"ids": as_json(ids)}, json_list("ids")
    with (
        watch(connection, import_doubts, is_in(import_doubts.c.id, wanted), given),
        watch(connection, doubted_people, is_in(doubted_people.c.doubt_id, wanted), given),
    ):
        yield
