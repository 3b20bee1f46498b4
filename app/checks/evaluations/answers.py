"""Answers to evaluations: a check's decision, or why there is none, in the words of AuthZEN."""

from typing import Any

import orjson

from app.checks.evaluations.mapping import MappedCheck, NotMapped
from app.errors import ClearpostError, InvalidRequestError
from app.policy.words import Outcome

_REASON = ("code", "outcome", "clause", "message")
# As in the specification's own example of what is not found.
_NOT_FOUND = 404


def write_decision(
    outcome: Outcome, answer: bytes, asked: MappedCheck, *, reasons: bool
) -> dict[str, Any]:
    """Return the decision on a check that was answered; only an allow permits.

    Without `reasons` it is the decision alone.
    """
    told: dict[str, Any] = {"decision": outcome == "allow"}
    if reasons:
        said = orjson.loads(answer)
        told["context"] = {
            "decision_id": said["id"],
            "outcome": outcome,
            "reasons": [_write_reason(one, asked) for one in said["findings"]],
            **_drop_nulls({name: said.get(name) for name in ("holds_until", "clearance")}),
            **_drop_nulls({"holds_for": _drop_nulls(said.get("holds_for") or {}) or None}),
        }
    return told


def write_refusal(why: ClearpostError | NotMapped, *, reasons: bool) -> dict[str, Any]:
    """Return the answer where there is no decision of the policy: it never permits."""
    if not reasons:
        return {"decision": False}
    if isinstance(why, NotMapped):
        error = {"status": _NOT_FOUND, "code": "not-mapped", "message": why.message}
    else:
        error = {"status": why.status, "code": why.slug, "message": why.detail or why.title}
    return {"decision": False, "context": {"error": error}}


def locate_failure(error: ClearpostError, asked: MappedCheck) -> ClearpostError:
    """Return a check's failure as one of its evaluation."""
    return asked.locate_errors(error) if isinstance(error, InvalidRequestError) else error


def _write_reason(finding: dict[str, Any], asked: MappedCheck) -> dict[str, Any]:
    told = {name: finding[name] for name in _REASON}
    return {**told, "at": asked.locate(finding["at"]), **_drop_nulls({"remedy": finding["remedy"]})}


def _drop_nulls(said: dict[str, Any]) -> dict[str, Any]:
    """Return what is there: the specification leaves nulls out."""
    return {name: value for name, value in said.items() if value is not None}
