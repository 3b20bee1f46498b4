"""The Authorization API 1.0 (AuthZEN): the same checks, asked in the words of the specification.

Each evaluation becomes a check, goes the way of all checks, and is permitted where the check is an
allow. See ADR 0041.
"""

from collections.abc import Sequence
from time import monotonic
from typing import Annotated, Any
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, Depends
from fastapi.responses import Response

from app.auth.authenticator import Caller
from app.checks.evaluations.answers import locate_failure, write_decision, write_refusal
from app.checks.queue import Answer
from app.checks.receipted_answers import write_answer
from app.errors import (
    BodyTooLargeError,
    ClearpostError,
    InvalidEvaluationError,
    NotFoundError,
    OutcomeUnknownError,
    OverloadedError,
    QueueFullError,
    TooManyPeopleError,
)
from app.http.authorization import require_scope
from app.http.check_answers import CHECK_SCOPE, make_inquiry
from app.http.context import Service, ServiceSettings, WholeService
from app.http.evaluation_bodies import (
    Evaluated,
    EvaluatedCheck,
    EvaluationRoute,
    JsonBytes,
    read_evaluations,
)
from app.http.problems import list_responses
from app.routers.checks import ask_pipeline
from app.schemas.access.evaluations import (
    DecisionPoint,
    EvaluationDecision,
    EvaluationDecisions,
    EvaluationRequest,
    EvaluationsRequest,
)

router = APIRouter(tags=["evaluations"], route_class=EvaluationRoute)
WELL_KNOWN = "/.well-known/authzen-configuration"
_ONE, _SEVERAL = "/access/v1/evaluation", "/access/v1/evaluations"
# The answer with which each semantic ends.
_ENDS = {"deny_on_first_deny": False, "permit_on_first_permit": True}
_Asker = Annotated[Caller, Depends(require_scope(CHECK_SCOPE))]
_PROBLEMS = list_responses(
    InvalidEvaluationError,
    BodyTooLargeError,
    TooManyPeopleError,
    QueueFullError,
    OverloadedError,
    OutcomeUnknownError,
)


def _declare_body(model: type[EvaluationRequest] | type[EvaluationsRequest]) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@router.post(
    _ONE,
    response_model=EvaluationDecision,
    responses=_PROBLEMS,
    openapi_extra=_declare_body(EvaluationRequest),
)
async def evaluate_access(service: WholeService, caller: _Asker, body: JsonBytes) -> Response:
    """May this subject do this with that resource? True is an allow; all else is false.

    Actions, subjects and resources are those of the page on AuthZEN; another one is false.
    """
    (asked,), _ = await read_evaluations(service, body, caller.asker, several=False)
    return await _answer_one(service, caller, asked)


@router.post(
    _SEVERAL,
    response_model=EvaluationDecisions | EvaluationDecision,
    responses=_PROBLEMS,
    openapi_extra=_declare_body(EvaluationsRequest),
)
async def evaluate_accesses(service: WholeService, caller: _Asker, body: JsonBytes) -> Response:
    """Several evaluations at once, up to 100; one that lacks something is false.

    A request without `evaluations` is answered as a single one is.
    """
    items, semantic = await read_evaluations(service, body, caller.asker, several=True)
    if semantic is None:
        return await _answer_one(service, caller, items[0])
    if semantic not in _ENDS:
        said = await _decide_all(service, caller, items)
    else:
        said = await _decide_until(service, caller, items, end=_ENDS[semantic])
    return _make_json_response({"evaluations": said})


@router.get(WELL_KNOWN, responses=list_responses(NotFoundError))
async def read_decision_point(settings: ServiceSettings, response: Response) -> DecisionPoint:
    """The addresses of evaluations; not told without the setting `CLEARPOST_PUBLIC_URL`."""
    return _describe_point(settings.public_url, "", response)


@router.get(f"{WELL_KNOWN}/{{place:path}}", include_in_schema=False)
async def read_placed_decision_point(
    settings: ServiceSettings, response: Response, place: str
) -> DecisionPoint:
    """The same where the service's address has a path: it stands behind the well-known one."""
    return _describe_point(settings.public_url, f"/{place}", response)


def _describe_point(base: str | None, place: str, response: Response) -> DecisionPoint:
    """The metadata of `base`, asked for at its own `place` alone: whoever asks compares them."""
    if base is None or urlsplit(base).path != place:
        raise NotFoundError
    response.headers["Cache-Control"] = "public, max-age=3600"
    return DecisionPoint(
        policy_decision_point=base,
        access_evaluation_endpoint=base + _ONE,
        access_evaluations_endpoint=base + _SEVERAL,
    )


async def _answer_one(service: Service, caller: Caller, asked: Evaluated) -> Response:
    if isinstance(asked, InvalidEvaluationError):
        raise asked
    if isinstance(asked, EvaluatedCheck):
        (result,) = await ask_pipeline(service, [make_inquiry(service, asked.check, caller)])
        if isinstance(result, ClearpostError):
            raise locate_failure(result, asked.asked)
        return _make_json_response(_write_answer(service, asked, result))
    return _make_json_response(write_refusal(asked, reasons=service.settings.authzen_reasons))


async def _decide_until(
    service: Service, caller: Caller, items: Sequence[Evaluated], *, end: bool
) -> list[dict[str, Any]]:
    """The decisions up to the first that is `end`; what stands behind it is not asked."""
    said: list[dict[str, Any]] = []
    until = monotonic() + service.settings.deadline_seconds
    for one in items:
        if monotonic() > until:
            raise OutcomeUnknownError  # those before are on the ledger
        said += await _decide_all(service, caller, [one])
        if said[-1]["decision"] is end:
            break
    return said


async def _decide_all(
    service: Service, caller: Caller, items: Sequence[Evaluated]
) -> list[dict[str, Any]]:
    """The decisions on all of them, asked together."""
    asked = [make_inquiry(service, i.check, caller) for i in items if isinstance(i, EvaluatedCheck)]
    results = iter(await ask_pipeline(service, asked))
    reasons = service.settings.authzen_reasons
    said = []
    for one in items:
        if not isinstance(one, EvaluatedCheck):
            said.append(write_refusal(one, reasons=reasons))
            continue
        result = next(results)
        if isinstance(result, Answer):
            said.append(_write_answer(service, one, result))
        else:
            said.append(write_refusal(locate_failure(result, one.asked), reasons=reasons))
    return said


def _write_answer(service: Service, asked: EvaluatedCheck, answer: Answer) -> dict[str, Any]:
    reasons = service.settings.authzen_reasons
    body = write_answer(answer, service.receipts) if reasons else answer.body
    return write_decision(answer.outcome, body, asked.asked, reasons=reasons)


def _make_json_response(said: dict[str, Any]) -> Response:
    return Response(orjson.dumps(said), media_type="application/json")
