"""The bodies of requests, as types. What each field means stands in the service's `/docs`."""

from typing import Any, Literal, NotRequired, TypedDict

Purpose = Literal["school", "personal", "promotional", "other"]
MediaKind = Literal["photo", "video", "image", "audio", "document"]
Rights = Literal["own", "released", "licensed", "unknown"]
Premises = Literal["none", "public", "non_public", "floor_plan"]


class Account(TypedDict, total=False):
    """An account: by `platform` and `handle`, by `url`, or by another system's id for it."""

    platform: str
    handle: str
    url: str
    system: str
    external_id: str
    personal: bool


class Person(TypedDict, total=False):
    """A person by `id`, or by `name` with what makes the name clear."""

    id: str
    name: str
    school: str
    grade: str


class Student(Person, total=False):
    """A student in a picture, and whether the post gives the name."""

    named: bool


class OtherParty(TypedDict, total=False):
    """A person who is neither student nor employee: by the release's id, or by name."""

    release_id: str
    name: str


class Pictured(TypedDict, total=False):
    """The people who can be recognized in the media, or that nobody can."""

    students: list[Student]
    employees: list[Person]
    others: list[OtherParty]
    nobody_identifiable: bool


class Medium(TypedDict):
    """A file of a post; `sha256` of its bytes, in hex."""

    kind: MediaKind
    name: NotRequired[str]
    rights: NotRequired[Rights]
    premises: NotRequired[Premises]
    sha256: NotRequired[str]
    alt_text: NotRequired[str]


class Post(TypedDict):
    """The question: may this post be published?"""

    account: Account
    purpose: Purpose
    author: NotRequired[Person]
    publish_at: NotRequired[str]
    text: NotRequired[str]
    media: NotRequired[list[Medium]]
    pictured: NotRequired[Pictured]
    declaration: NotRequired[str]
    uses_logo: NotRequired[bool]
    logo_purpose: NotRequired[str]
    speaks_for_district: NotRequired[bool]
    topic: NotRequired[str]
    contact_email: NotRequired[str]
    clearance: NotRequired[bool]


class Publication(TypedDict):
    """A post about to go out on a clearance; `at` is now, where it is left out."""

    account: Account
    text: NotRequired[str]
    alt_texts: NotRequired[list[str]]
    media: NotRequired[list[str]]
    at: NotRequired[str]


class DeclarationBody(TypedDict):
    """A statement of who is pictured in some media, by the person of the key."""

    purpose: Purpose
    media: list[Medium]
    pictured: Pictured
    author: NotRequired[Person]
    uses_logo: NotRequired[bool]
    speaks_for_district: NotRequired[bool]
    account: NotRequired[Account]


class PublishedBody(TypedDict):
    """A post that is out: by `external_id`, `url` or both."""

    account: Account
    published_at: str
    external_id: NotRequired[str]
    url: NotRequired[str]
    text: NotRequired[str]
    media: NotRequired[list[str]]
    clearance: NotRequired[str]
    decision: NotRequired[str]


Json = dict[str, Any]
