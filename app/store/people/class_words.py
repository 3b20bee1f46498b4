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
# Ranks of one tier: more than the words of a question can need.
_STEPS = 1_000


def split_words(text: str) -> Words:
    """Return the words of a name or a question, in the form that is compared."""
    return tuple(name_key(text).split())


# The classes of all schools bear the same titles over and over. Names of people are not kept here:
# they would outlive an erasure.
@lru_cache(maxsize=65_536)
def split_title(title: str) -> Words:
    """Return the words of a title of a class, in the form that is compared."""
    return split_words(title)


@lru_cache(maxsize=65_536)
def make_title_key(title: str) -> str:
    """Return the key that orders classes by title: section 2 before section 10."""
    return " ".join(word.zfill(6) if word.isdigit() else word for word in split_title(title))


def rank_class(asked: Words, title: Words, others: Words) -> int | None:
    """Return the rank of a class of this `title`, 0 best; None where it does not answer.

    First the title itself; then titles that have all the words; then those that need `others` (the
    words of teachers and school); then the same with some words that are only beginnings. Within
    each, words asked for together rank lower the more of them stand apart: `section 2` is section 2
    before it is grade 2, section 1.
    """
    if asked == title:
        return _EXACT
    tier = _find_tier(asked, title, others)
    if tier is None:
        return None
    elsewhere = not title[:1] or not _is_beginning(asked[0], title[0])
    return tier * _STEPS + _count_separated(asked, title) * 2 + elsewhere


def keep_answering(asked: Words, words: Words) -> Words:
    """Return those of `words` that equal one of the question's words, or begin with it."""
    return tuple(word for word in words if any(_is_beginning(one, word) for one in asked))


def name_match(rank: int) -> Match:
    """Return the kind of match that a rank stands for, as it is shown."""
    if rank == _EXACT:
        return "exact"
    return "words" if rank < _BEGINNINGS * _STEPS else "beginnings"


def _find_tier(asked: Words, title: Words, others: Words) -> int | None:
    if _holds_words(asked, title):
        return 1
    if _holds_words(asked, title + others):
        return 2
    if _holds_beginnings(asked, title):
        return _BEGINNINGS
    return _BEGINNINGS + 1 if _holds_beginnings(asked, title + others) else None


def _count_separated(asked: Words, title: Words) -> int:
    """Return how many neighbours in the question are no neighbours in the title."""
    neighbours = list(pairwise(title))
    return sum(
        not any(
            _is_beginning(one, left) and _is_beginning(two, right) for left, right in neighbours
        )
        for one, two in pairwise(asked)
    )


def _holds_words(asked: Words, held: Words) -> bool:
    """Return whether `held` has each word, and as often as it is asked for."""
    return set(asked).issubset(held) and Counter(asked) <= Counter(held)


def _holds_beginnings(asked: Words, held: Words) -> bool:
    """Return whether each begins a word of its own; the longest choose first."""
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
    return len(word) == len(beginning) or not _is_inside_number(word, len(beginning))


def _is_inside_number(word: str, at: int) -> bool:
    return word[at - 1].isdigit() and word[at].isdigit()
