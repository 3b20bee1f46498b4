"""Findings about who posts: clause 1."""

from app.policy.codes.shape import OFFICE, Code, missing_fact_code

_BY_STAFF = "Have somebody who is with the district post it, and name that person as the author."

AUTHORS: dict[str, Code] = {
    "author.student": missing_fact_code(
        "author_known", 1, "name_author", "The author is a student.", _BY_STAFF
    ),
    "author.left": missing_fact_code(
        "author_known", 1, "name_author", "The author is no longer with the district.", _BY_STAFF
    ),
    "author.unknown": missing_fact_code(
        "author_known",
        1,
        "name_author",
        "Nobody is known by the author's id or name.",
        "Give the author's id, or the name as it is on file.",
    ),
    "author.ambiguous": missing_fact_code(
        "author_known",
        1,
        "name_author",
        "Several people of the district bear the author's name.",
        "Give the author's id, or add the school to the name.",
    ),
    "author.unidentified": missing_fact_code(
        "author_known",
        1,
        "name_author",
        "The author cannot be told for sure among the schools of this key.",
        "Give the author's id, or add the school to the name.",
    ),
    "author.identity_doubtful": missing_fact_code(
        "author_known",
        1,
        "import_rosters",
        "The rosters give the author's id to somebody else, or give somebody on file a new one; "
        "nobody has looked at it yet.",
        "Have the delivery that waits approved or rejected, or let somebody else post it.",
        OFFICE,
    ),
    "author.another": missing_fact_code(
        "author_known",
        1,
        "name_author",
        "The author is somebody else than the person whom this key acts for.",
        "Leave the author out, or ask with the author's own key or one with the scope "
        "posts:for-others.",
    ),
}
