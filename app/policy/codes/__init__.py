"""The catalogue of findings: every stable code, with its rule, clause, outcome and words.

A code never changes its meaning. Messages and remedies are written for people and hold no names;
the only values put into them are dates, counts and platforms of our own making.
"""

from collections.abc import Mapping

from app.policy.codes.accounts import ACCOUNTS
from app.policy.codes.parties import PARTIES
from app.policy.codes.permissions import PERMISSIONS
from app.policy.codes.shape import Code
from app.policy.codes.students import STUDENTS
from app.policy.codes.text import TEXT
from app.policy.verdict import Finding, Subject

CODES: dict[str, Code] = {**STUDENTS, **PARTIES, **PERMISSIONS, **ACCOUNTS, **TEXT}


def finding(
    code: str,
    at: str,
    subject: Subject | None = None,
    values: Mapping[str, str | int] | None = None,
    clause: int | None = None,
) -> Finding:
    """A finding of `code` about what stands `at` in the request.

    `values` fill the message's placeholders; `clause` cites a narrower clause than the code's.
    """
    meaning = CODES[code]
    message = meaning.message.format_map(values) if values else meaning.message
    return Finding(
        rule=meaning.rule,
        clause=clause or meaning.clause,
        outcome=meaning.outcome,
        code=code,
        at=at,
        message=message,
        remedy=meaning.remedy,
        subject=subject,
        resolvable_by=meaning.resolvable_by,
    )
