"""Signatures of requests to a provider: OAuth 1.0a for each, or an OAuth 2 token."""

import base64
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Protocol
from urllib.parse import quote_plus

import orjson
from oauthlib import oauth1

from app.imports.rest.providers import RestProvider
from app.imports.rest.replies import SKEW_SECONDS, PullError, RestReply

Post = Callable[[str, Mapping[str, str], bytes], RestReply]


class RestCredentials(Protocol):
    """Our credentials at a provider."""

    def sign(self, url: str) -> dict[str, str]:
        """Return the headers that a GET of `url` needs."""

    def renew(self, refusal: RestReply) -> bool:
        """Learn from a 401; return whether another try is worth it."""


class OAuth1Credentials:
    """OAuth 1.0a without tokens: every request is signed with the secret, and with the time."""

    def __init__(self, provider: RestProvider, secret: str) -> None:
        self._provider, self._secret, self._skew = provider, secret, 0.0

    def sign(self, url: str) -> dict[str, str]:
        """Return the header with the signature over `url`, its query and the time."""
        client = oauth1.Client(
            self._provider.client_id,
            client_secret=self._secret,
            signature_method=self._provider.signature,
            timestamp=str(int(time.time() + self._skew)),
        )
        _, headers, _ = client.sign(url)
        return {name: str(value) for name, value in headers.items()}

    def renew(self, refusal: RestReply) -> bool:
        """Take the provider's clock for ours where the two differ; its own is what it goes by."""
        before, self._skew = self._skew, refusal.skew
        return abs(self._skew - before) > SKEW_SECONDS


class OAuth2Credentials:
    """OAuth 2 with client credentials: a token, asked for again when it is no longer taken."""

    def __init__(self, provider: RestProvider, secret: str, post: Post) -> None:
        self._provider, self._secret, self._post = provider, secret, post
        self._token: str | None = None

    def sign(self, url: str) -> dict[str, str]:  # noqa: ARG002 - the token is the same for all
        """Return the header with the token."""
        if self._token is None:
            self._token = self._request_token()
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self, refusal: RestReply) -> bool:  # noqa: ARG002 - the next token may be taken
        """Ask for another token: the last one may have run out."""
        self._token = None
        return True

    def _request_token(self) -> str:
        provider = self._provider
        form = {"grant_type": "client_credentials", "scope": " ".join(provider.wanted_scopes)}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        who = {"client_id": provider.client_id, "client_secret": self._secret}
        if provider.token_auth == "body":  # noqa: S105 - where the secret goes
            form |= who
        else:
            # As most clients do, and so most providers expect: not encoded as RFC 6749 has it.
            pair = ":".join(who.values())
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        content = "&".join(f"{name}={quote_plus(value)}" for name, value in form.items())
        reply = self._post(provider.token_url or "", headers, content.encode())
        if reply.status != HTTPStatus.OK:
            reason = f"gave no token: it answered {reply.status}. Look at client_id, "
            raise PullError(reason + "secret_file, token_auth and scopes")
        return _read_token(reply)


def _read_token(reply: RestReply) -> str:
    try:
        said = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        said = None
    token = said.get("access_token") if isinstance(said, dict) else None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        reason = "gave no token: its answer has no access_token"
        raise PullError(reason)
    return token
