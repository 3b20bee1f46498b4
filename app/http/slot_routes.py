"""Where a route's plain function runs: the one place that chooses its threads.

GET is a reader and any other method a writer, unless `use_slots` says otherwise.
"""

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, Signature, iscoroutinefunction, signature
from typing import Any, TypeVar

from fastapi.routing import APIRoute

from app.http.context import ServiceSlots
from app.slots import SlotKind, Slots

_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])


class SlotRoute(APIRoute):
    """A route whose plain function runs on a thread of its kind.

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
    usual: SlotKind = "readers" if set(methods) <= {"GET", "HEAD"} else "writers"
    kind: SlotKind = getattr(endpoint, "slots", usual)

    @wraps(endpoint)
    async def run(*, route_slots: Slots, **values: Any) -> Any:
        return await route_slots[kind].run(lambda: endpoint(**values))

    # FastAPI reads here what it is to give: what the function asks for, and the slots.
    vars(run)["__signature__"] = _add_slots(signature(endpoint))
    return run


def _add_slots(asked: Signature) -> Signature:
    slots = Parameter("route_slots", Parameter.KEYWORD_ONLY, annotation=ServiceSlots)
    return asked.replace(parameters=[*asked.parameters.values(), slots])
