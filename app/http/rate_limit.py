"""The rates at which one address may use routes without a key: `dependencies=[Depends(…)]`.

They refuse unknown parameters, too, as `require_scope` does where there is a key.
"""

from fastapi import Request

from app.http.context import WholeService
from app.query_parameters import refuse_unknown_parameters
from app.rates import PublicRate


async def limit_lookups(request: Request, service: WholeService) -> None:
    """Limit questions that need no key; raises `TooManyRequestsError`."""
    _let_pass(request, service.lookups)


async def limit_reports(request: Request, service: WholeService) -> None:
    """Limit reports that need no key; raises `TooManyRequestsError`."""
    _let_pass(request, service.reports)


def _let_pass(request: Request, rate: PublicRate) -> None:
    refuse_unknown_parameters(request)
    rate.let_pass(request.client.host if request.client else None)
