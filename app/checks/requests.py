"""The bodies of checks. `app.checks.questions` turns them into the policy's words.

Bodies are validated by pydantic's Rust validators straight from the bytes; conditions over more
than one field are judged in `questions`, which points at the field at fault.
"""

from pydantic import ConfigDict, Field

from app.policy.question import MAX_PEOPLE
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
from app.schemas.base import (
    AccountIn,
    AltText,
    Email,
    Moment,
    Name,
    PostText,
    Sha256,
    Wire,
    any_of,
    none_or_up_to,
    one_of,
    require_fields,
)

MAX_POSTS = 100
MAX_MEDIA = 100


class PersonIn(Wire):
    """A person: by `id`, or by `name` with details that distinguish namesakes.

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
    """A person pictured who is neither student nor employee: by release or by name."""

    model_config = ConfigDict(json_schema_extra=one_of("release_id", "name"))

    release_id: Name | None = None
    name: Name | None = None


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
    """The people recognisable in the media, or none of them; not both."""

    students: list[StudentIn] = none_or_up_to(MAX_PEOPLE)
    employees: list[PersonIn] = none_or_up_to(MAX_PEOPLE)
    others: list[OtherIn] = none_or_up_to(MAX_PEOPLE)
    nobody_identifiable: bool = False


_CHANNEL = (
    "Where it will be shown. `video` is a video of which nothing says where it will be shown; give "
    "the channel and `media` instead."
)
_MEDIA = "A refusal of `video` covers every video on every channel."


class DeclaredMediaIn(MediaIn):
    """A piece of media that a declaration is about, by the digest of its bytes."""

    sha256: Sha256 = Field(description="Of its bytes, in hex; posts are matched by it.")


class DeclarationIn(Wire):
    """A statement of who is in some media, by a person who knows, for posts that will show them.

    The bytes are never sent. Everybody is identified at once: a name that two bear, or nobody, is
    refused.
    """

    author: PersonIn | None = Field(
        None, description="The key's own person; it may be left out, and cannot be another."
    )
    purpose: Purpose
    media: list[DeclaredMediaIn] = Field(min_length=1, max_length=MAX_MEDIA)
    pictured: PicturedIn
    uses_logo: bool = False
    speaks_for_district: bool = False
    account: AccountIn | None = Field(
        None, description="Where the media may be posted; anywhere, where it is left out."
    )


_AUTHOR = (
    "Who posts it; where it is left out, the person whom the key acts for. Such a key names "
    "somebody else only with the scope `posts:for-others`; otherwise the answer is review."
)
_JUDGED_AUTHOR = (
    "Who publishes it, where that is to be judged, too; where it is left out, nobody is. A key "
    "that acts for a person names somebody else only with the scope `posts:for-others`; otherwise "
    "the answer is review."
)


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
    author: PersonIn | None = Field(None, description=_JUDGED_AUTHOR)
    publish_at: Moment | None = Field(None, description="Now, where it is left out.")


class ClassList(Wire):
    """A list, to take along, of the students of this class who may not be pictured."""

    class_id: Name = Field(description="The class's sourcedId.")
    title: Name | None = Field(None, description="Above the list; else the class's own title.")
    activity: Activity = "publish"
    channel: Channel = Field("social", description=_CHANNEL)
    media: PictureKind = Field("photo", description=_MEDIA)
    extent: Extent = "image"
    purpose: Purpose = "school"
    publish_at: Moment | None = Field(None, description="Now, where it is left out.")


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

    model_config = ConfigDict(
        json_schema_extra=any_of(require_fields("account"), require_fields("author"))
    )

    account: AccountIn | None = None
    author: PersonIn | None = Field(None, description=_AUTHOR)
    logo_purpose: Name | None = Field(None, description=f"{_LOGO_PURPOSE} Of the logo check only.")
    topic: Name | None = Field(None, description=f"{_TOPIC} Of the spokesperson check only.")
    publish_at: Moment | None = None


class AccountCheck(AccountIn):
    """May this account be posted on?"""

    author: PersonIn | None = Field(None, description=_JUDGED_AUTHOR)
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
    media: list[MediaIn] = none_or_up_to(MAX_MEDIA)
    pictured: PicturedIn | None = Field(
        None,
        description="Needed with any media but audio, unless a declaration is about them; without "
        "it the answer is review.",
    )
    declaration: Name | None = Field(
        None,
        description="The id or the code of a declaration that says who is pictured, in place of "
        "`pictured`. Without both, declarations about the media are found by their `sha256`.",
        examples=["K7Q4-2MDX"],
    )
    uses_logo: bool = False
    logo_purpose: Name | None = Field(None, description=_LOGO_PURPOSE)
    speaks_for_district: bool = False
    topic: Name | None = Field(None, description=_TOPIC)
    contact_email: Email | None = None
    clearance: bool = Field(
        False,
        description="Whether an allow gives a clearance, which `POST /v1/clearances/{id}/verify` "
        "tells to be live at the time of publishing. Every file then needs its `sha256`.",
    )


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
