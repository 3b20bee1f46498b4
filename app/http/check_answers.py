"""Checks from and to the wire, on either way: what is asked of the pipeline, and what is sent."""

import contextlib
from collections.abc import Mapping

import orjson

from app.auth.authenticator import Caller
from app.checks import request_parser
from app.checks.queue import Answer, Inquiry, Result
from app.checks.request_parser import CheckForm, ParsedCheck
from app.errors import ClearpostError, StoreUnavailableError
from app.http.context import Service

SCOPE, PREFIX = "check", "/v1/checks"
# The checks of one thing each, by their addresses.
FORMS: Mapping[str, CheckForm] = {
    "/post": request_parser.POST,
    "/photo-consent": request_parser.PHOTO_CONSENT,
    "/coworker-consent": request_parser.COWORKER_CONSENT,
    "/logo": request_parser.LOGO,
    "/spokesperson": request_parser.SPOKESPERSON,
    "/account": request_parser.ACCOUNT,
}


def make_inquiry(service: Service, read: ParsedCheck, caller: Caller) -> Inquiry:
    """Return a check as the pipeline takes it."""
    return Inquiry(
        read.question,
        read.request,
        caller.key_id,
        caller.person_id,
        read.text,
        caller.lineage,
        service.settings.clearance_minutes if read.request.get("clearance") else 0,
    )


def finish_answer(service: Service, inquiry: Inquiry, result: Result) -> bytes:
    """Return what is sent of a decision, which is counted; raises the error that it is instead."""
    if isinstance(result, ClearpostError):
        raise result
    service.metrics.decision(inquiry.question.check, result.outcome)
    return add_receipt(service, result)


def add_receipt(service: Service, answer: Answer) -> bytes:
    """The answer, with the receipt of its clearance where it has one.

    It is on the ledger by now: where no key can be had, it is answered without a receipt.
    """
    if answer.clearance is None:
        return answer.body
    said = orjson.loads(answer.body)
    with contextlib.suppress(StoreUnavailableError):
        account = said["holds_for"]["account"]
        said["clearance"]["receipt"] = service.receipts.sign(answer.clearance, account)
    return orjson.dumps(said)
