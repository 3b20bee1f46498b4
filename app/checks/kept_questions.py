"""Questions kept as JSON beside what was answered, to be asked again on later facts."""

import logging
from collections.abc import Mapping
from typing import Any

import orjson

from app.checks.request_parser import ask_again
from app.errors import InvalidRequestError
from app.policy.question import Asker, Question
from app.schemas.base import MAX_TEXT

_log = logging.getLogger("clearpost.checks")


# The text of the post at another source, such as its network, where it was altered.
ELSEWHERE = "elsewhere"


def clean_text(text: str) -> str:
    """Return as much of a text as a check takes: a timeline may tell more."""
    return text.replace("\x00", "")[:MAX_TEXT]


def keep_question(request: Mapping[str, Any], text: str, asker: Asker) -> dict[str, Any]:
    """Return the question of a post as JSON values: request, text and asker."""
    schools = None if asker.schools is None else sorted(asker.schools)
    said = {"schools": schools, "person": asker.person_id, "for_others": asker.for_others}
    return {"request": request, "text": text, "asker": said}


def rebuild_questions(asked: str) -> list[Question]:
    """Return the question that `keep_question` kept, and that about the text elsewhere, if any.

    None of them where they cannot be read.
    """
    question = rebuild_question(asked)
    if question is None:
        return []
    said = orjson.loads(asked)
    if ELSEWHERE not in said:
        return [question]
    other = rebuild_question(orjson.dumps({**said, "text": said[ELSEWHERE]}).decode())
    return [question] if other is None else [question, other]


def rebuild_question(asked: str) -> Question | None:
    """Return the question that `keep_question` kept; None where it cannot be read."""
    try:
        said = orjson.loads(asked)
        asker = said["asker"]
        schools = None if asker["schools"] is None else frozenset(asker["schools"])
        person = Asker(schools, asker["person"], asker["for_others"])
        return ask_again("post", said["request"], said["text"], person)
    except (InvalidRequestError, ValueError, KeyError, TypeError) as error:
        # A later release reads it otherwise, or somebody wrote it by hand.
        _log.error("a kept question cannot be read", extra={"error": type(error).__name__})
        return None
