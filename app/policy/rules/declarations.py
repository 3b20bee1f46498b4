"""Declarations of who is pictured (clause 42): which are relied on, and why some are not."""

from collections.abc import Iterator

from app.policy.case import Case, find_day
from app.policy.codes import finding
from app.policy.declarations import find_unnamed, write_code
from app.policy.verdict import Finding


def declarations_hold(case: Case) -> Iterator[Finding]:
    """Clause 42: who is pictured is taken from a declaration that is about this post."""
    zone = case.facts.setup.timezone
    for number, one in enumerate(case.declared.relied_on):
        told = {"code": write_code(one.code), "day": find_day(zone, one.made_at).isoformat()}
        yield finding("declaration.relied_on", f"/declarations/{number}", values=told)
        if one.account_id is not None and not _is_account(case, one.account_id):
            yield finding("declaration.other_account", "/account")
    named = {one.person.id for one in (*case.students, *case.employees) if one.person}
    unnamed = find_unnamed(case.declared.beside, named, case.asked)
    for fault in (*case.declared.faults, *unnamed):
        yield finding(fault.code, fault.at)


def _is_account(case: Case, account_id: str) -> bool:
    return case.account is not None and case.account.id == account_id
