"""Declarations of who is pictured (clause 42): which are relied on, and why some are not."""

from collections.abc import Iterator

from app.policy.case import Case, find_day
from app.policy.codes import finding
from app.policy.declarations import Declaration, find_unnamed, write_code
from app.policy.verdict import Finding


def declarations_hold(case: Case) -> Iterator[Finding]:
    """Clause 42: who is pictured is taken from a declaration that is about this post."""
    zone = case.facts.setup.timezone
    for number, one in enumerate(case.declared.relied_on):
        told = {"code": write_code(one.code), "day": find_day(zone, one.made_at).isoformat()}
        yield finding("declaration.relied_on", f"/declarations/{number}", values=told)
        if one.account_id is not None and not _is_account(case, one.account_id):
            yield finding("declaration.other_account", "/account")
    for media in case.question.media:
        about = (*case.declared.relied_on, *case.declared.beside)
        if any(media.sha256 in one.digests and _names_former_bearer(case, one) for one in about):
            yield finding("declaration.another_bearer", media.at)
    named = {one.person.id for one in (*case.students, *case.employees) if one.person}
    unnamed = find_unnamed(case.declared.beside, named, case.asked)
    for fault in (*case.declared.faults, *unnamed):
        yield finding(fault.code, fault.at)


def _names_former_bearer(case: Case, one: Declaration) -> bool:
    """Return whether an id in a declaration came to its present bearer after it was made."""
    refs = (*one.pictured.students, *one.pictured.employees)
    return case.facts.has_new_bearer((ref.id for ref in refs), one.made_at)


def _is_account(case: Case, account_id: str) -> bool:
    return case.account is not None and case.account.id == account_id
