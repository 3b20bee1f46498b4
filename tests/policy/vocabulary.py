"""The words in which scenarios are written; a word that is not here is an error.

A person is called by a first name, which is also the sourcedId: `Ana`. An account is called
`platform/handle`. A day is `2026-09-01`; a time of day is the district's: `2026-09-01 14:30`.
"""

from datetime import date, datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.policy.words import (
    AccountKind,
    AccountStatus,
    Activity,
    Channel,
    ConsentMode,
    DesignationCapacity,
    Extent,
    ListGap,
    MediaKind,
    Office,
    Outcome,
    PersonKind,
    PersonStatus,
    PictureKind,
    Premises,
    Purpose,
    Rights,
)


class Word(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Settings(Word):
    consent_mode: ConsentMode = "refusal_list"
    list_max_age_days: int = 7
    email_domains: frozenset[str] = frozenset({"provo.example"})
    timezone: str = "America/Denver"


class Somebody(Word):
    """A person on the rolls. `at` is a school, `Communications` or `District Office`.

    `also_at` are the further schools of somebody who belongs to several, `moved` is the day on
    which somebody came to these schools from others. `id_in_doubt`: a delivery
    that waits gives the id to somebody else, or the person a new one. `doubted` tells that a
    delivered row which nobody could read may mean them, `list_gap` that a list does not speak for
    them.
    """

    id: str
    kind: PersonKind = "student"
    name: str
    preferred: str | None = None
    former_names: tuple[str, ...] = ()
    grade: str | None = None
    at: str | None = "Maple Elementary"
    also_at: tuple[str, ...] = ()
    born: date | None = None
    status: PersonStatus = "active"
    first_seen: date = date(2024, 8, 15)
    came_back: date | None = None
    moved: date | None = None
    id_in_doubt: bool = False
    doubted: bool = False
    list_gap: ListGap | None = None


class Statement(Word):
    """As `{student: Ana, refuse: publish, channel: social, by: guardian g1, from: 2026-09-01}`.

    `by` is `guardian ID` (`guardian unnamed`: nobody said which), `student`, `employee`, or
    `office`; signed on the day it begins, or today where that is still to come, on paper without a
    time of day, unless `signed` says otherwise. `called` is a statement's id, by which a lift may
    name it: `{student: Ana, lift: publish, lifts: [h1], by: office}`. `now` tells what is known
    since: that the maker is `no_guardian`, that the paper came under an address that several
    guardians bear, or that it is about another, who bore the id before (`former_bearer`).
    """

    student: str | None = None
    employee: str | None = None
    grant: Activity | None = None
    refuse: Activity | None = None
    withdraw: Activity | None = None
    lift: Activity | None = None
    lifts: tuple[str, ...] = ()
    called: str = ""
    channel: Channel = "all"
    extent: Extent = "image"
    by: str = Field(pattern=r"^(guardian \w+|student|employee|office)$")
    begins: date = Field(date(2026, 9, 1), alias="from")
    to: date | None = None
    signed: datetime | date | None = None
    now: Literal["no_guardian", "shared_address", "former_bearer"] | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.student is None) == (self.employee is None):
            raise ValueError("a statement is about one student or one employee")
        if len([a for a in (self.grant, self.refuse, self.withdraw, self.lift) if a]) != 1:
            raise ValueError("a statement grants, refuses, withdraws or lifts one activity")
        if self.lifts and not self.lift:
            raise ValueError("only a lift names other statements")
        return self


class Yes(Word):
    """An authorization of an account."""

    by: str = "Dora"
    asked_by: str | None = "Olga"
    dated: date = date(2025, 1, 15)


class Presence(Word):
    """An account in the register, in good order unless a scenario says otherwise."""

    account: str
    kind: AccountKind = "school"
    status: AccountStatus = "authorized"
    at: str | None = "Maple Elementary"
    owner: str | None = "Olga"
    managers: tuple[str, ...] = ("Mia",)
    contact_email_domain: str | None = None
    communications_is_admin_since: date | None = date(2025, 1, 20)
    authorized: Yes | None = Yes()
    changed_since: bool = False
    known_as: dict[str, str] = {}


class Appointment(Word):
    office: Office
    person: str
    as_: DesignationCapacity = Field("holder", alias="as")
    begins: date = Field(date(2020, 1, 1), alias="from")
    to: date | None = None


class Permission(Word):
    """`{logo: Tess, by: Sue}`: for a person, or for an account (`facebook/maple`).

    `{district_email: everybody, network: x, by: Dora}`: also for a school, or for everybody.
    """

    logo: str | None = None
    speak: str | None = None
    district_email: str | None = None
    network: str = "all"
    only_for: str | None = None
    mark: str | None = None
    by: str = "Sue"
    begins: date = Field(date(2025, 8, 1), alias="from")
    to: date | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if len([one for one in (self.logo, self.speak, self.district_email) if one]) != 1:
            raise ValueError("a permission is for the logo, to speak, or for district e-mail")
        return self


class Paper(Word):
    """A release: by somebody pictured (`name`), or by the owner of a `work`."""

    id: str
    name: str
    work: str | None = None
    channel: Channel = "all"
    begins: date = Field(date(2026, 1, 1), alias="from")
    to: date | None = None


class Group(Word):
    id: str
    at: str | None = "Maple Elementary"
    students: tuple[str, ...]
    lacks_somebody: bool = False


class Who(Word):
    id: str | None = None
    name: str | None = None
    school: str | None = None
    grade: str | None = None
    named: bool = False


class Other(Word):
    release_id: str | None = None
    name: str | None = None


class Where(Word):
    platform: str | None = None
    handle: str | None = None
    url: str | None = None
    system: str | None = None
    external_id: str | None = None
    personal: bool = False


class Piece(Word):
    kind: MediaKind = "photo"
    rights: Rights = "own"
    premises: Premises = "none"
    sha256: str | None = None
    described: bool = False


class Shown(Word):
    students: tuple[str | Who, ...] = ()
    employees: tuple[str | Who, ...] = ()
    others: tuple[str | Other, ...] = ()
    nobody_identifiable: bool = False


class Declared(Word):
    """A declaration of who is in some media, which are told apart by any words for their SHA-256.

    `account` is the key of the one that it is for.
    """

    id: str
    of: tuple[str | Piece, ...]
    pictured: Shown = Shown()
    by: str = "Tess"
    on: date = date(2026, 10, 14)
    purpose: Purpose = "school"
    account: str | None = None
    withdrawn: bool = False
    uses_logo: bool = False
    speaks_for_district: bool = False


class Given(Word):
    """What the store knows. People and accounts add to the cast; the rest replaces it.

    `school_lists` are the dates of lists of single schools, by their names; `last_recorded` is when
    the store was last written to.
    """

    today: datetime | date = datetime(2026, 10, 15, 12, 0)  # noqa: DTZ001 the district's zone
    list_date: datetime | date | Literal["never"] = date(2026, 10, 14)
    school_lists: dict[str, date] = {}
    last_recorded: datetime | date | None = None
    roster_date: date | Literal["never"] = date(2026, 10, 14)
    settings: Settings = Settings()
    people: tuple[Somebody, ...] = ()
    accounts: tuple[Presence, ...] = ()
    offices: tuple[Appointment, ...] = ()
    consents: tuple[Statement, ...] = ()
    permissions: tuple[Permission, ...] = ()
    releases: tuple[Paper, ...] = ()
    classes: tuple[Group, ...] = ()
    declarations: tuple[Declared, ...] = ()


class Asked(Word):
    """What every check may carry; the names are those of the wire.

    `key_of` is the person whom the asking key acts for, who is the author where none is given.
    """

    publish_at: datetime | date | None = None
    author: str | Who | None = None
    account: str | Where | None = None
    key_limited_to: frozenset[str] | None = None
    key_of: str | None = None
    key_may_ask_for_others: bool = False


class Photo(Asked):
    students: tuple[str | Who, ...] = ()
    class_id: str | None = None
    activity: Activity = "publish"
    channel: Channel = "social"
    media: PictureKind = "photo"
    extent: Extent = "image"
    purpose: Purpose = "school"


class Use(Asked):
    """`use` is what the logo is used for, or what is spoken about."""

    use: str | None = None


class Coworkers(Asked):
    employees: tuple[str | Who, ...]
    channel: Channel = "social"
    media: PictureKind = "photo"


class Post(Asked):
    """A post; `found_in_text` is what the assisted text checks report, which run before."""

    account: str | Where = "facebook/maple"
    author: str | Who | None = "Tess"
    purpose: Purpose = "school"
    text: str = ""
    more_names_than_looked_up: bool = False
    found_in_text: dict[str, int] = {}
    carries_disclaimer: bool = False
    media: tuple[MediaKind | Piece, ...] = ()
    pictured: Shown = Shown()
    declaration: str | None = None
    uses_logo: bool = False
    logo_purpose: str | None = None
    topic: str | None = None
    speaks_for_district: bool = False
    contact_email_domain: str | None = None


class Ask(Word):
    """Exactly one check."""

    post: Post | None = None
    photo_consent: Photo | None = None
    coworker_consent: Coworkers | None = None
    logo: Use | None = None
    spokesperson: Use | None = None
    account: Asked | None = None

    @model_validator(mode="after")
    def _one_check(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("a scenario asks one check")
        return self


class Expect(Word):
    """`codes` must be among the findings (`CODE` or `CODE at POINTER`), `without` must not.

    `acts` are what would end a review, `cites` clauses that some finding must cite, `reminders`
    clauses that are recalled, `says` what stands in some finding's message, `about` everybody the
    question turned out to be about, for the ledger; `not_pictured` goes by names. `holds_until` is
    when an allow ends by itself, a day being its beginning; `never` where nothing of it ends.
    """

    outcome: Outcome
    codes: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    reminders: tuple[int, ...] = ()
    no_reminders: tuple[int, ...] = ()
    resolvable_by: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    cites: tuple[int, ...] = ()
    says: tuple[str, ...] = ()
    about: frozenset[str] | None = None
    not_pictured: dict[str, Outcome] | None = None
    holds_until: datetime | date | Literal["never"] | None = None


class Scenario(Word):
    title: str
    clauses: tuple[int, ...] = Field(min_length=1)
    kind: Literal["allowed", "refused", "doubtful"]
    given: Given = Given()
    ask: Ask
    expect: Expect

    @model_validator(mode="after")
    def _kind_is_the_outcome(self) -> Self:
        kinds = {"allow": "allowed", "review": "doubtful", "deny": "refused"}
        if kinds[self.expect.outcome] != self.kind:
            raise ValueError("kind and outcome say different things")
        return self


class Chapter(Word):
    """One file: what it is about, in plain words, and its scenarios."""

    about: str
    scenarios: tuple[Scenario, ...]
