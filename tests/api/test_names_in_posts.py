"""Names that people write into posts, asked over the API as a scheduler asks."""

from typing import Any

import httpx
import pytest

from app.database.session import Store
from tests.conftest import MakeKey
from tests.district import found

NAMES = {"jan": "J\u00fcrgen Gro\u00dfm\u00fcller", "mia2": "Maria Sof\u00eda Vega"}


@pytest.fixture
def asked(client: httpx.Client, store: Store, make_key: MakeKey) -> Any:
    with store.writing() as connection:
        district = found(connection)
        for ident, name in NAMES.items():
            district.person(ident, name)
            district.consent(ident, "refuse", extent="image_with_name")
    headers = {"Authorization": f"Bearer {make_key().secret}"}

    def ask(text: str, **body: Any) -> tuple[str, set[str]]:
        post = {"account": {"platform": "facebook", "handle": "maple"}, "purpose": "school"}
        answer = client.post(
            "/v1/checks/post", json={**post, "text": text, **body}, headers=headers
        )
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return told["outcome"], {one["code"] for one in told["findings"]}

    return ask


@pytest.mark.parametrize(
    "text",
    [
        "Juergen Gro\u00dfm\u00fcller won",
        "Go #juergengrossmueller",
        "Ben and J\u00fcrgen Grossmuller won",
        "J\u00fcrgen and Ben Grossm\u00fcller won",
        "See https://maple.example/news/juergen-grossmueller-wins",
        '<p>Today</p><img src="1.jpg" alt="J\u00fcrgen Grossm\u00fcller">',
        "Write to maria.vega@maple.example",
        "Maria S. Isabel de la Vega",
        "GO #MARIAVEGA",
        "Well done maria vega! See you in Provo",
        "Winners:\nMaria\nVega",
        "#teammariavega",
        "Maria\u2212Vega",
        "Maria \u00d7 Vega",
        "Maria\u00a7Vega",
        "\u1d50\u1d43\u02b3\u2071\u1d43 \u1d5b\u1d49\u1d4d\u1d43",
    ],
)
def test_a_name_that_may_not_be_shown_waits_for_a_person(asked: Any, text: str) -> None:
    outcome, codes = asked(text)
    assert outcome == "review"
    assert "text.other_name_not_allowed" in codes
    described = [{"kind": "image", "alt_text": text}]
    pictured = {"nobody_identifiable": True}
    _, codes = asked("Today", media=described, pictured=pictured)
    assert "text.other_name_not_allowed" in codes


@pytest.mark.parametrize(
    "text",
    [
        "Go #gobulldogs #provoproud #backtoschool",
        "Well-known after-school clubs meet in PowerSchool",
        "Ben and Cleo Grossmann won",
        "Sofia Vegas and J\u00fcrgen",
    ],
)
def test_an_ordinary_post_waits_for_nobody(asked: Any, text: str) -> None:
    _, codes = asked(text)
    assert not any(code.startswith("text.") for code in codes)


@pytest.mark.parametrize("host", ["es.facebook.com", "zh-hant-tw.facebook.com", "es-419.fb.com"])
def test_an_address_in_another_language_is_the_account(asked: Any, host: str) -> None:
    _, codes = asked("Today", account={"url": f"https://{host}/maple"})
    assert "account.unknown" not in codes
    _, codes = asked("Today", account={"url": f"https://evil.{host}/maple"})
    assert "account.unknown" in codes
