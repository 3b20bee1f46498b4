"""Checks from and to the wire, on either way: what is asked of the pipeline, and what is sent."""

from collections.abc import Mapping

from app.auth.authenticator import Caller
from app.checks import request_parser
from app.checks.queue import Inquiry, Result
from app.checks.receipted_answers import write_answer
from app.checks.request_parser import CheckForm, ParsedCheck
from app.errors import ClearpostError
from app.http.context import Service

CHECK_SCOPE, PREFIX = "check", "/v1/checks"
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
    return write_answer(result, service.receipts)
