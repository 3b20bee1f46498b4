"""Answers with the receipts of their clearances."""

import contextlib

import orjson

from app.auth.receipts import ReceiptKeys
from app.checks.queue import Answer
from app.errors import StoreUnavailableError


def write_answer(answer: Answer, receipts: ReceiptKeys) -> bytes:
    """Return an answer as JSON, with the receipt of its clearance where it has one.

    It is on the ledger by now: where no key can be had, it is answered without a receipt.
    """
    if answer.clearance is None:
        return answer.body
    said = orjson.loads(answer.body)
    with contextlib.suppress(StoreUnavailableError):
        account = said["holds_for"]["account"]
        said["clearance"]["receipt"] = receipts.sign(answer.clearance, account)
    return orjson.dumps(said)
