"""Name matching: the keys by which a person is found, and the choice among those found.

A recorded name is found by pairs of one given and one family name, each word of them alone and all
of them joined, so that one of two surnames, a left-out middle name, a hyphen, a blank or none, and
either order find the same person. An asked name is looked up by every such pair that its words can
make. The people found that way are then compared with all the words: `could_mean`.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice, product
from typing import NamedTuple

from app.policy.names import name_key
from app.policy.spellings import read_mixed_words, spell_name

# Words that tell father and son apart and that most writers leave out.
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "junior", "senior", "2nd", "3rd", "4th"})
# Parts of family names that are no name by themselves.
PARTICLES = frozenset(
    {
        *("de", "la", "las", "los", "del", "della", "di", "da", "das", "do", "dos", "du", "le"),
        *("van", "von", "der", "den", "ter", "ten", "al", "el", "bin", "ibn", "y", "e", "st"),
        *("san", "mac", "mc"),
    }
)
# Words of an asked name beyond these are left out: nobody is called by more.
_MOST_WORDS = 8
# Letters of scripts that put no blank between the two names, and of such a name and either part.
UNSPACED_LETTERS = (
    "\u1100-\u11ff\u3005\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\U00020000-\U0003ffff"
)
_UNSPACED = re.compile(f"[{UNSPACED_LETTERS}]{{2,}}")
_LONGEST_UNSPACED, _LONGEST_PART = 6, 3
_MOST_JOINED, _PAIR = 3, 2


class _NameSpan(NamedTuple):
    first: int
    end: int
    text: str


def recorded_keys(given: str, family: str, preferred: str | None = None) -> list[str]:
    """Return the keys by which a person with this name is found, the full name's first.

    Most names have no other key.

    >>> recorded_keys("Ana", "O'Brien")
    ['ana obrien']
    >>> recorded_keys("Ana", "Smith-Jones")
    ['ana smith jones', 'ana smith', 'ana jones', 'ana smithjones']
    """
    full = [spell_name(f"{one} {family}") for one in (given, preferred) if one is not None]
    pairs = [f"{first} {last}" for first, last in product(*split_name(given, family, preferred))]
    plain = [keys[0] for keys in full]
    spelt = [key for keys in full for key in keys[1:]]
    return list(dict.fromkeys(key for key in (*plain, *pairs, *spelt) if key))


def _spell_names(given: str, family: str, preferred: str | None) -> Iterator[tuple[str, str]]:
    """Yield each given with the family name, letters written out; nothing where there are none."""
    if not (given.isascii() and family.isascii() and (preferred or "").isascii()):
        for one in (given, preferred):
            pairs = product(spell_name(one), spell_name(family)) if one is not None else ()
            yield from islice(pairs, 1, None)


def asked_keys(name: str) -> tuple[str, ...]:
    """Return the keys by which an asked name, as a name key, is looked up.

    None is remembered: no name that was asked for outlives its check.

    >>> asked_keys("ana lopez")
    ('ana lopez', 'lopez ana')
    """
    words = _drop_suffixes(name.split())[:_MOST_WORDS]
    if len(words) == _PAIR:  # as in most names
        one, other = words
        return tuple(dict.fromkeys((name, f"{one} {other}", f"{other} {one}")))
    if len(words) == 1 and not name.isascii() and _UNSPACED.fullmatch(name):
        parted = split_unspaced(unicodedata.normalize("NFC", name))
        return (name, *dict.fromkeys(map(name_key, parted)))
    spans = list(_list_spans(words))
    pairs = [
        f"{one.text} {other.text}"
        for one, other in product(spans, spans)
        if one.end <= other.first or other.end <= one.first
    ]
    return tuple(dict.fromkeys((name, *pairs)))


def split_unspaced(name: str) -> Iterator[str]:
    """Yield every given with every family name that a name without blanks may be made of.

    >>> list(split_unspaced("王小明"))
    ['小明 王', '王 小明', '明 王小', '王小 明']
    """
    for at in range(1, len(name) if len(name) <= _LONGEST_UNSPACED else 0):
        if max(at, len(name) - at) <= _LONGEST_PART:
            yield f"{name[at:]} {name[:at]}"
            yield f"{name[:at]} {name[at:]}"


def split_name(
    given: str, family: str, preferred: str | None = None
) -> tuple[list[str], list[str]]:
    """Return the given and the family names a person may be called by, as name keys."""
    givens = [
        token
        for one in (given, preferred or "")
        for form in spell_name(one)
        for token in _list_tokens(form.split(), frozenset())
    ]
    families = [
        token for form in spell_name(family) for token in _list_tokens(form.split(), PARTICLES)
    ]
    return list(dict.fromkeys(givens)), list(dict.fromkeys(families))


def normalize_asked(name: str) -> str:
    """Return an asked name as a name key, with the family name last: `Family, Given` is turned.

    >>> normalize_asked("López Ruiz, Ana")
    'ana lopez ruiz'
    """
    return name_key(_turn_name(name))


def spell_asked(name: str) -> tuple[str, ...]:
    """Return the other keys of an asked name, with letters written out; of most there are none.

    >>> spell_asked("Müller, Ana")
    ('ana mueller',)
    """
    return () if name.isascii() else tuple(spell_name(_turn_name(name))[1:])


def _turn_name(name: str) -> str:
    name = read_mixed_words(name) if not name.isascii() else name
    family, comma, given = name.partition(",")
    if comma and name_key(given) and name_key(given) not in SUFFIXES:
        return f"{given} {family}"
    return name


def could_mean(asked: str, given: str, family: str, preferred: str | None) -> bool:
    """Return whether `asked` may mean a person with this name, who has one of its keys.

    Words left over on both sides must not contradict each other: another middle name or second
    surname is another person. A word that only one side has is no contradiction.
    """
    if asked in recorded_keys(given, family, preferred):
        return True
    if " " not in asked and not asked.isascii() and asked in _join_names(given, family, preferred):
        return True
    words = _drop_suffixes(asked.split())
    names = [(name_key(one), name_key(family)) for one in (given, preferred or "")]
    names += _spell_names(given, family, preferred)
    return any(_is_called(words, one.split(), other.split()) for one, other in names)


def _join_names(given: str, family: str, preferred: str | None) -> set[str]:
    """Return the given and the family name in one word, in either order."""
    names = [(name_key(one), name_key(family)) for one in (given, preferred) if one]
    return {
        joined.replace(" ", "") for one, other in names for joined in (one + other, other + one)
    }


def _is_called(words: Sequence[str], borne: Sequence[str], families: Sequence[str]) -> bool:
    spans = list(_list_spans(words))
    return any(
        _is_fitting(words, (first, last), set(borne), set(families) - SUFFIXES)
        for first, last in product(spans, spans)
        if first.text in _list_tokens(borne, frozenset())
        and last.text in _list_tokens(families, PARTICLES)
        and (first.end <= last.first or last.end <= first.first)
    )


def _is_fitting(
    words: Sequence[str], pair: tuple[_NameSpan, _NameSpan], givens: set[str], families: set[str]
) -> bool:
    """Return whether the words beside a given and a family name match the others of both."""
    first, last = pair
    if last.end <= first.first:  # family name first: what else there is could be either
        return True
    used = {*words[first.first : first.end], *words[last.first : last.end]}
    between = set(words[: last.first]) - used - givens - families - PARTICLES
    behind = set(words[last.end :]) - used - PARTICLES
    other_givens = givens - used - _split_joined(first, givens)
    other_families = families - used - PARTICLES - _split_joined(last, families)
    middle_fits = not between or not other_givens or _are_initials(between, other_givens)
    return middle_fits and (not behind - families or not other_families - behind)


def _split_joined(span: _NameSpan, names: set[str]) -> set[str]:
    """Return the names that stand in a joined one."""
    return {name for name in names if name in span.text}


def _are_initials(words: Iterable[str], names: Collection[str]) -> bool:
    """Return whether each word may be one of `names`, where either is written as an initial."""
    return all(
        any(1 in (len(word), len(name)) and word[0] == name[0] for name in names) for word in words
    )


def _list_tokens(words: Sequence[str], left_out: frozenset[str]) -> list[str]:
    """Return each word that is a name by itself, and all of them joined."""
    bare = [word for word in words if word not in SUFFIXES] or list(words)
    telling = [word for word in bare if len(word) > 1 and word not in left_out]
    return list(dict.fromkeys([*(telling or bare[:1]), "".join(bare)])) if bare else []


def _list_spans(words: Sequence[str]) -> Iterator[_NameSpan]:
    """Yield every run of up to three words as one."""
    for first in range(len(words)):
        for end in range(first + 1, min(first + _MOST_JOINED, len(words)) + 1):
            yield _NameSpan(first, end, "".join(words[first:end]))


def _drop_suffixes(words: Sequence[str]) -> list[str]:
    bare = [word for word in words if word not in SUFFIXES]
    return bare if len(bare) > 1 or len(words) == len(bare) else list(words)
