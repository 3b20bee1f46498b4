"""Webhooks and receipts: from the service, unchanged and of this time, or not verified."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from clearpost_client import NotVerified, verify_webhook
from clearpost_client.receipts import verify_receipt
from tests.clients.conftest import DIGEST, TEXT, Gated, post

SECRET, OLD = "whsec_" + base64.b64encode(b"s" * 24).decode(), "whsec_" + "A" * 32
NOW = 1_800_000_000.0
BODY = json.dumps(
    {"type": "review.ended", "timestamp": "2027-01-15T08:00:00Z", "data": {"decision_id": "d-1"}}
).encode()


def sign(body: bytes = BODY, secret: str = SECRET, at: float = NOW, ident: str = "e-1") -> Any:
    """Sign as Standard Webhooks 1.0 has it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{ident}.{int(at)}.".encode() + body
    signed = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "Webhook-Id": ident, "Webhook-Timestamp": str(int(at)),
        "Webhook-Signature": f"v1a,{signed} v1,{'B' * 43}= v1,{signed}",
    }  # fmt: skip


def test_a_webhook_is_signed_whole_and_fresh() -> None:
    event = verify_webhook(BODY, sign(), [OLD, SECRET], NOW + 299)
    assert (event.id, event.kind, event.data) == ("e-1", "review.ended", {"decision_id": "d-1"})
    good = sign()
    for body, headers, secrets, now in (
        (BODY + b" ", good, [SECRET], NOW),
        (BODY, good, [OLD], NOW),
        (BODY, good, [], NOW),
        (BODY, good, [SECRET], NOW + 301),
        (BODY, good, [SECRET], NOW - 301),
        (BODY, {**good, "Webhook-Id": "e-2"}, [SECRET], NOW),
        (BODY, {**good, "Webhook-Timestamp": str(int(NOW) + 1)}, [SECRET], NOW),
        (BODY, {**good, "Webhook-Timestamp": "soon"}, [SECRET], NOW),
        (BODY, {**good, "Webhook-Signature": "v1,"}, [SECRET], NOW),
        (BODY, {**good, "Webhook-Signature": good["Webhook-Signature"].split()[0]}, [SECRET], NOW),
        (BODY, {}, [SECRET], NOW),
        (b"[]", sign(b"[]"), [SECRET], NOW),
        (b"{}", sign(b"{}"), [SECRET], NOW),
    ):
        with pytest.raises(NotVerified):
            verify_webhook(body, headers, secrets, now)
    for secret in ("whsec_", "whsec_AAAA", "not base64!"):
        with pytest.raises(ValueError, match="secret"):
            verify_webhook(BODY, good, [secret], NOW)


def test_the_vector_of_standard_webhooks() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    # It is signed, and no event of ours.
    with pytest.raises(NotVerified, match="is no event"):
        verify_webhook(b'{"test": 2432232314}', headers, [secret], 1614265330)


def test_a_receipt_proves_what_was_answered(gated: Gated) -> None:
    with gated.open() as clearpost:
        given = clearpost.gate(post(clearance=True)).clearance
        keys = clearpost.read_receipt_keys()
    assert given is not None
    assert given.receipt is not None
    receipt = verify_receipt(given.receipt, keys)
    assert (receipt.clearance, receipt.account) == (given.id, "facebook/maple")
    now = time.time()
    assert receipt.is_for(TEXT + "\r\n", [], now)
    assert not receipt.is_for(TEXT + "!", [], now)
    assert not receipt.is_for(TEXT, [DIGEST], now)
    assert not receipt.is_for(TEXT, [], now + 400 * 86_400)
    head, body, signed = given.receipt.split(".")
    other = OKPKey.generate_key("Ed25519", {"kid": keys["keys"][0]["kid"]})
    said = jws.extract_compact(given.receipt.encode())
    forged = jws.serialize_compact(said.headers(), said.payload, other, algorithms=["Ed25519"])
    for false in (
        forged,
        f"{head}.{body}.",
        f"{head}.{body[:-4]}AAAA.{signed}",
        base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=") + f".{body}.",
        "",
        "a.b.c",
    ):
        with pytest.raises(NotVerified):
            verify_receipt(false, keys)
    with pytest.raises(NotVerified):
        verify_receipt(given.receipt, {"keys": []})
