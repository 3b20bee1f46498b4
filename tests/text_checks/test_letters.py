"""The quick way to read letters gives what the general way gives."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.policy.names import name_key
from app.text_checks.letters import _read_any_letters, make_key, read_letters

WESTERN = bytes(code for code in range(256) if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D))
LETTERS = st.sampled_from(WESTERN.decode("cp1252") + "aeinAEIN .,'\u0303\u0308\u4e00\u0430")


@settings(deadline=None)
@given(st.text(LETTERS, max_size=40))
def test_the_quick_way_reads_as_the_general_way(text: str) -> None:
    assert make_key(text) == name_key(text)
    if not text.isascii():
        assert read_letters(text) == _read_any_letters(text.replace("`", "\u00b4"))


@pytest.mark.parametrize("sign", [bytes([code]).decode("cp1252") for code in WESTERN])
def test_each_sign_is_read_as_the_general_way_reads_it(sign: str) -> None:
    text = f"a{sign}\u00e9{sign}b"
    assert make_key(text) == name_key(text)
    if sign != "`":
        assert read_letters(text) == _read_any_letters(text)
