"""Verification of receipts. It needs the extra `receipts`.

A receipt proves what was answered. Whether it is still true only the service says (`verify`).
"""

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from clearpost_client.answers import read_object
from clearpost_client.bodies import Json
from clearpost_client.failures import CouldNotAsk, NotVerified

_TYPE = "clearpost-receipt+jws"
_ALGORITHMS = ["Ed25519"]


@dataclass(frozen=True)
class Receipt:
    """An answer as it was signed; times are seconds since 1970."""

    clearance: str
    decision: str
    account: str | None
    text_sha256: str
    media_sha256: Sequence[str]
    answered_at: int
    not_before: int
    not_after: int

    def is_for(self, text: str, media: Sequence[str], at: float) -> bool:
        """Tell whether it is about this text, these files and this moment."""
        return (
            digest_text(text) == self.text_sha256
            and sorted(one.lower() for one in media) == sorted(self.media_sha256)
            and self.not_before <= at <= self.not_after
        )


def digest_text(text: str) -> str:
    """Return the SHA-256 of a text as receipts have it: NFC, one kind of line end, trimmed."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return hashlib.sha256(unicodedata.normalize("NFC", lines).encode()).hexdigest()


def verify_receipt(receipt: str, key_set: Json) -> Receipt:
    """Return what a receipt says, if a key of the set has signed it.

    `key_set` is what `read_receipt_keys` returns. Raises `NotVerified`.
    """
    try:
        signed = jws.deserialize_compact(
            receipt, _choose_key(receipt, key_set), algorithms=_ALGORITHMS
        )
        header = signed.headers()
        said = read_object(signed.payload)
    except (JoseError, ValueError, TypeError, KeyError, CouldNotAsk):
        raise NotVerified("The receipt is not signed by the service.") from None
    if header.get("typ") != _TYPE or said.get("iss") != "clearpost":
        raise NotVerified("That is signed by the service, and is no receipt.")
    return _read_claims(said)


def _choose_key(receipt: str, key_set: Json) -> Any:
    keys = KeySet.import_key_set(key_set)  # type: ignore[arg-type]  # a JSON object
    named = jws.extract_compact(receipt.encode()).headers().get("kid")
    if not isinstance(named, str):
        raise ValueError("a receipt names its key")
    return keys.get_by_kid(named)


def _read_claims(said: Json) -> Receipt:
    texts = [said.get(name) for name in ("sub", "decision", "text_sha256")]
    times = [said.get(name) for name in ("iat", "nbf", "exp")]
    media = said.get("media_sha256")
    account = said.get("account")
    readable = (
        all(isinstance(one, str) for one in texts)
        and all(type(one) is int for one in times)
        and isinstance(media, list)
        and all(isinstance(one, str) for one in media)
        and (account is None or isinstance(account, str))
    )
    if not readable or not isinstance(media, list):
        raise NotVerified("The receipt is signed, and says too little.")
    clearance, decision, text = (str(one) for one in texts)
    return Receipt(clearance, decision, account, text, tuple(media), *times)  # type: ignore[arg-type]
