"""Full names that a text may hold, as the keys by which people are looked up.

Nothing here knows who there is: two words that could be a given and a family name become a key, and
the store says who bears it. Words of ordinary posts that nobody is called by are left out
(`app.text_checks.common_words`): an ordinary post asks for a few. Nothing is remembered from one
text to the next, so that no name of a text outlives its check.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.policy.spellings import spell_name
from app.text_checks.name_pairs import list_pairs
from app.text_checks.word_shapes import shape_words, split_words

MOST_KEYS, _MOST_TAKEN = 2_000, 20_000
# A nickname, or something else, in quotes or brackets within a name, or behind one of several.
_QUOTED = re.compile(
    '(?<=\\w )["\u201c\u00ab([]([^"\u201c\u201d\u00ab\u00bb()[\\]\n]{1,40})["\u201d\u00bb)\\]]'
    "(?= [^\\W\\d_a-z]|,? (?:and|y|&) )"
)
# The age behind a name, between commas.
_AGE = re.compile(r", \d{1,2}(?=,| (?:and|y|&) )", re.ASCII)
_ONE_NAME = re.compile(r"[^\W\d_a-z][\w']{0,60}")
_CAPITAL_ONLY = str.maketrans("xkft", "cccc")


class NamesInText(NamedTuple):
    """The keys of full names that a text may hold; `cut` tells that there were more."""

    keys: tuple[str, ...] = ()
    cut: bool = False


NO_NAMES = NamesInText()


def find_name_keys(text: str, *, small_letters: bool = True) -> NamesInText:
    """Return the keys of the full names that `text` may hold.

    `text` is as a reader sees it, in its own capitals. Without `small_letters` only words with
    capitals count. Takes time in proportion to its length.
    """
    return gather_names(list_name_keys(text, small_letters=small_letters))


def list_name_keys(text: str, *, small_letters: bool = True) -> Iterator[str]:
    """Yield the keys of the full names that `text` may hold, some more than once."""
    if text.isupper():
        text = text.title()
    if '"' in text or "(" in text or "[" in text or "\u201c" in text or "\u00ab" in text:
        text = _QUOTED.sub(_read_quoted, text)
    if ", " in text:
        text = _AGE.sub("", text)
    words = split_words(text)
    shape = shape_words(words)
    if not small_letters:
        shape = shape.translate(_CAPITAL_ONLY)
    pairs = list_pairs(words, shape)
    return pairs if text.isascii() else _spell_keys(pairs)


def _read_quoted(quoted: re.Match[str]) -> str:
    """Return a nickname; what else stands in quotes or brackets is no part of a name."""
    return quoted[1] if _ONE_NAME.fullmatch(quoted[1]) else ""


def gather_names(keys: Iterable[str]) -> NamesInText:
    """Return these keys, each once, and no more of them than are looked up."""
    found: dict[str, None] = {}
    for taken, key in enumerate(keys):
        found[key] = None
        if len(found) > MOST_KEYS or taken == _MOST_TAKEN:
            return NamesInText(tuple(found)[:MOST_KEYS], cut=True)
    return NamesInText(tuple(found))


def _spell_keys(keys: Iterable[str]) -> Iterator[str]:
    for key in keys:
        if key.isascii():
            yield key
        else:
            yield from spell_name(key)
