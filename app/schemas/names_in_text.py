"""Full names that a text may hold, as the keys by which people are looked up.

Nothing here knows who there is: two words that could be a given and a family name become a key
each way round, and the store says who bears it. Only words with a capital count, or all words of a
text without any, so that an ordinary post asks for a dozen keys.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.policy.name_matching import PARTICLES, SUFFIXES
from app.policy.names import name_key

MOST_KEYS = 2_000
# No name has more letters (`Name` of a check). Without an end, and with steps back, a text without
# spaces would be read anew from each of its capitals.
_CAPITAL = r"(?:[A-Z]\.|[A-Z\u00c6\u00d8\u0141\u0110\u00d1][\w']{0,200}+)"
_SMALL = rf"(?:{'|'.join(sorted(PARTICLES, key=len, reverse=True))})\b"
# Words that follow each other as those of a name do; one comma may stand in `Family, Given`.
_RUN = re.compile(rf"{_CAPITAL}(?:(?:[ \t\u00a0-]{{1,3}}|, ?)(?:{_CAPITAL}|{_SMALL}))+")
_WORD = re.compile(r"([ \t\u00a0,-]*)([\w'.]+)")
_POSSESSIVE = re.compile(r"'s$", re.IGNORECASE)
# Words with a capital in most posts that are nobody's name.
_WORDS_OF_POSTS = """
the and our we you your this that it is are at in on for to of with from all be by or as an if so no
not they their them his her she he us my me who what when where how why please come join see go get
congratulations congrats welcome thank thanks happy good great school schools elementary middle high
district academy university college class grade students teachers staff monday tuesday wednesday
thursday friday saturday sunday january february july september october november december today
tonight tomorrow pta ptsa stem north south east west state city county team game season week day
year night
"""
_NO_NAMES = frozenset(_WORDS_OF_POSTS.split())
# Words of one run that are paired with a word at the most.
_REACH = 5


class NamesInText(NamedTuple):
    """The keys of full names that a text may hold; `cut` tells that there were more."""

    keys: tuple[str, ...] = ()
    cut: bool = False


NO_NAMES = NamesInText()


class _Word(NamedTuple):
    key: str
    is_name: bool
    behind_comma: bool


def find_name_keys(text: str) -> NamesInText:
    """Return the keys of the full names that `text` may hold.

    `text` is as a reader sees it, in its own capitals, tags such as #AnaLopez taken apart. Takes
    time in proportion to its length.
    """
    if text.islower() or text.isupper():
        text = text.title()
    keys: dict[str, None] = {}
    for run in _RUN.finditer(text):
        words = [_read_word(*found) for found in _WORD.findall(run[0])]
        for place in range(len(words)):
            keys.update(dict.fromkeys(_pairs(words, place)))
        if len(keys) > MOST_KEYS:
            return NamesInText(tuple(keys)[:MOST_KEYS], cut=True)
    return NamesInText(tuple(keys))


def _read_word(gap: str, word: str) -> _Word:
    key = name_key(_POSSESSIVE.sub("", word))
    told = len(key) > 1 and key not in _NO_NAMES and key not in SUFFIXES and not word.islower()
    return _Word(key, told, "," in gap)


def _pairs(words: Sequence[_Word], place: int) -> Iterator[str]:
    """The keys of `words[place]` with each of the next ones that may belong to the same name."""
    one = words[place]
    skipped = 0
    for other in words[place + 1 : place + _REACH] if one.is_name else ():
        if other.behind_comma and skipped:
            return
        if other.is_name:
            yield f"{other.key} {one.key}"
            if not other.behind_comma:
                yield f"{one.key} {other.key}"
        # A middle name, an initial or a particle may stand between the two.
        skipped += other.key not in PARTICLES
        if other.behind_comma or other.key in _NO_NAMES or skipped > 1:
            return
