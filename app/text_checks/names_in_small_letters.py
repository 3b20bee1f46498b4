"""Full names in a text in whatever letters: words that follow each other and are no common ones.

Capitals tell names from words, and many posts have none. Here the common words of posts part the
others into runs, and the words of a run are paired as those of a name are: each way round, with a
middle name, particles or initials between, and over one comma in `Family, Given`.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from app.policy.name_matching import PARTICLES, SUFFIXES
from app.policy.spellings import soft_key
from app.text_checks.common_words import COMMON_WORDS, WORDS_OF_POSTS

# Signs that stand around words, and part none of a name; signs that two parts of one seldom have
# between them. Ends of lines and cells, bullets and pictures: a name may go on behind them.
_AROUND = re.compile(r"[-\"()\[\]{}<>+=_*~\u2010-\u2015\u201c-\u201f\u00ab\u00bb]")
_PARTING = re.compile(
    "[|/#@\u2022\u00b7\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]+"
)
_JOINED = PARTICLES | {"o", "d"}
_ENDS = COMMON_WORDS - _JOINED
_BREAK, _LAST = "|", "the"
# A text as one sign a word: a common word, `and`, or (`x`) a word that may be a name.
_SHAPES = dict.fromkeys(_ENDS, ".") | {"and": "&"}
_CHAINS = re.compile(r"x+(?:&x+)+|xx+")
_INITIAL = 2
_POSSESSIVE = re.compile(r"'s(?!\w)")
_DIGITS = "0123456789"
_LONGEST_PARTICLES = 20
_MOST_SHARING = 10


class _Name(NamedTuple):
    """A word that may be a name, with the particles before it, and what parts it from others."""

    key: str
    particles: str
    behind_comma: bool
    behind_break: bool


class _Read(NamedTuple):
    """A word as it is read; `ends` is true where no name goes on behind it."""

    key: str
    has_comma: bool
    ends: bool


class _NameRun:
    """Names that follow each other, while they are read word by word."""

    __slots__ = ("_behind_break", "_behind_comma", "_particles", "names")

    def __init__(self) -> None:
        self.names: list[_Name] = []
        self._particles = ""
        self._behind_comma = self._behind_break = False

    def add(self, word: str) -> bool:
        """Take up a word; return whether the run ends with it."""
        if word in _JOINED:
            # Bounded: to lengthen a text word by word takes time by the square of their number.
            self._particles = (self._particles + word)[-_LONGEST_PARTICLES:]
            return False
        if word == _BREAK:
            self._behind_break = bool(self.names)
            return False
        read = _read_word(word)
        if read.key:
            name = _Name(read.key, self._particles, self._behind_comma, self._behind_break)
            self.names.append(name)
            self._particles = ""
            self._behind_comma = self._behind_break = False
        if read.has_comma:
            self._behind_comma = bool(self.names)
        return read.ends

    def end(self) -> list[_Name]:
        """Return the names; the last one may be of particles alone, as in `de la O`."""
        if len(self._particles) > len("do") and self._particles[-1] == "o":
            self.names.append(_Name(self._particles, "", False, False))
        return self.names


def pair_small_words(text: str) -> Iterator[str]:
    """Yield the keys of the names that words of `text` may be, in whatever letters they are.

    Takes time in proportion to the length of the text.
    """
    for names, sharing in _list_runs(text):
        if sharing:
            yield from _share_name(sharing, names)
        for place in range(len(names) - 1):
            yield from _pair_name(names, place)


def _list_runs(text: str) -> Iterator[tuple[list[_Name], Sequence[str]]]:
    """Yield the names between common words and ends of sentences.

    Beside them come those whom `and` joins to them.
    """
    read = _split_words(text)
    # One word alone, as most are, is no full name: only longer runs, and those joined, are read.
    shape = "".join([_SHAPES.get(word, "x") for word in read])
    for chain in _CHAINS.finditer(shape):
        yield from _list_chain(read[chain.start() : chain.end()])


def _list_chain(chain: Sequence[str]) -> Iterator[tuple[list[_Name], Sequence[str]]]:
    """Yield the names of runs that `and` joins, each with those joined to it."""
    words: list[str] = []
    sharing: Sequence[str] = ()
    for word in (*chain, _LAST):
        if word not in _ENDS:
            words.append(word)
            continue
        joins = word == "and"
        names: list[_Name] = []
        if words and (len(words) > 1 or sharing or joins):
            for run, goes_on in _read_runs(words):
                yield run, sharing
                names, sharing = run if goes_on else [], ()
        sharing = _list_sharing(names) if joins else ()
        words = []


def _read_runs(words: Sequence[str]) -> Iterator[tuple[list[_Name], bool]]:
    """Yield the names in `words` up to each end of a sentence, and whether they go on behind it."""
    run: _NameRun | None = None
    for word in words:
        run = run or _NameRun()
        if run.add(word):
            yield run.end(), False
            run = None
    if run:
        yield run.end(), True


def _split_words(text: str) -> list[str]:
    words: list[str] = []
    for piece in text.lower().replace("\n", f" {_BREAK} ").split():
        if piece.isalpha():  # as most are
            words.append(piece)
        else:
            words += _split_piece(piece)
    return words


# The words of posts are the same from post to post.
@lru_cache(maxsize=8_192)
def _split_piece(piece: str) -> tuple[str, ...]:
    """Return the words of `piece`, which has no blanks, with the signs that end them."""
    parted = _PARTING.sub(f" {_BREAK} ", _AROUND.sub(" ", piece))
    for sign in ",.:;":
        parted = parted.replace(sign, f"{sign} ")
    return tuple(parted.replace("&", " and ").split())


@lru_cache(maxsize=8_192)
def _read_word(word: str) -> _Read:
    bare = word.rstrip("!?.:;,\u2026'")
    ends = not word[-1].isalnum() and word[-1] not in ",'"
    key = soft_key(_POSSESSIVE.sub("", bare)).strip(_DIGITS)
    if bare in SUFFIXES or bare in PARTICLES or (len(bare) == 1 and bare.isascii()):
        return _Read("", word[-1] == ",", ends and word[-1] != ".")
    fits = key.isalpha() and key not in COMMON_WORDS and key not in WORDS_OF_POSTS
    fits = fits and (len(key) > 1 or not key.isascii())
    return _Read(key if fits else "", word[-1] == ",", ends or not fits)


def _pair_name(names: Sequence[_Name], place: int) -> Iterator[str]:
    """Yield the keys of `names[place]` with the next two, one of which may be a middle name."""
    one, other = names[place], names[place + 1]
    yield from _pair_two(one, other)
    if not (other.behind_comma or other.behind_break or other.particles):
        yield f"{other.key} {one.key}"
    if other.behind_comma or other.behind_break or place + 2 == len(names):
        return
    last = names[place + 2]
    # `feria de ciencias del distrito` is no name.
    if not (last.behind_break or (other.particles and last.particles)):
        yield from _pair_two(one, last)


def _pair_two(one: _Name, other: _Name) -> Iterator[str]:
    """Yield the keys of a given and a family name; over a comma the family name comes first."""
    first, last = (other, one) if other.behind_comma else (one, other)
    yield f"{first.key} {last.key}"
    if last.particles:
        yield f"{first.key} {last.particles}{last.key}"


def _list_sharing(names: Sequence[_Name]) -> list[str]:
    """Return those who may share the family name of whoever comes next: `Ana, Ben and …`."""
    sharing: list[str] = []
    for name in reversed(names[-_MOST_SHARING:]):
        sharing.append(name.key)
        if not name.behind_comma:
            break
    return sharing


def _share_name(sharing: Sequence[str], names: Sequence[_Name]) -> Iterator[str]:
    """Yield the keys of those before `and`, with the family name of the one behind it."""
    for key in sharing:
        for name in names[1:3]:
            yield f"{key} {name.key}"
            if name.particles:
                yield f"{key} {name.particles}{name.key}"
