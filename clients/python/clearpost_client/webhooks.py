"""Verification of webhooks: Standard Webhooks 1.0, signatures `v1` (HMAC-SHA256)."""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence

from clearpost_client.answers import Event, read_object
from clearpost_client.failures import CouldNotAsk, NotVerified

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"
_LEAST_BYTES = 16


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    secrets: Sequence[str],
    now: float | None = None,
) -> Event:
    """Return the event of a webhook, if it is signed with one of `secrets`.

    `body` is what came, byte for byte; `headers` in any case. While a secret is rotated, give the
    old and the new one. Raises `NotVerified` for what is not signed, is signed by somebody else, or
    is older or newer than five minutes. The same webhook may come twice: `id` tells.
    """
    told = {name.lower(): value for name, value in headers.items()}
    ident = told.get("webhook-id", "")
    sent = told.get("webhook-timestamp", "")
    if not ident or not (sent.isascii() and sent.isdigit()):
        raise NotVerified("The webhook lacks its id or its time.")
    if abs((time.time() if now is None else now) - int(sent[:20])) > TOLERANCE_SECONDS:
        raise NotVerified("The webhook is not of this time.")
    content = f"{ident}.{sent}.".encode() + body
    wanted = [hmac.new(_read_secret(one), content, hashlib.sha256).digest() for one in secrets]
    given = [one for part in told.get("webhook-signature", "").split() if (one := _read_v1(part))]
    if not any(hmac.compare_digest(ours, theirs) for ours in wanted for theirs in given):
        raise NotVerified("The webhook is not signed with this secret.")
    return _read_event(body, ident)


def _read_secret(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a secret of a webhook is whsec_ and base64") from None
    if len(key) < _LEAST_BYTES:
        raise ValueError("a secret of a webhook has 16 bytes at least")
    return key


def _read_v1(part: str) -> bytes | None:
    version, _, signature = part.partition(",")
    if version != "v1":
        return None
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return None


def _read_event(body: bytes, ident: str) -> Event:
    try:
        said = read_object(body)
        data = said.get("data")
        return Event.read(
            {"id": ident, "kind": said.get("type"), "at": said.get("timestamp"), "data": data}
        )
    except CouldNotAsk:
        raise NotVerified("The webhook is signed, and is no event.") from None
