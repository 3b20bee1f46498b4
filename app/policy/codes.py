"""The catalogue of findings: every stable code, with its rule, clause, outcome and words.

A code never changes its meaning. Messages and remedies are written for people and hold no names;
the only values put into them are dates, counts and platforms of our own making.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.policy.verdict import Finding, Subject
from app.policy.words import Outcome

COMMUNICATIONS = "director_communications"
SUPERINTENDENT = "superintendent"
CONTENT_OWNER = "content_owner"


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means. `resolvable_by` is given for `review`, and only there."""

    rule: str
    clause: int
    outcome: Outcome
    message: str
    remedy: str | None = None
    resolvable_by: tuple[str, ...] = ()


def _allow(rule: str, clause: int, message: str) -> Code:
    return Code(rule, clause, "allow", message)


def _review(rule: str, clause: int, message: str, remedy: str, *by: str) -> Code:
    return Code(rule, clause, "review", message, remedy, by or (COMMUNICATIONS,))


def _deny(rule: str, clause: int, message: str, remedy: str) -> Code:
    return Code(rule, clause, "deny", message, remedy)


_NAME_THEM = "Give the sourcedId, or add the school and the grade to the name."
_LEAVE_OUT = "Leave this person out of the picture, or use another picture."
_ASK_EMPLOYEE = "Ask the employee and record the consent, or use another picture."
_BRING_LIST = "Import today's consent list, or have the office attest that the list is complete."

_STUDENTS = {
    "student.unknown": _review(
        "student_consent",
        44,
        "No student of the district is known by this id or name.",
        _NAME_THEM,
    ),
    "student.ambiguous": _review(
        "student_consent", 44, "Several people of the district bear this name.", _NAME_THEM
    ),
    "student.unidentified": _review(
        "student_consent",
        44,
        "This student cannot be told for sure among the schools of this key.",
        _NAME_THEM,
    ),
    "student.wrong_kind": _review(
        "student_consent", 44, "This id is not a student's.", "List this person under employees."
    ),
    "consent.granted": _allow("student_consent", 44, "Consent for this use is on file."),
    "consent.not_on_list": _allow(
        "student_consent", 44, "Not on the list of refusals of {list_date}."
    ),
    "consent.refused": _deny(
        "student_consent", 44, "Publishing this student's picture has been refused.", _LEAVE_OUT
    ),
    "consent.capture_refused": _deny(
        "student_consent", 44, "Photographing this student has been refused.", _LEAVE_OUT
    ),
    "consent.name_refused": _deny(
        "student_consent",
        44,
        "The picture may be shown, but not together with the student's name.",
        "Leave the name out of the post.",
    ),
    "consent.office_hold": _deny(
        "student_consent",
        44,
        "The office has put a hold on this student: do not publish.",
        "Ask the office; until the hold is lifted use another picture.",
    ),
    "consent.refusal_pending": _review(
        "student_consent",
        44,
        "A refusal is on file that begins while the post would be up.",
        "Use another picture, or take the post down before the refusal begins.",
    ),
    "consent.nothing_on_file": _review(
        "student_consent",
        44,
        "No consent for this use is on file.",
        "Ask the family and record the answer, or use another picture.",
    ),
    "consent.name_not_granted": _review(
        "student_consent",
        44,
        "Consent is on file for the picture, but not for the name with it.",
        "Leave the name out of the post, or ask the family.",
    ),
    "consent.new_student": _review(
        "student_consent",
        44,
        "This student came after the list of {list_date}; the family has not been heard.",
        _BRING_LIST,
    ),
    "class.unknown": _review(
        "class_consent", 44, "No class is known by this id.", "Check the class's sourcedId."
    ),
    "class.empty": _review(
        "class_consent", 44, "Nobody is enrolled in this class.", "Import the class's roster."
    ),
    "class.may_be_pictured": _allow("class_consent", 44, "All {count} students may be pictured."),
    "class.some_refused": _deny(
        "class_consent",
        44,
        "{count} of the class may not be pictured.",
        "Leave out those listed under not_pictured.",
    ),
    "class.some_doubtful": _review(
        "class_consent",
        44,
        "{count} of the class may be pictured only after somebody has looked.",
        "Leave out those listed under not_pictured, or have each of them looked at.",
    ),
    "class.roster_stale": _review(
        "class_consent",
        44,
        "The rosters are older than {days} days or were never imported.",
        "Import today's rosters.",
    ),
    "list.fresh": _allow("consent_list", 43, "The consent list of {list_date} was reviewed."),
    "list.stale": _review(
        "consent_list",
        43,
        "The consent list of {list_date} is older than {days} days.",
        _BRING_LIST,
    ),
    "list.missing": _review(
        "consent_list", 43, "No consent list has been imported yet.", _BRING_LIST
    ),
    "purpose.school": _allow("student_purpose", 45, "The pictures serve a school purpose."),
    "purpose.not_school": _deny(
        "student_purpose",
        45,
        "Pictures of students may be published for school purposes only, even with consent.",
        "Use a picture without students.",
    ),
    "pictured.nobody": _allow("pictured_declared", 42, "Nobody in the media can be recognised."),
    "pictured.missing": _review(
        "pictured_declared",
        42,
        "The post has media, and nothing says who can be recognised in it.",
        "Say who is pictured, or that nobody can be identified.",
        COMMUNICATIONS,
        CONTENT_OWNER,
    ),
}

_OTHERS = {
    "employee.unknown": _review(
        "coworker_consent", 46, "No employee is known by this id or name.", _NAME_THEM
    ),
    "employee.ambiguous": _review(
        "coworker_consent", 46, "Several employees bear this name.", _NAME_THEM
    ),
    "employee.wrong_kind": _review(
        "coworker_consent",
        46,
        "This id is not an employee's.",
        "List this person under students or others.",
    ),
    "coworker.granted": _allow("coworker_consent", 46, "The employee's consent is on file."),
    "coworker.own_picture": _allow("coworker_consent", 46, "The picture shows the author."),
    "coworker.refused": _deny(
        "coworker_consent", 46, "The employee has refused to be pictured.", _LEAVE_OUT
    ),
    "coworker.office_hold": _deny(
        "coworker_consent",
        46,
        "The office has put a hold on this employee: do not publish.",
        "Ask the office; until the hold is lifted use another picture.",
    ),
    "coworker.no_consent": _deny(
        "coworker_consent", 46, "No consent of this employee is on file.", _ASK_EMPLOYEE
    ),
    "coworker.refusal_pending": _review(
        "coworker_consent",
        46,
        "A refusal is on file that begins while the post would be up.",
        _ASK_EMPLOYEE,
    ),
    "release.on_file": _allow("other_parties", 42, "This person's release is on file."),
    "release.missing": _deny(
        "other_parties",
        42,
        "No release of this person is on file.",
        "Have the person sign a release and record it, or use another picture.",
    ),
    "release.not_covering": _deny(
        "other_parties",
        42,
        "The release on file does not cover this post: its day, social media or its media.",
        "Have the person sign a new release, or use another picture.",
    ),
    "release.ambiguous": _review(
        "other_parties",
        42,
        "Several releases bear this name, and not all of them are in force.",
        "Give the release_id.",
        COMMUNICATIONS,
        CONTENT_OWNER,
    ),
    "rights.own": _allow("media_rights", 41, "The district's own work."),
    "rights.licensed": _allow("media_rights", 41, "Used under a licence, as declared."),
    "rights.released": _allow("media_rights", 42, "The owner's release is on file."),
    "rights.release_not_found": _review(
        "media_rights",
        42,
        "No release in force is on file for this media.",
        "Give the sha256 of the media and record the owner's release.",
        COMMUNICATIONS,
        CONTENT_OWNER,
    ),
    "rights.unknown": _review(
        "media_rights",
        41,
        "Nothing says whether the district may publish this media.",
        "Say whose work it is: own, released or licensed.",
        COMMUNICATIONS,
        CONTENT_OWNER,
    ),
    "premises.public": _allow("premises", 47, "Public premises may be shown."),
    "premises.non_public": _deny(
        "premises", 47, "Non-public premises may not be shown.", "Use another picture."
    ),
    "premises.floor_plan": _deny(
        "premises", 47, "Floor plans may not be shown.", "Use another picture."
    ),
}

_PERMISSIONS = {
    "logo.granted": _allow("logo", 48, "Permission to use the logo is on file."),
    "logo.no_grant": _deny(
        "logo",
        48,
        "No permission to use the logo is on file for this account or author.",
        "Leave the logo out, or ask the Superintendent's office for permission.",
    ),
    "logo.grantor_not_designated": _deny(
        "logo",
        48,
        "The permission on file was not given by the Superintendent's office.",
        "Ask the Superintendent's office for permission.",
    ),
    "logo.self_granted": _review(
        "logo",
        48,
        "The permission on file was given by the person it is for.",
        "Have another designee of the Superintendent's office grant it.",
        SUPERINTENDENT,
    ),
    "logo.network_unknown": _review(
        "logo",
        48,
        "A permission is on file for some networks; nothing says which one this is.",
        "Give the account.",
        SUPERINTENDENT,
    ),
    "logo.author_unidentified": _review(
        "logo",
        48,
        "The author cannot be told for sure, and the account has no permission of its own.",
        _NAME_THEM,
        SUPERINTENDENT,
    ),
    "spokesperson.granted": _allow(
        "spokesperson", 50, "Permission to speak for the district is on file."
    ),
    "spokesperson.no_grant": _deny(
        "spokesperson",
        51,
        "No permission to speak for the district is on file for this account or author.",
        "Speak for yourself, or ask the Superintendent's office for permission.",
    ),
    "spokesperson.grantor_not_designated": _deny(
        "spokesperson",
        51,
        "The permission on file was not given by the Superintendent's office.",
        "Ask the Superintendent's office for permission.",
    ),
    "spokesperson.self_granted": _review(
        "spokesperson",
        51,
        "The permission on file was given by the person it is for.",
        "Have another designee of the Superintendent's office grant it.",
        SUPERINTENDENT,
    ),
    "spokesperson.network_unknown": _review(
        "spokesperson",
        51,
        "A permission is on file for some networks; nothing says which one this is.",
        "Give the account.",
        SUPERINTENDENT,
    ),
    "spokesperson.author_unidentified": _review(
        "spokesperson",
        51,
        "The author cannot be told for sure, and the account has no permission of its own.",
        _NAME_THEM,
        SUPERINTENDENT,
    ),
}

_ACCOUNTS = {
    "account.authorized": _allow("account_authorized", 4, "The account is authorized."),
    "account.unknown": _deny(
        "account_authorized",
        4,
        "This account is not in the district's register.",
        "Submit the Social Media Authorization Form, or post on an authorized account.",
    ),
    "account.ambiguous": _review(
        "account_authorized",
        4,
        "Several registered accounts answer to this description.",
        "Give platform and handle.",
    ),
    "account.unauthorized": _deny(
        "account_authorized",
        4,
        "The account is known, but nobody has authorized it.",
        "Submit the Social Media Authorization Form.",
    ),
    "account.not_yet_authorized": _deny(
        "account_authorized",
        4,
        "The account's authorization begins after the post.",
        "Post after the authorization, or on an authorized account.",
    ),
    "account.authorizer_not_designated": _deny(
        "account_authorized",
        4,
        "Whoever authorized the account did not hold that office on that day.",
        "Have the Director of Communications or a designee authorize it.",
    ),
    "account.self_authorized": _review(
        "account_authorized",
        4,
        "The account was authorized by the person who asked for it.",
        "Have another designee of the Director of Communications authorize it.",
    ),
    "account.admin_named": _allow(
        "account_administrator", 7, "The Communications Department is an administrator."
    ),
    "account.admin_missing": _review(
        "account_administrator",
        7,
        "Nobody has attested that the Communications Department is an administrator.",
        "Add the Communications Department as administrator and have it attested.",
    ),
    "account.responsible": _allow(
        "account_responsible", 9, "A content owner and a content manager are named."
    ),
    "account.no_owner": _review(
        "account_responsible",
        9,
        "The account has no content owner who is with the district.",
        "Name a content owner.",
    ),
    "account.no_manager": _review(
        "account_responsible",
        3,
        "The account has no content manager who is with the district.",
        "Name a content manager.",
    ),
    "account.managed_by_communications": _allow(
        "district_general", 25, "The author is of the Communications Department."
    ),
    "account.author_elsewhere": _deny(
        "district_general",
        25,
        "The district's general accounts are managed by the Communications Department.",
        "Ask the Communications Department to post it.",
    ),
    "account.author_missing": _review(
        "district_general",
        25,
        "The district's general accounts are managed by the Communications Department; "
        "nothing says for sure who the author is.",
        "Give the author.",
    ),
    "personal.permitted": _allow(
        "personal_use",
        30,
        "A personal account: job title, an own promotion and district events are the "
        "employee's to share.",
    ),
    "contact.district": _allow("contact_email", 13, "District contact information is used."),
    "contact.foreign": _review(
        "contact_email",
        13,
        "The contact e-mail is not of the district.",
        "Use a district e-mail address.",
    ),
    "contact.missing": _review(
        "contact_email",
        13,
        "No contact e-mail is registered for this classroom account.",
        "Register a district e-mail address.",
    ),
    "contact.personal_use": _deny(
        "contact_email",
        28,
        "District contact information may not be used for personal use.",
        "Use a private e-mail address.",
    ),
    "contact.private": _allow("contact_email", 28, "A private address on a personal account."),
}

_TEXT = {
    "text.profanity": _review(
        "text_marks",
        55,
        "The text may hold obscene or profane language.",
        "Reword the text.",
        COMMUNICATIONS,
        CONTENT_OWNER,
    ),
    "text.threat": _review(
        "text_marks",
        56,
        "The text may threaten, harass or bully.",
        "Reword the text.",
    ),
    "text.illegal": _review(
        "text_marks",
        57,
        "The text may speak of illegal activity, alcohol, drugs or sexual behaviour.",
        "Reword the text, or have its context looked at.",
        COMMUNICATIONS,
        CONTENT_OWNER,
    ),
    "text.identifier": _review(
        "text_marks",
        52,
        "The text may hold somebody's personal identifier.",
        "Take the identifier out of the text.",
    ),
    "text.name_not_allowed": _review(
        "text_names",
        52,
        "The text names a pictured student whose name may not be shown with the picture.",
        "Leave the name out of the text.",
    ),
}

CODES: dict[str, Code] = {**_STUDENTS, **_OTHERS, **_PERMISSIONS, **_ACCOUNTS, **_TEXT}


def finding(
    code: str,
    at: str,
    subject: Subject | None = None,
    values: Mapping[str, str | int] | None = None,
    clause: int | None = None,
) -> Finding:
    """A finding of `code` about what stands `at` in the request.

    `values` fill the message's placeholders; `clause` cites a narrower clause than the code's.
    """
    meaning = CODES[code]
    message = meaning.message.format_map(values) if values else meaning.message
    return Finding(
        rule=meaning.rule,
        clause=clause or meaning.clause,
        outcome=meaning.outcome,
        code=code,
        at=at,
        message=message,
        remedy=meaning.remedy,
        subject=subject,
        resolvable_by=meaning.resolvable_by,
    )
