"""Bodies of evaluations: from bytes to single evaluations, each whole or with what it lacks."""

from typing import Any, NamedTuple

from pydantic import ValidationError

from app.errors import InvalidEvaluationError, InvalidRequestError
from app.schemas.access.evaluations import (
    EvaluationRequest,
    EvaluationsRequest,
    Semantic,
)
from app.schemas.bodies import MAX_LISTED_PARTS, Body, parse_distinct
from app.schemas.faults import make_invalid_error

Listed = EvaluationRequest | InvalidEvaluationError
_DEFAULTS = ("subject", "action", "resource", "context")
_NO_OBJECT = {"at": "", "code": "model_type", "message": "Must be an object"}


class EvaluationBatch(NamedTuple):
    """Several evaluations in their order, and when the answers to them end."""

    items: list[Listed]
    semantic: Semantic


def read_evaluation(body: bytes) -> EvaluationRequest:
    """Return the evaluation of a body; raises InvalidRequestError."""
    return _validate_part(EvaluationRequest, parse_distinct(body, EvaluationRequest))


def read_evaluations(body: bytes) -> EvaluationRequest | EvaluationBatch:
    """Return the evaluations of a body, or its only one where it lists none.

    What an evaluation leaves out it has from the body, whole: nothing is merged. Raises
    InvalidRequestError where the body is not as specified; what a single one lacks is an error in
    its place.
    """
    said = parse_distinct(body, EvaluationsRequest, MAX_LISTED_PARTS)
    asked = _validate_part(EvaluationsRequest, said)
    nulls = [name for name in _DEFAULTS if said.get(name, name) is None]
    if nulls:
        raise InvalidRequestError([{**_NO_OBJECT, "at": f"/{name}"} for name in nulls])
    if not asked.evaluations:
        return _validate_part(EvaluationRequest, said)
    # As they were read: a hundred items have one and the same, however large.
    defaults = {name: getattr(asked, name) for name in _DEFAULTS if name in said}
    items = [_read_item(defaults, item) for item in asked.evaluations]
    return EvaluationBatch(items, asked.options.evaluations_semantic)


def _read_item(defaults: dict[str, Any], item: Any) -> Listed:
    if not isinstance(item, dict):
        return InvalidEvaluationError.from_errors([_NO_OBJECT])
    try:
        return _validate_part(EvaluationRequest, {**defaults, **item})
    except InvalidRequestError as error:
        return InvalidEvaluationError.from_errors(error.errors)


def _validate_part(model: type[Body], said: Any) -> Body:
    try:
        return model.model_validate(said)
    except ValidationError as error:
        raise make_invalid_error(error, model) from None
