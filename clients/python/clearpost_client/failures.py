"""Exceptions for a post that may not go out. None of them is ever an allow."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clearpost_client.answers import Decision, Finding


class GateError(Exception):
    """A post may not go out, for whatever reason."""


class NotCleared(GateError):  # noqa: N818 - it is no error of the program
    """The answer was review or deny, or the gate cannot tell what would be published.

    `outcome` is `review` or `deny`; what the gate itself refuses is a deny without a decision.
    """

    def __init__(self, message: str, decision: "Decision | None" = None) -> None:
        super().__init__(message)
        self.decision = decision

    @property
    def outcome(self) -> str:
        """Return `review` where something can end it, else `deny`."""
        if self.decision is not None and self.decision.outcome == "review":
            return "review"
        return "deny"

    @property
    def findings(self) -> "Sequence[Finding]":
        """Return the findings that are against it, the gravest first."""
        return () if self.decision is None else self.decision.objections

    @property
    def remedies(self) -> Sequence[str]:
        """Return what to do about it, each sentence once."""
        return tuple(dict.fromkeys(one.remedy for one in self.findings if one.remedy))


class CouldNotAsk(GateError):  # noqa: N818 - it is no error of the program
    """There is no answer that can be relied on: no connection, no time, or nothing readable.

    `retry_after` are the seconds that the service asked for, where it did.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RequestRefused(CouldNotAsk):
    """The service has answered with a problem (RFC 9457) that the same request would meet again.

    `kind` is its stable name, such as `invalid-request`; `faults` tell the fields.
    """

    def __init__(self, status: int, kind: str, title: str, faults: Sequence[str]) -> None:
        super().__init__("; ".join([f"{status} {kind}: {title}", *faults]))
        self.status = status
        self.kind = kind
        self.faults = tuple(faults)


class NotVerified(GateError):  # noqa: N818 - it is no error of the program
    """A webhook or a receipt is not from the service, or not of this time."""
