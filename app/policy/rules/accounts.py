"""Accounts: clauses 2 to 5, 7, 9, 10, 12, 13, 22 to 25, 28 and 30 to 32."""

from collections.abc import Iterator

from app.policy.case import Case
from app.policy.codes import finding
from app.policy.facts import EVERYBODY, Account, Authorization, Grant
from app.policy.names import of_district
from app.policy.rules.permissions import held_office, is_live
from app.policy.verdict import Finding, Subject
from app.policy.words import CLASSROOM_KINDS, GROUP_KINDS, AccountStatus

# What the Communications Department holds back, whatever was authorized before.
_HELD: frozenset[AccountStatus] = frozenset({"suspended", "closed", "under_review"})


def account_authorized(case: Case) -> Iterator[Finding]:
    """Clause 4: any District presence is authorized by the Director of Communications.

    Clause 2 leaves open what a platform is, so an unknown platform is in scope like any other;
    for groups (22 to 24) clause 24 is cited, which asks for the same authorization.
    """
    if not case.official:
        return
    at = case.question.account.at if case.question.account else ""
    if case.account is None:
        yield finding(f"account.{case.account_status}", at)
        return
    clause = 24 if case.account.kind in GROUP_KINDS else None
    yield finding(_find_authorization_code(case, case.account), at, clause=clause)


def account_status(case: Case) -> Iterator[Finding]:
    """Clauses 4 and 5: no authorization helps an account that is suspended, closed or in review."""
    if case.account is not None and case.account.status in _HELD:
        yield finding(f"account.{case.account.status}", _find_place(case))


def account_administrator(case: Case) -> Iterator[Finding]:
    """Clause 7: the Communications Department is named as an administrator."""
    if case.account is None:
        return
    attested = case.account.communications_admin_on
    named = attested is not None and attested <= case.as_of
    code = "account.admin_named" if named else "account.admin_missing"
    yield finding(code, _find_place(case))


def account_responsible(case: Case) -> Iterator[Finding]:
    """Clauses 3 and 9: a content owner and a content manager, both still with the district."""
    account = case.account
    if account is None:
        return
    owner = account.owner_id is not None and account.owner_active
    if not owner:
        yield finding("account.no_owner", _find_place(case))
    if not account.active_managers:
        yield finding("account.no_manager", _find_place(case))
    if owner and account.active_managers:
        yield finding("account.responsible", _find_place(case))


def district_general(case: Case) -> Iterator[Finding]:
    """Clause 25: the general District accounts are managed by Communications.

    A check of an account that names nobody who posts is about the account alone.
    """
    if case.account is None or case.account.kind != "district_general":
        return
    if case.question.check == "account" and case.question.author is None:
        return
    at = case.question.author.at if case.question.author else "/author"
    if case.author is None or case.author.person is None:
        yield finding("account.author_missing", at)
        return
    subject = Subject("person", case.author.ref.id) if case.author.ref.id else None
    author = case.author.person
    ours = author.org_kind == "communications" and author.status == "active"
    code = "account.managed_by_communications" if ours else "account.author_elsewhere"
    yield finding(code, at, subject)


def personal_use(case: Case) -> Iterator[Finding]:
    """Clauses 30 to 32: what the policy allows on a personal account is never flagged."""
    if case.account_status == "personal":
        yield finding("personal.permitted", _find_place(case))


def contact_email(case: Case) -> Iterator[Finding]:
    """Clauses 13 and 28: district contact data for official accounts, and only for those."""
    declared = case.question.contact_email_domain
    if not case.facts.setup.email_domains:
        return
    if declared is not None:
        district = of_district(declared, case.facts.setup.email_domains)
        if case.account_status == "personal":
            yield finding(
                "contact.personal_use" if district else "contact.private", "/contact_email"
            )
        else:
            yield finding("contact.district" if district else "contact.foreign", "/contact_email")
    if case.account is not None and case.account.kind in CLASSROOM_KINDS:
        yield _judge_contact(case, case.account)


def network_email(case: Case) -> Iterator[Finding]:
    """Clause 10: no district e-mail on a network that the district has not approved for it.

    The address is the one that the account is registered and kept with.
    """
    account, domains = case.account, case.facts.setup.email_domains
    if account is None or account.contact_email_domain is None:
        return
    if of_district(account.contact_email_domain, domains):
        approved = any(is_live(case, one) for one in find_network_grants(case))
        code = "contact.network_approved" if approved else "contact.network_not_approved"
        yield finding(code, _find_place(case))


def find_network_grants(case: Case) -> Iterator[Grant]:
    """Yield the grants of district e-mail on the account's network that it can rest on.

    To the account, its owner, its org or the district; none for an account without an address.
    """
    account = case.account
    if account is None or account.contact_email_domain is None:
        return
    org, owner = ("org", account.org_id or ""), ("person", account.owner_id or "")
    for whose in (EVERYBODY, org, ("account", account.key), owner):
        for grant in case.facts.grants.get(whose, ()):
            if grant.kind == "network_email" and grant.network == account.platform:
                yield grant


def _judge_contact(case: Case, account: Account) -> Finding:
    if account.contact_email_domain is None:
        return finding("contact.missing", _find_place(case))
    ours = of_district(account.contact_email_domain, case.facts.setup.email_domains)
    return finding("contact.district" if ours else "contact.foreign", _find_place(case))


def _find_authorization_code(case: Case, account: Account) -> str:
    given = account.authorization
    if given is None:
        return "account.unauthorized"
    if given.authorized_on > case.as_of:
        return "account.not_yet_authorized"
    day = given.authorized_on
    if not held_office(case.facts, given.authorized_by, "director_communications", day):
        return "account.authorizer_not_designated"
    if _is_self_approved(given):
        return "account.self_authorized"
    return "account.changed_since" if account.changed_since else "account.authorized"


def _is_self_approved(given: Authorization) -> bool:
    """Return whether the requester gave the yes; no setting, then or now, makes it good."""
    return given.requested_by is not None and given.requested_by == given.authorized_by


def _find_place(case: Case) -> str:
    return case.question.account.at if case.question.account else ""
