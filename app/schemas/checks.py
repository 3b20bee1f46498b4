"""What a check's request may hold. `app.schemas.questions` turns it into the policy's words.

Bodies are validated by pydantic's Rust validators straight from the bytes; what needs more than
one field to judge is judged in `questions`, which points at the field at fault.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.policy.words import (
    Activity,
    Channel,
    Extent,
    MediaKind,
    PictureKind,
    Premises,
    Purpose,
    Rights,
)

MAX_PEOPLE = 1_000
MAX_POSTS = 100
MAX_MEDIA = 100

# No control characters in what names something: NUL would not even reach PostgreSQL.
_NAME_PATTERN = r"^[^\x00-\x1f\x7f]+$"
Name = Annotated[str, StringConstraints(max_length=200, pattern=_NAME_PATTERN)]
Url = Annotated[str, StringConstraints(max_length=2_000, pattern=_NAME_PATTERN)]
PostText = Annotated[str, StringConstraints(max_length=65_536, pattern=r"^[^\x00]*$")]
AltText = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[^\x00]*$")]
Email = Annotated[str, StringConstraints(max_length=320, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]


def _written_out(value: object) -> str:
    """A time as text; pydantic would read `"1800000000"` as seconds since 1970."""
    if not isinstance(value, str) or value[4:5] != "-":
        message = "Must be RFC 3339, such as 2026-03-04T17:30:00-07:00"
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
    BeforeValidator(_written_out),
]


def _given(fields: str, **values: Any) -> dict[str, Any]:
    """A JSON Schema: these fields, parted by spaces, are there and not null."""
    properties: dict[str, Any] = {field: {"not": {"type": "null"}} for field in fields.split()}
    return {"required": fields.split(), "properties": properties | values}


def one_of(*groups: str) -> dict[str, Any]:
    """A JSON Schema rider: exactly one of these groups of fields."""
    return {"oneOf": [_given(group) for group in groups]}


def _none_or_up_to(most: int) -> Any:
    """A list that may be left out. Made anew for each body: a default would be copied deeply."""
    return Field(default_factory=list, max_length=most, json_schema_extra={"default": []})


class Wire(BaseModel):
    """A part of a request: unknown fields and loose types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PersonIn(Wire):
    """Somebody: by `id`, or by `name` with what tells namesakes apart.

    Preferred and former names count; accents, case and punctuation do not.
    """

    model_config = ConfigDict(json_schema_extra=one_of("id", "name"))

    id: Name | None = Field(None, description="The sourcedId in the SIS.", examples=["s-000001"])
    name: Name | None = Field(None, examples=["Ana Núñez"])
    school: Name | None = Field(None, description="The school's sourcedId or its name.")
    grade: Name | None = Field(None, description="`3`, `03` and `3rd` are one grade.")


class StudentIn(PersonIn):
    """A student in the picture."""

    named: bool = Field(False, description="Whether the post gives the student's name.")


class OtherIn(Wire):
    """Somebody pictured who is neither student nor employee: by release or by name."""

    model_config = ConfigDict(json_schema_extra=one_of("release_id", "name"))

    release_id: Name | None = None
    name: Name | None = None


class AccountIn(Wire):
    """An account: by platform and handle, by address, by another system's id, or a personal one.

    An id beside a handle or an address has to be the same account's: a handle that was given up may
    be somebody else's. Where the two are not one registered account, the answer is a deny.
    Platforms are open-ended text; well-known aliases are one (`twitter` is `x`).
    """

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                _given("platform handle"),
                _given("url"),
                _given("system external_id"),
                _given("platform personal", personal={"const": True}),
            ]
        }
    )

    platform: Name | None = Field(None, examples=["x"])
    handle: Name | None = Field(None, examples=["@lakeviewhigh"])
    url: Url | None = Field(None, examples=["https://x.com/lakeviewhigh"])
    system: Name | None = Field(None, description="The system whose id for it follows.")
    external_id: Name | None = None
    personal: bool = Field(
        False, description="An employee's own account: the account rules do not run."
    )


class MediaIn(Wire):
    """One piece of media of the post."""

    kind: MediaKind
    name: Name | None = Field(None, description="Of the file, for whoever reviews the post.")
    rights: Rights = Field("unknown", description="On what ground it may be distributed.")
    premises: Premises = Field(
        "none", description="What it shows of district premises; ask whoever can see it."
    )
    sha256: Sha256 | None = Field(None, description="Of its bytes, in hex; finds its release.")
    alt_text: AltText | None = Field(
        None, description="What it shows, in words, for who cannot see it; a picture needs it."
    )


class PicturedIn(Wire):
    """Who can be recognised in the media: people, or nobody; not both."""

    students: list[StudentIn] = _none_or_up_to(MAX_PEOPLE)
    employees: list[PersonIn] = _none_or_up_to(MAX_PEOPLE)
    others: list[OtherIn] = _none_or_up_to(MAX_PEOPLE)
    nobody_identifiable: bool = False


_CHANNEL = (
    "Where it will be shown. `video` is a video of which nothing says where it will be shown; give "
    "the channel and `media` instead."
)
_MEDIA = "A refusal of `video` covers every video on every channel."


class PhotoConsentCheck(Wire):
    """May these students, or this class, be pictured?"""

    model_config = ConfigDict(json_schema_extra=one_of("students", "class_id"))

    students: list[PersonIn] | None = Field(None, min_length=1, max_length=MAX_PEOPLE)
    class_id: Name | None = Field(None, description="The class's sourcedId.")
    activity: Activity = "publish"
    channel: Channel = Field("social", description=_CHANNEL)
    media: PictureKind = Field("photo", description=_MEDIA)
    extent: Extent = "image"
    purpose: Purpose = "school"
    publish_at: Moment | None = Field(None, description="Now, where it is left out.")


class ClassList(Wire):
    """Who of this class may not be pictured, as a list to take along?"""

    class_id: Name = Field(description="The class's sourcedId.")
    title: Name | None = Field(None, description="Above the list; else the class's own title.")
    activity: Activity = "publish"
    channel: Channel = Field("social", description=_CHANNEL)
    media: PictureKind = Field("photo", description=_MEDIA)
    extent: Extent = "image"
    purpose: Purpose = "school"
    publish_at: Moment | None = Field(None, description="Now, where it is left out.")


_AUTHOR = (
    "Who posts it; where it is left out, the person whom the key acts for. Such a key names "
    "somebody else only with the scope `posts:for-others`; otherwise the answer is review."
)


_LOGO_PURPOSE = "What the logo is used for, in the words of a permission that is limited to it."
_TOPIC = "What is spoken about for the district, in the words of a permission limited to it."


class CoworkerConsentCheck(Wire):
    """May these employees be pictured?"""

    employees: list[PersonIn] = Field(min_length=1, max_length=MAX_PEOPLE)
    channel: Channel = Field("social", description=_CHANNEL)
    media: PictureKind = Field("photo", description=_MEDIA)
    author: PersonIn | None = Field(
        None, description=f"{_AUTHOR} The author's own picture needs no consent."
    )
    publish_at: Moment | None = None


class PermissionCheck(Wire):
    """May this account or author do so? Either's grant suffices.

    At least one of them is given; a key that acts for a person may leave out both.
    """

    model_config = ConfigDict(json_schema_extra={"anyOf": [_given("account"), _given("author")]})

    account: AccountIn | None = None
    author: PersonIn | None = Field(None, description=_AUTHOR)
    logo_purpose: Name | None = Field(None, description=f"{_LOGO_PURPOSE} Of the logo check only.")
    topic: Name | None = Field(None, description=f"{_TOPIC} Of the spokesperson check only.")
    publish_at: Moment | None = None


class AccountCheck(AccountIn):
    """May this account be posted on?"""

    publish_at: Moment | None = None


class PostCheck(Wire):
    """May this post be published?"""

    account: AccountIn
    author: PersonIn | None = Field(None, description=_AUTHOR)
    publish_at: Moment | None = Field(None, description="Now, where it is left out.")
    purpose: Purpose = Field(
        description="`school` (a school's own events, plays and games included), `personal`, "
        "`promotional` (of a person, business or product outside school) or `other`."
    )
    text: PostText = ""
    media: list[MediaIn] = _none_or_up_to(MAX_MEDIA)
    pictured: PicturedIn | None = Field(
        None, description="Needed with any media but audio; without it the answer is review."
    )
    uses_logo: bool = False
    logo_purpose: Name | None = Field(None, description=_LOGO_PURPOSE)
    speaks_for_district: bool = False
    topic: Name | None = Field(None, description=_TOPIC)
    contact_email: Email | None = None


class PostsCheck(Wire):
    """Several posts at once; each is answered, or refused, for itself."""

    posts: list[PostCheck] = Field(min_length=1, max_length=MAX_POSTS)


# Read from bytes on the hot path, so no route's signature shows them.
BODIES: tuple[type[Wire], ...] = (
    PhotoConsentCheck,
    CoworkerConsentCheck,
    PermissionCheck,
    AccountCheck,
    PostCheck,
    PostsCheck,
)
