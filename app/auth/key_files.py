"""Files of private keys: made when first needed, by one process alone."""

import os
from collections.abc import Callable
from pathlib import Path

from joserfc.jwk import OKPKey

from app.store.ledger.chain import make_id


def _make_signing_key() -> bytes:
    return OKPKey.generate_key("Ed25519").as_pem(private=True)


def read_or_make_key(file: Path, make: Callable[[], bytes] = _make_signing_key) -> bytes:
    """Return the key in `file`, by default an Ed25519 key as PEM; made where there is none.

    Of processes that make it at once one wins, and all read that one.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        own = file.with_name(f".{file.name}.{make_id()}")
        descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(make())
        try:
            os.link(own, file)
        except FileExistsError:
            pass
        finally:
            own.unlink()
    return file.read_bytes()
