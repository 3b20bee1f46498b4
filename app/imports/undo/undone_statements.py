"""Statements that an undo took back, and the digest under which each may be made again."""

import hashlib

from sqlalchemy import Connection, exists, insert, literal, select, update

from app.database import tables
from app.imports.staging import staged_tables

_undone = tables.undone_statements.c


def digest_again(number: int, digest: str) -> str:
    """Return the digest, in hex, of a statement made again after the undo `number`."""
    return hashlib.sha256(f"again {number} {digest}".encode()).hexdigest()


def note_undone(connection: Connection, person_id: str, digest: str, again: str) -> None:
    """Note that statements of `digest`, or renamed to it, have the digest `again` from now on."""
    theirs = _undone.person_id == person_id
    table = tables.undone_statements
    connection.execute(update(table).where(theirs, _undone.again == digest).values(again=again))
    values = {"person_id": person_id, "digest": digest, "again": again}
    connection.execute(insert(table).values(values))


def restate_undone(connection: Connection) -> None:
    """Give staged statements that an undo took back their other digest: they are made again."""
    table, staged = tables.undone_statements, staged_tables.consents
    if connection.execute(select(literal(1)).select_from(table).limit(1)).first() is None:
        return
    same = _undone.person_id == staged.c.person_id, _undone.digest == staged.c.digest
    again = select(_undone.again).where(*same).scalar_subquery()
    connection.execute(update(staged.table).where(exists().where(*same)).values(digest=again))
