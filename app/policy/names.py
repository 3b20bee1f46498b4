"""Names, grades and texts in the one form in which they are compared."""

import re
import unicodedata
from collections.abc import Collection

# Apostrophes, okinas, primes and single quotation marks of every script, and the full stop: with
# them and without, a name is the same.
_DROPPED = re.compile(
    "['`.\u00b4\u02b0-\u02ff\u0374\u0384\u055a\u055b\u05f3\u07f4\u07f5\u1fbd\u1fbf\u1fef\u1ffd"
    "\u1ffe\u2018-\u201b\u2032\u2035\u2039\u203a\u2e32\u2e34\ua78b\ua78c\uff07\uff40]"
)
_APOSTROPHES = re.compile(_DROPPED.pattern.replace("'`.", "`", 1))
# Letters that Unicode does not take apart into a letter and an accent.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ħ": "h",
        "\u0131": "i",
    }
)
# All that is no letter or digit. Two planes are Unicode's for Chinese characters, and each edition
# adds some: an older Python knows them as letters, too, so that a key is the same on every one.
_GAPS = re.compile(r"(?:[^\w\U00020000-\U0003ffff]|_)+")
# Accents are put in order by a method that takes four times as long for twice as many in a row.
# No letter has as many as Unicode's own limit for streams (UAX 15).
_MOST_MARKS = 30
_MAY_BE_MARKS = re.compile(rf"[^\w\s\x00-\x7f]{{{_MOST_MARKS + 1},}}")
# The same for ASCII alone: dropped, or a gap.
_ASCII = {
    code: None if chr(code) in "'`." else " " for code in range(128) if not chr(code).isalnum()
}
_ORDINAL = re.compile(r"^0*(\d+)(?:st|nd|rd|th)?$")
_SIGNED = re.compile(r"(?:^|[\s\"'=(])([-+\u2010-\u2015\u2212])\s*(\d+)")
_GRADE_WORDS = re.compile(r"\b(?:grade|grades|gr|class|year|yr|level|st|nd|rd|th)\b")
_GRADE = re.compile(r"^(?:grade|gr) ?(?=\d)")
# In the rostering standards `PS` is a postsecondary student, and no preschool child.
_GRADES = {
    **dict.fromkeys(("k", "kg", "kn", "kindergarten", "kinder", "0", "00", "kindergarden"), "k"),
    **dict.fromkeys(("pk", "pre k", "prek", "pre kindergarten", "prekindergarten", "pre kg",
                     "prekg", "preschool", "pre school"), "pk"),
    **dict.fromkeys(("tk", "transitional kindergarten"), "tk"),
    "freshman": "9", "sophomore": "10", "junior": "11", "senior": "12",
    "first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6",
    "seventh": "7", "eighth": "8", "ninth": "9", "tenth": "10", "eleventh": "11", "twelfth": "12",
}  # fmt: skip


def name_key(text: str) -> str:
    """Return `text` without case, accents and punctuation, words parted by one space.

    >>> name_key("José  Núñez-O'Brien")
    'jose nunez obrien'
    """
    if text.isascii():  # most names and texts, and this is on the path of every check
        return " ".join(text.lower().translate(_ASCII).split())
    # Before all else, since some apostrophes would be taken apart into a blank and an accent.
    bare = _DROPPED.sub("", text)
    # Taken apart first: what is folded before that can leave capitals and joined letters.
    apart = unicodedata.normalize("NFKD", cut_marks(bare)).casefold().translate(_LETTERS)
    folded = "".join(c for c in apart if not unicodedata.combining(c))
    return _GAPS.sub(" ", _DROPPED.sub("", folded)).strip()


def level_apostrophes(text: str) -> str:
    """Return `text` with the typewriter's apostrophe for all that may stand for one.

    >>> level_apostrophes("Ka\u02bbiulani\u00b4s")
    "Ka'iulani's"
    """
    return _APOSTROPHES.sub("'", text)


def cut_marks(text: str) -> str:
    """Return `text` with no more than 30 accents in a row, ready to be taken apart.

    >>> len(cut_marks("a" + "\u0301\u0316" * 1_000))
    31
    """
    return _MAY_BE_MARKS.sub(_keep_first_marks, text)


def _keep_first_marks(run: re.Match[str]) -> str:
    marks = 0
    kept = []
    for sign in run[0]:
        is_mark = unicodedata.combining(sign) > 0
        marks += is_mark
        if not is_mark or marks <= _MOST_MARKS:
            kept.append(sign)
    return "".join(kept)


def full_name_key(given: str, family: str) -> str:
    """Return the key of a given (or preferred) and a family name together."""
    return name_key(f"{given} {family}")


def grade_key(text: str) -> str:
    """Return the key of a grade: `3`, `03`, `3rd` and `Grade 3` are one grade.

    >>> grade_key("03"), grade_key("KG"), grade_key("3rd grade"), grade_key("Pre-K")
    ('3', 'k', '3', 'pk')

    A number with a sign is no known grade, and not the grade without it.

    >>> grade_key("-1")
    '-1'
    """
    if signed := _SIGNED.search(text):
        return f"{signed[1]}{signed[2]}"
    bare = name_key(text)
    told = _GRADES.get(bare)
    if told is None:
        # "Grade 3", "3rd grade" and "Gr. 03" are the same.
        bare = " ".join(_GRADE_WORDS.sub(" ", _GRADE.sub("", bare)).split()) or bare
        told = _GRADES.get(bare)
    number = _ORDINAL.match(bare)
    return told or (number[1] if number else bare)


def contains_name(text_key: str, key: str) -> bool:
    """Return whether the words of `key` stand together in `text_key` (both are name keys)."""
    return bool(key) and f" {key} " in f" {text_key} "


def email_domain(address: str | None) -> str | None:
    """Return the domain of an e-mail address, in lower case and without a final dot.

    >>> email_domain("Office@Provo.EDU.")
    'provo.edu'
    """
    return None if address is None else address.rpartition("@")[2].lower().rstrip(".")


def of_district(domain: str, ours: Collection[str]) -> bool:
    """Return whether the domain of an e-mail address is one of `ours`, or lies below one.

    >>> of_district("mail.provo.edu", {"provo.edu"}), of_district("notprovo.edu", {"provo.edu"})
    (True, False)
    """
    return any(domain == own or domain.endswith(f".{own}") for own in ours)
