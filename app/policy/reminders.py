"""Reminders: recommendations of the policy that software can only repeat.

None changes an outcome. Each clause that is a reminder stands in the list once or more, with the
case it fits. An answer takes at most five, the most fitting first: about the post itself, about its
text, about its account, and then those that always hold.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from app.policy.case import Case
from app.policy.verdict import Reminder
from app.policy.words import CLASSROOM_KINDS, GROUP_KINDS

MOST = 5
DISCLAIMER = (
    "The views on this page are personal and do not reflect the views of the "
    "Provo City School District."
)


class _Hint(NamedTuple):
    """A reminder and the test whether a case calls for it."""

    fits: Callable[[Case], bool]
    reminder: Reminder


def list_reminders(case: Case) -> Iterator[Reminder]:
    """Yield the recommendations that fit the case, at most `MOST`, the most fitting first."""
    hints = _HINTS_BY_KIND[_is_personal(case), bool(case.question.text_marks)]
    return islice((hint.reminder for hint in hints if hint.fits(case)), MOST)


def _lacks_domains(case: Case) -> bool:
    return bool(case.question.contact_email_domain) and not case.facts.setup.email_domains


def _is_licensed(case: Case) -> bool:
    return any(media.rights == "licensed" for media in case.question.media)


def _lacks_alt_text(case: Case) -> bool:
    """Return whether a picture on an account of the district lacks a description."""
    pictures = (m for m in case.question.media if m.kind in {"photo", "image"})
    return not _is_personal(case) and any(not m.has_alt_text for m in pictures)


def _tells_secrets(case: Case) -> bool:
    unconfidential = {"profanity", "threat", "illegal"}
    return any(mark.kind not in unconfidential for mark in case.question.text_marks)


def _is_rude(case: Case) -> bool:
    return any(mark.kind in {"profanity", "threat", "illegal"} for mark in case.question.text_marks)


def _is_personal(case: Case) -> bool:
    return case.account_status == "personal"


def _is_personal_post(case: Case) -> bool:
    return _is_personal(case) and case.question.check == "post"


def _is_personal_profile(case: Case) -> bool:
    return _is_personal(case) and case.question.check == "account"


def _lacks_disclaimer(case: Case) -> bool:
    return _is_personal(case) and not case.question.has_disclaimer


def _is_classroom(case: Case) -> bool:
    return case.account is not None and case.account.kind in CLASSROOM_KINDS


def _is_classroom_account(case: Case) -> bool:
    return _is_classroom(case) and case.question.check == "account"


def _is_group_account(case: Case) -> bool:
    account = case.account
    return account is not None and account.kind in GROUP_KINDS and case.question.check == "account"


def _is_school_account(case: Case) -> bool:
    account = case.account
    return account is not None and account.kind == "school" and case.question.check == "account"


def _is_of_communications(case: Case) -> bool:
    """Return whether Communications posts on an account of others: in emergencies only."""
    person = case.author.person if case.author else None
    ours = person is not None and person.org_kind == "communications"
    return ours and case.account is not None and case.account.kind != "district_general"


def _serves_no_school(case: Case) -> bool:
    return case.official and case.question.purpose != "school"


_HINTS: tuple[_Hint, ...] = tuple(
    _Hint(fits, Reminder(clause, code, message))
    for fits, clause, code, message in (
        (_lacks_domains, 13, "contact.domains_not_configured",
         ("No district e-mail domain is configured, so contact addresses are not checked: use "
          "district contact information for official accounts, and for those only.")),
        (_lacks_alt_text, 40, "media.alt_text",
         ("A picture has no alternative text (`alt_text`). Federal law asks public bodies to make "
          "what they post accessible, from April 2027 the larger ones.")),
        (_is_licensed, 41, "rights.keep_licence", "Keep the licence of licensed media at hand."),
        (_tells_secrets, 53, "confidentiality.accountable",
         "Whoever discloses confidential information answers for it, meant or not."),
        (_is_rude, 54, "professionalism.respect", "Be respectful and professional."),
        (_is_rude, 61, "conduct.nexus",
         "What is said online can have consequences at school where it touches the school."),
        (_is_rude, 63, "conduct.consequences",
         "Who is responsible for a post that breaks the policy may be disciplined."),
        (_serves_no_school, 62, "technology.education",
         "The district's technology is for educational purposes only."),
        (_serves_no_school, 38, "technology.policy_4202",
         "Policy 4202 governs the use of the district's technology."),
        (_serves_no_school, 60, "technology.no_privacy",
         "Use of the district's network and devices is not private."),
        (_is_of_communications, 8, "administrator.emergencies",
         "The Communications Department uses its seat as an administrator in emergencies only."),
        (_is_personal_profile, 58, "personal.profile",
         "Keep your profile as you wish colleagues, parents and students to see you."),
        (_lacks_disclaimer, 59, "personal.disclaimer",
         f'It is recommended to post a disclaimer: "{DISCLAIMER}"'),
        (_is_personal_profile, 33, "personal.policies",
         "What you post anywhere online stays subject to the district's policies."),
        (_is_personal_profile, 34, "personal.public_view",
         "The district may look at what employees publish without asking first."),
        (_is_personal_profile, 35, "personal.disclosure",
         "Where the law allows, the district may ask employees to name and open their accounts."),
        (_is_personal_post, 27, "personal.distinction",
         "Keep personal and district-related use clearly apart."),
        (_is_personal_post, 29, "personal.equipment",
         "District equipment and the district network are not for personal accounts."),
        (_is_personal_post, 37, "personal.hours",
         "Keep personal use to after-hours and designated breaks."),
        (_is_personal_post, 49, "personal.privacy",
         "Know the privacy settings of the site you post on."),
        (_is_classroom_account, 11, "classroom.educational_goal",
         "Use social media where it serves what the class is to learn."),
        (_is_classroom, 14, "classroom.guidelines",
         "Follow the site's own rules, such as a minimum age."),
        (_is_classroom, 15, "classroom.monitor",
         "Watch the interactions closely, act at once, and report what you hide or remove."),
        (_is_school_account, 19, "school.guidelines",
         "Keep to the guidelines of Board, Superintendent and Communications."),
        (_is_school_account, 20, "school.on_site", "A school's accounts are looked after on site."),
        (_is_group_account, 1, "policy.binds_all",
         "Everyone who uses social media for the district follows this policy."),
    )
)  # fmt: skip
# What can fit no other case than a personal one, or one whose text was marked, is not asked of it.
_OF_PERSONAL = frozenset({_is_personal_post, _is_personal_profile, _lacks_disclaimer})
_OF_MARKS = frozenset({_tells_secrets, _is_rude})
_HINTS_BY_KIND: dict[tuple[bool, bool], tuple[_Hint, ...]] = {
    (personal, marked): tuple(
        hint
        for hint in _HINTS
        if (personal or hint.fits not in _OF_PERSONAL) and (marked or hint.fits not in _OF_MARKS)
    )
    for personal in (False, True)
    for marked in (False, True)
}
