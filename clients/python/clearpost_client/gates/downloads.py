"""Fetching a scheduler's media to hash them: from the hosts that are named, and from no other."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

import anyio
import httpx

from clearpost_client.failures import CouldNotAsk, NotCleared
from clearpost_client.transport import NO_PROXY

MOST_BYTES = 1024 * 1024 * 1024
_AT_ONCE = 4


def make_scheduler_http() -> httpx.AsyncClient:
    """Return a client for what several callers ask: it keeps no cookie of one for another."""
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(timeout=60, cookies=jar, mounts=NO_PROXY)


@dataclass(frozen=True)
class MediaSource:
    """Origins that media are fetched from, as `https://host[:port]`; a bare path is of the first.

    `signed` takes addresses with a query, such as those of a store that signs them.
    """

    http: httpx.AsyncClient
    origins: tuple[str, ...]
    uploads: str = "/uploads"
    most_bytes: int = MOST_BYTES
    seconds: float = 120.0
    signed: bool = False

    def find_address(self, path: str) -> str:
        """Return the address of a medium; raises `NotCleared` where it is not of these hosts."""
        unread = " \\#" if self.signed else " \\#%?"
        if not path.isascii() or not path.isprintable() or any(one in path for one in unread):
            raise NotCleared("The address of a medium is not plain.")
        # Looked at as it came: whoever parses it may tidy it.
        parts = path.partition("?")[0].rpartition("://")[2].removeprefix("/").split("/")
        if any(part in {"", ".", ".."} for part in parts):
            raise NotCleared("The address of a medium is not plain.")
        if "http" not in path.partition("?")[0]:
            path = f"{self.origins[0]}{self.uploads}/{path.lstrip('/')}"
        try:
            url = httpx.URL(path)
        except httpx.InvalidURL:
            raise NotCleared("The address of a medium is none.") from None
        if url.userinfo or make_origin(url) not in self.origins:
            raise NotCleared("A medium is on a host that the gate does not fetch from.")
        return str(url)

    async def hash_all(self, paths: Iterable[str]) -> dict[str, str]:
        """Return the SHA-256 of each medium. Raises `NotCleared` or `CouldNotAsk`."""
        addresses = {path: self.find_address(path) for path in paths}
        digests: dict[str, str] = {}
        turn = anyio.Semaphore(_AT_ONCE)

        async def hash_one(path: str, address: str) -> None:
            async with turn:
                digests[path] = await self.hash_medium(address)

        try:
            async with anyio.create_task_group() as group:
                for path, address in addresses.items():
                    group.start_soon(hash_one, path, address)
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        return digests

    async def hash_medium(self, address: str) -> str:
        """Return the SHA-256 of what is at an address, without following it elsewhere."""
        digest, size = hashlib.sha256(), 0
        try:
            with anyio.fail_after(self.seconds):
                async with self.http.stream("GET", address, follow_redirects=False) as answer:
                    if answer.status_code != httpx.codes.OK:
                        raise NotCleared("A medium could not be fetched.")
                    async for part in answer.aiter_bytes():
                        digest.update(part)
                        size += len(part)
                        if size > self.most_bytes:
                            raise NotCleared("A medium is too large to be checked.")
        except (httpx.HTTPError, TimeoutError):
            raise CouldNotAsk("A medium could not be fetched.") from None
        return digest.hexdigest()


def make_origin(url: httpx.URL) -> str:
    """Return scheme, host and port of an address, as origins are compared."""
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme}://{url.host}{port}"


def read_origins(addresses: Collection[str]) -> tuple[str, ...]:
    """Return the origins of addresses, each once, in their order."""
    return tuple(dict.fromkeys(make_origin(httpx.URL(one)) for one in addresses))
