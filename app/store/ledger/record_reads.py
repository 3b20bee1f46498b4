"""Reads of children's records on the ledger: the key, the person, the count, the children.

Children stand there as salted digests of their ids: who has a child's id can tell that the child is
one of them, and no one can read the id. `docs/decisions/0023` says which reads leave a row.
"""

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, RowMapping, select

from app.database.json_lists import as_json, is_in, json_list
from app.database.session import Store
from app.database.tables import people
from app.store.ledger import pages
from app.store.ledger.chain import LedgerEntry, append_entries, make_id

KIND = "records.read"
ReadKind = Literal[
    "search", "consent_state", "statement", "class_list", "differences", "declaration",
    "published", "takedown",
]  # fmt: skip
_SALT_BYTES = 16
# Hex digits of a digest: 128 bits tell any two children apart.
_DIGITS = 32
_STUDENTS = select(people.c.id).where(
    is_in(people.c.id, json_list("ids")), people.c.kind == "student"
)


@dataclass(frozen=True, slots=True)
class RecordsRead:
    """One answer that shows records of `students`, and its caller.

    `caller` is the asking key's id (or the operator's name at the command line), `person_id` the
    person it acts for, `at` the time at which the records were read. `lineage` stands for the key
    and those that it replaces.
    """

    what: ReadKind
    caller: str
    person_id: str | None
    at: datetime
    students: frozenset[str]
    lineage: str = ""

    @property
    def owner(self) -> str:
        """The lineage that the read counts for on its day, or the caller where there is none."""
        return self.lineage or self.caller


def find_students(connection: Connection, ids: Iterable[str]) -> frozenset[str]:
    """Return those of `ids` who are students on file."""
    return frozenset(connection.scalars(_STUDENTS, {"ids": as_json(ids)}))


def append_reads(connection: Connection, reads: Sequence[RecordsRead]) -> None:
    """Append a row for each of `reads`, inside `Store.writing()`.

    A student who was erased since the read is counted, and has no digest.
    """
    shown = frozenset[str]().union(*(one.students for one in reads))
    on_file = find_students(connection, shown)
    append_entries(connection, [_make_entry(one, one.students & on_file) for one in reads])


def names_student(body: dict[str, Any], student_id: str) -> bool:
    """Return whether the row has the student's digest among those of the students shown."""
    return _digest_id(bytes.fromhex(body["salt"]), student_id) in body["whom"]


def is_about(payload: str, person_id: str) -> bool:
    """Return whether a row names the person, as shown or as reader."""
    body = orjson.loads(payload)
    return body["person"] == person_id or names_student(body, person_id)


def find_reads(store: Store, person_id: str) -> Iterator[RowMapping]:
    """Yield the rows of reads that showed the person, oldest first, in the ledger's form.

    Rows with deleted contents are about no one.
    """
    wanted = pages.LedgerFilter(kind=KIND)
    for rows in pages.walk_rows(store, wanted, 0):
        for row in rows:
            said = row["payload"]
            if said is not None and names_student(orjson.loads(said), person_id):
                yield row


def _make_entry(read: RecordsRead, on_file: Collection[str]) -> LedgerEntry:
    salt = os.urandom(_SALT_BYTES)
    body = {
        "what": read.what,
        "person": read.person_id,
        "count": len(read.students),
        "salt": salt.hex(),
        # Sorted as digests, so that their order reveals nothing of the ids.
        "whom": sorted(_digest_id(salt, one) for one in on_file),
    }
    return LedgerEntry(make_id(), KIND, read.at, read.caller, body)


def _digest_id(salt: bytes, student_id: str) -> str:
    return hashlib.sha256(salt + student_id.encode()).hexdigest()[:_DIGITS]
