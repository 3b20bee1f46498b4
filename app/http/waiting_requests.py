"""A request that waits: whether its client is still there, and whether its key still may."""

from typing import Annotated

from fastapi import Depends, Request

from app.auth.authenticator import Caller
from app.http.authorization import authorize_request
from app.http.context import WholeService
from app.http.middleware import find_has_left


class WaitingRequest:
    """A request that may be answered late."""

    def __init__(self, request: Request, service: WholeService) -> None:
        self._request, self._service = request, service
        self.has_left = find_has_left(request.scope)

    async def authorize(self, scope: str) -> Caller:
        """Return the caller as the key is now; raise where it has ended, or lost the scope."""
        return await authorize_request(self._request, self._service, scope, decides=True)


async def _give_request(request: Request, service: WholeService) -> WaitingRequest:
    return WaitingRequest(request, service)


LongRequest = Annotated[WaitingRequest, Depends(_give_request)]
