"""The settings by which the policy decides, in the policy's own form."""

from app.policy.facts import Setup
from app.settings import Settings


def read_setup(settings: Settings) -> Setup:
    """Return the settings that decide, in the policy's form."""
    return Setup(
        timezone=settings.zone,
        consent_mode=settings.consent_mode,
        list_max_age_days=settings.list_max_age_days,
        email_domains=frozenset(settings.email_domains),
        yes_days=settings.yes_days,
    )
