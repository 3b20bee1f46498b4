"""Collections of a provider, read page by page to their end, or not at all.

A provider that stops in the middle looks like one that has no more. So the records are counted by
what it says before and after, and each page begins with the last record of the one before: where
records came or went meanwhile, or the offset is not what we asked for, these are two.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app.imports.rest.providers import RestProvider
from app.imports.rest.replies import PullError, RestReply
from app.imports.rest.requests import RestRequests

Record = dict[str, Any]
Take = Callable[[Sequence[Record]], None]
# The tries at a collection that changes while it is read.
_ATTEMPTS, _MOST_DIGITS = 3, 12


class _TornError(Exception):
    """A collection that is not whole, or that changed while it was read."""


@dataclass(frozen=True, slots=True)
class _Page:
    """One page; `total` is how many records there are altogether."""

    records: list[Record]
    total: int


@dataclass(frozen=True, slots=True)
class RestWalks:
    """The walks through one provider's collections."""

    requests: RestRequests
    provider: RestProvider

    def count(self, collection: str, filter_: str | None = None) -> int:
        """Return how many records the provider says there are."""
        return self._read_page(collection, filter_, 0, 1).total

    def read(self, collection: str, filter_: str | None, begin: Callable[[], Take]) -> int:
        """Read all records of a collection; return their number.

        `begin` is called before each attempt, and gives what takes the records of it. Raises
        `PullError` where they could not be read whole.
        """
        reason = ""
        for _ in range(_ATTEMPTS):
            try:
                return self._walk_pages(collection, filter_, begin())
            except _TornError as error:
                reason = str(error)
        message = f"{collection}: {reason}, {_ATTEMPTS} times in a row"
        raise PullError(message)

    def _walk_pages(self, collection: str, filter_: str | None, take: Take) -> int:
        """Walk to the end; return the number of records."""
        rows, last = 0, None
        page = self._read_page(collection, filter_, 0, self.provider.page_size)
        total, fresh = page.total, page.records
        while fresh:
            take(fresh)
            rows, last = rows + len(fresh), _find_record_key(fresh[-1])
            if rows >= total:
                break
            page = self._read_page(collection, filter_, rows - 1, self.provider.page_size)
            if page.records and _find_record_key(page.records[0]) != last:
                reason = "its pages do not go on where the ones before ended"
                raise _TornError(reason)
            fresh = page.records[1:]
        if rows != total:
            reason = f"its pages ended with {rows:,} of {total:,} records"
            raise _TornError(reason)
        if self.count(collection, filter_) != total:
            reason = "the number of its records changed while it was read"
            raise _TornError(reason)
        return rows

    def _read_page(self, collection: str, filter_: str | None, offset: int, limit: int) -> _Page:
        query: dict[str, str | int] = {"limit": limit, "offset": offset}
        if self.provider.ordered:
            query |= {"sort": "sourcedId", "orderBy": "asc"}
        if filter_:
            query["filter"] = filter_
        reply = self.requests.get(collection, query)
        return _Page(_read_records(collection, reply), _read_total(collection, reply))


def _read_total(collection: str, reply: RestReply) -> int:
    said = reply.headers.get("X-Total-Count", "").strip()
    if not (said.isascii() and said.isdigit()) or len(said) > _MOST_DIGITS:
        reason = f"{collection}: does not say how many records there are (X-Total-Count)"
        raise PullError(reason)
    return int(said)


def _read_records(collection: str, reply: RestReply) -> list[Record]:
    try:
        said = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        said = None
    records = said.get(collection) if isinstance(said, dict) else None
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        reason = f"{collection}: its answer is not the standard's: a list named {collection}"
        raise PullError(reason)
    return records


def _find_record_key(record: Record) -> object:
    """Return what tells a record from the others of its collection."""
    return record.get("sourcedId") or record
