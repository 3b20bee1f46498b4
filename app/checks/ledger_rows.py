"""Rows of the ledger for decisions: what is kept of a check and of its answer."""

from typing import Any

from app.checks.queue import Inquiry
from app.policy.facts import Facts
from app.policy.verdict import Verdict
from app.store.ledger.chain import LedgerEntry


def make_entry(
    decision_id: str, inquiry: Inquiry, verdict: Verdict, said: dict[str, Any], facts: Facts
) -> LedgerEntry:
    """Return the row of one decision: request, answer, asker, and the people it is about."""
    body: dict[str, Any] = {
        "answer": said,
        "request": inquiry.request,
        "person": inquiry.person_id,
        "subjects": verdict.subjects,
    }
    if inquiry.question.schools is not None:  # what was answered depends on it
        body["schools"] = sorted(inquiry.question.schools)
    if inquiry.text and (verdict.outcome == "review" or verdict.resolution):
        body["text"] = inquiry.text
    if inquiry.question.for_others:
        body["for_others"] = True
    return LedgerEntry(decision_id, "decision", facts.now, inquiry.caller, body)
