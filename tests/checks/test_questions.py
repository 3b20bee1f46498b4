"""What one field cannot tell: accounts named twice, and names in a text."""

import pytest

from app.checks.questions import ANYBODY, account_question, post_question
from app.checks.requests import AccountCheck, PostCheck
from app.errors import InvalidRequestError
from app.policy.names import contains_name, name_key


def test_a_handle_is_not_believed_beside_an_address_it_cannot_be_compared_with() -> None:
    body = AccountCheck(platform="padlet", handle="provo", url="https://padlet.example/orem")
    with pytest.raises(InvalidRequestError) as error:
        account_question(body, ANYBODY)
    assert [fault["at"] for fault in error.value.errors] == ["/url"]


def test_an_address_of_an_unknown_host_alone_is_an_alias() -> None:
    body = AccountCheck(url="https://padlet.example/orem/")
    account = account_question(body, ANYBODY).account
    assert account is not None
    assert account.alias == ("url", "https://padlet.example/orem")


def test_a_possessive_or_tagged_name_is_seen_in_a_post() -> None:
    text = "Ana Lopez's art and #LiamOBrien"
    body = PostCheck.model_validate(
        {"account": {"url": "https://x.com/provo"}, "purpose": "school", "text": text}
    )
    key = post_question(body, ANYBODY).text_key
    assert contains_name(key, name_key("Ana Lopez"))
    assert contains_name(key, "liam obrien")
