"""Evaluations over HTTP: their bodies, read beside those of checks, and their bad requests.

A faulty request is a 400 here, also where it is a 422 elsewhere (AuthZEN, Error Responses).
"""

from collections.abc import Callable, Coroutine, Sequence
from time import monotonic
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from app.checks import request_parser
from app.checks.evaluations.mapping import Mapped, MappedCheck, NotMapped, map_body, measure_mapped
from app.checks.request_parser import ParsedCheck
from app.errors import InvalidEvaluationError, InvalidRequestError, UnsupportedMediaTypeError
from app.http.authorization import json_body
from app.http.check_bodies import SHORT, cut_parts
from app.http.context import Service
from app.policy.question import Asker
from app.schemas.access.evaluations import Semantic


class EvaluationRoute(APIRoute):
    """A route of the Authorization API, on which each fault of a request is a 400."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's own handling of a request, with the problems of this API."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except InvalidEvaluationError:
                raise
            except InvalidRequestError as error:
                raise InvalidEvaluationError.from_errors(error.errors) from None
            except UnsupportedMediaTypeError as error:
                fault = {"at": "", "code": "media_type", "message": error.title}
                raise InvalidEvaluationError.from_errors([fault]) from None

        return answer


async def _read_bytes(request: Request) -> bytes:
    return await json_body(request)


JsonBytes = Annotated[bytes, Depends(_read_bytes)]


class EvaluatedCheck(NamedTuple):
    """A check that was read, and what it is of the evaluation."""

    asked: MappedCheck
    check: ParsedCheck


Evaluated = EvaluatedCheck | NotMapped | InvalidEvaluationError


class EvaluatedBatch(NamedTuple):
    """Evaluations as they were read, in their order; no semantic for one that came alone."""

    items: list[Evaluated]
    semantic: Semantic | None


async def read_evaluations(
    service: Service, body: bytes, asker: Asker, *, several: bool
) -> EvaluatedBatch:
    """Read the evaluations of a body, each for itself; several of them only where they may be.

    Raises InvalidRequestError where the whole is not as specified, OverloadedError where it takes
    too long.
    """
    texts, until = service.slots["texts"], monotonic() + service.settings.deadline_seconds
    if len(body) <= SHORT:
        mapped = map_body(body, several=several)
    else:
        mapped = await texts.run(lambda: map_body(body, several=several))
    items: list[Evaluated] = []
    # A short body may be many long ones, by what they have from the whole.
    if sum(map(measure_mapped, mapped.items)) <= SHORT:
        items += _read_part(mapped.items, asker)
    else:
        for part in cut_parts(mapped.items, measure_mapped):
            left = max(0.0, until - monotonic())
            items += await texts.run(_read_part, part, asker, seconds=left)
    return EvaluatedBatch(items, mapped.semantic)


def _read_part(part: Sequence[Mapped], asker: Asker) -> list[Evaluated]:
    return [_read_item(one, asker) if isinstance(one, MappedCheck) else one for one in part]


def _read_item(asked: MappedCheck, asker: Asker) -> Evaluated:
    try:
        return EvaluatedCheck(asked, request_parser.read_check(asked.form, asked.body, asker))
    except InvalidRequestError as error:
        return asked.locate_errors(error)
