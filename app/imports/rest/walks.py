"""Collections of a provider, read page by page to their end, or not at all.

A provider that stops in the middle looks like one that has no more. So the records are counted by
what it says before and after, and each page begins with the last record of the one before: where
records came or went meanwhile, or the offset is not what we asked for, these are two.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from app.imports.rest.providers import RestProvider
from app.imports.rest.replies import PullError, RestReply
from app.imports.rest.requests import RestRequests

Record = dict[str, Any]
Take = Callable[[Sequence[Record]], None]
# How often a collection is begun anew that changed while it was read.
_ATTEMPTS, _MOST_DIGITS = 3, 12


class _TornError(Exception):
    """A collection that is not whole, or that changed while it was read."""


@dataclass(frozen=True, slots=True)
class _Page:
    """One page; `total` is how many records there are altogether, None where nobody says."""

    records: list[Record]
    total: int | None


@dataclass(frozen=True, slots=True)
class RestWalks:
    """The walks through one provider's collections."""

    requests: RestRequests
    provider: RestProvider

    def count(self, collection: str, filter_: str | None = None) -> int | None:
        """Return how many records there are; None where the provider does not say."""
        return self._page(collection, filter_, 0, 1).total

    def read(self, collection: str, filter_: str | None, begin: Callable[[], Take]) -> int:
        """Read all records of a collection; how many there were.

        `begin` is called before each attempt, and gives what takes the records of it. Raises
        `PullError` where they could not be read whole.
        """
        reason = ""
        for _ in range(_ATTEMPTS):
            try:
                return self._once(collection, filter_, begin())
            except _TornError as error:
                reason = str(error)
        message = f"{collection}: {reason}, {_ATTEMPTS} times in a row"
        raise PullError(message)

    def _once(self, collection: str, filter_: str | None, take: Take) -> int:
        if self.provider.counted:
            return self._walk(collection, filter_, take)[0]
        first = self._walk(collection, filter_, take)
        if self._walk(collection, filter_, lambda _: None) != first:
            reason = "it was another one when it was read again"
            raise _TornError(reason)
        return first[0]

    def _walk(self, collection: str, filter_: str | None, take: Take) -> tuple[int, int]:
        """Walk to the end; how many records came, and a number that the same records give."""
        rows, mark, last = 0, 0, None
        page = self._page(collection, filter_, 0, self.provider.page_size)
        total, fresh = page.total, page.records
        while fresh:
            take(fresh)
            rows, last = rows + len(fresh), _key(fresh[-1])
            mark += sum(_digest(record) for record in fresh)
            if rows == total:
                break
            page = self._page(collection, filter_, rows - 1, self.provider.page_size)
            if page.total != total:
                reason = "the number of its records changed while it was read"
                raise _TornError(reason)
            fresh = _go_on(page, last)
        if total is not None:
            self._compare(collection, filter_, rows, total)
        return rows, mark

    def _compare(self, collection: str, filter_: str | None, rows: int, total: int) -> None:
        if rows != total:
            reason = f"its pages ended with {rows:,} of {total:,} records"
            raise _TornError(reason)
        if self.count(collection, filter_) != total:
            reason = "the number of its records changed while it was read"
            raise _TornError(reason)

    def _page(self, collection: str, filter_: str | None, offset: int, limit: int) -> _Page:
        query: dict[str, str | int] = {"limit": limit, "offset": offset}
        if self.provider.ordered:
            query |= {"sort": "sourcedId", "orderBy": "asc"}
        if filter_:
            query["filter"] = filter_
        reply = self.requests.get(collection, query)
        total = _total(collection, reply) if self.provider.counted else None
        return _Page(_records(collection, reply), total)


def _go_on(page: _Page, last: object) -> list[Record]:
    """Return what a page brings behind the record `last`, with which it has to begin."""
    if not page.records and page.total is not None:
        return []
    if not page.records or _key(page.records[0]) != last:
        reason = "its pages do not go on where the ones before ended"
        raise _TornError(reason)
    return page.records[1:]


def _total(collection: str, reply: RestReply) -> int:
    said = reply.headers.get("X-Total-Count", "").strip()
    if not (said.isascii() and said.isdigit()) or len(said) > _MOST_DIGITS:
        reason = f"{collection}: does not say how many records there are (X-Total-Count). "
        raise PullError(reason + "Where it never does: counted = false")
    return int(said)


def _records(collection: str, reply: RestReply) -> list[Record]:
    try:
        said = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        said = None
    records = said.get(collection) if isinstance(said, dict) else None
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        reason = f"{collection}: its answer is not the standard's: a list named {collection}"
        raise PullError(reason)
    return records


def _key(record: Record) -> object:
    """Return what tells a record from the others of its collection."""
    return record.get("sourcedId") or record


def _digest(record: Record) -> int:
    return int.from_bytes(sha256(orjson.dumps(_key(record))).digest()[:8])
