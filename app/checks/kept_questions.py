"""Questions kept as JSON beside what was answered, to be asked again on later facts."""

import logging
from collections.abc import Mapping
from typing import Any

import orjson

from app.checks.request_parser import ask_again
from app.errors import InvalidRequestError
from app.policy.question import Asker, Question

_log = logging.getLogger("clearpost.checks")


def keep_question(request: Mapping[str, Any], text: str, asker: Asker) -> dict[str, Any]:
    """Return the question of a post as JSON values: request, text and asker."""
    schools = None if asker.schools is None else sorted(asker.schools)
    said = {"schools": schools, "person": asker.person_id, "for_others": asker.for_others}
    return {"request": request, "text": text, "asker": said}


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
