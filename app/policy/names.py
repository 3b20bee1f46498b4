"""Names, grades and texts in the one form in which they are compared."""

import re
import unicodedata
from collections.abc import Collection

_DROPPED = re.compile("['\u2019\u02bc`.]")
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
_GAPS = re.compile(r"[\W_]+")
# The same for ASCII alone: dropped, or a gap.
_ASCII = {
    code: None if chr(code) in "'`." else " " for code in range(128) if not chr(code).isalnum()
}
_ORDINAL = re.compile(r"^0*(\d+)(?:st|nd|rd|th)?$")
_KINDERGARTEN = frozenset({"k", "kg", "kindergarten", "0", "00"})


def name_key(text: str) -> str:
    """`text` without case, accents and punctuation, words parted by one space.

    >>> name_key("José  Núñez-O'Brien")
    'jose nunez obrien'
    """
    if text.isascii():  # most names and texts, and this is on the path of every check
        return " ".join(text.lower().translate(_ASCII).split())
    # Taken apart first: what is folded before that can leave capitals and joined letters.
    apart = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    folded = "".join(c for c in apart if not unicodedata.combining(c))
    return _GAPS.sub(" ", _DROPPED.sub("", folded)).strip()


def full_name_key(given: str, family: str) -> str:
    """The key of a given (or preferred) and a family name together."""
    return name_key(f"{given} {family}")


def grade_key(text: str) -> str:
    """A grade as the SIS or a person writes it: `3`, `03` and `3rd` are one grade.

    >>> grade_key("03"), grade_key("KG"), grade_key("3rd")
    ('3', 'k', '3')
    """
    bare = name_key(text)
    if bare in _KINDERGARTEN:
        return "k"
    number = _ORDINAL.match(bare)
    return number[1] if number else bare


def contains_name(text_key: str, key: str) -> bool:
    """Whether the words of `key` stand together in `text_key` (both are name keys)."""
    return bool(key) and f" {key} " in f" {text_key} "


def email_domain(address: str | None) -> str | None:
    """The domain of an e-mail address, in lower case and without a final dot.

    >>> email_domain("Office@Provo.EDU.")
    'provo.edu'
    """
    return None if address is None else address.rpartition("@")[2].lower().rstrip(".")


def of_district(domain: str, ours: Collection[str]) -> bool:
    """Whether the domain of an e-mail address is one of `ours`, or lies below one.

    >>> of_district("mail.provo.edu", {"provo.edu"}), of_district("notprovo.edu", {"provo.edu"})
    (True, False)
    """
    return any(domain == own or domain.endswith(f".{own}") for own in ours)
