"""The checks: each route reads its body, asks the pipeline, and sends the answer's bytes.

This is the hot path: bodies are validated from their bytes and answers sent as bytes, so FastAPI
neither parses nor serializes here; the OpenAPI document describes both all the same.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app.auth.authenticator import Caller
from app.checks import request_parser
from app.checks.answers import ClassDecision, Decision, Decisions
from app.checks.queue import Answer, Inquiry, Result
from app.checks.receipted_answers import write_answer
from app.checks.request_parser import CheckForm, ParsedCheck
from app.checks.requests import PostsCheck
from app.errors import (
    BodyTooLargeError,
    ForbiddenError,
    InvalidRequestError,
    OutcomeUnknownError,
    QueueFullError,
    StoreUnavailableError,
    TooManyPeopleError,
    UnauthenticatedError,
    UnsupportedMediaTypeError,
)
from app.http.authorization import authorize_request, declare_scope, json_body
from app.http.check_answers import CHECK_SCOPE, PREFIX, finish_answer, make_inquiry
from app.http.check_bodies import read_check, read_posts
from app.http.context import Service, find_service
from app.http.middleware import TOLD, Told
from app.http.problems import describe_problem, list_responses

_PROBLEMS = list_responses(
    UnauthenticatedError,
    ForbiddenError,
    BodyTooLargeError,
    UnsupportedMediaTypeError,
    InvalidRequestError,
    TooManyPeopleError,
    QueueFullError,
    StoreUnavailableError,
    OutcomeUnknownError,
)


class BytesRoute(APIRoute):
    """A route documented by FastAPI and served by Starlette: its endpoint takes the request.

    FastAPI's own handling (dependencies, parsing, exit stacks) would cost a fifth of a check.
    """

    def __init__(self, path: str, endpoint: Callable[[Request], Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.app = _serve_alone(endpoint)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request by `self.app`."""
        await Route.handle(self, scope, receive, send)


def _serve_alone(endpoint: Callable[[Request], Awaitable[Response]]) -> ASGIApp:
    """`endpoint` alone; a failure is answered by the layer that answers those of all routes."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    return app


def add_checks(app: FastAPI) -> None:
    """Let `app` answer checks. On the application itself: an included router is matched twice."""
    _add_route(app, "/post", check_post, request_parser.POST.body, Decision)
    _add_route(app, "/posts", check_posts, PostsCheck, Decisions)
    _add_route(
        app,
        "/photo-consent",
        check_photo_consent,
        request_parser.PHOTO_CONSENT.body,
        Decision | ClassDecision,
    )
    _add_route(
        app,
        "/coworker-consent",
        check_coworker_consent,
        request_parser.COWORKER_CONSENT.body,
        Decision,
    )
    _add_route(app, "/logo", check_logo, request_parser.LOGO.body, Decision)
    _add_route(app, "/spokesperson", check_spokesperson, request_parser.SPOKESPERSON.body, Decision)
    _add_route(app, "/account", check_account, request_parser.ACCOUNT.body, Decision)


def _add_route(
    app: FastAPI,
    path: str,
    endpoint: Callable[[Request], Awaitable[Response]],
    body: type[BaseModel],
    answers: Any,
) -> None:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{body.__name__}"}}}
    app.router.add_api_route(
        PREFIX + path,
        endpoint,
        methods=["POST"],
        tags=["checks"],
        response_model=answers,
        responses=_PROBLEMS,
        openapi_extra=declare_scope(CHECK_SCOPE)
        | {"requestBody": {"required": True, "content": content}},
        route_class_override=BytesRoute,
    )


async def check_post(request: Request) -> Response:
    """May this post be published? Every rule of the policy is asked."""
    return await _answer_check(request, request_parser.POST)


async def check_posts(request: Request) -> Response:
    """Several posts at once, up to 100; each item is a decision or a problem of its own.

    The items are in the order of the posts; a finding's or an error's `at` points into its post.
    """
    service = find_service(request)
    caller = await authorize_request(request, service, CHECK_SCOPE)
    posts = await read_posts(service, await json_body(request), caller.asker)
    read = [post for post in posts if isinstance(post, ParsedCheck)]
    inquiries = [make_inquiry(service, post, caller) for post in read]
    results = iter(await ask_pipeline(service, inquiries))
    items = [next(results) if isinstance(post, ParsedCheck) else post for post in posts]
    written = b",".join(_write_item(service, one) for one in items)
    return _make_json_response(b'{"items":[' + written + b"]}")


async def check_photo_consent(request: Request) -> Response:
    """May these students be pictured? Or, of a whole class, who may not?"""
    return await _answer_check(request, request_parser.PHOTO_CONSENT)


async def check_coworker_consent(request: Request) -> Response:
    """May these employees be pictured?"""
    return await _answer_check(request, request_parser.COWORKER_CONSENT)


async def check_logo(request: Request) -> Response:
    """May this account or author use the district's logo?"""
    return await _answer_check(request, request_parser.LOGO)


async def check_spokesperson(request: Request) -> Response:
    """May this account or author speak for the district?"""
    return await _answer_check(request, request_parser.SPOKESPERSON)


async def check_account(request: Request) -> Response:
    """May this account be posted on?"""
    return await _answer_check(request, request_parser.ACCOUNT)


async def _answer_check(request: Request, form: CheckForm) -> Response:
    told: Told | None = request.scope.get(TOLD)
    if told is not None:  # asked on the short way
        if isinstance(told.answer, Exception):
            raise told.answer
        return _make_json_response(told.answer)
    service = find_service(request)
    caller = await authorize_request(request, service, CHECK_SCOPE)
    return _make_json_response(await decision(service, caller, form, await json_body(request)))


async def decision(service: Service, caller: Caller, form: CheckForm, body: bytes) -> bytes:
    """The decision on one check as JSON; it is on the ledger."""
    read = await read_check(service, form, body, caller.asker)
    inquiry = make_inquiry(service, read, caller)
    (result,) = await service.pipeline.ask([inquiry])
    return finish_answer(service, inquiry, result)


async def ask_pipeline(service: Service, inquiries: list[Inquiry]) -> list[Result]:
    """The pipeline's results, counted; raises what `Pipeline.ask` raises."""
    results = await service.pipeline.ask(inquiries) if inquiries else []
    for inquiry, result in zip(inquiries, results, strict=True):
        if isinstance(result, Answer):
            service.metrics.decision(inquiry.question.check, result.outcome)
    return results


def _write_item(service: Service, one: Result) -> bytes:
    if isinstance(one, Answer):
        return write_answer(one, service.receipts)
    return orjson.dumps(describe_problem(one))


def _make_json_response(body: bytes) -> Response:
    return Response(body, media_type="application/json")
