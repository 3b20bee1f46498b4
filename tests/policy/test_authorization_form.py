"""The Social Media Authorization Form as a state machine: every move from every state."""

from typing import Any, get_args

import pytest

from app.policy.authorization_form import (
    MOVES,
    FormFacts,
    Mover,
    find_form_refusal,
    list_needs,
    open_moves,
)
from app.policy.words import FormMove, FormState

FULL: dict[str, Any] = {
    "state": "submitted", "kind": "classroom", "requested_by": "tess", "org": True, "owner": True,
    "manager": True, "purpose": True, "contact_domain": "provo.edu", "acknowledged": True,
    "notified": True, "attested": True, "network_approved": True,
}  # fmt: skip
OURS = frozenset({"provo.edu"})
TESS = Mover("tess", principal=False, communications=False)
PRINCIPAL = Mover("pat", principal=True, communications=False)
DORA = Mover("dora", principal=False, communications=True)
WHO = {"requester": TESS, "principal": PRINCIPAL, "communications": DORA}

ALLOWED: dict[FormMove, set[FormState]] = {
    "edit": {"draft", "returned"},
    "submit": {"draft", "returned"},
    "withdraw": {"draft", "submitted", "returned"},
    "notify": {"draft", "submitted", "returned"},
    "acknowledge": {"draft", "submitted", "returned"},
    "attest": {"submitted", "approved"},
    "approve": {"submitted"},
    "deny": {"submitted"},
    "return": {"submitted"},
}


def form(**changed: Any) -> FormFacts:
    return FormFacts(**{**FULL, **changed})


def missing(**changed: Any) -> list[tuple[str, int, str]]:
    return [(n.code, n.clause, n.before) for n in list_needs(form(**changed), OURS)]


def refused(move: FormMove, mover: Mover, **changed: Any) -> str | None:
    asked = form(**changed)
    return find_form_refusal(move, asked, mover, list_needs(asked, OURS))


@pytest.mark.parametrize("state", get_args(FormState))
@pytest.mark.parametrize("move", get_args(FormMove))
def test_a_move_is_made_from_its_states_alone(move: FormMove, state: FormState) -> None:
    answer = refused(move, WHO[MOVES[move].who], state=state)
    assert answer == (None if state in ALLOWED[move] else "illegal_transition")
    assert (move in open_moves(state)) == (state in ALLOWED[move])


def test_only_approved_denied_and_withdrawn_are_final() -> None:
    final = {s for s in get_args(FormState) if set(open_moves(s)) <= {"attest"}}
    assert final == {"approved", "denied", "withdrawn"}


@pytest.mark.parametrize("move", ["edit", "submit", "withdraw", "notify"])
@pytest.mark.parametrize("mover", [PRINCIPAL, DORA])
def test_the_form_is_its_requesters(move: FormMove, mover: Mover) -> None:
    assert refused(move, mover, state="draft") == "requester_required"


@pytest.mark.parametrize("move", ["attest", "approve", "deny", "return"])
@pytest.mark.parametrize("mover", [TESS, PRINCIPAL])
def test_only_communications_decides(move: FormMove, mover: Mover) -> None:
    assert refused(move, mover) == "designation_required"


@pytest.mark.parametrize("move", ["attest", "approve", "deny", "return"])
def test_nobody_decides_their_own(move: FormMove) -> None:
    assert refused(move, DORA, requested_by="dora") == "own_request"


def test_a_principal_of_the_school_acknowledges_what_another_asked_for() -> None:
    assert refused("acknowledge", TESS, acknowledged=False) == "own_request"
    assert refused("acknowledge", PRINCIPAL, requested_by="pat") == "own_request"
    assert refused("acknowledge", DORA) == "principal_required"


@pytest.mark.parametrize(("move", "mover"), [("acknowledge", PRINCIPAL), ("notify", TESS)])
def test_principal_and_families_are_for_the_classroom(move: FormMove, mover: Mover) -> None:
    assert refused(move, mover, kind="course") is None
    assert refused(move, mover, kind="club") == "not_classroom"


@pytest.mark.parametrize(
    ("lacking", "need"),
    [
        ({"org": False}, ("form.org", 4, "submit")),
        ({"owner": False}, ("form.owner", 9, "submit")),
        ({"manager": False}, ("form.manager", 9, "submit")),
        ({"purpose": False}, ("form.educational_goal", 11, "submit")),
        ({"purpose": False, "kind": "club"}, ("form.purpose", 6, "submit")),
        ({"contact_domain": None}, ("form.contact", 13, "submit")),
        ({"contact_domain": "mail.example"}, ("form.contact_foreign", 13, "submit")),
        ({"acknowledged": False}, ("form.principal", 17, "approve")),
        ({"notified": False}, ("form.notice", 16, "approve")),
        ({"attested": False}, ("form.administrator", 7, "authorized")),
        ({"network_approved": False}, ("form.network_email", 10, "nothing")),
    ],
)
def test_each_thing_missing_is_told_and_stands_before_its_move(
    lacking: dict[str, Any], need: tuple[str, int, str]
) -> None:
    assert missing(**lacking) == [need]
    stands = {"submit": need[2] == "submit", "approve": need[2] in {"submit", "approve"}}
    assert (refused("submit", TESS, state="draft", **lacking) == "incomplete") == stands["submit"]
    assert (refused("approve", DORA, **lacking) == "incomplete") == stands["approve"]
    assert refused("deny", DORA, **lacking) is None


def test_a_full_form_lacks_nothing() -> None:
    assert missing() == []


def test_a_club_needs_neither_principal_nor_families_nor_a_district_address() -> None:
    assert missing(kind="club", acknowledged=False, notified=False, contact_domain=None) == []


def test_without_domains_no_address_is_judged() -> None:
    bare = form(contact_domain="mail.example", network_approved=False)
    assert list_needs(bare, frozenset()) == ()
