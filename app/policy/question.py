"""A question: one check as the policy sees it, already parsed, nothing looked up yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.policy.words import (
    Activity,
    Channel,
    CheckKind,
    Extent,
    MediaKind,
    PictureKind,
    Premises,
    Purpose,
    Rights,
)

# In one question.
MAX_PEOPLE = 1_000


class Asker(NamedTuple):
    """The asker of a check, as far as the answer depends on it; the default has no limits.

    `schools` are the sourcedIds a key is limited to, None for no limit. `person_id` is the person
    it acts for, and so the author where none is given; `for_others` lets it ask as anyone.
    """

    schools: frozenset[str] | None = None
    person_id: str | None = None
    for_others: bool = False


class PersonRef(NamedTuple):
    """A person as the caller named them: by `id` (sourcedId) or by a name key.

    `at` is the JSON Pointer of the reference in the request. `name_key` and `grade` are already
    in the form of `app.policy.names`; `other_keys` are the name's with letters written out, as
    Mueller for Müller; `school` is as sent, a sourcedId or a name. `declared`: not the caller but
    a declaration names the person, whose id the caller may not know.
    """

    at: str
    id: str | None = None
    name_key: str | None = None
    school: str | None = None
    grade: str | None = None
    named: bool = False
    other_keys: tuple[str, ...] = ()
    declared: bool = False


class AccountRef(NamedTuple):
    """An account as the caller named it.

    `personal` accounts are never looked up. `alias` is the `(system, value)` another system knows
    the account by. A `url` that no known host explains arrives as alias `("url", …)`. `system_id`
    is such an alias that was given beside a handle or a url: both have to be of one account, since
    a handle that was given up may belong to someone else by now.
    """

    at: str
    platform: str | None = None
    handle_key: str | None = None
    alias: tuple[str, str] | None = None
    personal: bool = False
    system_id: tuple[str, str] | None = None

    @property
    def key(self) -> str | None:
        """Return `platform/handle_key`, the form in which a grant names an account."""
        if self.platform is None or self.handle_key is None:
            return None
        return f"{self.platform}/{self.handle_key}"


class Media(NamedTuple):
    """One piece of media of the post; `sha256` is lower-case hex of its bytes.

    `has_alt_text` is true where it is described for people who cannot see it.
    """

    at: str
    kind: MediaKind
    rights: Rights = "unknown"
    premises: Premises = "none"
    sha256: str | None = None
    has_alt_text: bool = False


class OtherRef(NamedTuple):
    """A pictured person who is neither student nor employee: by release or by name."""

    at: str
    release_id: str | None = None
    name_key: str | None = None
    other_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pictured:
    """The people that the caller declares recognisable in the media."""

    students: tuple[PersonRef, ...] = ()
    employees: tuple[PersonRef, ...] = ()
    others: tuple[OtherRef, ...] = ()
    nobody_identifiable: bool = False

    @property
    def declared(self) -> bool:
        """Return whether the caller made any statement at all."""
        return bool(self.students or self.employees or self.others or self.nobody_identifiable)


@dataclass(frozen=True, slots=True)
class TextMark:
    """A finding of an assisted text check, as a fact: a stable `kind` and how often.

    Kinds: `profanity`, `threat`, `illegal`, and of clause 52 `identifier`, `health`, `discipline`,
    `special_education`, `grades` and `home_address`. The words found are never carried.
    """

    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class Question:
    """One check.

    `publish_at` is None for "now". `schools` are the sourcedIds of the schools the asking key is
    limited to, None for no limit; `asked_by` is the person it acts for. The key may ask about that
    person's posts alone unless `for_others`. Attributes a check does not ask about keep their
    defaults. A post has no `channel` of its own: its account determines it (see `Case.channel`).
    `picture_kind` is for checks of people; a post lists its `media`. `logo_purpose` is the purpose
    of the logo and `topic` the subject spoken about for the district, as name keys. `text_names`
    are the keys of full names that the text may hold; `text_names_cut` is true where it may hold
    more. `declaration` is the id or the code, without its hyphen, of a declaration that says who is
    pictured (`app.policy.declarations`).
    """

    check: CheckKind
    publish_at: datetime | None = None
    activity: Activity = "publish"
    channel: Channel = "social"
    picture_kind: PictureKind = "photo"
    extent: Extent = "image"
    purpose: Purpose = "school"
    account: AccountRef | None = None
    author: PersonRef | None = None
    pictured: Pictured = Pictured()
    class_id: str | None = None
    media: tuple[Media, ...] = ()
    text_key: str = ""
    text_marks: tuple[TextMark, ...] = ()
    text_names: tuple[str, ...] = ()
    text_names_cut: bool = False
    has_disclaimer: bool = False
    uses_logo: bool = False
    logo_purpose: str | None = None
    topic: str | None = None
    speaks_for_district: bool = False
    contact_email_domain: str | None = None
    schools: frozenset[str] | None = None
    asked_by: str | None = None
    for_others: bool = False
    declaration: str | None = None
