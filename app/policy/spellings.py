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
# Cyrillic and Greek letters with the Latin ones that they look like.
LOOKS_LATIN = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0408"
    "\u0430\u0435\u043a\u043c\u043d\u043e\u043f\u0440\u0441\u0442\u0443\u0445\u0455\u0456\u0458"
    "\u04ae\u04af\u04bb\u0501\u051b\u051d\u0432\u0433\u0475\u04cf\u04c0"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u03b1\u03b2\u03b5\u03b3\u03b9\u03ba\u03bd\u03b7\u03bf\u03c1\u03c4\u03c5\u03c7\u03c9\u03f2",
    "ABEKMHOPCTYXSIJaekmhonpctyxsijYyhdqwBrvllABEZHIKMNOPTYXabeyikvnoptyxwc",
)
OTHER_ALPHABETS = re.compile("[\u0370-\u03ff\u0400-\u052f]")
_MIXED = re.compile(r"\b(?=\w{0,80}?[A-Za-z])(?=\w{0,80}?[\u0370-\u03ff\u0400-\u052f])\w{2,80}\b")
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


def read_mixed_words(text: str) -> str:
    """Return `text` with Latin letters in words that mix them with others that look like them.

    >>> read_mixed_words("\u0410na \u041b\u0435\u043d\u0430")
    'Ana Лена'
    """
    if OTHER_ALPHABETS.search(text) is None:
        return text
    return _MIXED.sub(lambda word: word[0].translate(LOOKS_LATIN), text)
