"""Findings about the logo and speaking for the district: clauses 48, 50 and 51."""

from app.policy.codes.shape import (
    NAME_THEM,
    SUPERINTENDENT,
    Code,
    allow_code,
    deny_code,
    missing_fact_code,
)

_RENAMED = "See whether the account was renamed, and its handle taken by somebody else."

PERMISSIONS: dict[str, Code] = {
    "logo.granted": allow_code("logo", 48, "Permission to use the logo is on file."),
    "logo.granted_for": allow_code(
        "logo", 48, "Permission to use the logo is on file, for this alone: {limit}."
    ),
    "logo.use_unknown": missing_fact_code(
        "logo",
        48,
        "say_use",
        "Permission to use the logo is on file for this alone: {limit}. "
        "Nothing says whether this is it.",
        "Say what the logo is used for.",
    ),
    "logo.outside_limit": missing_fact_code(
        "logo",
        48,
        "grant_permission",
        "Permission to use the logo is on file for this alone: {limit}. "
        "This is said to be another use.",
        "Ask the Superintendent's office for a permission that covers this.",
        SUPERINTENDENT,
    ),
    "logo.no_grant": deny_code(
        "logo",
        48,
        "No permission to use the logo is on file for this account or author.",
        "Leave the logo out, or ask the Superintendent's office for permission.",
    ),
    "logo.account_mismatched": deny_code(
        "logo",
        48,
        "The handle and the id given with it do not name one registered account.",
        _RENAMED,
    ),
    "logo.grantor_not_designated": deny_code(
        "logo",
        48,
        "The permission on file was not given by the Superintendent's office.",
        "Ask the Superintendent's office for permission.",
    ),
    "logo.self_granted": missing_fact_code(
        "logo",
        48,
        "grant_permission",
        "The permission on file was given by the person it is for.",
        "Have another designee of the Superintendent's office grant it.",
        SUPERINTENDENT,
    ),
    "logo.network_unknown": missing_fact_code(
        "logo",
        48,
        "identify_account",
        "A permission is on file for some networks; nothing says which one this is.",
        "Give the account.",
    ),
    "logo.author_unidentified": missing_fact_code(
        "logo",
        48,
        "name_author",
        "The author cannot be told for sure, and the account has no permission of its own.",
        NAME_THEM,
    ),
    "spokesperson.granted": allow_code(
        "spokesperson", 50, "Permission to speak for the district is on file."
    ),
    "spokesperson.granted_for": allow_code(
        "spokesperson",
        50,
        "Permission to speak for the district is on file, for this alone: {limit}.",
    ),
    "spokesperson.use_unknown": missing_fact_code(
        "spokesperson",
        51,
        "say_use",
        "Permission to speak for the district is on file for this alone: {limit}. "
        "Nothing says whether this is it.",
        "Say what is spoken about.",
    ),
    "spokesperson.outside_limit": missing_fact_code(
        "spokesperson",
        51,
        "grant_permission",
        "Permission to speak for the district is on file for this alone: {limit}. "
        "This is said to be another use.",
        "Ask the Superintendent's office for a permission that covers this.",
        SUPERINTENDENT,
    ),
    "spokesperson.no_grant": deny_code(
        "spokesperson",
        51,
        "No permission to speak for the district is on file for this account or author.",
        "Speak for yourself, or ask the Superintendent's office for permission.",
    ),
    "spokesperson.account_mismatched": deny_code(
        "spokesperson",
        51,
        "The handle and the id given with it do not name one registered account.",
        _RENAMED,
    ),
    "spokesperson.grantor_not_designated": deny_code(
        "spokesperson",
        51,
        "The permission on file was not given by the Superintendent's office.",
        "Ask the Superintendent's office for permission.",
    ),
    "spokesperson.self_granted": missing_fact_code(
        "spokesperson",
        51,
        "grant_permission",
        "The permission on file was given by the person it is for.",
        "Have another designee of the Superintendent's office grant it.",
        SUPERINTENDENT,
    ),
    "spokesperson.network_unknown": missing_fact_code(
        "spokesperson",
        51,
        "identify_account",
        "A permission is on file for some networks; nothing says which one this is.",
        "Give the account.",
    ),
    "spokesperson.author_unidentified": missing_fact_code(
        "spokesperson",
        51,
        "name_author",
        "The author cannot be told for sure, and the account has no permission of its own.",
        NAME_THEM,
    ),
}
