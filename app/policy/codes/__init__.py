"""The catalogue of findings: every stable code, with its rule, clause, outcome and words.

A code never changes its meaning. Messages and remedies are written for people and hold no names;
the only values put into them are dates, counts and platforms of our own making.
"""

from collections.abc import Mapping
from functools import lru_cache

from app.policy.codes.accounts import ACCOUNTS
from app.policy.codes.authors import AUTHORS
from app.policy.codes.clock import CLOCK
from app.policy.codes.declarations import DECLARATIONS
from app.policy.codes.parties import PARTIES
from app.policy.codes.permissions import PERMISSIONS
from app.policy.codes.shape import Code
from app.policy.codes.students import STUDENTS
from app.policy.codes.text import TEXT
from app.policy.verdict import Finding, Subject

CODES: dict[str, Code] = {
    **STUDENTS, **DECLARATIONS, **PARTIES, **PERMISSIONS, **ACCOUNTS, **AUTHORS, **TEXT, **CLOCK,
}  # fmt: skip


def finding(
    code: str,
    at: str,
    subject: Subject | None = None,
    values: Mapping[str, str | int] | None = None,
    clause: int | None = None,
) -> Finding:
    """Return a finding of `code` about what stands `at` in the request.

    `values` fill the message's placeholders; `clause` cites a narrower clause than the code's.
    """
    if subject is None and values is None:
        return _make_common_finding(code, at, clause)
    return _make_finding(code, at, subject, values, clause)


# Of many children the same is said.
@lru_cache(maxsize=1_024)
def _fill_message(code: str, values: tuple[tuple[str, str | int], ...]) -> str:
    return CODES[code].message.format_map(dict(values))


# Those that are about nobody are the same from post to post.
@lru_cache(maxsize=4_096)
def _make_common_finding(code: str, at: str, clause: int | None) -> Finding:
    return _make_finding(code, at, None, None, clause)


def _make_finding(
    code: str,
    at: str,
    subject: Subject | None,
    values: Mapping[str, str | int] | None,
    clause: int | None,
) -> Finding:
    meaning = CODES[code]
    message = _fill_message(code, tuple(values.items())) if values else meaning.message
    rule, outcome = meaning.rule, meaning.outcome
    cited, by = clause or meaning.clause, meaning.resolvable_by
    return Finding(
        rule, cited, outcome, code, at, message, meaning.remedy, subject, by, meaning.act
    )
