"""Findings about students pictured: clauses 42 to 45."""

from app.policy.codes.shape import (
    ASKER,
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

_BRING_LIST = "Import today's consent list, or have the office attest that the list is complete."

STUDENTS: dict[str, Code] = {
    "student.unknown": missing_fact_code(
        "student_consent",
        44,
        "identify_person",
        "No student of the district is known by this id or name.",
        NAME_THEM,
    ),
    "student.ambiguous": missing_fact_code(
        "student_consent",
        44,
        "identify_person",
        "More than one student has this name.",
        NAME_THEM,
    ),
    "student.unidentified": missing_fact_code(
        "student_consent",
        44,
        "identify_person",
        "This student cannot be told for sure among the schools of this key.",
        NAME_THEM,
    ),
    "student.wrong_kind": missing_fact_code(
        "student_consent",
        44,
        "identify_person",
        "This id is not a student's.",
        "List this person under employees.",
    ),
    "consent.granted": allow_code("student_consent", 44, "Consent for {use} is on file."),
    "consent.not_on_list": allow_code(
        "student_consent", 44, "No refusal on file (list of {list_date})."
    ),
    "consent.refused": deny_code(
        "student_consent", 44, "There is a refusal on file for this student ({use}).", LEAVE_OUT
    ),
    "consent.capture_refused": deny_code(
        "student_consent", 44, "Photographing or filming this student has been refused.", LEAVE_OUT
    ),
    "consent.name_refused": deny_code(
        "student_consent",
        44,
        "The picture may be shown, but not together with the student's name.",
        "Leave the name out of the post.",
    ),
    "consent.office_hold": deny_code(
        "student_consent",
        44,
        "The office has put a hold on this student: do not publish.",
        "Ask the office; until the hold is lifted use another picture.",
    ),
    "consent.refusal_pending": missing_fact_code(
        "student_consent",
        44,
        "record_statement",
        "A refusal is on file that begins while the post would be up.",
        "Use another picture, or take the post down before the refusal begins.",
        OFFICE,
    ),
    "consent.unread": missing_fact_code(
        "student_consent",
        44,
        "settle_doubt",
        "The student information system said something that may be about this student and could "
        "not be read.",
        "Mend the row there and import it again, or settle the doubt after asking the family; "
        "until then use another picture.",
        OFFICE,
    ),
    "consent.nothing_on_file": missing_fact_code(
        "student_consent",
        44,
        "record_statement",
        "No consent for {use} is on file.",
        "Ask the family and record the answer, or use another picture.",
        OFFICE,
    ),
    "consent.name_not_granted": missing_fact_code(
        "student_consent",
        44,
        "record_statement",
        "Consent is on file for the picture, but not for the name with it.",
        "Leave the name out of the post, or ask the family.",
        OFFICE,
    ),
    "consent.former_guardian": missing_fact_code(
        "student_consent",
        44,
        "record_statement",
        "Whoever agreed is no guardian of this student any more.",
        "Ask a guardian and record the answer, or use another picture.",
        OFFICE,
    ),
    "consent.identity_doubtful": missing_fact_code(
        "student_consent",
        44,
        "import_rosters",
        "The rosters give this id to somebody else, or give somebody on file a new one; nobody has "
        "looked at it yet.",
        "Have the delivery that waits approved or rejected, or use another picture.",
        OFFICE,
    ),
    "consent.new_student": missing_fact_code(
        "student_consent",
        44,
        "attest_list",
        "This student came after the list of {list_date}; the family has not been heard.",
        _BRING_LIST,
        OFFICE,
    ),
    "consent.student_returned": missing_fact_code(
        "student_consent",
        44,
        "attest_list",
        "This student came back after the list of {list_date}; the family has not been heard "
        "since.",
        _BRING_LIST,
        OFFICE,
    ),
    "consent.not_listed": missing_fact_code(
        "student_consent",
        44,
        "attest_list",
        "The consent list tells of every student of the school, and has no row of this one.",
        _BRING_LIST,
        OFFICE,
    ),
    "consent.unanswered": missing_fact_code(
        "student_consent",
        44,
        "record_statement",
        "The consent list says that the family has not answered.",
        "Ask the family and record the answer, or use another picture.",
        OFFICE,
    ),
    "consent.student_moved": missing_fact_code(
        "student_consent",
        44,
        "attest_list",
        "This student came to the school after its list of {list_date}; whoever made it has not "
        "heard the family.",
        _BRING_LIST,
        OFFICE,
    ),
    "consent.student_left": missing_fact_code(
        "student_consent",
        44,
        "record_statement",
        "This student is not on the rolls now; no list speaks for this student.",
        "Record what the family says. Or, if the student is still here, import a roster that "
        "says so, and then a consent list.",
        OFFICE,
    ),
    "class.unknown": missing_fact_code(
        "class_consent",
        44,
        "identify_class",
        "No class is known by this id.",
        "Check the class's id.",
    ),
    "class.empty": missing_fact_code(
        "class_consent",
        44,
        "import_rosters",
        "Nobody is enrolled in this class.",
        "Import the class's roster.",
        OFFICE,
    ),
    "class.may_be_pictured": allow_code(
        "class_consent", 44, "The whole class may be pictured ({count}; {use})."
    ),
    "class.some_refused": deny_code(
        "class_consent",
        44,
        "{count} of the class may not be pictured ({use}).",
        "Leave out those who are listed.",
    ),
    "class.some_doubtful": missing_fact_code(
        "class_consent",
        44,
        "record_statement",
        "{count} of the class may be pictured ({use}) only after somebody has looked.",
        "Leave out those who are listed, or have each of them looked at.",
        OFFICE,
    ),
    "class.roster_stale": missing_fact_code(
        "class_consent",
        44,
        "import_rosters",
        "The rosters are older than {days}, dated later than now, or were never imported.",
        "Import today's rosters.",
        OFFICE,
    ),
    "class.roster_incomplete": missing_fact_code(
        "class_consent",
        44,
        "import_rosters",
        "A row of this class's roster could not be taken: somebody may be missing from the list.",
        "Mend the row that the import's report names and import the roster again.",
        OFFICE,
    ),
    "list.fresh": allow_code(
        "consent_list", 43, "Checked against the consent list of {list_date}."
    ),
    "list.stale": missing_fact_code(
        "consent_list",
        43,
        "attest_list",
        "The consent list of {list_date} is older than {days}.",
        _BRING_LIST,
        OFFICE,
    ),
    "list.missing": missing_fact_code(
        "consent_list",
        43,
        "attest_list",
        "Of a school of these students no whole consent list has come yet.",
        _BRING_LIST,
        OFFICE,
    ),
    "list.ahead": missing_fact_code(
        "consent_list",
        43,
        "attest_list",
        "The consent list is dated {list_date}, later than now.",
        "Set the clock right; then import today's consent list, or have the office attest it.",
        OFFICE,
    ),
    "purpose.school": allow_code("student_purpose", 45, "The pictures serve a school purpose."),
    "purpose.own_account": judgement_code(
        "student_purpose",
        45,
        "Pictures of students on an employee's own account are personal use; only whoever asks "
        "says that they serve the school.",
        "Post it on an account of the school, or use a picture without students.",
    ),
    "purpose.not_school": deny_code(
        "student_purpose",
        45,
        "Pictures of students may be published for school purposes only, even with consent.",
        "Use a picture without students.",
    ),
    "pictured.nobody": allow_code("pictured_declared", 42, "No one in the photos is recognizable."),
    "pictured.missing": missing_fact_code(
        "pictured_declared",
        42,
        "declare_pictured",
        "The post has media, and nobody has said who is recognizable in it.",
        "Add the people in the photos, or say that no one in them is recognizable.",
        ASKER,
        CONTENT_OWNER,
    ),
}
