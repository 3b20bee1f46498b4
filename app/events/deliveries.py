"""One delivery of one event: a POST to the address that was looked up and looked at, and no other.

The address is called by what its name stands for, so nothing is looked up between the look and the
call; the certificate is held against the name. There are no redirects, no proxies, no cookies, and
no more than a few KiB of the answer are read. All of it together takes ten seconds at the most.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from http import HTTPStatus
from typing import NamedTuple

import httpx
import orjson
from sqlalchemy import RowMapping

from app.events.addresses import (
    Address,
    AddressRefusedError,
    Network,
    WebhookAddress,
    read_address,
    resolve_address,
)
from app.settings import Settings
from app.store.ledger.chain import format_time

SECONDS = 10.0
_MOST_BYTES, _BODY_SECONDS = 4096, 1.0
_MOST_ADDRESSES = 3
# No connection is kept: the next delivery looks the address up again.
_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=0)


class DeliveryResult(NamedTuple):
    """The result of a delivery: no fault where it was taken. `gone` asks for no more."""

    fault: str | None = None
    gone: bool = False


class Sender:
    """Sends events to addresses, within the networks that the settings list."""

    def __init__(self, settings: Settings) -> None:
        self._listed: Sequence[Network] = settings.listed_networks
        self._authorities = settings.webhook_authorities

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        """Return what certificates are held against: it is large, and made when first needed."""
        trusted = httpx.create_ssl_context(trust_env=False)
        if self._authorities is not None:
            trusted.load_verify_locations(self._authorities)
        return trusted

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> DeliveryResult:
        """Send one event, once; return the result, in words that repeat nothing received."""
        try:
            async with asyncio.timeout(SECONDS):
                address = read_address(url)
                found = await resolve_address(address, self._listed)
                status = await self._post_to_one(address, found, body, headers)
        except AddressRefusedError as error:
            return DeliveryResult(f"the address {error}")
        except TimeoutError:
            return DeliveryResult("did not answer in time")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return DeliveryResult(_describe_fault(error))
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return DeliveryResult()
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return DeliveryResult(f"sends us elsewhere ({status}); that is refused")
        return DeliveryResult(f"answered {status}", gone=status == HTTPStatus.GONE)

    async def _post_to_one(
        self,
        address: WebhookAddress,
        found: Sequence[Address],
        body: bytes,
        headers: Mapping[str, str],
    ) -> int:
        """Return the status that the first address answers that can be connected to."""
        *others, last = found[:_MOST_ADDRESSES]
        for one in others:
            with suppress(httpx.ConnectError):
                return await self._post(address, one, body, headers)
        return await self._post(address, last, body, headers)

    async def _post(
        self, address: WebhookAddress, to: Address, body: bytes, headers: Mapping[str, str]
    ) -> int:
        sent = {
            "Host": address.url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": "clearpost",
            "Accept-Encoding": "identity",
            **headers,
        }
        async with (
            httpx.AsyncClient(
                verify=self._trusted, trust_env=False, limits=_LIMITS, timeout=SECONDS
            ) as client,
            client.stream(
                "POST",
                address.url.copy_with(host=str(to)),
                content=body,
                headers=sent,
                extensions={"sni_hostname": address.host},
                follow_redirects=False,
            ) as response,
        ):
            # The status says it all; of the rest as much is read as comes at once, out of courtesy.
            with suppress(httpx.HTTPError, TimeoutError):
                async with asyncio.timeout(_BODY_SECONDS):
                    await _read_some(response)
            return response.status_code


async def _read_some(response: httpx.Response) -> None:
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read > _MOST_BYTES:
            return


def write_body(row: RowMapping) -> bytes:
    """Return an event as its receivers get it: the same bytes at every try."""
    return orjson.dumps(
        {
            "id": row["id"],
            "type": row["kind"],
            "timestamp": format_time(row["at"]).replace("+00:00", "Z"),
            "data": orjson.loads(row["data"]),
        }
    )


def _describe_fault(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "its certificate could not be verified"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.TimeoutException):
        return "did not answer in time"
    if isinstance(error, httpx.ConnectError):
        return "cannot be reached"
    return "broke off before its answer"
