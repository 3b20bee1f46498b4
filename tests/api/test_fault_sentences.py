"""What is wrong with a request is said in our words, and they tell what to send."""

from typing import Any, get_args

import httpx
import pytest
from pydantic import TypeAdapter
from pydantic_core import PydanticKnownError
from pydantic_core.core_schema import ErrorType

from app.errors import InvalidRequestError
from app.schemas.bodies import read_body
from app.schemas.fault_sentences import PATTERNS, SENTENCES, write_sentence
from app.schemas.grants import GrantIn
from app.settings import Settings
from tests.api.test_description import DOCUMENT, parts

UNKNOWN = "Has a field that is not known here; it takes"
OFFSET = "Must be a time with its offset from UTC, such as 2027-01-15T09:00:00-07:00"


def test_every_kind_of_error_has_a_sentence() -> None:
    assert set(SENTENCES) | {"value_error"} == set(get_args(ErrorType))


def test_every_form_of_text_has_a_sentence() -> None:
    inputs = [s for s in DOCUMENT["components"]["schemas"].values() if refuses_more(s)]
    given = [p for m in DOCUMENT["paths"].values() for o in m.values() for p in parameters(o)]
    asked = {one["pattern"] for part in (inputs, given) for one in parts(part) if "pattern" in one}
    assert asked
    settings = Settings.model_json_schema(mode="validation")
    asked |= {one["pattern"] for one in parts(settings) if "pattern" in one}
    assert asked ^ set(PATTERNS) == set()


def refuses_more(schema: dict[str, Any]) -> bool:
    return schema.get("additionalProperties") is False


def parameters(operation: dict[str, Any]) -> list[Any]:
    return list(operation.get("parameters", ()))


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_no_sentence_is_pydantics_or_lacks_a_limit(code: str) -> None:
    said = SENTENCES[code]
    assert said.startswith(("Must ", "Is ", "Has ", "Lacks "))
    assert "nput" not in said
    limits = dict.fromkeys(("gt", "ge", "lt", "le", "max_length", "min_length"), 7)
    assert "{" not in write_sentence(code, "Canary", limits | {"expected": "'a' or 'b'"})
    assert "Canary" not in write_sentence(code, "Canary", {"error": "Canary", "tag": "Canary"})


@pytest.mark.parametrize(
    ("code", "limits"),
    [
        ("too_long", {"field_type": "List", "max_length": 3, "actual_length": 4}),
        ("less_than", {"lt": 5}),
    ],
)
def test_a_sentence_names_the_limit_that_pydantic_hands_over(
    code: Any, limits: dict[str, Any]
) -> None:
    error = PydanticKnownError(code, limits)
    said = write_sentence(error.type, error.message(), error.context)
    assert any(str(limit) in said for limit in limits.values())


def test_a_kind_of_error_of_a_later_release_is_told_without_its_words() -> None:
    assert write_sentence("new_in_3", "Canary", None) == "Is not valid here"


@pytest.mark.parametrize(
    ("path", "body", "at", "message"),
    [
        ("post", {"purpose": "school"}, "/account", "Is needed here, and was not sent"),
        (
            "post",
            {"account": "Canary", "purpose": "school"},
            "/account",
            "Must be an object; it takes platform, handle, url, system, external_id, personal",
        ),
        (
            "photo-consent",
            {"students": ["s-000001"]},
            "/students/0",
            "Must be an object; it takes id, name, school, grade",
        ),
        ("photo-consent", {"students": []}, "/students", "Must hold 1 or more"),
        ("account", {"platform": 7}, "/platform", "Must be text"),
        ("account", {"platform": "x" * 201}, "/platform", "Must have at most 200 characters"),
        (
            "account",
            {"url": "https://x.com/a", "publish_at": "2027-01-15T09:00:00"},
            "/publish_at",
            OFFSET,
        ),
        ("account", {"url": "https://x.com/a", "publish_at": "soon"}, "/publish_at", OFFSET),
        (
            "account",
            {"url": "https://x.com/a", "publish_at": "1999-01-15T09:00:00Z"},
            "/publish_at",
            "Must be 2000-01-01T00:00:00Z or later",
        ),
        (
            "photo-consent",
            {"class_id": "c", "extent": "Canary"},
            "/extent",
            "Must be 'image' or 'image_with_name'",
        ),
        (
            "post",
            {"account": {"url": "u"}, "purpose": "school", "contact_email": "Canary"},
            "/contact_email",
            "Must be an e-mail address, such as name@example.org",
        ),
        (
            "post",
            {"account": {"url": "u"}, "purpose": "school", "pictured": {"nobody": True}},
            "/pictured",
            f"{UNKNOWN} students, employees, others, nobody_identifiable",
        ),
    ],
)
def test_what_to_send_is_told(
    client: httpx.Client, path: str, body: dict[str, Any], at: str, message: str
) -> None:
    answer = client.post(f"/v1/checks/{path}", json=body)
    (error,) = answer.json()["errors"]
    assert (error["at"], error["message"]) == (at, message)


def test_of_a_parameter_it_is_told_in_the_same_words(client: httpx.Client) -> None:
    answer = client.get("/v1/accounts", params={"limit": "many"})
    assert answer.json()["errors"] == [
        {"parameter": "limit", "code": "int_parsing", "message": "Must be a whole number"}
    ]


def test_what_our_own_validators_say_stands_as_it_is() -> None:
    body = b'{"kind": "logo", "effective_from": "2027-01-15"}'
    with pytest.raises(InvalidRequestError) as caught:
        read_body(GrantIn, body)
    (error,) = caught.value.errors
    assert error["message"] == "Give exactly one of person_id, account and org_id"


def test_a_day_is_told_as_one() -> None:
    with pytest.raises(ValueError, match="date") as caught:
        TypeAdapter(GrantIn.model_fields["effective_from"].annotation).validate_python("soon")
    (found,) = caught.value.errors()  # type: ignore[attr-defined]
    assert write_sentence(found["type"], found["msg"], found.get("ctx")).startswith("Must be a day")
