"""Files of private keys: made when first needed, by one process alone."""

import os
from pathlib import Path

from joserfc.jwk import OKPKey

from app.store.ledger.chain import make_id


def read_or_make_key(file: Path) -> bytes:
    """Return the Ed25519 key in `file` as PEM, made where there is none.

    Of processes that make it at once one wins, and all read that one.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        own = file.with_name(f".{file.name}.{make_id()}")
        descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(OKPKey.generate_key("Ed25519").as_pem(private=True))
        try:
            os.link(own, file)
        except FileExistsError:
            pass
        finally:
            own.unlink()
    return file.read_bytes()
