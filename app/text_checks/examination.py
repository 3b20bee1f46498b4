"""Assisted text checks, run before the policy: what they find goes in as facts, never the words.

They help a person and decide nothing: `review` at most. So they look only for what is wrong in
almost any school post. Someone set on disguising a word can; this is no moderation filter.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple
from urllib.parse import unquote

from phonenumbers import PhoneNumberMatcher
from stdnum.us import ssn

from app.policy.question import TextMark
from app.policy.reminders import DISCLAIMER
from app.policy.spellings import spell_name
from app.text_checks.common_words import COMMON_WORDS, GLUE_NAMES, NAMES_TOO
from app.text_checks.confidential import CONFIDENTIAL, GENERIC, GENERIC_VERBS, HOME_ADDRESS_WORDS
from app.text_checks.disguises import list_readings
from app.text_checks.letters import make_key, read_letters
from app.text_checks.markup import read_markup
from app.text_checks.names_in_tags import (
    list_initialled,
    list_joined_keys,
    list_spelt_keys,
    part_tags,
)
from app.text_checks.names_in_text import NO_NAMES, NamesInText, gather_names, list_name_keys
from app.text_checks.names_without_blanks import list_unspaced_keys, part_scripts
from app.text_checks.own_matters import count_own_matters
from app.text_checks.profanity import PROFANE_WORDS, count_profanity
from app.text_checks.wordlists import ILLEGAL, PROFANE_PHRASES, THREATS

_POSSESSIVE = re.compile(r"'s\b", re.IGNORECASE)
# The full stop of an initial that the next word or initial of a name follows without a blank:
# A.Lopez, J.R. Smith. It comes first, so that the engine skips to the next one.
_INITIAL = re.compile(r"\.(?<=\b[A-Z]\.)(?=[A-Z](?:[a-z']|\.(?:[A-Z]\.)? ?[A-Z][a-z']))", re.ASCII)


def make_text_key(text: str) -> str:
    """Return `text` as `app.policy.names.name_key` writes it, ready for a search for names.

    A possessive ending is dropped; a tag in capitals, and initials, are taken apart.

    >>> make_text_key("Ana Núñez's art, #AnaNunez")
    'ana nunez art ana nunez'
    """
    return _make_text_key(read_letters(text)[0])


def _make_text_key(seen: str) -> str:
    apart = part_tags(seen) if "#" in seen or "@" in seen else seen
    if "." in apart:
        apart = _INITIAL.sub(". ", apart)
    return make_key(_POSSESSIVE.sub("", apart) if "'" in apart else apart)


class Examined(NamedTuple):
    """The finds of one look at a text.

    `key` is its `make_text_key`, `marks` each kind of thing a person should look at, once and how
    often: `profanity` is clause 55, `threat` 56, `illegal` 57, all others 52.
    `has_disclaimer` tells whether it holds the sentence clause 59 recommends; case, quotes and
    spacing are free. `names` are the full names that it may hold.
    """

    key: str = ""
    marks: tuple[TextMark, ...] = ()
    has_disclaimer: bool = False
    names: NamesInText = NO_NAMES


def examine_text(text: str) -> Examined:
    """Look at `text` as a reader sees it, without markup.

    Takes time in proportion to its length and raises nothing.
    """
    if not text:
        return Examined()
    seen, lettered = read_letters(read_markup(text))
    key = _make_text_key(seen)
    spaced = f" {key} "
    words = key.split()
    listed = _LISTED.intersection(words)
    found = _count_phrases(spaced, listed)
    has_profane = not PROFANE_WORDS.isdisjoint(listed)
    if profane := count_profanity(seen, words, has_profane=has_profane):
        found["profanity"] += profane
    if _DIGIT.search(key):
        found["identifier"] += _count_identifiers(seen, words)
        if not _OF_A_HOME.isdisjoint(words):
            found["home_address"] += _count_home_addresses(key)
    for kind, count in count_own_matters(seen).items():
        found[kind] += count
    marks = tuple(TextMark(kind, found[kind]) for kind in _KINDS if found[kind]) if found else ()
    return Examined(
        key, marks, f" {_DISCLAIMER_KEY} " in spaced, gather_names(_list_names(lettered, words))
    )


# Letters set apart of the shortest name.
_FEWEST_SPELT = 5


def _list_names(text: str, words: Sequence[str]) -> Iterator[str]:
    """Yield the keys of the full names that a text may hold, however they are written.

    `words` are those of its key.
    """
    if "%" in text:  # an address, whose blanks and accents are written so
        text = unquote(text)
    has_tags = "#" in text or "@" in text
    if has_tags or "/" in text:
        yield from list_joined_keys(text)
    yield from list_name_keys(text if text.isascii() else part_scripts(text))
    readings = chain(list_readings(text), list_initialled(text) if has_tags else ())
    for reading in readings:
        yield from list_name_keys(reading)
        if "#" in reading or "@" in reading:
            yield from list_joined_keys(reading)
    if list(map(len, words)).count(1) >= _FEWEST_SPELT:
        yield from list_spelt_keys(text)
    if not text.isascii():
        for name in list_unspaced_keys(text):
            yield from spell_name(name)


_DISCLAIMER_KEY = make_text_key(DISCLAIMER)


_PHRASES = {
    "profanity": PROFANE_PHRASES, "threat": THREATS, "illegal": ILLEGAL, **CONFIDENTIAL,
}  # fmt: skip
_KINDS = (*_PHRASES, "identifier", "home_address")


def _group_by_rarest_word() -> dict[str, list[tuple[str, str]]]:
    """Return each phrase as it stands in a text's key, with its kind, by its most telling word."""
    index: dict[str, list[tuple[str, str]]] = {}
    for kind, phrases in _PHRASES.items():
        for phrase in map(make_text_key, phrases):
            word = max(phrase.split(), key=_tell_rarity)
            index.setdefault(word, []).append((kind, f" {phrase} "))
    return index


def _tell_rarity(word: str) -> tuple[bool, int]:
    is_common = word in COMMON_WORDS or word in NAMES_TOO or word in GLUE_NAMES
    return not is_common, len(word)


_BY_RAREST_WORD = _group_by_rarest_word()
# A text has few of these words, if any: it is looked through once for all of them.
_LISTED = PROFANE_WORDS | _BY_RAREST_WORD.keys()
_GENERIC = re.compile(rf" (?:{'|'.join(GENERIC)}) (?:{'|'.join(GENERIC_VERBS)}) ")


def _count_phrases(text: str, words: Iterable[str]) -> dict[str, int]:
    """Return how often phrases of each kind stand in `text`, a key between spaces.

    `words` are those of its words that are listed.
    """
    found: dict[str, int] = defaultdict(int)
    for word in words:
        for kind, phrase in _BY_RAREST_WORD.get(word, ()):
            count = text.count(phrase)
            if count and kind in CONFIDENTIAL:
                count = _GENERIC.sub(" ", text).count(phrase)
            found[kind] += count
    return found


# Identifiers of a person (clause 52). E-mail addresses and telephone numbers belong in posts: an
# office's, a coach's, a club's. To send each of them to review would teach people not to ask. So
# a number counts only where the words just before it make it a person's private one, and so do
# dates of birth and ids. Street addresses would need a trained parser and are mostly schools'.
# Every repetition is bounded: the time stays in proportion to the text. Patterns that are tried all
# over a text begin with the digit, to which the engine skips, and look behind it afterwards.
_DIGIT = re.compile(r"\d", re.ASCII)
_NUMBER = re.compile(r"[\d+(]\d*(?<=\d)", re.ASCII)
_LEAD = re.compile(r"[a-z.'#][\s:#=-]{0,3}\Z", re.ASCII | re.IGNORECASE)
_LONGEST_LEAD = 4
_LONGEST_NUMBER = 40
_LONGEST_LABEL = 40
_END = r"(?: is| at| es)?[\s:#=-]{0,3}$"
_PHONE_LABEL = re.compile(
    r"\b(?:(?:cell|mobile|home)(?: ?phone)?(?: number| no\.?)?"
    r"|(?:mom|mum|dad|mother|father|guardian)(?:'?s)?(?: cell)?(?: ?phone)?(?: number)?"
    r"|(?:su|mi|tu) (?:numero|celular|telefono)(?: personal| de casa| celular)?"
    r"|(?:celular|telefono|numero)(?: de (?:su|la|mi))? (?:mama|papa|casa|madre|padre)"
    r"|(?:mi|su|tu) (?:mama|papa|madre|padre|abuela|abuelo)"
    r"|(?:my|her|his|their) (?:cell |phone )?number)" + _END,
    re.ASCII,
)
_ID_LABEL = re.compile(
    r"\b(?:(?:student|pupil) ?(?:id|number|no\.?|#)|lunch ?(?:pin|code|number)|ssn|social security)"
    r"(?: number| no\.?)?" + _END,
    re.ASCII,
)
_BIRTH_LABEL = re.compile(
    r"\b(?:dob|d\.o\.b\.|date of birth|birth ?date)(?: is)?[\s:=-]{0,3}"
    r"(?P<month>[a-z]{3,9}\.? )?$",
    re.ASCII,
)
# A year is no id: "student ID 2026 cards".
_ID = re.compile(r"(?!(?:19|20)\d\d(?!\d))\d{4,}(?![\d/-])", re.ASCII)
_DAY = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}\b", re.ASCII)
_DAY_IN_WORDS = re.compile(
    r"\d{1,2}(?:st|nd|rd|th)? (?:of )?[a-z]{3,9}\.?,? \d{4}\b", re.ASCII | re.IGNORECASE
)
# A day that bounds is no birthday: "DOB 9/1/2021 or earlier".
_BOUND = re.compile(
    r"\d,? ?(?:(?:or|and|&) (?:earlier|before|prior|later|after|older|younger|up)\b"
    r"|(?:(?:to|thru|through|until|and) | - ?|\u2013 ?)(?:[a-z]{3,9}\.? )?\d{1,2}[/.,-])",
    re.IGNORECASE,
)
_SECURITY_NUMBER = re.compile(r"(\d\d\d)(?<![\w-]\d\d\d)([- ])(\d\d)\2(\d{4})(?![\w-])", re.ASCII)
# Telephone numbers are costly to tell, and a text with this many private ones is clear.
_ENOUGH_PHONES = 50


# Words of labels: a text with none of these needs no closer look, and most have none.
_LABEL_WORDS = """
cell cells cellphone mobile mobilephone home homephone mom moms mum mums dad dads mother mothers
father fathers guardian guardians my student students studentid studentnumber studentno pupil pupils
pupilid pupilnumber pupilno lunch lunchpin lunchcode lunchnumber ssn social dob d birth birthdate
number numbers su mi tu celular telefono numero
"""
_LABELLING = frozenset(_LABEL_WORDS.split())


def _count_identifiers(text: str, words: Iterable[str]) -> int:
    return _count_security_numbers(text) + _count_labelled(text, words)


# A person's home, known by words before a house number. `name_key` leaves single spaces.
_HOME_ADDRESS = re.compile(
    rf"(?: {'| '.join(HOME_ADDRESS_WORDS)})(?: [a-z]{{1,20}}){{0,3}} \d{{1,5}} (?:[a-z0-9]|$)",
    re.ASCII,
)


# One of the words of each of them.
_OF_A_HOME = frozenset(max(words.split(), key=len) for words in HOME_ADDRESS_WORDS)


def _count_home_addresses(key: str) -> int:
    return len(_HOME_ADDRESS.findall(f" {key} "))


def _count_security_numbers(text: str) -> int:
    found = _SECURITY_NUMBER.findall(text)
    return sum(ssn.is_valid(f"{area}-{group}-{serial}") for area, _, group, serial in found)


def _count_labelled(text: str, words: Iterable[str]) -> int:
    """Count private numbers, ids and dates of birth that words just before them make such."""
    if _LABELLING.isdisjoint(words):
        return 0
    count = 0
    phones: list[str] = []
    for found in _NUMBER.finditer(text):
        start = found.start()
        if not _LEAD.search(text, max(0, start - _LONGEST_LEAD), start):
            continue
        label = text[max(0, start - _LONGEST_LABEL) : start].lower()
        number = text[start : start + _LONGEST_NUMBER]
        count += _is_labelled(label, number)
        if _PHONE_LABEL.search(label):
            phones.append(number)
    return count + sum(PhoneNumberMatcher(n, "US").has_next() for n in phones[:_ENOUGH_PHONES])


def _is_labelled(label: str, number: str) -> bool:
    """Return whether an id or a date of birth follows words that say so."""
    if _ID_LABEL.search(label):
        return _ID.match(number) is not None
    born = _BIRTH_LABEL.search(label)
    if born is None or _BOUND.search(number):
        return False
    return bool(born["month"] or _DAY.match(number) or _DAY_IN_WORDS.match(number))
