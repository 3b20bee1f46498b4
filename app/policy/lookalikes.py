"""Lookalikes: the registered accounts that another name could be taken for (clause 26).

Names are compared as a hurried reader sees them: `0` is an `o`, `l` an `i`, a Cyrillic letter its
Latin double; separators count for nothing, and words such as `official` add nothing. A result is a
resemblance and never a verdict about the people who run the account.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import starmap
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.policy.words import Likeness

AccountKey = tuple[str, str]

# Letters of other alphabets that look like Latin ones; NFKD takes the rest apart.
# By their numbers, since nobody could tell them apart here.
_DOUBLES = str.maketrans(
    {
        double: letter
        for letter, doubles in {
            "a": "\u0430\u03b1\u0251",
            "b": "\u044c\u0432",
            "c": "\u0441\u03f2",
            "d": "\u0501\u0111",
            "e": "\u0435\u03b5\u04bd",
            "g": "\u0261",
            "h": "\u04bb\u043d\u03b7",
            "i": "\u0456\u03b9\u0269\u0131",
            "j": "\u0458\u03f3",
            "k": "\u043a\u03ba",
            "l": "\u04cf\u0142\u029f",
            "m": "\u043c",
            "n": "\u043f\u0578",
            "o": "\u043e\u03bf\u03c3\xf8\u0585",
            "p": "\u0440\u03c1",
            "q": "\u051b",
            "r": "\u0433",
            "s": "\u0455",
            "t": "\u0442\u03c4",
            "u": "\u03c5\u057d",
            "v": "\u03bd\u0475",
            "w": "\u051d\u03c9",
            "x": "\u0445\u03c7",
            "y": "\u0443\u03b3\u04af",
            "z": "\u1d22",
        }.items()
        for double in doubles
    }
)
# What stands in for a letter; `i` and `l` cannot be told apart once one of them is a capital.
_STAND_INS = str.maketrans("013457|!$€i", "oleastllsel")
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_OPAQUE = re.compile(r"id/\d+|channel/.+|did:.+|\d+")
# The longer ones first: `helpdesk` is more than `help`.
_AFFIXES = (
    "authentic", "original", "verified", "official", "officiel", "helpdesk", "genuine",
    "offical", "account", "profile", "support", "contact", "actual", "backup", "online",
    "pages", "admin", "real", "only", "true", "page", "acct", "help", "info", "the", "its",
    "new", "now", "hq",
)  # fmt: skip
_SHORTEST_CORE = 4
# From which length of a name on how many slips of the hand still look like it.
_SLIPS = ((12, 2), (6, 1))


class Resemblance(NamedTuple):
    """The place of an account in the list that was searched, and the kind of its resemblance."""

    place: int
    likeness: Likeness


class _Look(NamedTuple):
    """A name as it looks, and the rest of it without words that add nothing."""

    spelling: str
    core: str


def fold_letters(text: str) -> str:
    r"""Return `text` with letters of other alphabets as those they look like, case kept apart.

    >>> fold_letters("\u0440r\u043ev\u043e")  # three of them Cyrillic
    'provo'
    """
    apart = unicodedata.normalize("NFKD", text).casefold().translate(_DOUBLES)
    return "".join(c for c in apart if not unicodedata.combining(c))


def find_resembling(asked: AccountKey, registered: Sequence[AccountKey]) -> list[Resemblance]:
    """Return those of `registered` that `asked` could be taken for, the nearest first.

    Each account is a platform and a handle key. No account is a lookalike of itself. Ids that no
    one reads resemble nothing.
    """
    look = _make_look(*asked)
    if look is None:
        return []
    looks = list(starmap(_make_look, registered))
    here = [asked[0] == platform for platform, _ in registered]
    near = _find_near(look.core, {i: one.core for i, one in enumerate(looks) if one and here[i]})
    found = [
        Resemblance(place, likeness)
        for place, other in enumerate(looks)
        if other
        and (likeness := _judge_likeness(look, other, place in near, here[place]))
        and registered[place] != asked
    ]
    order: tuple[Likeness, ...] = ("spelling", "affix", "typo", "other_network")
    return sorted(found, key=lambda one: (order.index(one.likeness), registered[one.place]))


def _judge_likeness(look: _Look, other: _Look, near: bool, same_network: bool) -> Likeness | None:
    if not same_network:
        return "other_network" if look.spelling == other.spelling else None
    if look.spelling == other.spelling:
        return "spelling"
    if look.core == other.core:
        return "affix"
    return "typo" if near else None


def _find_near(core: str, others: Mapping[int, str]) -> frozenset[int]:
    """Return those of `others` that a few slips of the hand lead to."""
    most = _count_slips(len(core))
    if not most:
        return frozenset()
    found = process.extract(core, others, scorer=OSA.distance, score_cutoff=most, limit=None)
    return frozenset(place for other, slips, place in found if slips <= _count_slips(len(other)))


def _count_slips(length: int) -> int:
    return next((slips for least, slips in _SLIPS if length >= least), 0)


# Registered names are looked at again with every question; most stay as they are.
@lru_cache(maxsize=50_000)
def _make_look(platform: str, handle_key: str) -> _Look | None:
    if _OPAQUE.fullmatch(handle_key):
        return None
    name = fold_letters(_strip_name(platform, handle_key))
    letters = "".join(c for c in name if c.isalnum() or c in "|!$€")
    spelling = _spell_letters(letters)
    return _Look(spelling, _spell_letters(_find_core(letters))) if spelling else None


def _strip_name(platform: str, handle_key: str) -> str:
    """Return the part people take for the name: no kind of page, no instance, no domain."""
    name = handle_key.rpartition("/")[2]
    if platform == "mastodon":
        return name.partition("@")[0]
    if platform == "bluesky":
        return name.removesuffix(".bsky.social").rpartition(".")[0] or name.partition(".")[0]
    return name


def _spell_letters(letters: str) -> str:
    spelled = letters.translate(_STAND_INS)
    for pair, one in _PAIRS:
        spelled = spelled.replace(pair, one)
    return spelled


def _find_core(letters: str) -> str:
    while (shorter := _drop_word(letters)) is not None:
        letters = shorter
    return letters


def _drop_word(letters: str) -> str | None:
    """Return `letters` without one word that adds nothing or a final number; None without any."""
    for word in _AFFIXES:
        if letters.startswith(word) and _is_long(letters[len(word) :]):
            return letters[len(word) :]
        if letters.endswith(word) and _is_long(letters[: -len(word)]):
            return letters[: -len(word)]
    bare = letters.rstrip("0123456789")
    return bare if bare != letters and _is_long(bare) else None


def _is_long(letters: str) -> bool:
    return len(letters) >= _SHORTEST_CORE
