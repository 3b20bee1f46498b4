"""Full names in texts: which keys are looked up, and how many."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.schemas.markup import read_markup
from app.schemas.names_in_text import MOST_KEYS, find_name_keys
from app.schemas.texts import examine


@pytest.mark.parametrize(
    "text",
    [
        "Ana Lopez won",
        "Well done, Ana Lopez!",
        "Lopez, Ana",
        "Lopez Ana",
        "#AnaLopez",
        "@AnaLopez and @Ana_Lopez",
        "Ana M. Lopez",
        "Ana Maria Lopez",
        "Ana Lopez-Garcia",
        "Ana de la Lopez",
        "Ana L\u00f3pez's art",
        "ana lopez won",
        "ANA LOPEZ WON",
        "**Ana** Lopez",
        "__Ana Lopez__",
        "<p>Ana <b>Lopez</b></p>",
        "An<i>a</i> Lopez",
        "Ana&nbsp;Lopez",
        "Ana&#32;L&oacute;pez",
        "<li>Ben</li><li>Ana Lopez</li>",
        "An\u200ba Lo\u00adpez",
    ],
)
def test_a_full_name_is_looked_up(text: str) -> None:
    assert "ana lopez" in examine(text).names.keys


@pytest.mark.parametrize(
    "text",
    [
        "Ana won. Lopez lost.",
        "Ana (Lopez)",
        "Ana; Lopez",
        "Ana won Lopez",
        "analopez",
        "Ana\nLopez",
    ],
)
def test_what_is_no_name_is_not(text: str) -> None:
    assert "ana lopez" not in examine(f"{text} and more").names.keys


def test_an_ordinary_post_asks_for_few() -> None:
    text = (
        "Congratulations to our Lakeview robotics team for winning the state championship in Salt "
        "Lake City last weekend! Ana Lopez, Ben Smith and Cleo Jones worked hard all season. Come "
        "and see the robot on Friday in the library of Lakeview High School; the PTA brings snacks."
    )
    keys = examine(text).names.keys
    assert {"ana lopez", "ben smith", "cleo jones"} < set(keys)
    assert len(keys) < 15


def test_a_text_of_nothing_but_names_is_cut() -> None:
    names = find_name_keys(" ".join(f"A{chr(97 + n % 26)}{n}x B{n}y" for n in range(3_000)))
    assert names.cut
    assert len(names.keys) == MOST_KEYS


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("a < b and c > d", "a < b and c > d"),
        ("fish &amp; chips &lt;3", "fish & chips <3"),
        ("one<br/>two<BR>three", "one two three"),
        ("<script>var Ana='Lopez'</script>x<!-- y -->z", " x z"),
        ("<a href='x?a=1&b=2'>here</a>", "here"),
        ("no markup", "no markup"),
    ],
)
def test_markup_as_a_reader_sees_it(markup: str, shown: str) -> None:
    assert read_markup(markup) == shown


def test_marks_are_looked_for_behind_markup() -> None:
    assert [mark.kind for mark in examine("<p>f<b>u</b>ck &#102;uck</p>").marks] == ["profanity"]


@settings(deadline=None)
@given(st.text("AaBb .,-'<>&;#_\u00e9\ud800", max_size=80) | st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    names = examine(text).names
    assert len(names.keys) <= MOST_KEYS
    assert all(len(key.split()) >= 2 for key in names.keys)


@pytest.mark.parametrize("part", ["<", "<a ", "&", "A ", "Aa, ", "<!--", "<script>", "A.", "a'"])
def test_long_texts_are_read_in_bounded_steps(part: str) -> None:
    # With a step for each pair of letters the test would run out of its time.
    text = (part * 1_048_576)[:1_048_576]
    assert len(examine(text).names.keys) <= MOST_KEYS


def test_words_as_long_as_a_name_can_be_are_read() -> None:
    assert find_name_keys(f"Ana {'L' + 'o' * 199}").keys
