"""The digests of a post's texts that a clearance is bound to."""

import hashlib
import unicodedata
from collections.abc import Iterable


def digest_text(text: str) -> str:
    """Return the SHA-256, hex, of a text in one form: NFC, one kind of line end, no blanks around.

    Nothing else is alike: a change of one character is another text.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return hashlib.sha256(unicodedata.normalize("NFC", lines).encode()).hexdigest()


def digest_alt_texts(texts: Iterable[str]) -> str:
    """Return the SHA-256, hex, of the texts that describe media, in one form and order."""
    written = sorted(digest_text(one) for one in texts if one.strip())
    return hashlib.sha256("\n".join(written).encode()).hexdigest()
