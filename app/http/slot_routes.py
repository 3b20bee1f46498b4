"""Where a route's plain function runs: the one place that chooses its threads.

GET is a reader and any other method a writer, unless `use_slots` says otherwise.
"""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction, signature
from typing import Any, TypeVar

from fastapi import Request
from fastapi.routing import APIRoute

from app.slots import SlotKind, Slots

_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])


class SlotRoute(APIRoute):
    """A route whose plain function, which takes the request, runs on a thread of its kind.

    FastAPI would run all of them on the same forty threads, and with no deadline.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, _in_slot(endpoint, options.get("methods") or {"GET"}), **options)


def use_slots(kind: SlotKind) -> Callable[[_Endpoint], _Endpoint]:
    """For a route that its method does not tell: `@use_slots("readers")` below `@router.post`."""

    def note(endpoint: _Endpoint) -> _Endpoint:
        vars(endpoint)["slots"] = kind
        return endpoint

    return note


def _in_slot(endpoint: Callable[..., Any], methods: set[str]) -> Callable[..., Any]:
    """`endpoint`, on a thread of its kind; one that is a coroutine stays on the event loop."""
    if iscoroutinefunction(endpoint):
        return endpoint
    if "request" not in signature(endpoint).parameters:
        message = "a plain function of a route takes the request"
        raise TypeError(message)
    usual: SlotKind = "readers" if set(methods) <= {"GET", "HEAD"} else "writers"
    kind: SlotKind = getattr(endpoint, "slots", usual)

    @wraps(endpoint)
    async def run(request: Request, **values: Any) -> Any:
        slots: Slots = request.app.state.slots
        return await slots[kind].run(lambda: endpoint(request=request, **values))

    return run
