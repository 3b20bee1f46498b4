"""Findings about co-workers, other parties, media and premises: clauses 41, 42, 46 and 47."""

from app.policy.codes.shape import (
    COMMUNICATIONS,
    CONTENT_OWNER,
    LEAVE_OUT,
    NAME_THEM,
    OFFICE,
    Code,
    allow_code,
    deny_code,
    judgement_code,
    missing_fact_code,
)

_ASK_EMPLOYEE = "Ask the employee and record the consent, or use another picture."

PARTIES: dict[str, Code] = {
    "employee.unknown": missing_fact_code(
        "coworker_consent",
        46,
        "identify_person",
        "No employee is known by this id or name.",
        NAME_THEM,
    ),
    "employee.ambiguous": missing_fact_code(
        "coworker_consent",
        46,
        "identify_person",
        "More than one employee has this name.",
        NAME_THEM,
    ),
    "employee.wrong_kind": missing_fact_code(
        "coworker_consent",
        46,
        "identify_person",
        "This id is not an employee's.",
        "List this person under students or others.",
    ),
    "coworker.granted": allow_code(
        "coworker_consent", 46, "The employee's consent is on file ({use})."
    ),
    "coworker.own_picture": allow_code("coworker_consent", 46, "The picture shows the author."),
    "coworker.refused": deny_code(
        "coworker_consent", 46, "The employee has refused to be pictured ({use}).", LEAVE_OUT
    ),
    "coworker.office_hold": deny_code(
        "coworker_consent",
        46,
        "The office has put a hold on this employee: do not publish.",
        "Ask the office; until the hold is lifted use another picture.",
    ),
    "coworker.no_consent": deny_code(
        "coworker_consent", 46, "No consent of this employee is on file ({use}).", _ASK_EMPLOYEE
    ),
    "coworker.refusal_pending": missing_fact_code(
        "coworker_consent",
        46,
        "record_statement",
        "A refusal is on file that begins while the post would be up.",
        _ASK_EMPLOYEE,
        OFFICE,
    ),
    "coworker.identity_doubtful": missing_fact_code(
        "coworker_consent",
        46,
        "import_rosters",
        "The rosters give this id to somebody else, or give somebody on file a new one; nobody has "
        "looked at it yet.",
        "Have the delivery that waits approved or rejected, or use another picture.",
        OFFICE,
    ),
    "coworker.unread": missing_fact_code(
        "coworker_consent",
        46,
        "settle_doubt",
        "A delivery said something that may be about this employee and could not be read.",
        "Mend the row there and import it again, or settle the doubt after asking the employee; "
        "until then use another picture.",
        OFFICE,
    ),
    "release.on_file": allow_code("other_parties", 42, "This person's release is on file."),
    "release.may_be_student": missing_fact_code(
        "other_parties",
        42,
        "identify_person",
        "A release of this name is on file, and a student bears the name, too.",
        "If it is the student, list this person under students; else give the release_id.",
    ),
    "release.missing": deny_code(
        "other_parties",
        42,
        "No release of this person is on file.",
        "Have the person sign a release and record it, or use another picture.",
    ),
    "release.not_covering": deny_code(
        "other_parties",
        42,
        "The release on file does not cover this post: its day, {use}, or its media.",
        "Have the person sign a new release, or use another picture.",
    ),
    "release.ambiguous": missing_fact_code(
        "other_parties",
        42,
        "identify_person",
        "More than one release has this name, and not all of them are in force.",
        "Give the release_id.",
    ),
    "rights.own": allow_code("media_rights", 41, "The district's own work."),
    "rights.licensed": allow_code("media_rights", 41, "Used under a licence, as declared."),
    "rights.released": allow_code("media_rights", 42, "The owner's release is on file."),
    "rights.release_not_found": missing_fact_code(
        "media_rights",
        42,
        "record_release",
        "No release in force is on file for this media.",
        "Give the sha256 of the media and record the owner's release.",
        COMMUNICATIONS,
        CONTENT_OWNER,
    ),
    "rights.unknown": judgement_code(
        "media_rights",
        41,
        "Nobody has said who made this, and so whether the district may publish it.",
        "Say who made it: we did, somebody who gave a release, or it is licensed.",
        COMMUNICATIONS,
        CONTENT_OWNER,
    ),
    "premises.public": allow_code("premises", 47, "Public premises may be shown."),
    "premises.non_public": deny_code(
        "premises", 47, "Non-public premises may not be shown.", "Use another picture."
    ),
    "premises.floor_plan": deny_code(
        "premises", 47, "Floor plans may not be shown.", "Use another picture."
    ),
}
