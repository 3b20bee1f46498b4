"""The letters of a text as a reader sees them, and the key in which words are compared.

What no reader sees is left out, and letters in a fancy form become plain ones. Nearly every text is
of Western European letters: it is read byte by byte, by tables that are made from the general way.
"""

import re
import unicodedata
from collections.abc import Callable

from app.policy.names import cut_marks, level_apostrophes, name_key
from app.policy.spellings import join_letters, read_mixed_words

# Signs that no reader sees, and that would part a word: soft hyphens, joiners, marks of direction,
# selectors of a glyph, accents that stand alone after decomposition.
_UNSEEN = re.compile(
    "[\u0080-\u0084\u0086-\u009f\u00ad\u0300-\u036f\u061c\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Letters and signs without any ink, which look like a blank.
_BLANK_LETTERS = re.compile("[\u115f\u1160\u2800]")
# Small capitals, and white letters on black, as writing aids make them: posts have them for bold.
_FANCY = {
    chr(code): name[-1]
    for code in (*range(0x250, 0x2B0), *range(0x1D00, 0x1D26), 0xA730, 0xA731,
                 *range(0x1F150, 0x1F16A), *range(0x1F170, 0x1F18A))
    if re.fullmatch(
        "LATIN LETTER SMALL CAPITAL [A-Z]|NEGATIVE (?:SQUARED|CIRCLED) LATIN CAPITAL LETTER [A-Z]",
        name := unicodedata.name(chr(code), ""),
    )
}  # fmt: skip
# Raised letters that stand among the apostrophes.
_FANCY |= {
    chr(code): letter
    for code in (*range(0x2B0, 0x2B9), *range(0x2E0, 0x2E4))
    if (letter := unicodedata.normalize("NFKD", chr(code))).isascii()
}
_FANCY_LETTER = re.compile(f"[{''.join(_FANCY)}]")
# Marks that become letters when they are taken apart.
_MARKS = re.compile("[\u2120\u2122]")
_BACKTICK = re.compile(r"(?<=[A-Za-z])`(?=[A-Za-z])")
_CODEC = "cp1252"


def read_letters(text: str) -> tuple[str, str]:
    """Return `text` without what is unseen, twice: the second keeps letters spelt in two.

    The ñ stays in both: in Spanish it is a letter of its own, and tells a cone from an insult.

    >>> read_letters("Ju\u00adrgen Mu\u0308ller, J\u00fcrgen N\u00fa\u00f1ez")
    ('Jurgen Muller, Jurgen Nuñez', 'Jurgen Müller, Jürgen Nuñez')
    """
    if "`" in text:
        text = _BACKTICK.sub("'", text)
    if text.isascii():
        return text, text
    raw = _encode_western(text, _READ_FIT)
    if raw is None:
        return _read_any_letters(text)
    seen = raw.translate(_SEEN, _SEEN_GONE).decode(_CODEC)
    if not raw.translate(None, _NOT_SPELT):
        return seen, seen
    return seen, raw.translate(_JOINED, _SEEN_GONE).decode(_CODEC)


def _read_any_letters(text: str) -> tuple[str, str]:
    whole = _FANCY_LETTER.sub(lambda letter: _FANCY[letter[0]], _MARKS.sub("", text))
    whole = level_apostrophes(whole).encode("utf-8", "replace").decode()
    apart = unicodedata.normalize("NFKD", cut_marks(whole)).replace("n\u0303", "\u00f1")
    apart = _BLANK_LETTERS.sub(" ", apart)
    apart = apart.replace("N\u0303", "\u00d1")
    seen, joined = _UNSEEN.sub("", apart), join_letters(apart)
    seen = read_mixed_words(seen)
    return seen, seen if joined is None else read_mixed_words(_UNSEEN.sub("", joined))


def make_key(text: str) -> str:
    """Return the name key of `text`, as `app.policy.names.name_key` does, only quicker."""
    if text.isascii():
        raw = text.encode()
    else:
        western = _encode_western(text, _KEY_FIT)
        if western is None:
            return name_key(text)
        raw = western
    return " ".join(raw.translate(_KEY, _KEY_GONE).decode("ascii").split())


def _encode_western(text: str, fit: bytes) -> bytes | None:
    """Return `text` in bytes, one a letter; None where one of them is not among `fit`."""
    try:
        raw = text.encode(_CODEC)
    except UnicodeEncodeError:
        return None
    return None if raw.translate(None, fit) else raw


def _make_table(read: Callable[[str], str]) -> tuple[bytes, bytes, bytes]:
    """Return the byte for each byte, those that go, and those that the table can be used for."""
    table, gone, fit = bytearray(range(256)), bytearray(), bytearray()
    for code in range(256):
        try:
            sign = bytes([code]).decode(_CODEC)
            become = read(sign).encode(_CODEC)
        except UnicodeError:
            continue
        if len(become) > 1:
            continue
        fit.append(code)
        if become:
            table[code] = become[0]
        else:
            gone.append(code)
    return bytes(table), bytes(gone), bytes(fit)


def _read_key_sign(sign: str) -> str:
    """Return what a sign becomes within a key; raises UnicodeError where that is no ASCII."""
    return name_key(f"a{sign}a")[1:-1].encode("ascii").decode("ascii")


_SEEN, _SEEN_GONE, _READ_FIT = _make_table(lambda sign: _read_any_letters(sign)[0])
_JOINED, _, _ = _make_table(lambda sign: _read_any_letters(sign)[1])
_NOT_SPELT = bytes(code for code in range(256) if _SEEN[code] == _JOINED[code])
_KEY, _KEY_GONE, _KEY_FIT = _make_table(_read_key_sign)
