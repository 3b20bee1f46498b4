"""Profanity in a text (clause 55): the words of `wordlists`, plain or lightly masked.

Only whole words count, so no name or place that merely contains one is flagged (Scunthorpe,
Lipschitz, snigger). Four disguises are undone: figures for letters (sh1t), a letter three times or
more (fuuuck; twice is a spelling: Twatt, Crapp), masked letters (f*ck, s**t), and letters set apart
(f.u.c.k). docs/decisions/0012 tells why no library does this.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from app.text_checks.common_words import COMMON_WORDS, GLUE_NAMES, NAMES_TOO
from app.text_checks.wordlists import NOT_PROFANE, PROFANITY

PROFANE_WORDS = frozenset(PROFANITY)
_FIGURES = str.maketrans("@4310$57+!|", "aaeiossttii")
# Signs for letters that are left out; at the end of a word stars alone do, since
# worksheets leave blanks to fill in (d___) and sentences trail off.
_MASK = "*#@_-.%$&?!\u2013\u2014\u2022\u2026"
_MASKED_WITHIN = re.compile(rf"[a-z]+[{re.escape(_MASK)}]+[a-z]+")
_MASKED_END = re.compile(r"(?:[a-z]\*{3,}|[a-z]{2,}\*+)")
_TOKEN = re.compile(rf"[a-z\u00f1\d@$](?:[a-z\u00f1\d@+|']|[{re.escape(_MASK)}])*")
# Around a word, and no part of it.
_AROUND = ".,;:!?'\"()[]<>#_-"
_NUMBER = re.compile(r"[\d.,:/%+-]+(?:am|pm|st|nd|rd|th)?", re.ASCII)
_APART = re.compile(r"[^a-z\u00f1\d@$!+|]+")
_SPELT = re.compile(r"(?<!\w)[a-z](?:[ .\-_*/][a-z]){2,}(?!\w)")
_SPELT_PAIR = re.compile(r"(?<!\w)[a-z][.\-_*/][a-z](?!\w)")
_RUN = re.compile(r"([a-z])\1{2,}")
# The same to search for: without a count it takes half the time.
_TRIPLE = re.compile(r"([a-z])\1\1")
_KNOWN = (COMMON_WORDS | NAMES_TOO | GLUE_NAMES) - PROFANE_WORDS
# Letters set apart, in a text's key.
_LETTERS_APART = re.compile(" [a-z] [a-z] [a-z] ")
# Listed words with an \u00f1, as they stand in a key.
_WITH_TILDE = frozenset(word.replace("\u00f1", "n") for word in PROFANITY if "\u00f1" in word)
# A sign or a figure within a word, or stars at its end: without any no letter is masked.
_SUSPECT = re.compile(
    rf"[\d{re.escape(_MASK)}|+](?:(?<=[a-z\u00f1].)(?=[a-z\u00f1\d{re.escape(_MASK)}|+])"
    rf"|(?<=[\d@$|+])(?=[a-z\u00f1])|(?<=[a-z\u00f1][\d*@$+]))"
)
# Emphasis of Markdown around whole words; stars within a word are a mask and stay. Between
# underscores others may stand, so what they enclose is bounded: else each is held against all.
_STARS = re.compile(r"(?<![\w*])(\*{1,3})(?=[^\s*])([^*\n]*[^\s*])\1(?![\w*])")
_UNDERSCORES = re.compile(r"(?<![\w*])(_{1,3})(?=[^\s*])([^*\n]{0,200}[^\s*])\1(?![\w*])")
_ORDINARY = re.compile(rf"\b(?:{'|'.join(NOT_PROFANE)})\b")


def count_profanity(text: str, words: Sequence[str], *, has_profane: bool) -> int:
    """Count the profane words in `text`, which bears no accents but that of ñ.

    `words` are those of its `text_key`, and `has_profane` tells whether `PROFANE_WORDS` are among
    them. Takes time in proportion to the text's length.
    """
    lower = text.lower()
    if not has_profane and not _may_be_disguised(lower, f" {' '.join(words)} ", words):
        return 0
    bare = _UNDERSCORES.sub(r"\2", _STARS.sub(r"\2", lower))
    # What is ordinary all the same is looked for only where there is something to find.
    return _count_words(_ORDINARY.sub(" ", bare)) if _count_words(bare) else 0


def _count_words(text: str) -> int:
    odd = [token for token in _TOKEN.findall(text) if token not in _KNOWN]
    return sum(map(_is_profane, odd)) + sum(map(_spells_profanity, _SPELT.findall(text)))


def _may_be_disguised(lower: str, key: str, words: Sequence[str]) -> bool:
    """Tell cheaply whether a word may be disguised: in most texts none is."""
    # Words that everybody writes have no letter three times.
    if _LETTERS_APART.search(key) or _TRIPLE.search(" ".join(set(words) - _KNOWN)):
        return True
    if "\u00f1" in lower and not _WITH_TILDE.isdisjoint(words):
        return True
    return _SUSPECT.search(lower) is not None and any(
        map(_may_be_profane, [token for token in lower.split() if not token.isalpha()])
    )


def _may_be_profane(token: str) -> bool:
    """Return whether `token`, with or without emphasis, is a profane word or a part of one."""
    bare = token.lstrip("*").strip(_AROUND)
    if not bare or bare.isalpha() or _NUMBER.fullmatch(bare):
        return False
    if _SPELT_PAIR.search(token):
        return True
    parts = {*_TOKEN.findall(token), *_TOKEN.findall(bare)}
    return any(map(_is_profane, parts | {part.strip("*_") for part in parts}))


def _spells_profanity(letters: str) -> bool:
    return "".join(filter(str.isalpha, letters)) in PROFANE_WORDS


def _is_profane(token: str) -> bool:
    if token in PROFANE_WORDS:
        return True
    if token.isalpha():
        return _is_drawn_out(token)
    parts = _APART.split(token)
    return any(map(_is_listed, parts)) or _fits_mask(token.rstrip("'.?!"))


def _is_listed(word: str) -> bool:
    """Return whether `word` is listed, with figures read as letters, or with runs shortened."""
    if word.isalpha():
        return word in PROFANE_WORDS or _is_drawn_out(word)
    readings = (word.rstrip("!"), word.translate(_FIGURES))
    return any(read in PROFANE_WORDS or _is_drawn_out(read) for read in readings)


def _is_drawn_out(word: str) -> bool:
    """Return whether `word` is listed with runs of three letters shortened to two or one."""
    if not _TRIPLE.search(word):
        return False
    return _RUN.sub(r"\1", word) in PROFANE_WORDS or _RUN.sub(r"\1\1", word) in PROFANE_WORDS


def _group_by_length_and_first() -> Mapping[tuple[int, str], list[str]]:
    index: dict[tuple[int, str], list[str]] = defaultdict(list)
    for word in PROFANITY:
        index[len(word), word[0]].append(word)
    return index


_BY_LENGTH_AND_FIRST = _group_by_length_and_first()


def _fits_mask(word: str) -> bool:
    """Return whether `word` has masked letters, and a listed word fits around them."""
    if not (_MASKED_WITHIN.fullmatch(word) or _MASKED_END.fullmatch(word)):
        return False
    listed = _BY_LENGTH_AND_FIRST.get((len(word), word[0]), ())
    return any(_is_masked_form(word, one) for one in listed)


def _is_masked_form(masked: str, word: str) -> bool:
    return all(seen == letter or seen in _MASK for seen, letter in zip(masked, word, strict=True))
