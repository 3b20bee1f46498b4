"""The moves of an account's status: all known, none out of `closed`, none around the office."""

from typing import get_args

import pytest

from app.policy.accounts import MOVES, find_move_refusal
from app.policy.words import AccountStatus

HELD: tuple[AccountStatus, ...] = ("under_review", "suspended", "closed")


def test_every_status_has_its_moves():
    assert set(MOVES) == set(get_args(AccountStatus))
    assert {to for moves in MOVES.values() for to in moves} <= set(MOVES)


@pytest.mark.parametrize("status", HELD)
def test_what_is_held_back_is_freed_by_the_office_alone(status):
    assert MOVES[status] - {"authorized"} <= set(HELD)


def test_only_what_was_held_back_becomes_authorized_without_a_form():
    assert {status for status in MOVES if "authorized" in MOVES[status]} == set(HELD) - {"closed"}


@pytest.mark.parametrize("to", get_args(AccountStatus))
def test_a_closed_account_stays_closed(to):
    assert find_move_refusal("closed", to) == "closed_account"
