"""Findings about the text, which is only assisted: clauses 52 and 55 to 57."""

from app.policy.codes.shape import (
    COMMUNICATIONS,
    CONTENT_OWNER,
    Code,
    judgement_code,
)

TEXT: dict[str, Code] = {
    "text.profanity": judgement_code(
        "text_marks",
        55,
        "The text may hold obscene or profane language.",
        "Reword the text.",
        COMMUNICATIONS,
        CONTENT_OWNER,
    ),
    "text.threat": judgement_code(
        "text_marks",
        56,
        "The text may threaten, harass or bully.",
        "Reword the text.",
    ),
    "text.illegal": judgement_code(
        "text_marks",
        57,
        "The text may speak of illegal activity, alcohol, drugs or sexual behaviour.",
        "Reword it, or ask Communications to approve it.",
        COMMUNICATIONS,
        CONTENT_OWNER,
    ),
    "text.identifier": judgement_code(
        "text_marks",
        52,
        "The text may hold somebody's personal identifier.",
        "Take the identifier out of the text.",
    ),
    "text.health": judgement_code(
        "text_marks",
        52,
        "The text may tell of somebody's health.",
        "Leave out what concerns somebody's health.",
    ),
    "text.discipline": judgement_code(
        "text_marks",
        52,
        "The text may tell how somebody was disciplined.",
        "Leave out what concerns somebody's discipline.",
    ),
    "text.special_education": judgement_code(
        "text_marks",
        52,
        "The text may tell of somebody's special education.",
        "Leave out what concerns somebody's special education.",
    ),
    "text.grades": judgement_code(
        "text_marks",
        52,
        "The text may tell somebody's grades.",
        "Leave out what concerns somebody's grades.",
    ),
    "text.home_address": judgement_code(
        "text_marks",
        52,
        "The text may tell where somebody lives.",
        "Take the address out of the text.",
    ),
    "text.name_not_allowed": judgement_code(
        "text_names",
        52,
        "The text names a pictured student whose name may not be shown with the picture.",
        "Leave the name out of the text.",
    ),
    "text.other_name_not_allowed": judgement_code(
        "text_names",
        52,
        "The text gives the full name of a student whose name may not be shown.",
        "Leave the name out of the text, or make sure that somebody else is meant.",
    ),
    "text.too_many_names": judgement_code(
        "text_names",
        52,
        "The text may hold more names than were looked up.",
        "Have somebody read it for students' names, or check it in parts.",
    ),
}
