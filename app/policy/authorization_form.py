"""The Social Media Authorization Form: its states, who may do what, and what is still missing.

Clauses 4, 6, 12 and 24 ask for the form and for a yes of the Director of Communications or a
designee; 16 and 17 add the families and the principal for a classroom. The yes never waits for
clause 7 (Communications as an administrator), since an account that is not made yet has no
administrators; until it is attested, checks of the account answer `review`.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from app.policy.names import of_district
from app.policy.words import CLASSROOM_KINDS, AccountKind, FormMove, FormState

Who = Literal["requester", "principal", "communications"]
Refusal = Literal[
    "requester_required", "principal_required", "designation_required", "own_request",
    "illegal_transition", "not_classroom", "incomplete",
]  # fmt: skip
# What a need stands before. `authorized`: the account may be posted on without a review;
# `nothing`: the policy recommends it.
Before = Literal["submit", "approve", "authorized", "nothing"]

OPEN_STATES: tuple[FormState, ...] = ("draft", "submitted", "returned")


class Move(NamedTuple):
    """A move: who makes it, from which states, and the state it leads to; None keeps the state."""

    who: Who
    states: tuple[FormState, ...]
    to: FormState | None


MOVES: Mapping[FormMove, Move] = {
    "edit": Move("requester", ("draft", "returned"), None),
    "submit": Move("requester", ("draft", "returned"), "submitted"),
    "withdraw": Move("requester", OPEN_STATES, "withdrawn"),
    "notify": Move("requester", OPEN_STATES, None),
    "acknowledge": Move("principal", OPEN_STATES, None),
    "attest": Move("communications", ("submitted", "approved"), None),
    "approve": Move("communications", ("submitted",), "approved"),
    "deny": Move("communications", ("submitted",), "denied"),
    "return": Move("communications", ("submitted",), "returned"),
}
_CLASSROOM_MOVES = frozenset({"acknowledge", "notify"})


@dataclass(frozen=True, slots=True)
class FormFacts:
    """The parts of a form that the policy looks at.

    `owner` and `manager`: one is named who is still with the district. `acknowledged` and
    `notified`: the principal's acknowledgement and the notice to families are there. `attested`:
    Communications was found to be an administrator. `network_approved`: district e-mail is granted
    on that network.
    """

    state: FormState
    kind: AccountKind
    requested_by: str
    org: bool
    owner: bool
    manager: bool
    purpose: bool
    contact_domain: str | None
    acknowledged: bool
    notified: bool
    attested: bool
    network_approved: bool


class Mover(NamedTuple):
    """The person who wants to make a move, with designations of today.

    `communications` is one of that office, `principal` one of the school the account belongs to.
    """

    person_id: str
    principal: bool
    communications: bool


class Need(NamedTuple):
    """A thing a form still lacks: a stable code, the clause, a sentence, the step it blocks."""

    code: str
    clause: int
    message: str
    before: Before


def list_needs(form: FormFacts, email_domains: Collection[str]) -> tuple[Need, ...]:
    """Return all that is missing, in the order of the form; `email_domains` may be empty."""
    return (
        *_list_people_needs(form),
        *_list_contact_needs(form, email_domains),
        *_list_classroom_needs(form),
        *_list_later_needs(form),
    )


def open_moves(state: FormState) -> tuple[FormMove, ...]:
    """Return the moves that `state` allows, whoever makes them."""
    return tuple(name for name, move in MOVES.items() if state in move.states)


def find_form_refusal(
    name: FormMove, form: FormFacts, mover: Mover, missing: Collection[Need]
) -> Refusal | None:
    """Return why `mover` may not make this move now; None where nothing stands against it.

    The mover is judged first, then the state, then what is missing.
    """
    move = MOVES[name]
    if refused := _find_refusal(move, form, mover):
        return refused
    if form.state not in move.states:
        return "illegal_transition"
    if name in _CLASSROOM_MOVES and form.kind not in CLASSROOM_KINDS:
        return "not_classroom"
    return "incomplete" if list_blocking(name, missing) else None


def list_blocking(name: FormMove, missing: Collection[Need]) -> list[Need]:
    """Return those of the `missing` things without which the move cannot be made.

    An approved form still needs what a submitted one needed: a manager may have left.
    """
    stages = {"submit": {"submit"}, "approve": {"submit", "approve"}}.get(name, set())
    return [need for need in missing if need.before in stages]


def _find_refusal(move: Move, form: FormFacts, mover: Mover) -> Refusal | None:
    own = mover.person_id == form.requested_by
    if move.who == "requester":
        return None if own else "requester_required"
    if move.who == "principal":
        if own:
            return "own_request"
        return None if mover.principal else "principal_required"
    if not mover.communications:
        return "designation_required"
    return "own_request" if own else None


def _list_people_needs(form: FormFacts) -> Iterator[Need]:
    if not form.org:
        yield Need("form.org", 4, "Choose a school or office.", "submit")
    if not form.owner:
        message = "Choose a content owner who works for the district."
        yield Need("form.owner", 9, message, "submit")
    if not form.manager:
        message = "Add a content manager who works for the district."
        yield Need("form.manager", 9, message, "submit")
    if not form.purpose and form.kind in CLASSROOM_KINDS:
        message = "Say what the educational goal is."
        yield Need("form.educational_goal", 11, message, "submit")
    elif not form.purpose:
        yield Need("form.purpose", 6, "Say what the account is for.", "submit")


def _list_contact_needs(form: FormFacts, email_domains: Collection[str]) -> Iterator[Need]:
    """Yield what clause 13 asks of a classroom, and clause 10 of any district address."""
    domain = form.contact_domain
    classroom = form.kind in CLASSROOM_KINDS
    ours = domain is not None and of_district(domain, email_domains)
    if domain is None and classroom:
        yield Need("form.contact", 13, "Give a contact e-mail of the district.", "submit")
    elif email_domains and classroom and not ours:
        message = "Give a contact e-mail of the district; this one is not."
        yield Need("form.contact_foreign", 13, message, "submit")
    if ours and not form.network_approved:
        message = "Communications has not approved district e-mail on this network."
        yield Need("form.network_email", 10, message, "nothing")


def _list_classroom_needs(form: FormFacts) -> Iterator[Need]:
    if form.kind not in CLASSROOM_KINDS:
        return
    if not form.acknowledged:
        message = "Next: the building principal acknowledges it."
        yield Need("form.principal", 17, message, "approve")
    if not form.notified:
        message = "Add the notice that tells families the educational purpose."
        yield Need("form.notice", 16, message, "approve")


def _list_later_needs(form: FormFacts) -> Iterator[Need]:
    if not form.attested:
        message = "Next: Communications confirms that it is an administrator of the account."
        yield Need("form.administrator", 7, message, "authorized")
