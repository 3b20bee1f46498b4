"""Permissions of the Superintendent's office: clauses 48 (logo), 50 and 51 (spokesperson)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from app.policy.case import Case
from app.policy.codes import finding
from app.policy.facts import Designation, Facts, Grant
from app.policy.names import name_key
from app.policy.verdict import Finding
from app.policy.words import DesignationCapacity, GrantKind, Office, Permission

# Which office gives each permission: clauses 48, 50 and 51, and 10.
GRANTING_OFFICE: Mapping[Permission, Office] = {
    "logo": "superintendent",
    "spokesperson": "superintendent",
    "network_email": "director_communications",
}
# What counts against a grant, the least first: the nearest miss is the one worth telling.
_MISSES = (
    "use_unknown", "outside_limit", "network_unknown", "self_granted", "grantor_not_designated",
)  # fmt: skip


def logo(case: Case) -> Iterator[Finding]:
    """Clause 48: no use of the logo without permission of the Superintendent or a designee."""
    if case.question.uses_logo:
        yield _find_permission(case, "logo", "/uses_logo" if case.question.check == "post" else "")


def spokesperson(case: Case) -> Iterator[Finding]:
    """Clauses 50 and 51: only authorized people speak for the district."""
    if case.question.speaks_for_district:
        at = "/speaks_for_district" if case.question.check == "post" else ""
        yield _find_permission(case, "spokesperson", at)


def held_office(facts: Facts, person_id: str, office: Office, day: date) -> bool:
    """Return whether the person was holder or designee of `office` on `day`."""
    return capacity_in(facts.designations.get(person_id, ()), office, day) is not None


def capacity_in(
    designations: Iterable[Designation], office: Office, day: date
) -> DesignationCapacity | None:
    """Return the capacity in which these designations acted for `office` on `day`, or None.

    A holder wins over a designee.
    """
    found = {
        d.capacity
        for d in designations
        if d.office == office
        and d.effective_from <= day
        and (d.effective_to is None or day <= d.effective_to)
    }
    return max(found, default=None)  # "holder" > "designee"


def is_live(case: Case, grant: Grant) -> bool:
    """Return whether a grant is in force, given by a person then acting for the granting office."""
    office = GRANTING_OFFICE[grant.kind]
    given = held_office(case.facts, grant.granted_by, office, grant.effective_from)
    return given and _is_in_force(grant, case.as_of)


def _find_permission(case: Case, kind: GrantKind, at: str) -> Finding:
    """Return the finding; a grant to the account or to the author suffices."""
    if case.account_status == "mismatched":
        return finding(f"{kind}.account_mismatched", at)
    live = [g for g in _list_grants(case, kind) if _is_in_force(g[1], case.as_of)]
    misses: dict[str | None, Grant] = {}
    for grantee, grant in live:
        miss = _find_miss(case, grantee, grant)
        # A grant without a limit is told rather than one with.
        if miss not in misses or grant.limit is None:
            misses[miss] = grant
    if None in misses:
        return _report_grant(misses[None], at)
    if case.question.author and case.author and case.author.person is None:
        return finding(f"{kind}.author_unidentified", at)
    for miss in _MISSES:
        if miss in misses:
            return finding(f"{kind}.{miss}", at, values={"limit": misses[miss].limit or ""})
    return finding(f"{kind}.no_grant", at)


def _report_grant(grant: Grant, at: str) -> Finding:
    """Return the finding of a grant: its logo and its only use, in the words of the office."""
    said = ", ".join(words for words in (grant.mark, grant.limit) if words)
    if said:
        return finding(f"{grant.kind}.granted_for", at, values={"limit": said})
    return finding(f"{grant.kind}.granted", at)


def _list_grants(case: Case, kind: GrantKind) -> Iterator[tuple[str | None, Grant]]:
    """Yield each grant to author or account, with the person it is for (None for an account).

    A person who has left the district holds no permission of it.
    """
    person = case.author.person if case.author else None
    if person and person.status == "active":
        for grant in case.facts.grants.get(("person", person.id), ()):
            if grant.kind == kind:
                yield person.id, grant
    asked = case.question.account.key if case.question.account else None
    key = case.account.key if case.account else asked
    for grant in case.facts.grants.get(("account", key), ()) if key else ():
        if grant.kind == kind:
            yield None, grant


def _find_miss(case: Case, grantee: str | None, grant: Grant) -> str | None:
    """Return why `grant` does not count, None when it does; `other_network` is no near miss."""
    if not held_office(
        case.facts, grant.granted_by, GRANTING_OFFICE[grant.kind], grant.effective_from
    ):
        return "grantor_not_designated"
    if grant.network != "all" and case.platform is None:
        return "network_unknown"
    if grant.network not in {"all", case.platform}:
        return "other_network"
    if grantee == grant.granted_by:
        return "self_granted"
    return _find_use_miss(case, grant)


def _find_use_miss(case: Case, grant: Grant) -> str | None:
    """Return why the grant's limit excludes the use that is asked for; None where it does not."""
    if grant.limit is None:
        return None
    said = case.question.logo_purpose if grant.kind == "logo" else case.question.topic
    if said is None:
        return "use_unknown"
    return None if said == name_key(grant.limit) else "outside_limit"


def _is_in_force(grant: Grant, day: date) -> bool:
    ended = grant.effective_to is not None and grant.effective_to < day
    return grant.effective_from <= day and not ended
