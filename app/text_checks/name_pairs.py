"""Pairs of words in a text that may be a given and a family name, from the shape of the text.

In capitals, or where one of them is on no list, two words that follow each other are paired each
way round; names, initials and particles may stand between, one comma in `Family, Given`, and `and`
where people share a family name. In small letters one of the two may be an everyday word; where
both are (`may hill`), they are a name only where they stand like one: by themselves, in a list,
behind words that introduce a person, before what a person did.
"""

import re
from collections.abc import Iterator, Sequence

from app.text_checks.common_words import GLUE_FAMILIES, GLUE_GIVEN
from app.text_checks.word_shapes import make_word_key

_ONE = r"(?:[XxKkCJVFft]|[MIP]!?)"
_RUNS = re.compile(rf"{_ONE}(?:[,|&/]{{0,3}}{_ONE})+")
# Runs with a word that is on no list, with two capitals, or with two initials: of others no two
# words are paired.
_TOLD = re.compile(
    "[XxM]|[KF](?:P?[,|&/IP!]*)[KFPCJV]|[CJV](?:P?[,|&/IP!]*)[KF]|fP|P[KFCJV]"
    "|[IP]!?[IP]!?[KCJV]|[KCJV],?[IP]!?[IP]"
)
# Everyday words that follow each other, not all with a capital.
_EVERYDAY = re.compile("[kfKFP](?:(?:I!?)?[kfKFP])+")
_INTRODUCED = re.compile("(?:[iJw]!?t?|b)$")
# A word of posts with a capital behind a name, which it may go with: Zelda Student.
_COMMON_FAMILIES = re.compile("[XMKF](?:I!?){0,2}[Ww]")
_LONGEST_INTRODUCTION = 3
# Words that tell what a person did.
_DONE = frozenset("vV")
# Signs beside which a name stands by itself.
_APART = frozenset("!,;|&/")
# The end of a sentence between two names, as in "Ana. Lopez!"
_PARTED = "X!X"
_WORDS = frozenset("XxMKkCJVFft")
_NAMES, _GLUE, _SMALL_GLUE = frozenset("XxMKkCJV"), frozenset("Fft"), frozenset("ft")
_PLAIN, _CAPITAL = frozenset("XxM"), frozenset("XMKFCJV")
_COMMON = frozenset("CJV")
_GAPS, _JOINING = frozenset(",|&/"), frozenset("&/")
# Signs before a word behind which a name does not go on.
_ENDING = frozenset(",&/")
# Particles that are names as well.
_NAMES_OF_PARTICLES = frozenset(("le", "van", "al", "do", "mac", "san"))
# Names that may stand between a given and a family name.
_MOST_BETWEEN = 2
_LONGEST_PARTICLES, _MOST_SHARING = 20, 10
_PAIR = 2
# Letters of particles before the family name O: `de la O`.
_FEWEST = 2
_VOWELS = frozenset("aeiouh")
# A word that may be a name: its key, its sign in the shape, the particles before it, and the sign
# that parts it from the name before. No class: a long text has many.
_Name = tuple[str, str, str, str]


def list_pairs(words: Sequence[str], shape: str) -> Iterator[str]:
    """Yield the keys of the names that `words` of this shape may hold, some more than once."""
    for run in _RUNS.finditer(shape):
        signs = run[0]
        if _TOLD.search(signs):
            yield from _pair_run(_list_names(words, shape, run.start(), run.end()), signs)
        for found in _EVERYDAY.finditer(signs):
            yield from _pair_everyday(words, shape, run.start() + found.start(), found[0])
    for found in _COMMON_FAMILIES.finditer(shape):
        yield f"{make_word_key(words[found.start()])} {make_word_key(words[found.end() - 1])}"
    at = shape.find(_PARTED)
    while at >= 0:
        yield f"{make_word_key(words[at])} {make_word_key(words[at + 2])}"
        at = shape.find(_PARTED, at + 1)


def _pair_run(names: Sequence[_Name], signs: str) -> Iterator[str]:
    """Yield the keys of the names in one run of words."""
    for place in range(len(names) - 1):
        keys: list[str] = []
        _pair_name(names, place, keys)
        yield from keys
    if not _JOINING.isdisjoint(signs):
        yield from _share_names(names)


def _pair_everyday(words: Sequence[str], shape: str, start: int, signs: str) -> Iterator[str]:
    """Yield the key of two everyday words in small letters where a name stands, or of none.

    `signs` are those of the words that follow each other from `start` on.
    """
    end = start + len(signs)
    before, behind = shape[max(0, start - _LONGEST_INTRODUCTION) : start], shape[end : end + 1]
    introduced = bool(before) and _INTRODUCED.search(before) is not None
    stands_alone = (not before or before[-1] in _APART) and (not behind or behind in _APART)
    if not (introduced or stands_alone or behind in _DONE) or signs.isupper():
        return
    places = [at for at in range(start, end) if shape[at] not in "I!"]
    pairs = set()
    if introduced or (stands_alone and len(places) == _PAIR):
        pairs.add((places[0], places[1]))
    if behind in _DONE:
        pairs.add((places[-2], places[-1]))
    for one, other in pairs:
        yield f"{make_word_key(words[one])} {make_word_key(words[other])}"


def _list_names(words: Sequence[str], shape: str, start: int, end: int) -> list[_Name]:
    """Return the names among the words from `start` to `end`."""
    names: list[_Name] = []
    particles = gap = initials = ""
    for at in range(start, end):
        sign = shape[at]
        if sign in _WORDS:
            if sign in _GLUE:
                sign, particles = _read_glue(words, (at, end), particles, names)
            elif initials or particles:
                is_small = sign in "xk"
                names += _list_begun(initials, particles, words[at - 1], names, is_small=is_small)
            names.append((make_word_key(words[at]), sign, particles, gap))
            particles = gap = initials = ""
        elif sign in _GAPS:
            names += _list_ended(initials, particles, words[at - 1], names, gap)
            particles, initials, gap = "", "", "&" if "&" in gap else sign
        elif sign in "PI":
            initials, particles = _gather_parts(words, at, sign, (initials, particles), names)
    return names + _list_ended(initials, particles, words[end - 1], names, gap)


def _gather_parts(
    words: Sequence[str], at: int, sign: str, before: tuple[str, str], names: list[_Name]
) -> tuple[str, str]:
    """Return the initials and the particles up to here; D is both, and Le Van An no particles."""
    initials, particles = before
    word, is_capital = make_word_key(words[at]), words[at][0].isupper()
    if is_capital and word in _NAMES_OF_PARTICLES and particles in _NAMES_OF_PARTICLES:
        names += _list_begun(initials, particles, words[at - 1], names, is_small=False)
        particles = ""
    # Bounded: to lengthen a text word by word takes time by the square of their number.
    if sign == "P":
        particles = (particles + word)[-_LONGEST_PARTICLES:]
    if sign == "I" or (is_capital and len(word) == 1):
        initials = (initials + word)[-_FEWEST:]
    return initials, particles


def _list_ended(
    initials: str, particles: str, last: str, names: Sequence[_Name], gap: str
) -> list[_Name]:
    """Return the name at the end of a run, or before a sign: two initials (Smith, J.R.), or Le."""
    if len(initials) > 1 and len(last) == 1:
        return [(initials, "X", "", gap)]
    return _name_particles(particles, last, names, gap) if particles else []


def _name_particles(particles: str, last: str, names: Sequence[_Name], gap: str) -> list[_Name]:
    """Return the family name that particles are at the end of a run: Le, `de la O`.

    One alone is a name also where it has a capital; `last` is the last of them as it is written.
    """
    is_capital = last[0].isupper()
    is_name = particles in _NAMES_OF_PARTICLES or (is_capital and make_word_key(last) == particles)
    if is_name or (len(particles) > _FEWEST and particles[-1] == "o"):
        behind_capital = bool(names) and names[-1][1] in _CAPITAL
        return [(particles, "K" if is_capital or behind_capital else "k", "", gap)]
    return []


def _list_begun(
    initials: str, particles: str, last: str, names: Sequence[_Name], *, is_small: bool
) -> list[_Name]:
    """Return the name before a word: two initials (J.R. Smith), Van or Al, as a given name.

    A particle with a capital before a word that `is_small` is a family name: `Ana Du's art`.
    """
    if is_small and particles and last[0].isupper():
        return _name_particles(particles, last, names, "")
    if names and names[-1][1] not in _GLUE:
        return []
    if len(initials) > 1:
        return [(initials[-_FEWEST:], "X", "", "")]
    return _name_particles(particles, last, names, "") if particles else []


def _read_glue(
    words: Sequence[str], place: tuple[int, int], particles: str, names: list[_Name]
) -> tuple[str, str]:
    """Return the sign of a word of grammar, and its particles.

    Le before it is a name: `an le in …`. And `an` before a consonant is no article, but a name.
    """
    at, end = place
    word = words[at]
    if particles:
        names += _name_particles(particles, words[at - 1], names, "")
    if not word.islower():
        return "F", ""
    if word != "an" or at + 1 == end or not words[at + 1].isalpha():
        return "t" if word == "to" else "f", ""
    return ("f" if words[at + 1][0] in _VOWELS else "x"), ""


def _pair_name(names: Sequence[_Name], place: int, keys: list[str]) -> None:
    """Add the keys of `names[place]` with those behind it that may belong to the same name."""
    one = names[place]
    for between, at in enumerate(range(place + 1, min(place + _MOST_BETWEEN + 2, len(names)))):
        other = names[at]
        gap = other[3]
        if gap in _ENDING:
            _pair_over_sign(names, place, at, keys)
            return
        near = not between
        _pair_two(one, other, keys, near=near)
        if gap == "|":
            return
        is_given = not other[2] or other[2] in _NAMES_OF_PARTICLES  # Nguyen Van Hung
        if is_given and (near or _are_told(one[1], other[1])):
            _pair_back(other, one, keys)
        if between == 1 and not names[at - 1][3]:
            _join_three(one, names[at - 1], other, keys)
        if other[1] in _GLUE:
            return


def _pair_over_sign(names: Sequence[_Name], place: int, at: int, keys: list[str]) -> None:
    """Add the keys of two names with a comma or a sign for `and` before the second."""
    one, other = names[place], names[at]
    if other[3] == ",":
        _pair_two(other, one, keys, near=True)
        if len(names) == _PAIR:  # nothing else is listed: "Ana, Lopez"
            _pair_two(one, other, keys, near=True)
        if at + 1 < len(names) and not names[at + 1][3]:  # Smith, Mary Ann
            _join_three(other, names[at + 1], one, keys)
    elif other[3] == "/" and at == place + 1:
        _pair_two(one, other, keys, near=True)


def _pair_two(first: _Name, last: _Name, keys: list[str], *, near: bool) -> None:
    """Add the keys of a given and a family name, with and without particles."""
    if not _may_be_name(first, last, near=near):
        return
    keys.append(f"{first[0]} {last[0]}")
    if last[2]:
        keys.append(f"{first[0]} {last[2]}{last[0]}")
    if first[2]:
        keys.append(f"{first[2]}{first[0]} {last[0]}")


def _pair_back(first: _Name, last: _Name, keys: list[str]) -> None:
    """Add the key of a name whose family name comes first, without a comma."""
    is_given = first[1] in _NAMES or (first[1] == "F" and first[0] in GLUE_GIVEN)
    if is_given and last[1] in _NAMES and _may_be_name(first, last, near=True):
        keys.append(f"{first[0]} {last[0]}")
        if last[2]:
            keys.append(f"{first[0]} {last[2]}{last[0]}")


def _may_be_name(first: _Name, last: _Name, *, near: bool) -> bool:
    """Return whether the two may be a given and a family name, by the lists they are on."""
    one, other = first[1], last[1]
    if not (one in _PLAIN or other in _PLAIN or _are_told(one, other)):
        return False
    if one in _SMALL_GLUE and first[0] not in GLUE_GIVEN:
        return False
    if other in _SMALL_GLUE and last[0] not in GLUE_FAMILIES:
        return False
    return near or (one in _NAMES and other in _NAMES)


def _are_told(one: str, other: str) -> bool:
    """Return whether capitals tell two signs apart from words; not those of two common words."""
    return one in _CAPITAL and other in _CAPITAL and not (one in _COMMON and other in _COMMON)


def _join_three(one: _Name, other: _Name, last: _Name, keys: list[str]) -> None:
    """Add the keys of three words of which two may be one name on file: Mary Ann, Lo Pez."""
    if one[1] in _PLAIN or last[1] in _PLAIN or _are_told(one[1], last[1]):
        keys.append(f"{one[0]}{other[0]} {last[0]}")
        keys.append(f"{one[0]} {other[2]}{other[0]}{last[0]}")


def _share_names(names: Sequence[_Name]) -> Iterator[str]:
    """Yield the keys of those before `and`, with the family name of the one behind it."""
    for at in range(1, len(names) - 1):
        if names[at][3] not in _JOINING:
            continue
        families = [one for one in names[at + 1 : at + 3] if not one[3]]
        for given in _list_sharing(names, at - 1) if families else ():
            keys: list[str] = []
            for family in families:
                _pair_two(given, family, keys, near=True)
            yield from keys


def _list_sharing(names: Sequence[_Name], at: int) -> Iterator[_Name]:
    """Yield who may share the family name of whoever comes next: `Ana, Ben and …`."""
    for place in range(at, max(-1, at - _MOST_SHARING), -1):
        yield names[place]
        if names[place][3] not in _ENDING:
            return
