"""Codes of declarations: who is pictured, stated by a person who knows (clause 42)."""

from typing import Final

from app.policy.codes.shape import ASKER, CONTENT_OWNER, Code, allow_code, missing_fact_code

_RULE: Final = "declarations_hold"


def _make_doubt(message: str, remedy: str) -> Code:
    return missing_fact_code(_RULE, 42, "declare_pictured", message, remedy, ASKER, CONTENT_OWNER)


DECLARATIONS: dict[str, Code] = {
    "declaration.relied_on": allow_code(
        _RULE, 42, "Declaration {code} of {day} says who is pictured."
    ),
    "declaration.withdrawn": _make_doubt(
        "The declaration of who is pictured was withdrawn.",
        "Declare anew who is pictured, or add the people to the post.",
    ),
    "declaration.contradicted": _make_doubt(
        "What is said of who is pictured in these media differs.",
        "Look at the media, and correct the post, or correct or withdraw a declaration.",
    ),
    "declaration.media_missing": _make_doubt(
        "The declaration is not about these media, or they come without their SHA-256.",
        "Give the SHA-256 of the media, and declare who is pictured in them.",
    ),
    "declaration.another_bearer": _make_doubt(
        "Since the declaration an id in it has gone to somebody else: it is not about them.",
        "Look at the media, and correct or withdraw the declaration.",
    ),
    "declaration.other_purpose": _make_doubt(
        "The declaration was made for a post with another purpose.",
        "Say what the post is for, or correct the declaration.",
    ),
    "declaration.other_account": _make_doubt(
        "The declaration was made for a post on another account.",
        "Post on the account of the declaration, or correct the declaration.",
    ),
}
