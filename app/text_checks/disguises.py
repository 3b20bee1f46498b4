"""Words in disguise: letters of another script that look like Latin ones, figures for letters.

Only what a reader takes for the word at once is undone: `Ana` with a Cyrillic letter, `L0pez`.
A word that is wholly of such letters may be one of its own script, and is read both ways.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from app.policy.spellings import LOOKS_LATIN, OTHER_ALPHABETS

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


def list_readings(text: str) -> Iterator[str]:
    """Yield parts of `text` around disguised words, in the letters that they stand for."""
    if not text.isascii() and OTHER_ALPHABETS.search(text):
        read = _WHOLLY.sub(_read_alike, text)
        if read != text:
            yield read
    places = list(islice(_list_words_with_figures(text), _MOST_WORDS))
    if places:
        yield from _read_figures(text, places)


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
    read = word[0].translate(LOOKS_LATIN)
    return read if read.isascii() else word[0]


def _read_figures(text: str, places: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Yield what stands around these words, with letters for the figures in all of them."""
    has_one = any("1" in text[start:end] for start, end in places)
    for table in (_FIGURES, _FIGURES_OF_L)[: 1 + has_one]:
        parts: list[str] = []
        at = 0
        for start, end in places:
            parts += text[at:start], _read_word(text[start:end], table)
            at = end
        read = "".join((*parts, text[at:]))
        for start, end in places:
            yield read[max(0, start - _AROUND) : end + _AROUND]


def _read_word(word: str, table: dict[int, int]) -> str:
    """Return a word in letters; one that begins with a figure may be one with a capital."""
    read = word.translate(table)
    return read if word[0].islower() else read.title()
