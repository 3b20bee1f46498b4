"""Names of settings: a variable named like one that is none stops the start."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

PREFIX = "CLEARPOST_"
# Variables that are no setting: the file's name, a client's key, the tests' server; and those
# that Kubernetes and Docker set by themselves beside a service that is called `clearpost`.
_OTHERS = frozenset({"CLEARPOST_ENV_FILE", "CLEARPOST_KEY", "CLEARPOST_TEST_POSTGRES_URL"})
_SET_BY_MACHINES = re.compile(
    r"CLEARPOST_(SERVICE_(HOST|PORT)(_\w+)?|NAME|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)"
)
_LISTED = "the README lists those there are"


class UnknownSettingError(ValueError):
    """A variable named like a setting that is none: its value would be ignored."""


def find_unknown(names: list[str], fields: set[str]) -> Iterator[str]:
    """Yield a sentence on each of `names` with our prefix that is no setting; never its value."""
    known = {f"{PREFIX}{name.upper()}" for name in fields}
    for name in names:
        if name.startswith(PREFIX) and not (
            name in known | _OTHERS or _SET_BY_MACHINES.fullmatch(name)
        ):
            nearest = get_close_matches(name.removeprefix(PREFIX).lower(), sorted(fields), 1)
            hint = f"did you mean {PREFIX}{nearest[0].upper()}?" if nearest else _LISTED
            yield f"{name}: there is no such setting; {hint}"
