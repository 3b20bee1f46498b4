"""Names of accounts beyond ASCII: letters of any script, as YouTube and LinkedIn have them.

They are put in one form (NFC, small letters) and never into another script: a Cyrillic letter in a
Latin name stays one, so such a name is another account's. What no one sees is in no name.
"""

import unicodedata
from collections.abc import Collection

# Letters and marks without any ink: they would make two names of one that people see.
_UNSEEN = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0}
    | {*range(0x180B, 0x1810)} | {*range(0xFE00, 0xFE10)} | {*range(0xE0100, 0xE01F0)}
)  # fmt: skip


def make_international_key(name: str, marks: Collection[str]) -> str | None:
    """Return `name` in comparable form; None if it is empty or has a sign not among `marks`.

    Letters, their combining marks and decimal digits of every script are taken, but a name begins
    with no combining mark.
    """
    whole = unicodedata.normalize("NFC", name)
    if any(map(_turns_ascii, name)) or not all(c in marks or _is_taken(c) for c in whole):
        return None
    key = unicodedata.normalize("NFC", "".join(map(_lower_letter, whole)))
    return key if key and unicodedata.category(key[0])[0] != "M" else None


def _turns_ascii(letter: str) -> bool:
    """Return whether the normal form would make it ASCII, as it does of the Kelvin sign."""
    return not letter.isascii() and unicodedata.normalize("NFC", letter).isascii()


def _is_taken(letter: str) -> bool:
    kind = unicodedata.category(letter)
    return (kind[0] in "LM" or kind == "Nd") and ord(letter) not in _UNSEEN


def _lower_letter(letter: str) -> str:
    """Return its small letter, if that is one letter and no ASCII one of something else."""
    small = letter.lower()
    changes = len(small) == 1 and (letter.isascii() or not small.isascii())
    return small if changes else letter
