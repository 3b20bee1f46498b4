"""Letters that are also written out in two: `Jürgen` is Juergen, `Håkon` is Haakon.

A name key has the plain letter (`jurgen`); a bearer of such a letter is found by other forms, too.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import product

from app.policy.names import cut_marks, name_key

# Each letter with the forms it is written in where it cannot be typed, beside its name key's.
_WRITTEN_OUT = {
    "ä": ("ae",),
    "å": ("aa",),
    "ö": ("oe",),
    "ő": ("oe",),
    "ø": ("oe",),
    "ü": ("ue",),
    "ű": ("ue",),
    "đ": ("dj",),
    "ð": ("dh", "th"),
}
_LETTER = re.compile(f"[{''.join(_WRITTEN_OUT)}]")
# The accents of such letters in a text that is taken apart, and the letters that have none.
_SIGNS = "\u0308\u030a\u030b\u00f8\u00d8\u0111\u0110\u00f0\u00d0"
_PAIR = re.compile("[aouAOU][\u0308\u030a\u030b]")
# Each letter of a name is written either way as long as it has no more of them; beyond, all alike.
_MOST_LETTERS = 3


def spell_name(text: str) -> list[str]:
    """Return the keys of `text`: its name key, and those with letters written out.

    >>> spell_name("Jürgen"), spell_name("Jurgen")
    (['jurgen', 'juergen'], ['jurgen'])
    """
    plain = name_key(text)
    if text.isascii():
        return [plain]
    parts = _part_letters(unicodedata.normalize("NFKC", cut_marks(text)).lower())
    if len(parts) == 1:
        return [plain]
    keys = (name_key("".join(form)) for form in _choose_forms(parts))
    return list(dict.fromkeys([plain, *keys]))


def _part_letters(text: str) -> list[tuple[str, ...]]:
    """Return `text` in parts, each with the forms in which it may be written."""
    parts: list[tuple[str, ...]] = []
    end = 0
    for found in _LETTER.finditer(text):
        letter = found[0]
        parts += [(text[end : found.start()],), (letter, *_WRITTEN_OUT[letter])]
        end = found.end()
    return [*parts, (text[end:],)]


def _choose_forms(parts: Sequence[tuple[str, ...]]) -> Sequence[Sequence[str]]:
    if len(parts) <= 2 * _MOST_LETTERS + 1:
        return list(product(*parts))
    return [[forms[min(n, len(forms) - 1)] for forms in parts] for n in range(3)]


def soft_key(word: str) -> str:
    """Return the name key of a word, ready to be spelt: such letters are left as they are.

    >>> soft_key("Jürgen's"), name_key("Jürgen's")
    ('jürgens', 'jurgens')
    """
    if word.isascii():
        return name_key(word)
    parts = _part_letters(unicodedata.normalize("NFKC", cut_marks(word)).lower())
    return "".join(forms[0] if len(forms) > 1 else name_key(forms[0]) for forms in parts)


def join_letters(apart: str) -> str | None:
    """Return `apart`, taken apart by Unicode, with such letters whole again; None without any.

    >>> join_letters("Ju\u0308rgen"), join_letters("Jose\u0301")
    ('Jürgen', None)
    """
    if not any(sign in apart for sign in _SIGNS):
        return None
    return _PAIR.sub(lambda pair: unicodedata.normalize("NFC", pair[0]), apart)
