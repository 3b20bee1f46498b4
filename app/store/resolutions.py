"""Resolutions: what a person answered to the review findings of a decision."""

import hashlib
from collections.abc import Mapping
from typing import Any

from app.store.ledger import canonical


def content_of(check: str, request: Mapping[str, Any]) -> str:
    """SHA-256, hex, over what was asked: the check and its request as the ledger keeps it.

    Without `publish_at`: a post is checked when it is scheduled and again when it is sent. Its
    text is in it by its digest.
    """
    asked = {name: value for name, value in request.items() if name != "publish_at"}
    return hashlib.sha256(canonical({"check": check, "request": asked}).encode()).hexdigest()
