"""Receipts of clearances: what was answered, signed, for whoever cannot ask the service.

A receipt is a JWS in compact form (RFC 7515), signed with Ed25519 (RFC 8037; `alg` as RFC 9864 has
it). Some libraries know only the older name, `EdDSA`, and have to be set to take `Ed25519` for the
same; so the keys name no `alg`. Keys are files in one folder: the newest signs, all of them verify,
as the key set (RFC 7517) shows them to everyone. So a new key does not void earlier receipts.
"""

import logging
import time
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from app.auth.key_files import read_or_make_key
from app.errors import StoreUnavailableError
from app.store.clearances.records import NewClearance
from app.store.ledger.chain import make_id

_log = logging.getLogger("clearpost.receipts")
_ALGORITHM = "Ed25519"
_TYPE = "clearpost-receipt+jws"
_STATES = (
    "What was answered at iat. Whether it is still true only the service says: "
    "POST /v1/clearances/{id}/verify."
)
# A key that another process has made is seen after so long.
_LOOK_SECONDS = 1.0
_MOST_KEYS = 100


class ReceiptKeys:
    """The keys in `folder`; the first is made when it is needed. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._looked = -_LOOK_SECONDS
        self._keys: dict[str, OKPKey] = {}
        self._told: set[Path] = set()

    def sign(self, clearance: NewClearance, account: str | None) -> str:
        """Return the receipt of a clearance; `account` is as `platform/handle`.

        Raises `StoreUnavailableError` when no key can be had.
        """
        said = {
            "iss": "clearpost",
            "sub": clearance.id,
            "decision": clearance.decision_id,
            "account": account,
            "text_sha256": clearance.text_sha256,
            "media_sha256": clearance.media,
            "iat": _to_seconds(clearance.made_at),
            "nbf": _to_seconds(clearance.not_before),
            "exp": _to_seconds(clearance.not_after),
            "states": _STATES,
        }
        name, key = self._find_newest()
        header = {"alg": _ALGORITHM, "typ": _TYPE, "kid": name}
        return jws.serialize_compact(header, orjson.dumps(said), key, algorithms=[_ALGORITHM])

    def list_public(self) -> dict[str, Any]:
        """Return the public keys as a JSON Web Key Set, the newest first.

        Raises `StoreUnavailableError` when none can be had.
        """
        self._find_newest()
        return {
            "keys": [
                {**key.as_dict(private=False), "kid": name, "use": "sig"}
                for name, key in reversed(self._read_folder().items())
            ]
        }

    def add_key(self) -> str:
        """Make a key that signs from now on, beside those there are; return its name.

        Raises `StoreUnavailableError` where the folder cannot be written.
        """
        name = make_id()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            read_or_make_key(self._folder / f"{name}.pem")
        except OSError as error:
            raise StoreUnavailableError from error
        with self._lock:
            self._looked = -_LOOK_SECONDS
        return name

    def _find_newest(self) -> tuple[str, OKPKey]:
        if not self._read_folder():
            self.add_key()
        if not (keys := self._read_folder()):
            raise StoreUnavailableError
        return next(reversed(keys.items()))

    def _read_folder(self) -> dict[str, OKPKey]:
        """Return the keys by their names, oldest first; the folder is looked at now and then.

        What cannot be read or is no such key is left out, and logged once.
        """
        with self._lock:
            if time.monotonic() - self._looked >= _LOOK_SECONDS or not self._keys:
                # Names sort by time.
                files = sorted(self._folder.glob("*.pem"))[-_MOST_KEYS:]
                found = {one.stem: self._keys.get(one.stem) or self._read_key(one) for one in files}
                self._keys = {name: key for name, key in found.items() if key is not None}
                self._looked = time.monotonic()
            return self._keys

    def _read_key(self, file: Path) -> OKPKey | None:
        try:
            key = OKPKey.import_key(file.read_bytes())
            if key.is_private and key.curve_name == "Ed25519":
                return key
        except (OSError, ValueError, JoseError, TypeError):
            pass
        if file not in self._told:
            self._told.add(file)
            _log.error("a file is no private Ed25519 key", extra={"file": str(file)})
        return None


def _to_seconds(at: datetime) -> int:
    return int(at.timestamp())
