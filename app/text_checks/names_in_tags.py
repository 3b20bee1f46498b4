"""Full names in one word: tags such as #analopez, addresses of mail and of pages.

Where nothing tells at which letter the one name ends, every place is tried, each way round, and
with an initial between the two: a tag of ten letters is some thirty keys. Words that capitals part
(#AnaLopez) are read with the text (`app.text_checks.word_shapes`).
"""

import re
from collections.abc import Iterable, Iterator

from app.policy.spellings import soft_key, spell_name
from app.text_checks.common_words import COMMON_WORDS, GLUE_NAMES, NAMES_TOO, WORDS_OF_POSTS
from app.text_checks.word_shapes import HUMP

# Letters of this class only: a name in a tag is written in those of the text.
_PARTED = re.compile(r"[#@]\w*(?:[^\W\dA-Z_][A-Z]|[A-Z][A-Z][^\W\dA-Z_])\w*")
# An initial between two names: #AnaMLopez.
_INITIAL = re.compile(r"(?<=[^\W\dA-Z_])([A-Z])(?=[A-Z][^\W\dA-Z_])")
_TAG = re.compile(r"[#@](?<![\w.][#@])(\w[\w.]{3,80})")
# What stands before the @ of an address of mail, and a part of an address of a page.
_IN_ADDRESS = re.compile(
    r"(?<![\w@#.-])([^\W\d_]{5,40})\d{0,4}@(?=\w)"
    r"|(?:/|\bwww\.|(?<=\w)[=#])([^\W\d_]{5,40})(?=[\s/?.,#&]|$)"
)
_LETTERS = re.compile(r"[^\W\d_]+")
# Words around a name in a tag of one word: #teamanalopez.
# The longer of two comes first: `goodluck` before `go`.
_BEFORE = re.compile(
    "congratulations|congrats|happybirthday|happybday|hbd|goodluck|go|welcome|meet|welove|we|love"
    "|votefor|voted?|thankyou|thanks|proudof|cheerfor|praying(?:for)?|prayfor|justicefor|coach"
    "|senior|team|equipo|felicidades|vamos|gracias|feliz"
)
_BEHIND = re.compile("(?:rocks|rules|wins|won|strong|fans?|team|birthday|day|art|music|athlete)$")
# A name in letters set apart: A n a L o p e z.
_SPELT = re.compile(r"[^\W\d_](?<!\w\w)(?:[ .*_-]{1,3}[^\W\d_]){4,40}(?!\w)")
_BETWEEN = re.compile(r"[^\W\d_]")
# Letters of a tag that may be a name, and of either of its names.
_FEWEST, _MOST, _LEAST_OF_ONE = 4, 40, 2
# The same of one word of several in a tag.
_FEWEST_BESIDE = 6
_LONGEST_WORD = 16
_GLUE_OF_TWO = "as at be by do go in is it me my no of on or so to up us we"
_GLUE = frozenset(_GLUE_OF_TWO.split())
_JOINED = COMMON_WORDS | GLUE_NAMES
_FIGURES = str.maketrans("0134578", "oieastb")


def part_tags(text: str) -> str:
    """Return `text` with blanks where capitals part the words of a tag.

    >>> part_tags("#AnaLopez")
    '#Ana Lopez'
    """
    return _PARTED.sub(lambda tag: HUMP.sub(" ", tag[0]), text)


def list_initialled(text: str) -> Iterator[str]:
    """Yield the words of tags of `text` in which capitals part an initial: `Ana M Lopez`."""
    for tag in dict.fromkeys(_TAG.findall(text)):
        parted = _INITIAL.sub(r" \1 ", tag)
        if parted != tag:
            yield parted


def list_joined_keys(text: str) -> Iterator[str]:
    """Yield the keys of the full names that words of tags and addresses in `text` may hold."""
    for tag in dict.fromkeys(_TAG.findall(text)):
        yield from _read_tag(tag)
    if "/" in text or "@" in text:
        for before, part in dict.fromkeys(_IN_ADDRESS.findall(text)):
            yield from _read_tag(before or part)


def list_spelt_keys(text: str) -> Iterator[str]:
    """Yield the keys of the full names in `text` whose letters are set apart."""
    for found in _SPELT.findall(text):
        yield from _split_forms("".join(_BETWEEN.findall(found)).lower())


def _read_tag(tag: str) -> Iterator[str]:
    words = _LETTERS.findall(tag)
    if not words:
        return
    if len(words) > 1:
        if "." not in tag and "_" not in tag:  # #ana7lopez, #l0pezana
            yield from _pair_parts([soft_key(word) for word in words])
            yield from _split_forms(tag.translate(_FIGURES))
        else:  # @its.analopez
            for word in words:
                yield from _split_forms(word) if len(word) >= _FEWEST_BESIDE else ()
        return
    yield from _split_forms(words[0])
    if len(words[0]) < len(tag) and not tag.isascii():
        return
    if tag[0].isdigit() or words[0] != tag:
        yield from _split_forms(tag.translate(_FIGURES)) if not tag[-1:].isdigit() else ()


def _pair_parts(parts: list[str]) -> Iterator[str]:
    """Yield the keys of the first and the last of the words that figures part."""
    one, other = parts[0], parts[-1]
    if min(len(one), len(other)) >= _LEAST_OF_ONE:
        yield f"{one} {other}"
        yield f"{other} {one}"


def _split_forms(word: str) -> Iterator[str]:
    """Yield the keys of the names that a word may be, with and without what stands around them."""
    if not _FEWEST <= len(word) <= _MOST or not _is_one_word(word):
        return
    if _is_of_common_words(word.lower()):  # #backtoschool
        return
    for spelt in spell_name(soft_key(word)):
        for form in _strip_words(spelt):
            yield from _split_word(form)


def _is_of_common_words(word: str) -> bool:
    """Return whether `word` is common words joined, one that may be a name among them at the most.

    One of the common words has four letters or more; those of two are glue.
    """
    if word in COMMON_WORDS or word in NAMES_TOO:
        return True
    # Where words end: with the fewest names among those before, and whether all else is short.
    ends = {0: (0, True)}
    for at in range(len(word)):
        if at not in ends:
            continue
        names, is_short = ends[at]
        for end in range(at + _LEAST_OF_ONE, min(len(word), at + _LONGEST_WORD) + 1):
            part = word[at:end]
            if part in _GLUE or (part in _JOINED and len(part) > _LEAST_OF_ONE):
                reached = (names, is_short and (len(part) < _FEWEST or part in GLUE_NAMES))
            elif part in NAMES_TOO and not names:
                reached = (1, is_short)
            else:
                continue
            ends[end] = min(ends.get(end, reached), reached)
    return not ends.get(len(word), (0, True))[1]


def _strip_words(word: str) -> Iterable[str]:
    """Return `word`, and what is left of it without the words that stand around names in tags."""
    before = _BEFORE.match(word)
    begun = [word, word[before.end() :] if before else word]
    return dict.fromkeys([*begun, *(_BEHIND.sub("", one) for one in begun)])


def _is_one_word(word: str) -> bool:
    return word.isalpha() and (word[1:].islower() or word.isupper())


def _split_word(word: str) -> Iterator[str]:
    """Yield the keys of the names that `word` may be, joined, in either order.

    One letter between the two, or behind them, may be an initial.
    """
    parts = [
        (word[:place], word[behind:])
        for place in range(_LEAST_OF_ONE, len(word) - _LEAST_OF_ONE + 1)
        for behind in (place, place + 1)
        if behind <= len(word) - _LEAST_OF_ONE
    ]
    last = len(word) - 1
    parts += [(word[:at], word[at:last]) for at in range(_LEAST_OF_ONE, last - _LEAST_OF_ONE + 1)]
    for one, other in parts:
        if one not in WORDS_OF_POSTS and other not in WORDS_OF_POSTS:
            yield f"{one} {other}"
            yield f"{other} {one}"
