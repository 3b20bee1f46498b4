"""Pairs of words in a text that may be a given and a family name, from the shape of the text.

In capitals, or where neither word is an everyday one, two words that follow each other are paired
each way round; names, initials and particles may stand between, one comma in `Family, Given`, and
`and` where people share a family name. In small letters one of the two may be an everyday word;
where both are (`may hill`), they are a name only where they stand like one: by themselves, in a
list, behind words that introduce a person, before what a person did.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.text_checks.common_words import GLUE_FAMILIES, GLUE_GIVEN
from app.text_checks.word_shapes import make_word_key

_ONE = r"(?:[XxKkFft]|[MIP]!?)"
RUNS = re.compile(rf"{_ONE}(?:[,|&/]{{0,3}}{_ONE})+")
# Two everyday words, not both with a capital, where a name stands.
_PAIR = "([kfKFP](?:I!?)?[kfKFP])"
_STANDING = re.compile(
    rf"(?:i!?t?|b){_PAIR}(?![XxkKPfF])|(?:^|[!,;|&/]){_PAIR}(?=$|[!,;|&/v])|(?<![XxkKPfF]){_PAIR}(?=v)"
)
# The end of a sentence between two names, as in "Ana. Lopez!"
_PARTED = re.compile("(?=X!X)")
_NAMES, _GLUE = frozenset("XxMKk"), frozenset("Fft")
_PLAIN, _EVERYDAY, _CAPITAL = frozenset("XxM"), frozenset("Kkft"), frozenset("XMKF")
# Particles that are names as well.
_NAMES_OF_PARTICLES = frozenset(("le", "van", "al", "do", "mac", "san"))
# Signs before a word behind which a name does not go on.
_ENDING = frozenset(",&/")
# Names that may stand between a given and a family name.
_MOST_BETWEEN = 2
_LONGEST_PARTICLES, _MOST_SHARING = 20, 10
# Letters of particles before the family name O: `de la O`.
_FEWEST = 2
_VOWELS = frozenset("aeiouh")


class _Name(NamedTuple):
    """A word that may be a name, with the particles before it, and what parts it from others."""

    key: str
    sign: str
    particles: str
    gap: str

    @property
    def whole(self) -> str:
        """The name with its particles in one word."""
        return self.particles + self.key


def list_pairs(words: Sequence[str], shape: str) -> Iterator[str]:
    """Yield the keys of the names that `words` of this shape may hold, some more than once."""
    for run in RUNS.finditer(shape):
        names = _list_names(words, shape, run.start(), run.end())
        if len(names) > 1:
            for place in range(len(names) - 1):
                yield from _pair_name(names, place)
            if "&" in run[0] or "/" in run[0]:
                yield from _share_names(names)
    for found in _STANDING.finditer(shape):
        start, end = next(found.span(n) for n in (1, 2, 3) if found.start(n) >= 0)
        yield f"{make_word_key(words[start])} {make_word_key(words[end - 1])}"
    for found in _PARTED.finditer(shape):
        at = found.start()
        yield f"{make_word_key(words[at])} {make_word_key(words[at + 2])}"


def _list_names(words: Sequence[str], shape: str, start: int, end: int) -> list[_Name]:
    """Return the names among the words from `start` to `end`."""
    names: list[_Name] = []
    particles = gap = initials = ""
    for at in range(start, end):
        sign = shape[at]
        if sign in ",|&/":
            gap = "&" if "&" in gap or sign == "&" else sign
        elif sign == "P":
            # Bounded: to lengthen a text word by word takes time by the square of their number.
            particles = (particles + make_word_key(words[at]))[-_LONGEST_PARTICLES:]
        elif sign == "I":
            initials += make_word_key(words[at])
        elif sign != "!":
            key = make_word_key(words[at])
            if len(initials) > 1 and not names:  # J.R. Smith
                names.append(_Name(initials[:4], "X", "", ""))
            names.append(_Name(key, _tell_article(words, shape, at, end), particles, gap))
            particles = gap = initials = ""
    if particles in _NAMES_OF_PARTICLES or (len(particles) > _FEWEST and particles[-1] == "o"):
        names.append(_Name(particles, "K" if names and names[-1].sign in "FK" else "k", "", gap))
    return names


def _tell_article(words: Sequence[str], shape: str, at: int, end: int) -> str:
    """Return the sign of a word; `an` before a consonant is no article, and a name."""
    if words[at] != "an" or at + 1 == end or not words[at + 1].isalpha():
        return shape[at]
    return shape[at] if words[at + 1][0] in _VOWELS else "x"


def _pair_name(names: Sequence[_Name], place: int) -> Iterator[str]:
    """Yield the keys of `names[place]` with those behind it that may belong to the same name."""
    one = names[place]
    for between, at in enumerate(range(place + 1, min(place + _MOST_BETWEEN + 2, len(names)))):
        other = names[at]
        if other.gap in _ENDING:
            yield from _pair_over_sign(names, place, at)
            return
        yield from _pair_two(one, other, near=not between)
        if other.gap == "|":
            return
        if not other.particles and (not between or _are_capital(one, other)):
            yield from _pair_back(other, one)
        if between == 1 and not names[at - 1].gap:
            yield from _join_three(one, names[at - 1], other)
        if other.sign in _GLUE:
            return


def _pair_over_sign(names: Sequence[_Name], place: int, at: int) -> Iterator[str]:
    """Yield the keys of two names with a comma or a sign for `and` before the second."""
    one, other = names[place], names[at]
    if other.gap == ",":
        yield from _pair_two(other, one, near=True)
        if at + 1 < len(names) and not names[at + 1].gap:  # Smith, Mary Ann
            yield from _join_three(other, names[at + 1], one)
    elif other.gap == "/" and at == place + 1:
        yield from _pair_two(one, other, near=True)


def _pair_two(first: _Name, last: _Name, *, near: bool) -> Iterator[str]:
    """Yield the keys of a given and a family name, with and without particles."""
    if not _may_be_name(first, last, near=near):
        return
    yield f"{first.key} {last.key}"
    if last.particles:
        yield f"{first.key} {last.whole}"
    if first.particles:
        yield f"{first.whole} {last.key}"


def _pair_back(first: _Name, last: _Name) -> Iterator[str]:
    """Yield the key of a name whose family name comes first, without a comma."""
    if first.sign in _NAMES and last.sign in _NAMES and _may_be_name(first, last, near=True):
        yield f"{first.key} {last.key}"
        if last.particles:
            yield f"{first.key} {last.whole}"


def _may_be_name(first: _Name, last: _Name, *, near: bool) -> bool:
    """Return whether the two may be a given and a family name, by the lists they are on."""
    if first.sign in _PLAIN or last.sign in _PLAIN or _are_capital(first, last):
        if first.sign in "ft" and first.key not in GLUE_GIVEN:
            return False
        if last.sign in "ft" and last.key not in GLUE_FAMILIES:
            return False
        return near or (first.sign in _NAMES and last.sign in _NAMES)
    return False


def _are_capital(one: _Name, other: _Name) -> bool:
    return one.sign in _CAPITAL and other.sign in _CAPITAL


def _join_three(one: _Name, other: _Name, last: _Name) -> Iterator[str]:
    """Yield the keys of three words of which two may be one name on file: Mary Ann, Lo Pez."""
    if one.sign in _PLAIN or last.sign in _PLAIN or _are_capital(one, last):
        yield f"{one.key}{other.key} {last.key}"
        yield f"{one.key} {other.whole}{last.key}"


def _share_names(names: Sequence[_Name]) -> Iterator[str]:
    """Yield the keys of those before `and`, with the family name of the one behind it."""
    for at in range(1, len(names) - 1):
        if names[at].gap not in ("&", "/"):
            continue
        families = [one for one in names[at + 1 : at + 3] if not one.gap]
        for given in _list_sharing(names, at - 1):
            for family in families:
                yield from _pair_two(given, family, near=True)


def _list_sharing(names: Sequence[_Name], at: int) -> Iterator[_Name]:
    """Yield who may share the family name of whoever comes next: `Ana, Ben and …`."""
    for place in range(at, max(-1, at - _MOST_SHARING), -1):
        yield names[place]
        if names[place].gap not in (",", "&", "/"):
            return
