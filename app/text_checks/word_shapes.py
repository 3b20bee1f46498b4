"""A text as words and signs, with one sign for each: what it may be in a name.

The shape of a text is a string of these signs, so that one pattern finds where names may stand, and
only the words there are looked at:

- `X`, `x`: a word that is on no list, with a capital and without
- `K`, `k`: an everyday word that is a name as well; `F`, `f`: such a word of grammar; `t`: `to`
- `P`: a particle of family names; `I`: an initial or a suffix; `M`: Ma., for María
- `i`, `b`, `v`: words that introduce a person, that tell by whom or with whom, and what one did
- `C`, `J`, `V`: common words with a capital, names beside one that is more often one
- `W`, `w`: words that begin the sentences of posts, with a capital; `w` introduces a person
- `c`: any other common word; `!`: an end of a sentence, a number; `;`: the sign itself
- `,`; `|`: an end of a line or a cell, a bullet, a picture; `&`, `/`: what joins two people
"""

import re
import unicodedata
from itertools import chain

from app.policy.name_matching import PARTICLES, SUFFIXES
from app.policy.spellings import soft_key
from app.text_checks.common_words import (
    COMMON_WORDS,
    GLUE_NAMES,
    INTRODUCING,
    NAMES_TOO,
    TOLD_OF,
    WORDS_OF_POSTS,
)

# Parts of family names in texts; `o` and `d` are those of O'Brien and D'Angelo.
_PARTICLES = PARTICLES | {"o", "d"}
# A word that one letter is, and what else stands for one person and another.
_SINGLE = {"a": "c", "A": "I", "&": "&", "/": "/", "|": "|", ",": ",", "!": "!", ";": ";"}
_TELLING_CASE = ((NAMES_TOO, "kK"), (GLUE_NAMES, "fF"))


def _list_shapes() -> dict[str, str]:
    shapes = {}
    for words, signs in (
        (COMMON_WORDS, "cC"), (INTRODUCING, "iJ"), (TOLD_OF, "vV"), (WORDS_OF_POSTS, "cW"),
        (INTRODUCING & WORDS_OF_POSTS, "iw"), (TOLD_OF & WORDS_OF_POSTS, "vV"), *_TELLING_CASE,
        (_PARTICLES, "PP"), (SUFFIXES, "II"), ({"ma"}, "xM"), ({"to"}, "tF"),
        ({"by", "with", "por", "con"}, "bb"), ({"and"}, "&&"),
    ):  # fmt: skip
        small, capital = signs[0], signs[1]
        for word in words:
            shapes[word] = small
            shapes[word.capitalize()] = shapes[word.upper()] = capital
    for word in ("junior", "senior"):
        shapes[word] = "i"
    return shapes | _SINGLE


_SHAPES = _list_shapes()
_tell_listed = _SHAPES.get
# Signs as blanks where two parts of a name may have them between, as `!` where a sentence ends.
_SIGNS = {ord(sign): " " for sign in '"()[]{}<>=_*~-^`\r\t\v\f'}
_SIGNS |= {ord(sign): "!" for sign in "!?:%$\\"} | {ord(sign): "|" for sign in "#@\n"}
_SIGNS[ord("+")] = "/"
_OTHER_SIGNS = {ord(sign): " " for sign in "\u00ab\u00bb\u3000\u30fb\uff65\u300c\u300d\u300e\u300f"}
_OTHER_SIGNS |= dict.fromkeys((*range(0x2010, 0x2016), *range(0x201C, 0x2020)), " ")
_OTHER_SIGNS |= dict.fromkeys((*range(0x3008, 0x3012), *range(0x2028, 0x202A)), " ")
_OTHER_SIGNS |= {
    0x3001: ",",
    0x060C: ",",
    0x3002: "!",
    0xBF: "!",
    0xA1: "!",
    0x2022: "|",
    0xB7: "|",
}
# All further signs stand between two words as a picture does; apostrophes are levelled before.
_OTHER_SIGNS |= {
    code: "|"
    for code in range(0xA0, 0x2E80)
    if unicodedata.category(chr(code))[0] in "PS" and code not in _OTHER_SIGNS
}
_ALL_SIGNS = _SIGNS | _OTHER_SIGNS
# The same for bytes: a text of them is turned in a tenth of the time.
_ASCII_SIGNS = bytes(ord(_SIGNS.get(code, chr(code))) for code in range(256))
_PICTURES = re.compile("[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]+")
_DOTS = re.compile(r"\.(?:[ .]{0,3}\.)+")
_DIGITS = "0123456789"
_POSSESSIVE = ("'s", "'S")
# Where capitals part a word: AnaLopez, and ANALopez, but not OBrien after a small letter.
HUMP = re.compile(r"(?<=[^\W\dA-Z_])(?=[A-Z])|(?<=[A-Z])(?<![^\W\dA-Z_][A-Z])(?=[A-Z][^\W\dA-Z_])")


def split_words(text: str) -> list[str]:
    """Return the words of `text`, in its own capitals, and the signs that part them."""
    if text.isascii():
        parted = text.encode().translate(_ASCII_SIGNS).decode("ascii")
    else:
        parted = _PICTURES.sub("|", text).translate(_ALL_SIGNS)
    if "." in parted:
        parted = f"{parted} "
        if ".." in parted or ". ." in parted:
            parted = _DOTS.sub("|", parted)
        # A dot without a blank behind it parts an address, or an initial from the name.
        parted = parted.replace(".|", "!|").replace(". ", "! ").replace(".", " ")
    for sign in ",!|/&;":
        if sign in parted:
            parted = parted.replace(sign, f" {sign} ")
    return parted.split()


def shape_words(words: list[str]) -> str:
    """Return the shape of `words`; those that capitals part are put apart among them."""
    shape = "".join([_tell_listed(word) or _tell_word(word) for word in words])
    if "H" not in shape:
        return shape
    parts = [
        (HUMP.sub(" ", word).split() if sign == "H" else (word,))
        for word, sign in zip(words, shape, strict=True)
    ]
    words[:] = chain.from_iterable(parts)
    return "".join(
        [
            sign if sign != "H" else "".join(map(_tell_part, some))
            for some, sign in zip(parts, shape, strict=True)
        ]
    )


def _tell_part(word: str) -> str:
    return _tell_listed(word) or _tell_word(word, parted=True)


def _has_humps(word: str) -> bool:
    return not (word[1:].islower() or word.islower() or word.isupper()) and word.isalnum()


def _tell_word(word: str, *, parted: bool = False) -> str:
    """Return the sign of a word that is not listed as it is written."""
    if not word.isalpha():
        bare = bare_word(word)
        if bare != word:
            # O'Brien is no joined word.
            parted = parted or "'" in word
            return (_tell_listed(bare) or _tell_word(bare, parted=parted)) if bare else "!"
        if not any(map(str.isalpha, word)) or (word.isascii() and not word[0].isupper()):
            return "!"
    elif len(word) == 1 and word.isascii():
        return "I"
    elif not parted and _has_humps(word):
        return "H"
    return "X" if word[0].isupper() else "x"


def bare_word(word: str) -> str:
    """Return `word` without apostrophes and a possessive ending, and figures at its ends.

    >>> bare_word("O'Brien's"), bare_word("Lopez12")
    ('OBrien', 'Lopez')
    """
    if "'" in word:
        word = word.strip("'")
        if word.endswith(_POSSESSIVE):
            word = word[:-2]
        word = word.replace("'", "")
    return word.strip(_DIGITS)


def make_word_key(word: str) -> str:
    """Return the key of a word of a name, ready to be spelt (`app.policy.spellings.spell_name`)."""
    if word.isascii() and word.isalpha():  # as most are
        return word.lower()
    bare = bare_word(word)
    # Signs of vowels part the words of some scripts in a key, and no blank does here.
    return bare.lower() if bare.isascii() else soft_key(bare).replace(" ", "")
