"""The rate at which one address may use public routes."""

from fastapi import Request

from app.errors import TooManyRequestsError
from app.query_parameters import refuse_unknown_parameters
from app.rates import MinuteRate, client_network


class PublicRate:
    """Passes the requests of each address that are within its `rate`."""

    def __init__(self, rate: MinuteRate) -> None:
        self._rate = rate

    def let_pass(self, address: str | None) -> None:
        """Let one request of `address` pass, or raise `TooManyRequestsError`."""
        if wait := self._rate.take(client_network(address)):
            raise TooManyRequestsError(wait)


async def limit_rate(request: Request) -> None:
    """For routes without a key: `dependencies=[Depends(rated)]`."""
    refuse_unknown_parameters(request)
    rate: PublicRate = request.app.state.public_rate
    rate.let_pass(request.client.host if request.client else None)
