"""Findings about the logo and speaking for the district: clauses 48, 50 and 51."""

from app.policy.codes.shape import (
    NAME_THEM,
    SUPERINTENDENT,
    Code,
    allow,
    deny,
    review,
)

PERMISSIONS: dict[str, Code] = {
    "logo.granted": allow("logo", 48, "Permission to use the logo is on file."),
    "logo.no_grant": deny(
        "logo",
        48,
        "No permission to use the logo is on file for this account or author.",
        "Leave the logo out, or ask the Superintendent's office for permission.",
    ),
    "logo.grantor_not_designated": deny(
        "logo",
        48,
        "The permission on file was not given by the Superintendent's office.",
        "Ask the Superintendent's office for permission.",
    ),
    "logo.self_granted": review(
        "logo",
        48,
        "The permission on file was given by the person it is for.",
        "Have another designee of the Superintendent's office grant it.",
        SUPERINTENDENT,
    ),
    "logo.network_unknown": review(
        "logo",
        48,
        "A permission is on file for some networks; nothing says which one this is.",
        "Give the account.",
        SUPERINTENDENT,
    ),
    "logo.author_unidentified": review(
        "logo",
        48,
        "The author cannot be told for sure, and the account has no permission of its own.",
        NAME_THEM,
        SUPERINTENDENT,
    ),
    "spokesperson.granted": allow(
        "spokesperson", 50, "Permission to speak for the district is on file."
    ),
    "spokesperson.no_grant": deny(
        "spokesperson",
        51,
        "No permission to speak for the district is on file for this account or author.",
        "Speak for yourself, or ask the Superintendent's office for permission.",
    ),
    "spokesperson.grantor_not_designated": deny(
        "spokesperson",
        51,
        "The permission on file was not given by the Superintendent's office.",
        "Ask the Superintendent's office for permission.",
    ),
    "spokesperson.self_granted": review(
        "spokesperson",
        51,
        "The permission on file was given by the person it is for.",
        "Have another designee of the Superintendent's office grant it.",
        SUPERINTENDENT,
    ),
    "spokesperson.network_unknown": review(
        "spokesperson",
        51,
        "A permission is on file for some networks; nothing says which one this is.",
        "Give the account.",
        SUPERINTENDENT,
    ),
    "spokesperson.author_unidentified": review(
        "spokesperson",
        51,
        "The author cannot be told for sure, and the account has no permission of its own.",
        NAME_THEM,
        SUPERINTENDENT,
    ),
}
