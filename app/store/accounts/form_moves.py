"""The moves of an authorization form, and the account that an approval makes or changes.

Every move is judged by `app.policy.authorization_form` inside the write; a refused one changes
nothing. Approval registers or changes the account and authorizes it in the same transaction.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection

from app.errors import (
    ClearpostError,
    DesignationRequiredError,
    IllegalTransitionError,
    IncompleteRequestError,
    OwnRequestError,
    PrincipalRequiredError,
    RequesterRequiredError,
)
from app.policy.authorization_form import (
    MOVES,
    Mover,
    Need,
    Refusal,
    find_form_refusal,
    list_blocking,
    list_needs,
)
from app.policy.words import FormMove
from app.store.accounts import form_approval, forms
from app.store.accounts.forms import FormChange, FormContent, Row
from app.store.ledger.changes import Actor
from app.store.people.references import RequestContext
from app.store.permissions.designations import find_capacity, is_principal

_DONE: Mapping[FormMove, str] = {
    "edit": "edited",
    "submit": "submitted",
    "withdraw": "withdrawn",
    "notify": "notified",
    "acknowledge": "acknowledged",
    "attest": "attested",
    "approve": "approved",
    "deny": "denied",
    "return": "returned",
}
_PROBLEMS: Mapping[Refusal, type[ClearpostError]] = {
    "requester_required": RequesterRequiredError,
    "principal_required": PrincipalRequiredError,
    "designation_required": DesignationRequiredError,
    "own_request": OwnRequestError,
    "illegal_transition": IllegalTransitionError,
}
# Columns that a principal acknowledges; a change of one needs a new acknowledgement.
_ACKNOWLEDGED = ("platform", "handle_key", "kind", "org_id", "purpose")


@dataclass(frozen=True, slots=True)
class FormStep:
    """One move of one form, with the columns it sets and the reason that was given.

    `match` is called with the version on file and raises where it is not the one that was read.
    """

    request_id: str
    move: FormMove
    values: Mapping[str, Any] = field(default_factory=dict)
    note: str | None = None
    match: Callable[[int], None] = lambda _version: None


def take_step(connection: Connection, actor: Actor, by: RequestContext, step: FormStep) -> Row:
    """Make the move. Raises `NotFoundError`, and the problem that the policy's refusal names."""
    old = _read_permitted_form(connection, by, step)
    return _write_move(connection, actor, old, step, step.values)


def edit_form(
    connection: Connection, actor: Actor, by: RequestContext, step: FormStep, content: FormContent
) -> Row:
    """Fill the form in anew; what others confirmed of the old content no longer counts."""
    old = _read_permitted_form(connection, by, step)
    forms.refuse_unknown_names(connection, by, content)
    new = asdict(content)
    if any(old[name] != new[name] for name in _ACKNOWLEDGED):
        new |= {"principal_id": None, "principal_at": None}
    if any(old[name] != new[name] for name in ("platform", "handle_key")):
        new |= {"communications_admin_at": None}
    return _write_move(connection, actor, old, step, new)


def attest_form(connection: Connection, actor: Actor, by: RequestContext, step: FormStep) -> Row:
    """Record that Communications is an administrator (clause 7); completes an approved account."""
    old = _read_permitted_form(connection, by, step)
    if old["account_id"] is not None:
        form_approval.attest_administrator(connection, actor, by, old["account_id"])
    return _write_move(connection, actor, old, step, {"communications_admin_at": actor.at})


def decide_form(connection: Connection, actor: Actor, by: RequestContext, step: FormStep) -> Row:
    """Approve, deny or return the form; approval authorizes its account."""
    old = _read_permitted_form(connection, by, step)
    values = {"decided_by": by.person, "decided_at": actor.at, "reason": step.note}
    if step.move == "approve":
        values["account_id"] = form_approval.authorize_account(connection, actor, by, old)
    return _write_move(connection, actor, old, step, values)


def _read_permitted_form(connection: Connection, by: RequestContext, step: FormStep) -> Row:
    """Return the form before the move, or raise where something stands against the move."""
    row = forms.read_form(connection, step.request_id, by.schools)
    step.match(row["version"])
    form = forms.describe_form(connection, row, by)
    missing = list_needs(form, by.setup.email_domains)
    refused = find_form_refusal(
        step.move, form, _describe_mover(connection, by, row["org_id"]), missing
    )
    if refused:
        raise _make_problem(refused, step.move, missing)
    return row


def _describe_mover(connection: Connection, by: RequestContext, school: str | None) -> Mover:
    principal = is_principal(connection, by.person, school, by.day)
    office = find_capacity(connection, by.person, "director_communications", by.day)
    return Mover(by.person, principal, office is not None)


def _make_problem(refused: Refusal, move: FormMove, missing: tuple[Need, ...]) -> ClearpostError:
    if refused == "incomplete":
        lacking = list_blocking(move, missing)
        return IncompleteRequestError([{"code": n.code, "message": n.message} for n in lacking])
    if refused == "not_classroom":
        return IllegalTransitionError("Only a form for classroom use takes that")
    return _PROBLEMS[refused]()


def _write_move(
    connection: Connection, actor: Actor, old: Row, step: FormStep, values: Mapping[str, Any]
) -> Row:
    state = MOVES[step.move].to or old["state"]
    done = FormChange(_DONE[step.move], step.note)
    return forms.write_form(connection, actor, old, {**values, "state": state}, done)
