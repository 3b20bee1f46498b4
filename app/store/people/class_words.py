"""Ranks of classes by the words of a search.

Pure. Words are those of name keys. A word that ends in a digit never matches the beginning of a
longer number: `2` is not in `12`, nor `1`.
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from app.policy.names import name_key

Match = Literal["exact", "words", "beginnings"]
Words = tuple[str, ...]
_EXACT, _BEGINNINGS = 0, 3
# More than the words of a question leave room for within a tier.
_STEPS = 1_000


# The classes of all schools bear the same titles over and over.
@lru_cache(maxsize=65_536)
def split_words(text: str) -> Words:
    """The words of a title, a name or a question, in the form in which they are compared."""
    return tuple(name_key(text).split())


@lru_cache(maxsize=65_536)
def title_order(title: str) -> str:
    """A title as classes are listed by it: section 2 before section 10."""
    return " ".join(word.zfill(6) if word.isdigit() else word for word in split_words(title))


def rank_class(asked: Words, title: Words, others: Words) -> int | None:
    """Return how well a class of this `title` answers, 0 best; None where it does not.

    First the title itself; then titles that have all the words; then where `others` (the words of
    teachers and school) are needed for that; then the same where some are only beginnings of words.
    Within each it counts how many words stand apart that were asked for together: `section 2` is
    section 2 before it is grade 2, section 1.
    """
    if asked == title:
        return _EXACT
    tier = _rank_class(asked, title, others)
    if tier is None:
        return None
    elsewhere = not title[:1] or not _is_beginning(asked[0], title[0])
    return tier * _STEPS + _count_parted(asked, title) * 2 + elsewhere


def keep_answering(asked: Words, words: Words) -> Words:
    """Those of `words` that one of the question's words is, or begins."""
    return tuple(word for word in words if any(_is_beginning(one, word) for one in asked))


def match_of(rank: int) -> Match:
    """Return what a rank means for whoever picks."""
    if rank == _EXACT:
        return "exact"
    return "words" if rank < _BEGINNINGS * _STEPS else "beginnings"


def _rank_class(asked: Words, title: Words, others: Words) -> int | None:
    if _holds_words(asked, title):
        return 1
    if _holds_words(asked, title + others):
        return 2
    if _holds_beginnings(asked, title):
        return _BEGINNINGS
    return _BEGINNINGS + 1 if _holds_beginnings(asked, title + others) else None


def _count_parted(asked: Words, title: Words) -> int:
    """Return how many neighbours of the question are no neighbours in the title."""
    neighbours = list(pairwise(title))
    return sum(
        not any(
            _is_beginning(one, left) and _is_beginning(two, right) for left, right in neighbours
        )
        for one, two in pairwise(asked)
    )


def _holds_words(asked: Words, held: Words) -> bool:
    """Return whether each is there, and as often as it is asked for."""
    return set(asked).issubset(held) and Counter(asked) <= Counter(held)


def _holds_beginnings(asked: Words, held: Words) -> bool:
    """Return whether each begins a word of its own. The longest choose first."""
    left = list(held)
    for beginning in sorted(asked, key=len, reverse=True):
        taken = _choose_word(beginning, left)
        if taken is None:
            return False
        left.remove(taken)
    return True


def _choose_word(beginning: str, words: Sequence[str]) -> str | None:
    if beginning in words:
        return beginning
    return next((word for word in words if _is_beginning(beginning, word)), None)


def _is_beginning(beginning: str, word: str) -> bool:
    if not word.startswith(beginning):
        return False
    return len(word) == len(beginning) or not _cuts_number(word, len(beginning))


def _cuts_number(word: str, at: int) -> bool:
    return word[at - 1].isdigit() and word[at].isdigit()
