"""Requests to a provider: bounded in size, time and number, and only ever to the same host."""

import ssl
import time
from collections.abc import Mapping
from http import HTTPStatus

import httpx

from app.imports.rest.credentials import OAuth1Credentials, OAuth2Credentials, RestCredentials
from app.imports.rest.providers import ProviderError, RestProvider, read_secret
from app.imports.rest.replies import SKEW_SECONDS, PullError, RestReply, StatusError

# The tries of one request, and the first pause between; each further one is twice as long.
TRIES, PAUSE_SECONDS = 5, 1.0
# The longest wait that a provider may ask of us, the longest answer, and the longest pull.
MOST_WAIT_SECONDS, PAGE_SECONDS, PULL_SECONDS = 900.0, 600.0, 4 * 3600.0
PAGE_BYTES = 64 << 20
TIMEOUT = httpx.Timeout(120.0, connect=15.0)
_REDIRECTS, _MOST_REDIRECTS = (301, 302, 303, 307, 308), 3
_BUSY = (429, 500, 502, 503, 504)


class RestRequests:
    """The requests to one provider in one pull.

    `most_bytes` bounds all that is received. Raises `ProviderError` where the provider's files
    cannot be used.
    """

    def __init__(self, provider: RestProvider, most_bytes: int) -> None:
        secret = read_secret(provider)
        self._client = httpx.Client(
            verify=_make_tls_context(provider),
            timeout=TIMEOUT,
            # Neither a proxy nor a .netrc of this machine gets hold of the secret.
            trust_env=False,
            headers={"Accept": "application/json", "User-Agent": "clearpost"},
        )
        self._base, self._left = provider.base_url, most_bytes
        self._until = time.monotonic() + PULL_SECONDS
        self._credentials: RestCredentials = (
            OAuth1Credentials(provider, secret)
            if provider.auth == "oauth1"
            else OAuth2Credentials(provider, secret, self._post_form)
        )
        self.skew = 0.0

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def get(self, collection: str, query: Mapping[str, str | int]) -> RestReply:
        """Return the answer to a GET of a collection.

        Raises `StatusError` where it is no success, `PullError` where there is none.
        """
        url = httpx.URL(f"{self._base}/{collection}").copy_merge_params(dict(query))
        renewed, moved = False, 0
        while True:
            reply = self._send_with_retries(collection, "GET", str(url), None)
            if (
                reply.status == HTTPStatus.UNAUTHORIZED
                and not renewed
                and self._credentials.renew(reply)
            ):
                renewed = True
            elif reply.status in _REDIRECTS and moved < _MOST_REDIRECTS:
                url, moved = _follow_redirect(url, reply, collection), moved + 1
            elif reply.status == HTTPStatus.OK:
                self.skew = reply.skew
                return reply
            else:
                raise StatusError(_describe_refusal(collection, reply), reply.status)

    def _post_form(self, url: str, headers: Mapping[str, str], content: bytes) -> RestReply:
        return self._send_with_retries("token", "POST", url, content, headers)

    def _send_with_retries(
        self,
        what: str,
        method: str,
        url: str,
        content: bytes | None,
        headers: Mapping[str, str] | None = None,
    ) -> RestReply:
        """Return the first answer that tells more than that the provider is busy."""
        for n in range(TRIES):
            signed = self._credentials.sign(url) if headers is None else headers
            wait, reply = None, None
            try:
                reply = self._receive_reply(method, url, signed, content)
                if reply.status not in _BUSY:
                    return reply
                fault, wait = f"answered {reply.status}", reply.retry_after
            except httpx.RequestError as error:
                fault = _describe_fault(error)
            if n < TRIES - 1:
                self._wait_before_retry(PAUSE_SECONDS * 2**n if wait is None else wait)
        reason = f"{what}: {fault}, {TRIES} times in a row"
        raise StatusError(reason, reply.status) if reply else PullError(reason)

    def _receive_reply(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> RestReply:
        until = min(self._until, time.monotonic() + PAGE_SECONDS)
        body = bytearray()
        with self._client.stream(method, url, headers=dict(headers), content=content) as response:
            for chunk in response.iter_bytes():
                body += chunk
                self._left -= len(chunk)
                if len(body) > PAGE_BYTES or self._left < 0:
                    reason = "sends more than is taken: CLEARPOST_IMPORT_UPLOAD_BYTES bounds it"
                    raise PullError(reason)
                if time.monotonic() > until:
                    reason = "takes too long to answer"
                    raise PullError(reason)
            return RestReply(response.status_code, response.headers, bytes(body), time.time())

    def _wait_before_retry(self, seconds: float) -> None:
        if seconds > MOST_WAIT_SECONDS or time.monotonic() + seconds > self._until:
            reason = f"asks us to come back in {seconds:,.0f} seconds"
            raise PullError(reason)
        time.sleep(seconds)


def _make_tls_context(provider: RestProvider) -> ssl.SSLContext:
    """Return what a provider's certificate is held against; it always is."""
    try:
        if provider.ca_file is None:
            return httpx.create_ssl_context(trust_env=False)
        return ssl.create_default_context(cafile=str(provider.ca_file))
    except (OSError, ssl.SSLError):
        reason = "ca_file: cannot be read"
        raise ProviderError(reason) from None


def _follow_redirect(url: httpx.URL, reply: RestReply, collection: str) -> httpx.URL:
    try:
        there = url.join(reply.headers.get("Location", ""))
    except httpx.InvalidURL:
        there = httpx.URL()
    if (there.scheme, there.host, there.port) != (url.scheme, url.host, url.port):
        reason = f"{collection}: sends us on to another host; that is refused"
        raise StatusError(reason, reply.status)
    return there


def _describe_refusal(collection: str, reply: RestReply) -> str:
    known = {
        401: "does not know us (401). Look at client_id, secret_file and signature or scopes",
        403: f"does not let us read {collection} (403)",
        404: f"has no {collection} (404). Look at base_url: what stands before /{collection}",
    }
    reason = known.get(reply.status, f"answered {reply.status} for {collection}")
    ahead = reply.skew
    if reply.status == HTTPStatus.UNAUTHORIZED and abs(ahead) > SKEW_SECONDS:
        way = "ahead of" if ahead > 0 else "behind"
        reason += f"; its clock is {abs(ahead):,.0f} seconds {way} ours"
    return reason


def _describe_fault(error: httpx.RequestError) -> str:
    """Return in words why there was no answer; `PullError` where another try is no use."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = "its certificate could not be verified; ca_file names others to trust"
            raise PullError(reason) from None
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.TimeoutException):
        return "did not answer in time"
    if isinstance(error, httpx.ConnectError):
        return "cannot be reached"
    return "broke off in the middle of an answer"
