"""Findings about accounts and their contact data: clauses 3 to 5, 7, 9, 10, 13, 25, 28 and 30."""

from app.policy.codes.shape import (
    ASKER,
    COMMUNICATIONS,
    CONTENT_OWNER,
    Code,
    allow_code,
    deny_code,
    missing_fact_code,
)

ACCOUNTS: dict[str, Code] = {
    "account.authorized": allow_code("account_authorized", 4, "The account is authorized."),
    "account.unknown": deny_code(
        "account_authorized",
        4,
        "This account is not in the district's register.",
        "Submit the Social Media Authorization Form, or post on an authorized account.",
    ),
    "account.ambiguous": missing_fact_code(
        "account_authorized",
        4,
        "identify_account",
        "Several registered accounts answer to this description.",
        "Give platform and handle.",
    ),
    "account.mismatched": deny_code(
        "account_authorized",
        4,
        "The handle and the id given with it do not name one registered account.",
        "See whether the account was renamed, and its handle taken by somebody else; then have the "
        "register corrected.",
    ),
    "account.unauthorized": deny_code(
        "account_authorized",
        4,
        "The account is known, but nobody has authorized it.",
        "Submit the Social Media Authorization Form.",
    ),
    "account.not_yet_authorized": deny_code(
        "account_authorized",
        4,
        "The account's authorization begins after the post.",
        "Post after the authorization, or on an authorized account.",
    ),
    "account.authorizer_not_designated": deny_code(
        "account_authorized",
        4,
        "Whoever authorized the account did not hold that office on that day.",
        "Have the Director of Communications or a designee authorize it.",
    ),
    "account.self_authorized": missing_fact_code(
        "account_authorized",
        4,
        "authorize_account",
        "The account was authorized by the person who asked for it.",
        "Have another designee of the Director of Communications authorize it.",
        COMMUNICATIONS,
    ),
    "account.changed_since": missing_fact_code(
        "account_authorized",
        4,
        "authorize_account",
        "The account's kind, address or aliases were changed after it was authorized.",
        "Have the Director of Communications or a designee authorize it as it is now.",
        COMMUNICATIONS,
    ),
    "account.suspended": deny_code(
        "account_status",
        4,
        "The account is suspended.",
        "Ask the Communications Department, or post on an authorized account.",
    ),
    "account.closed": deny_code(
        "account_status",
        4,
        "The account is closed.",
        "Post on an authorized account, or submit a new Social Media Authorization Form.",
    ),
    "account.under_review": missing_fact_code(
        "account_status",
        5,
        "end_account_review",
        "The account is under review.",
        "Ask the Communications Department to end the review.",
        COMMUNICATIONS,
    ),
    "account.admin_named": allow_code(
        "account_administrator", 7, "The Communications Department is an administrator."
    ),
    "account.admin_missing": missing_fact_code(
        "account_administrator",
        7,
        "attest_administrator",
        "Communications has not confirmed yet that it is an administrator of the account.",
        "Add Communications as an administrator, and have it confirm that. Until then each post "
        "needs approval.",
        COMMUNICATIONS,
    ),
    "account.responsible": allow_code(
        "account_responsible", 9, "A content owner and a content manager are named."
    ),
    "account.no_owner": missing_fact_code(
        "account_responsible",
        9,
        "name_owner",
        "The account has no content owner who is with the district.",
        "Name a content owner.",
        COMMUNICATIONS,
    ),
    "account.no_manager": missing_fact_code(
        "account_responsible",
        3,
        "name_manager",
        "The account has no content manager who is with the district.",
        "Name a content manager.",
        CONTENT_OWNER,
        COMMUNICATIONS,
    ),
    "account.managed_by_communications": allow_code(
        "district_general", 25, "The author is of the Communications Department."
    ),
    "account.author_elsewhere": deny_code(
        "district_general",
        25,
        "The district's general accounts are managed by the Communications Department.",
        "Ask the Communications Department to post it.",
    ),
    "account.author_missing": missing_fact_code(
        "district_general",
        25,
        "name_author",
        "The district's general accounts are managed by the Communications Department; "
        "nothing says for sure who the author is.",
        "Give the author.",
    ),
    "personal.permitted": allow_code(
        "personal_use",
        30,
        "A personal account: you may share your job title, your promotion and district events.",
    ),
    "contact.district": allow_code("contact_email", 13, "District contact information is used."),
    "contact.foreign": missing_fact_code(
        "contact_email",
        13,
        "register_contact",
        "The contact e-mail is not of the district.",
        "Use a district e-mail address.",
        ASKER,
        CONTENT_OWNER,
    ),
    "contact.missing": missing_fact_code(
        "contact_email",
        13,
        "register_contact",
        "No contact e-mail is registered for this classroom account.",
        "Register a district e-mail address.",
        CONTENT_OWNER,
    ),
    "contact.network_approved": allow_code(
        "network_email", 10, "The district has approved its e-mail addresses on this network."
    ),
    "contact.network_not_approved": missing_fact_code(
        "network_email",
        10,
        "grant_permission",
        "The account is kept with a district e-mail address, on a network that the district has "
        "not approved for that.",
        "Ask the Communications Department to approve district e-mail on this network.",
        COMMUNICATIONS,
    ),
    "contact.personal_use": deny_code(
        "contact_email",
        28,
        "District contact information may not be used for personal use.",
        "Use a private e-mail address.",
    ),
    "contact.private": allow_code("contact_email", 28, "A private address on a personal account."),
}
