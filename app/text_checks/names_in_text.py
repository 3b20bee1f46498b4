"""Full names that a text may hold, as the keys by which people are looked up.

Nothing here knows who there is: two words that could be a given and a family name become a key
each way round, and the store says who bears it. Words with a capital count, all words of a text
without any, and of others those that are no common ones (`app.text_checks.names_in_small_letters`):
an ordinary post asks for a dozen or two.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from app.policy.name_matching import PARTICLES, SUFFIXES
from app.policy.spellings import soft_key, spell_name
from app.text_checks.common_words import ALSO_NAMES, WORDS_OF_POSTS
from app.text_checks.names_in_small_letters import pair_small_words

MOST_KEYS, _MOST_TAKEN = 2_000, 20_000
# Latin letters, those included that are no letter with an accent to Unicode or in a name.
# One class of first letters, so that the engine skips to the next of them; and no name is longer,
# since to read a long word from each of its capitals takes time by the square of its length.
CAPITALS = (
    "A-Z\u00c4-\u00c6\u00d0\u00d1\u00d6\u00d8\u00dc\u00de\u0110\u0126\u0141\u0150\u0152\u0170"
)
SMALL_LETTERS = (
    "a-z\u00df\u00e4-\u00e6\u00f0\u00f1\u00f6\u00f8\u00fc\u00fe\u0111\u0127\u0131\u0142\u0151\u0153"
    "\u0171"
)
_CAPITAL = rf"[{CAPITALS}](?:(?<=S)te?\.|(?<=M)a\.|\.|[\w']{{0,60}}+)"
_SMALL = rf"(?:{'|'.join(sorted(PARTICLES, key=len, reverse=True))})(?![\w'])"
# Blanks between two words of a name: columns of a table have many.
_WIDEST = 20
_BLANKS = " \t\u00a0\u2010-"
# Ends of lines and cells, bullets and pictures: a name may go on behind them.
_BREAK = (
    r"[ \t]{0,5}(?:\r?\n\s{0,20}|[|/\u2022\u00b7]|"
    "[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]{1,8})[ \t]{0,5}"
)
# Words that follow each other as those of a name do; one comma may stand in `Family, Given`.
_RUN = re.compile(
    rf"{_CAPITAL}(?:(?:[{_BLANKS}]{{1,{_WIDEST}}}|, ?|{_BREAK})(?:{_CAPITAL}|{_SMALL}))+"
)
_WORD = re.compile(r"([^\w'.]*)([\w'.]+)")
# Signs before the capital of a word of a name: an okina, quotes, a small d'.
_QUOTED = re.compile(
    '(?<=\\w )["\u201c\u00ab(]([^"\u201c\u201d\u00ab\u00bb()\n]{1,40})["\u201d\u00bb)]'
    f"(?= [{CAPITALS}])"
)
_ONE_NAME = re.compile(rf"[{CAPITALS}][\w']{{0,60}}")
# Several people of one family name: Ana and Ben Lopez; Ana, Ben & Cleo Lopez.
_BOTH = rf" ?({_CAPITAL}) ({_CAPITAL})(?: ({_CAPITAL}))?"
_SHARING = (re.compile(rf" [Aa]nd{_BOTH}"), re.compile(rf"[&+/]{_BOTH}"))
_FAR_BEFORE, _MOST_SHARING = 200, 10
_BEGUN = re.compile(rf"(?<![\w'])([dlo])?'(?=[{CAPITALS}])")
_DIGITS = "0123456789"
_POSSESSIVE = re.compile(r"'s$", re.IGNORECASE)
# Words of one run that are paired with a word at the most.
_REACH = 6
# Names and initials that may stand between a given and a family name.
_MOST_BETWEEN = 2


class NamesInText(NamedTuple):
    """The keys of full names that a text may hold; `cut` tells that there were more."""

    keys: tuple[str, ...] = ()
    cut: bool = False


NO_NAMES = NamesInText()


class _Word(NamedTuple):
    """A word of a run; `may_be_name` is true also of one that is more often something else.

    `behind_break` is true of one before which a line ends, or a sign stands that is in no name.
    """

    key: str
    is_name: bool
    may_be_name: bool
    behind_comma: bool
    behind_break: bool


def find_name_keys(text: str, *, small_letters: bool = True) -> NamesInText:
    """Return the keys of the full names that `text` may hold.

    `text` is as a reader sees it, in its own capitals, tags such as #AnaLopez taken apart.
    Without `small_letters` only words with capitals count, in a text that has others. Takes time
    in proportion to its length.
    """
    if text.islower() or text.isupper():
        text = text.title()
    if "'" in text:
        text = _BEGUN.sub(lambda begun: (begun[1] or "").upper(), text)
    if '"' in text or "(" in text or "\u201c" in text or "\u00ab" in text:
        text = _QUOTED.sub(_read_quoted, text)
    keys = dict.fromkeys(islice(_share_names(text), _MOST_TAKEN))
    for run in _RUN.finditer(text):
        words = [_read_word(*found) for found in _WORD.findall(run[0])]
        for place in range(len(words)):
            keys.update(dict.fromkeys(_pair_words(words, place)))
            keys.update(dict.fromkeys(_join_words(words, place)))
        if len(keys) > MOST_KEYS:
            break
    if small_letters:
        keys.update(dict.fromkeys(islice(pair_small_words(text), _MOST_TAKEN)))
    return gather_names(keys if text.isascii() else _spell_keys(keys))


def _read_quoted(quoted: re.Match[str]) -> str:
    """Return a nickname; what else stands in quotes or brackets is no part of a name."""
    return quoted[1] if _ONE_NAME.fullmatch(quoted[1]) else ""


def _share_names(text: str) -> Iterator[str]:
    for sharing in _SHARING:
        for shared in sharing.finditer(text):
            yield from _share_name(text, shared)


def _share_name(text: str, shared: re.Match[str]) -> Iterator[str]:
    """Yield the keys of those before `and`, with the family name of the one behind it."""
    before = text[max(0, shared.start() - _FAR_BEFORE) : shared.start()].rstrip(", ")
    names = []
    for piece in reversed(before.rsplit(",", _MOST_SHARING)):
        words = piece.split()
        names += words[-1:]
        if len(words) != 1:
            break
    behind = [_read_word("", word) for word in (shared[2], shared[3]) if word]
    for one in (_read_word("", name) for name in names if name[0].isupper()):
        for other in behind if one.is_name else ():
            if other.may_be_name:
                yield f"{one.key} {other.key}"


def gather_names(keys: Iterable[str]) -> NamesInText:
    """Return these keys, each once, and no more of them than are looked up."""
    taken = list(islice(keys, _MOST_TAKEN))
    found = tuple(dict.fromkeys(taken))
    cut = len(found) > MOST_KEYS or len(taken) == _MOST_TAKEN
    return NamesInText(found[:MOST_KEYS], cut)


def _spell_keys(keys: Iterable[str]) -> Iterator[str]:
    for key in keys:
        yield from spell_name(key)


def _read_word(gap: str, word: str) -> _Word:
    key, told, may_be = _tell_word(word)
    has_comma = "," in gap
    return _Word(key, told, may_be, has_comma, not has_comma and bool(gap.strip(_BLANKS)))


# The words of posts are the same from post to post.
@lru_cache(maxsize=8_192)
def _tell_word(word: str) -> tuple[str, bool, bool]:
    """Return a word's key, and whether it is a name, and whether it may be one."""
    key = soft_key(_POSSESSIVE.sub("", word))
    if not key.isalpha() and key not in SUFFIXES:  # a number of a footnote, or of a player
        key = key.strip(_DIGITS)
    small = word.islower() or key in SUFFIXES or not key
    told = len(key) > 1 and key not in WORDS_OF_POSTS and not small
    may_be = told or (not small and (len(key) == 1 or key in ALSO_NAMES))
    return key, told, may_be


def _pair_words(words: Sequence[_Word], place: int) -> Iterator[str]:
    """Yield the keys of `words[place]` with each next one that may belong to the same name."""
    one = words[place]
    yield from _join_two(one, words[place + 1 : place + 2])
    skipped = 0
    for other in words[place + 1 : place + _REACH] if one.is_name else ():
        if other.behind_comma and skipped:
            if other.is_name:  # the first of two family names
                yield f"{other.key} {one.key}"
            return
        if other.is_name:
            if not other.behind_break:
                yield f"{other.key} {one.key}"
            if not other.behind_comma:
                yield f"{one.key} {other.key}"
        # Middle names, initials, a suffix or a particle may stand between the two.
        skipped += other.key not in PARTICLES and other.key not in SUFFIXES
        ends = other.behind_comma or other.behind_break or other.key in WORDS_OF_POSTS
        if ends or skipped > _MOST_BETWEEN:
            return


def _join_two(one: _Word, behind: Sequence[_Word]) -> Iterator[str]:
    """Yield the key of two words, one of them more often something else, as in `Ana Day`."""
    for other in behind:
        if one.is_name != other.is_name and one.may_be_name and other.may_be_name:
            names = (other.key, one.key) if other.behind_comma else (one.key, other.key)
            yield " ".join(names)


def _join_words(words: Sequence[_Word], place: int) -> Iterator[str]:
    """Yield the keys of names from `words[place]` on that others write as one word.

    `Mary Ann Smith` may be on file as Maryann, `Ana de la Cruz` as Delacruz, either name first.
    """
    for count in (3, 4):
        run = words[place : place + count]
        if len(run) < count or not _may_be_joined(run):
            continue
        first, *inner, last = (word.key for word in run)
        if run[-1].behind_comma:
            yield f"{last} {first}{''.join(inner)}"
        else:
            yield f"{first} {''.join(inner)}{last}"
            yield f"{first}{''.join(inner)} {last}"


def _may_be_joined(run: Sequence[_Word]) -> bool:
    """Return whether only the last may stand behind a comma, and none is a word of posts."""
    if any(word.behind_break for word in run[1:]):
        return False
    parts = all(word.may_be_name or word.key in PARTICLES for word in run)
    return parts and run[-1].is_name and not any(word.behind_comma for word in run[1:-1])
