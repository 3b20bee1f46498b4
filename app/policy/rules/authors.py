"""Authors: clause 1, which binds everyone who uses social media for the district."""

from collections.abc import Iterator

from app.policy.case import Case, Identified
from app.policy.codes import finding
from app.policy.verdict import Finding, Subject

_DOUBTS = {
    "wrong_kind": "author.student",
    "unknown": "author.unknown",
    "ambiguous": "author.ambiguous",
    "unidentified": "author.unidentified",
}


def author_known(case: Case) -> Iterator[Finding]:
    """Clause 1: the author is one person on file, with the district, and no student."""
    if case.author is None:
        return
    code = _find_doubt(case, case.author)
    if code is not None:
        ref = case.author.ref
        yield finding(code, ref.at, Subject("person", ref.id) if ref.id is not None else None)


def _find_doubt(case: Case, author: Identified) -> str | None:
    if author.person is None:
        return _DOUBTS[author.status]
    if author.person.status != "active":
        return "author.left"
    if author.person.identity_doubted:
        return "author.identity_doubtful"
    asked = case.question
    another = asked.asked_by is not None and author.person.id != asked.asked_by
    return "author.another" if another and not asked.for_others else None
