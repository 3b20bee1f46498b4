"""Signatures of webhooks, as Standard Webhooks 1.0 has them, and the secrets behind them.

No secret is kept: each is derived (HMAC-SHA256) from one key in a file beside the signing key, the
endpoint's id and the number of the secret. So the database, its backups and its readers hold none.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from app.auth.key_files import read_or_make_key
from app.errors import StoreUnavailableError

PREFIX = "whsec_"
_KEY_BYTES = 32
_FILE = "webhook-key"


class WebhookSecrets:
    """The secrets that come of the key beside `signing_key_file`, which is made when needed."""

    def __init__(self, signing_key_file: Path) -> None:
        self._file = signing_key_file.with_name(_FILE)
        self._key: bytes | None = None

    def derive(self, endpoint_id: str, version: int) -> str:
        """Return the secret of this number of an endpoint, as its receiver is given it.

        Raises `StoreUnavailableError` where the key cannot be read or made.
        """
        if self._key is None:
            try:
                self._key = read_or_make_key(self._file, _make_key)
            except OSError as error:
                raise StoreUnavailableError from error
        said = f"clearpost webhook {endpoint_id} {version}".encode()
        secret = hmac.new(self._key, said, hashlib.sha256).digest()
        return PREFIX + base64.b64encode(secret).decode()


def sign_webhook(shared: Sequence[str], event_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that vouch for `body`, by each of the `shared` secrets."""
    seconds = str(int(at.timestamp()))
    signed = b".".join((event_id.encode(), seconds.encode(), body))
    signatures = (
        hmac.new(base64.b64decode(one.removeprefix(PREFIX)), signed, hashlib.sha256).digest()
        for one in shared
    )
    return {
        "webhook-id": event_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }


def _make_key() -> bytes:
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES))
