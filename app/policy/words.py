"""The words of the policy, as closed vocabularies shared by every layer above."""

from typing import Literal

Outcome = Literal["allow", "review", "deny"]

# What ends a review: a fact that is given, or a person's judgement; and the act that does it.
EndsBy = Literal["fact", "judgement"]
Act = Literal[
    "judge", "declare_pictured", "identify_person", "identify_class", "name_author",
    "identify_account", "record_statement", "attest_list", "import_rosters",
    "attest_administrator", "name_owner", "name_manager", "register_contact", "authorize_account",
    "end_account_review", "grant_permission", "say_use", "record_release",
    "settle_doubt",
]  # fmt: skip
# Who ends a review: an office, the account's content owner, whoever asks the check, or the office
# that keeps the records of consent and of classes.
Party = Literal["director_communications", "superintendent", "content_owner", "asker", "office"]

# Where a clearance stands, and whether a post may go out on it: only `live` means yes.
ClearanceState = Literal["live", "used", "revoked", "expired"]
ClearanceCode = Literal[
    "live", "used", "revoked", "suspended", "other_text", "other_media", "other_account",
    "other_time", "too_early", "expired",
]  # fmt: skip

# What was answered about a published post before it went out, and by what it was recognized.
PublishedState = Literal["allowed", "not_allowed", "unasked"]
PublishedMatch = Literal["clearance", "decision", "text", "media"]
PublishedPart = Literal["pictured", "named", "accepted"]
# The lists of published posts: never asked; published though denied or in review; and those with a
# takedown that is not over.
PublishedList = Literal["unasked", "not_allowed", "refused"]
TakedownState = Literal["open", "confirmed", "contested", "lapsed"]
# Of the states of a takedown those that are not over.
WAITING: tuple[TakedownState, ...] = ("open", "contested")
# What others are told of as it happens.
EventKind = Literal[
    "review.waiting", "review.ended", "clearance.revoked", "takedown.opened",
    "account.status_changed", "import.held",
]  # fmt: skip

CheckKind = Literal[
    "photo-consent", "class-photo-consent", "coworker-consent", "logo", "spokesperson",
    "account", "post",
]  # fmt: skip

Activity = Literal["capture", "publish"]
Channel = Literal[
    "all", "social", "website", "yearbook", "newspaper", "press", "video", "directory"
]
Extent = Literal["image", "image_with_name"]
ConsentDecision = Literal["grant", "refuse", "withdraw", "lift"]
# A withdrawal takes consent back: it is always a no. Only a later grant or a lift ends one.
REFUSALS: frozenset[ConsentDecision] = frozenset({"refuse", "withdraw"})
Capacity = Literal["guardian", "eligible_student", "employee", "office_hold"]

PersonKind = Literal["student", "employee", "affiliate", "group"]
PersonStatus = Literal["active", "inactive", "missing_from_feed"]
# Why a list does not speak for somebody's silence: it lacks them, or says that nobody answered.
ListGap = Literal["absent", "unanswered"]
OrgKind = Literal["district", "school", "communications"]
EnrollmentRole = Literal["student", "teacher", "aide"]

AccountKind = Literal[
    "district_general", "school", "classroom", "club", "team", "trip", "course",
    "pta", "foundation", "fundraiser", "other",
]  # fmt: skip
CLASSROOM_KINDS: frozenset[AccountKind] = frozenset({"classroom", "course"})
GROUP_KINDS: frozenset[AccountKind] = frozenset(
    {"club", "team", "trip", "pta", "foundation", "fundraiser", "other"}
)
# Accounts on these platforms are websites: what is posted there is on the channel `website`. Every
# other online tool, a newsletter's among them, is on `social` (clause 2).
WEBSITE_PLATFORMS: frozenset[str] = frozenset({
    "website", "web-site", "web", "webpage", "web-page", "homepage", "site", "school-website",
    "district-website", "class-website", "blog", "weblog", "web-log", "school-blog", "class-blog",
    "wordpress", "wordpress.com", "wordpress.org", "blogger", "blogspot", "edublogs",
    "google-sites", "googlesites", "weebly", "wix", "squarespace", "ghost",
})  # fmt: skip
AccountStatus = Literal[
    "requested", "authorized", "unauthorized_found", "under_review", "suspended", "closed"
]
# Whether somebody else's account is one of the district's.
Verification = Literal["official", "not_official", "lookalike", "unknown"]
# What on an account needs somebody's care.
AccountFlag = Literal[
    "no_owner", "owner_left", "no_manager", "manager_left", "no_administrator", "review_due",
    "stale", "existed_before", "unapproved_email", "no_moderation_report",
]  # fmt: skip
# What a content manager did about others' contributions (clause 15), `nothing_found` among it:
# somebody looked, and nothing was to be done. And what it went against.
ModerationAction = Literal["hidden", "removed", "blocked", "reported", "warned", "nothing_found"]
ModerationGround = Literal[
    "harassment", "threat", "profanity", "illegal", "confidential", "site_rules", "spam",
    "off_topic", "other",
]  # fmt: skip
# How an account's name resembles another's: letters that look alike, words that add nothing, a
# slip of the hand, the same name on another network.
Likeness = Literal["spelling", "affix", "typo", "other_network"]
# A principal is one of a school (clause 17), the other offices are the district's.
Office = Literal["superintendent", "director_communications", "principal"]
DesignationCapacity = Literal["holder", "designee"]
GrantKind = Literal["logo", "spokesperson"]
GranteeKind = Literal["person", "account"]
# All that is granted: also, by Communications, a network for district e-mail (clause 10).
Permission = Literal["logo", "spokesperson", "network_email"]
PermissionTo = Literal["person", "account", "org"]

FormState = Literal["draft", "submitted", "returned", "approved", "denied", "withdrawn"]
FormMove = Literal[
    "edit", "submit", "acknowledge", "notify", "attest", "approve", "deny", "return", "withdraw",
]  # fmt: skip

Purpose = Literal["school", "personal", "promotional", "other"]
MediaKind = Literal["photo", "video", "image", "audio", "document"]
# What a check of people is about, beside where it will be shown (`Channel`).
PictureKind = Literal["photo", "video"]
Rights = Literal["own", "released", "licensed", "unknown"]
Premises = Literal["none", "public", "non_public", "floor_plan"]

ConsentMode = Literal["refusal_list", "opt_in"]

# What anybody may report (clauses 5, 26 and 36), where it stands, and what a person made of it.
ReportKind = Literal["unofficial_account", "duplicate_account", "inappropriate_post"]
ReportState = Literal["received", "assigned", "closed"]
ReportOutcome = Literal[
    "official", "authorization_asked_for", "taken_down", "referred", "no_action", "repeated",
]  # fmt: skip

# The further columns of a permission, each with the kind of permission that has it.
PARTICULARS = {"mark": "logo", "purpose": "logo", "topic": "spokesperson"}
