"""Codes of declarations: eight characters to read out, the last of which checks the others.

No character is taken for another (0 and O, 1, I and L, U and V). The check character is that of
ISO 7064, hybrid system MOD 31,30: it finds every single mistyped character and nearly
every swap of two neighbours.
"""

import re
import secrets

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 8
MISTYPED = "Is no id, and no code of eight characters such as K7Q4-2MDX: one may be mistyped"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Blanks, and hyphens and dashes of every length.
_BREAKS = re.compile(r"[\s\u2010-\u2015-]")


def make_code() -> str:
    """Return a code at random, without its hyphen."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH - 1))
    return drawn + str(mod_37_36.calc_check_digit(drawn, ALPHABET))


def parse_code(typed: str) -> str | None:
    """Return a code as it is on file; None where a character is mistyped."""
    code = _BREAKS.sub("", typed).upper()
    if len(code) != _LENGTH or not set(code) <= set(ALPHABET):
        return None
    try:
        mod_37_36.validate(code, ALPHABET)
    except ValidationError:
        return None
    return code


def parse_reference(typed: str) -> str | None:
    """Return the id or the code of a declaration as it is on file; None where it is neither."""
    given = typed.strip()
    return given if _ID.fullmatch(given) else parse_code(given)
