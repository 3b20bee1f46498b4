"""Which names could be taken for a registered account's, and which could not."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.networks.account_names import AccountNameError, resolve_account
from app.policy.lookalikes import find_resembling, fold_letters

OFFICIAL = ("x", "provoschools")
HANDLES = st.text(string.ascii_lowercase + string.digits + "_", min_size=2, max_size=15)


def likeness(asked: tuple[str, str], official: tuple[str, str] = OFFICIAL) -> str | None:
    found = find_resembling(asked, [official])
    return found[0].likeness if found else None


@pytest.mark.parametrize(
    ("handle", "expected"),
    [
        ("provo_schools", "spelling"),
        ("pr0voschools", "spelling"),
        ("provoschoois", "spelling"),
        ("prov0_sch00ls", "spelling"),
        ("\u0440rovoschools", "spelling"),
        ("real_provoschools", "affix"),
        ("the_real_provo_schools", "affix"),
        ("provoschools_official", "affix"),
        ("provoschoolsofficial2026", "affix"),
        ("provoschools1", "affix"),
        ("provoschool", "typo"),
        ("porvoschools", "typo"),
        ("provosschools", "typo"),
        ("provohighschool", None),
        ("springvilleschools", None),
    ],
)
def test_likeness(handle: str, expected: str | None) -> None:
    assert likeness(("x", handle)) == expected


@pytest.mark.parametrize(
    ("asked", "official", "expected"),
    [
        (("instagram", "provoschools"), OFFICIAL, "other_network"),
        (("instagram", "provo_schools_official"), OFFICIAL, None),
        (("mastodon", "provo@evil.example"), ("mastodon", "provo@mastodon.social"), "spelling"),
        (("bluesky", "provo.bsky.social"), ("bluesky", "provo.edu"), "spelling"),
        (("youtube", "c/provo"), ("youtube", "provo"), "spelling"),
        (("facebook", "id/100012345678"), ("facebook", "id/100012345679"), None),
        (("x", "oakhs"), ("x", "oakms"), None),
        (("x", "the"), ("x", "real"), None),
    ],
)
def test_likeness_of_other_kinds_of_names(
    asked: tuple[str, str], official: tuple[str, str], expected: str | None
) -> None:
    assert likeness(asked, official) == expected


def test_the_nearest_comes_first() -> None:
    registered = [("x", "provoschoolz"), ("x", "provoschools"), ("x", "officialprovoschools")]
    found = [one.likeness for one in find_resembling(("x", "provo_schools"), registered)]
    assert found == ["spelling", "affix", "typo"]


@given(st.lists(HANDLES, min_size=1, max_size=8, unique=True), st.data())
def test_an_account_is_no_lookalike_of_itself(handles: list[str], data: st.DataObject) -> None:
    registered = [("x", handle) for handle in handles]
    asked = data.draw(st.sampled_from(registered))
    assert all(registered[one.place] != asked for one in find_resembling(asked, registered))


@given(HANDLES, st.data())
def test_case_makes_no_lookalike_but_the_account_itself(handle: str, data: st.DataObject) -> None:
    flips = data.draw(st.lists(st.booleans(), min_size=len(handle), max_size=len(handle)))
    shouted = "".join(c.upper() if up else c for c, up in zip(handle, flips, strict=True))
    try:
        named = resolve_account("x", handle, None)
    except AccountNameError:
        return
    assert resolve_account("x", shouted, None) == named
    assert find_resembling((named.platform, named.handle_key), [("x", handle)]) == []


@given(HANDLES, HANDLES)
def test_resemblance_goes_both_ways(one: str, other: str) -> None:
    assert likeness(("x", one), ("x", other)) == likeness(("x", other), ("x", one))


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_is_too_strange(one: str, other: str) -> None:
    find_resembling(("anything", one), [("anything", other), ("x", other), ("bluesky", other)])
    assert fold_letters(fold_letters(one)) == fold_letters(one)
