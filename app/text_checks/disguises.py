"""Words in disguise: letters of another script that look like Latin ones, figures for letters.

Only what a reader takes for the word at once is undone: `Ana` with a Cyrillic letter, `L0pez`. A word
that is wholly of such letters may be one of its own script, and is read both ways.
"""

import re
from collections.abc import Iterator
from itertools import islice

# Cyrillic and Greek letters with the Latin ones that they look like.
_LOOKS = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0408"
    "\u0430\u0435\u043a\u043c\u043d\u043e\u043f\u0440\u0441\u0442\u0443\u0445\u0455\u0456\u0458"
    "\u04ae\u04af\u04bb\u0501\u051b\u051d\u0432\u0433\u0475\u04cf\u04c0"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u03b1\u03b2\u03b5\u03b3\u03b9\u03ba\u03bd\u03b7\u03bf\u03c1\u03c4\u03c5\u03c7\u03c9\u03f2",
    "ABEKMHOPCTYXSIJaekmhonpctyxsijYyhdqwBrvllABEZHIKMNOPTYXabeyikvnoptyxwc",
)
_OTHER = re.compile("[\u0370-\u03ff\u0400-\u052f]")
_MIXED = re.compile(r"\b(?=\w{0,80}?[A-Za-z])(?=\w{0,80}?[\u0370-\u03ff\u0400-\u052f])\w{2,80}\b")
_WHOLLY = re.compile("[\u0370-\u03ff\u0400-\u052f]{2,80}")
# Figures and signs within a word, each with the letters that they stand for; a 1 is an i or an l.
_FIGURES = str.maketrans("0134578@$", "oieastbas")
_FIGURES_OF_L = str.maketrans("0134578@$", "oleastbas")
# The figures come first, so that the engine skips to the next of them.
_FIGURE = re.compile(r"[013457@$]{1,2}(?:(?=[A-Za-z])|(?<=[A-Za-z]{2}[013457@$])(?![\w@$]))")
_BEGUN = re.compile(r"[A-Za-z013457@$]{0,30}\Z")
_WORD = re.compile(r"[A-Za-z013457@$]{1,30}")
_LONGEST_BEGUN = 30
_FEWEST_LETTERS, _LONGEST_HANDLE = 2, 6
# Ordinals, hours, amounts and ages: figures before letters that stand for none.
_COUNTED = re.compile(
    r"\d+(?:st|nd|rd|th|am|pm|a|p|k|s|x|d|v\d|hr|hrs|min|mins|yr|yrs|lb|lbs|oz|ft|in|mi|km|cm|mm|mg"
    r"|pt|pts|tbd|gb|mb|er|ers|to|do|ra|ro|vo|mo|no|ta|va|da|ma)$",
    re.IGNORECASE,
)
# As much of a text around a disguised word as a name can reach, and as many of them as are read.
_AROUND, _MOST_WORDS = 80, 40


def read_mixed_words(text: str) -> str:
    """Return `text` with Latin letters in words that mix them with others that look like them.

    >>> read_mixed_words("\u0410na \u041b\u0435\u043d\u0430")
    'Ana Лена'
    """
    if _OTHER.search(text) is None:
        return text
    return _MIXED.sub(lambda word: word[0].translate(_LOOKS), text)


def list_readings(text: str) -> Iterator[str]:
    """Yield parts of `text` around disguised words, in the letters that they stand for."""
    if not text.isascii() and _OTHER.search(text):
        read = _WHOLLY.sub(_read_alike, text)
        if read != text:
            yield read
    if any(sign in text for sign in "013457@$"):
        for word in islice(_list_words_with_figures(text), _MOST_WORDS):
            yield from _read_figures(text, *word)


def _list_words_with_figures(text: str) -> Iterator[tuple[int, int]]:
    """Yield where words begin and end in which figures may stand for letters."""
    end = 0
    for found in _FIGURE.finditer(text):
        if found.start() < end:
            continue
        at = found.start()
        begun = _BEGUN.search(text, max(0, at - _LONGEST_BEGUN), at)
        start = begun.start() if begun else at
        word = _WORD.match(text, start)
        end = word.end() if word else found.end()
        if word and not _is_counted(word[0]):
            yield start, end


def _is_counted(word: str) -> bool:
    """Return whether the figures of a word stand for themselves; an @ is one of an address."""
    letters = sum(map(str.isalpha, word))
    if letters < _FEWEST_LETTERS or _COUNTED.match(word):
        return True
    return "@" in word and len(word) > _LONGEST_HANDLE


def _read_alike(word: re.Match[str]) -> str:
    read = word[0].translate(_LOOKS)
    return read if read.isascii() else word[0]


def _read_figures(text: str, start: int, end: int) -> Iterator[str]:
    word = text[start:end]
    before, behind = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    for table in (_FIGURES, _FIGURES_OF_L)[: 1 + ("1" in word)]:
        read = word.translate(table)
        # A word that begins with a figure may be one with a capital.
        yield f"{before}{read if word[0].islower() else read.title()}{behind}"
