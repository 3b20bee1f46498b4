"""The types that bodies of every kind are made of: names, times, digests, accounts."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

# No control characters in what names something: NUL would not even reach PostgreSQL.
NAME_PATTERN = r"^[^\x00-\x1f\x7f]+$"
EMAIL_PATTERN = r"^[^@\s\x00]+@[^@\s\x00]+$"
SHA256_PATTERN = r"^[0-9a-fA-F]{64}$"
Name = Annotated[str, StringConstraints(max_length=200, pattern=NAME_PATTERN)]
Url = Annotated[str, StringConstraints(max_length=2_000, pattern=NAME_PATTERN)]
MAX_TEXT = 65_536
PostText = Annotated[str, StringConstraints(max_length=MAX_TEXT, pattern=r"^[^\x00]*$")]
AltText = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[^\x00]*$")]
Email = Annotated[str, StringConstraints(max_length=320, pattern=EMAIL_PATTERN)]
Sha256 = Annotated[str, StringConstraints(pattern=SHA256_PATTERN)]


def _require_time_text(value: object) -> str:
    """Return a time as text; pydantic would read `"1800000000"` as seconds since 1970."""
    if not isinstance(value, str) or value[4:5] != "-":
        message = "Must be a time with its offset from UTC, such as 2027-01-15T09:00:00-07:00"
        raise ValueError(message)
    return value


Moment = Annotated[
    AwareDatetime,
    Field(
        strict=False,  # what a validator hands on is no longer JSON, where text may be a time
        ge=datetime(2000, 1, 1, tzinfo=UTC),
        lt=datetime(2100, 1, 1, tzinfo=UTC),
        description="RFC 3339 with an offset, from 2000 to 2099.",
    ),
    BeforeValidator(_require_time_text),
]


def require_fields(fields: str, **values: Any) -> dict[str, Any]:
    """Return a JSON Schema: these fields, parted by spaces, are there and not null."""
    properties: dict[str, Any] = {field: {"not": {"type": "null"}} for field in fields.split()}
    return {"required": fields.split(), "properties": properties | values}


def one_of(*groups: str) -> dict[str, Any]:
    """Return a JSON Schema rider: exactly one of these groups of fields."""
    return _make_rider("oneOf", [require_fields(group) for group in groups])


def any_of(*groups: dict[str, Any]) -> dict[str, Any]:
    """Return a JSON Schema rider: at least one of these groups, as `require_fields` makes them."""
    return _make_rider("anyOf", list(groups))


def _make_rider(word: str, groups: list[dict[str, Any]]) -> dict[str, Any]:
    # Generators of clients make a class of each branch where it stands bare; so they make one.
    return {"if": {"type": "object"}, "then": {word: groups}}


def none_or_up_to(most: int) -> Any:
    """Return a list that may be left out.

    It is made anew for each body, since a default would be copied deeply.
    """
    return Field(default_factory=list, max_length=most, json_schema_extra={"default": []})


class Wire(BaseModel):
    """A part of a request: unknown fields and loose types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AccountIn(Wire):
    """An account: by platform and handle, by address, by another system's id, or a personal one.

    An id beside a handle or an address has to be the same account's: a handle that was given up may
    belong to someone else. Where the two are not one registered account, the answer is a deny.
    Platforms are open-ended text; well-known aliases are one (`twitter` is `x`).
    """

    model_config = ConfigDict(
        json_schema_extra=any_of(
            require_fields("platform handle"),
            require_fields("url"),
            require_fields("system external_id"),
            require_fields("platform personal", personal={"const": True}),
        )
    )

    platform: Name | None = Field(None, examples=["x"])
    handle: Name | None = Field(None, examples=["@lakeviewhigh"])
    url: Url | None = Field(None, examples=["https://x.com/lakeviewhigh"])
    system: Name | None = Field(None, description="The system whose id for it follows.")
    external_id: Name | None = None
    personal: bool = Field(
        False, description="An employee's own account: the account rules do not run."
    )


class SubjectOut(BaseModel):
    """The person or thing a finding is about; only where the request gave the id."""

    kind: str
    id: str


class ClauseCited(BaseModel):
    """The place in the policy; `GET /v1/policy` has the whole clause."""

    number: int
    section: str
    item: str
