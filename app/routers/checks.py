"""The checks: each route reads its body, asks the pipeline, and sends the answer's bytes.

This is the hot path: bodies are validated from their bytes and answers sent as bytes, so FastAPI
neither parses nor serializes here; the OpenAPI document describes both all the same.
"""

from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from app.auth import Caller, authorize, declares
from app.errors import (
    BodyTooLargeError,
    ClearpostError,
    ForbiddenError,
    InvalidRequestError,
    QueueFullError,
    StoreUnavailableError,
    UnauthenticatedError,
    UnsupportedMediaTypeError,
)
from app.metrics import Metrics
from app.pipeline import Answer, Inquiry, Pipeline, Result
from app.routers.http import json_body
from app.routers.problems import documented, problem
from app.schemas import reading
from app.schemas.answers import ClassDecision, Decision, Decisions
from app.schemas.checks import PostsCheck
from app.schemas.reading import Form, Reading

SCOPE = "check"
router = APIRouter(prefix="/v1/checks", tags=["checks"])
_PROBLEMS = documented(
    UnauthenticatedError,
    ForbiddenError,
    BodyTooLargeError,
    UnsupportedMediaTypeError,
    InvalidRequestError,
    QueueFullError,
    StoreUnavailableError,
)


def _documents(body: type[BaseModel]) -> dict[str, Any]:
    """The scope a check asks for and the body it takes, for the OpenAPI document."""
    reference = {"$ref": f"#/components/schemas/{body.__name__}"}
    content = {"application/json": {"schema": reference}}
    return {**declares(SCOPE), "requestBody": {"required": True, "content": content}}


@router.post(
    "/post",
    response_model=Decision,
    responses=_PROBLEMS,
    openapi_extra=_documents(reading.POST.body),
)
async def check_post(request: Request) -> Response:
    """May this post be published? Every rule of the policy is asked."""
    return await _answer(request, reading.POST)


@router.post(
    "/posts", response_model=Decisions, responses=_PROBLEMS, openapi_extra=_documents(PostsCheck)
)
async def check_posts(request: Request) -> Response:
    """Several posts at once, up to 100; each item is a decision or a problem of its own.

    The items are in the order of the posts; a finding's or an error's `at` points into its post.
    """
    caller = await authorize(request, SCOPE)
    posts = reading.read_posts(await json_body(request), caller.schools)
    read = [post for post in posts if isinstance(post, Reading)]
    results = iter(await _ask(request, [_inquiry(post, caller) for post in read]))
    items = [next(results) if isinstance(post, Reading) else post for post in posts]
    return _json(b'{"items":[' + b",".join(_item(one) for one in items) + b"]}")


@router.post(
    "/photo-consent",
    response_model=Decision | ClassDecision,
    responses=_PROBLEMS,
    openapi_extra=_documents(reading.PHOTO_CONSENT.body),
)
async def check_photo_consent(request: Request) -> Response:
    """May these students be pictured? Or, of a whole class, who may not?"""
    return await _answer(request, reading.PHOTO_CONSENT)


@router.post(
    "/coworker-consent",
    response_model=Decision,
    responses=_PROBLEMS,
    openapi_extra=_documents(reading.COWORKER_CONSENT.body),
)
async def check_coworker_consent(request: Request) -> Response:
    """May these employees be pictured?"""
    return await _answer(request, reading.COWORKER_CONSENT)


@router.post(
    "/logo",
    response_model=Decision,
    responses=_PROBLEMS,
    openapi_extra=_documents(reading.LOGO.body),
)
async def check_logo(request: Request) -> Response:
    """May this account or author use the district's logo?"""
    return await _answer(request, reading.LOGO)


@router.post(
    "/spokesperson",
    response_model=Decision,
    responses=_PROBLEMS,
    openapi_extra=_documents(reading.SPOKESPERSON.body),
)
async def check_spokesperson(request: Request) -> Response:
    """May this account or author speak for the district?"""
    return await _answer(request, reading.SPOKESPERSON)


@router.post(
    "/account",
    response_model=Decision,
    responses=_PROBLEMS,
    openapi_extra=_documents(reading.ACCOUNT.body),
)
async def check_account(request: Request) -> Response:
    """May this account be posted on?"""
    return await _answer(request, reading.ACCOUNT)


async def _answer(request: Request, form: Form) -> Response:
    caller = await authorize(request, SCOPE)
    read = reading.read_check(form, await json_body(request), caller.schools)
    (result,) = await _ask(request, [_inquiry(read, caller)])
    if isinstance(result, ClearpostError):
        raise result
    return _json(result.body)


async def _ask(request: Request, inquiries: list[Inquiry]) -> list[Result]:
    """The pipeline's results, counted."""
    pipeline: Pipeline = request.app.state.pipeline
    metrics: Metrics = request.app.state.metrics
    results = await pipeline.ask(inquiries) if inquiries else []
    for inquiry, result in zip(inquiries, results, strict=True):
        if isinstance(result, Answer):
            metrics.decision(inquiry.question.check, result.outcome)
    return results


def _inquiry(read: Reading, caller: Caller) -> Inquiry:
    return Inquiry(read.question, read.request, caller.key_id, caller.person_id)


def _item(one: Result) -> bytes:
    return one.body if isinstance(one, Answer) else orjson.dumps(problem(one))


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
