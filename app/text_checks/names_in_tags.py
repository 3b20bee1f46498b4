"""Full names in one word: tags such as #AnaLopez, addresses, names of files.

Capitals or signs part #AnaLopez, ana.lopez@provo.edu and ana-lopez.jpg. Where nothing tells at
which letter the one name ends, every place is tried, each way round: a tag of ten letters is
fourteen keys.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from app.policy.spellings import soft_key, spell_name
from app.text_checks.common_words import NEVER_NAMES
from app.text_checks.names_in_text import (
    CAPITALS,
    MOST_KEYS,
    SMALL_LETTERS,
    find_name_keys,
)

_PARTED = re.compile(
    rf"[#@]\w*(?:[{SMALL_LETTERS}][{CAPITALS}]|[{CAPITALS}][{CAPITALS}][{SMALL_LETTERS}])\w*"
)
_HUMP = re.compile(
    rf"(?<=[{SMALL_LETTERS}])(?=[{CAPITALS}])|"
    rf"(?<=[{CAPITALS}])(?<![{SMALL_LETTERS}][{CAPITALS}])(?=[{CAPITALS}][{SMALL_LETTERS}])"
)
_TAG = re.compile(r"[#@](?<![\w.][#@])(\w[\w.]{3,80})")
# Where two words of a joined one meet, looked for by its first sign; and such words, without end
# none: an address is as many as it has parts.
_JOINT = re.compile(rf"[{CAPITALS}._-](?:(?<=[{SMALL_LETTERS}][{CAPITALS}])|(?<=\w[._-])(?=\w))")
_PARTS = re.compile(r"[\w.'-]{4,80}")
_LETTERS = re.compile(r"[^\W\d_]+")
# Words around a name in a tag of one word: #teamanalopez.
# The longer of two comes first: `goodluck` before `go`.
_BEFORE = re.compile(
    "congratulations|congrats|happybirthday|happybday|hbd|goodluck|go|welcome|meet|welove|we|love"
    "|votefor|voted?|thankyou|thanks|proudof|cheerfor|praying(?:for)?|prayfor|justicefor|coach"
    "|senior|team|equipo|felicidades|vamos|gracias|feliz"
)
_BEHIND = re.compile("(?:rocks|rules|wins|won|strong|fans?|team|birthday|day|art|music|athlete)$")
# Letters of a tag that may be a name, and of either of its names.
_FEWEST, _MOST, _LEAST_OF_ONE = 4, 40, 2


def part_tags(text: str) -> str:
    """Return `text` with blanks where capitals part the words of a tag.

    >>> part_tags("#AnaLopez")
    '#Ana Lopez'
    """
    return _PARTED.sub(lambda tag: _HUMP.sub(" ", tag[0]), text)


def find_joined_keys(text: str) -> list[str]:
    """Return the keys of the full names that single words of `text` may hold.

    `text` is as a reader sees it, its tags not taken apart.
    """
    keys: dict[str, None] = {}
    tags = _TAG.findall(text) if "#" in text or "@" in text else ()
    for tag in dict.fromkeys(tags):
        keys.update(dict.fromkeys(_read_tag(tag)))
        if len(keys) > MOST_KEYS:
            return list(keys)
    for word in dict.fromkeys(_find_joined(text)):
        keys.update(dict.fromkeys(_read_joined(word)))
        if len(keys) > MOST_KEYS:
            break
    return list(keys)


def _find_joined(text: str) -> Iterator[str]:
    """Yield the words in which signs or capitals join others."""
    if _JOINT.search(text):
        yield from (part for part in _PARTS.findall(text) if _JOINT.search(part))


@lru_cache(maxsize=4_096)
def _read_joined(word: str) -> tuple[str, ...]:
    parts = _LETTERS.findall(_HUMP.sub(" ", word))
    return find_name_keys(" ".join(parts).title()).keys if len(parts) > 1 else ()


# Tags are the same from post to post.
@lru_cache(maxsize=4_096)
def _read_tag(tag: str) -> tuple[str, ...]:
    words = _LETTERS.findall(tag)
    if len(words) > 1:  # found as a joined word
        return ()
    if not words or not _FEWEST <= len(words[0]) <= _MOST or not _is_one_word(words[0]):
        return ()
    forms = [form for spelt in spell_name(soft_key(words[0])) for form in _strip_words(spelt)]
    return tuple(key for form in forms for key in _split_word(form))


def _strip_words(word: str) -> Iterable[str]:
    """Return `word`, and what is left of it without the words that stand around names in tags."""
    before = _BEFORE.match(word)
    begun = [word, word[before.end() :] if before else word]
    return dict.fromkeys([*begun, *(_BEHIND.sub("", one) for one in begun)])


def _is_one_word(word: str) -> bool:
    return word[1:].islower() or word.isupper()


def _split_word(word: str) -> list[str]:
    """Return the keys of the names that `word` may be, joined, in either order."""
    places = range(_LEAST_OF_ONE, len(word) - _LEAST_OF_ONE + 1)
    parts = [(word[:place], word[place:]) for place in places]
    names = [one for one in parts if NEVER_NAMES.isdisjoint(one)]
    return [f"{one} {other}" for one, other in names] + [f"{other} {one}" for one, other in names]
