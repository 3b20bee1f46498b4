"""Reminders: what the policy recommends and software can only say. None changes an outcome."""

from collections.abc import Iterator

from app.policy.case import Case
from app.policy.verdict import Reminder

DISCLAIMER = (
    "The views on this page are personal and do not reflect the views of the "
    "Provo City School District."
)

_NO_DOMAINS = Reminder(
    13,
    "contact.domains_not_configured",
    "No district e-mail domain is configured, so contact addresses are not checked: use district "
    "contact information for official accounts, and for those only.",
)
_DISCLAIMER = Reminder(
    59, "personal.disclaimer", f'It is recommended to post a disclaimer: "{DISCLAIMER}"'
)
_PERSONAL = (
    Reminder(27, "personal.distinction", "Keep personal and district-related use clearly apart."),
    Reminder(
        29,
        "personal.equipment",
        "District equipment and the district network are not for personal accounts.",
    ),
    Reminder(37, "personal.hours", "Keep personal use to after-hours and designated breaks."),
    Reminder(49, "personal.privacy", "Know the privacy settings of the site you post on."),
)
_CLASSROOM = (
    Reminder(14, "classroom.guidelines", "Follow the site's own rules, such as a minimum age."),
    Reminder(15, "classroom.monitor", "Watch the interactions closely and act at once."),
)
_LICENSED = Reminder(41, "rights.keep_licence", "Keep the licence of licensed media at hand.")


def reminders(case: Case) -> Iterator[Reminder]:
    """The recommendations that fit the case."""
    if case.question.contact_email_domain and not case.facts.setup.email_domains:
        yield _NO_DOMAINS
    if case.account_status == "personal":
        yield from _PERSONAL
        if not case.question.has_disclaimer:
            yield _DISCLAIMER
    if case.account is not None and case.account.kind in {"classroom", "course"}:
        yield from _CLASSROOM
    if any(m.rights == "licensed" for m in case.question.media):
        yield _LICENSED
