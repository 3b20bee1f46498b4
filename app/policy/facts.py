"""Facts: everything the store knows that a check needs, loaded in one read, frozen.

Dates are days in the district's time zone, both ends inclusive; times are aware and in UTC.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from app.policy.declarations import Declaration
from app.policy.words import (
    AccountKind,
    AccountStatus,
    Activity,
    Capacity,
    Channel,
    ConsentDecision,
    ConsentMode,
    DesignationCapacity,
    Extent,
    ListGap,
    Office,
    OrgKind,
    Permission,
    PersonKind,
    PersonStatus,
)

# Sources of papers by guardians whom nobody named: in a file, and over the API.
UNNAMED = frozenset({"profile:csv", "profile:api"})
# The key of grants to the district itself.
EVERYBODY = ("district", "")
EMPTY: Mapping[Any, Any] = MappingProxyType({})


def _empty_mapping() -> Any:
    # Python 3.11 takes a mapping proxy for a mutable default, since it cannot be hashed.
    return field(default_factory=lambda: EMPTY)


class Person(NamedTuple):
    """A person of the district; `id` is the sourcedId, `grade` in the form of `names`.

    `returned_at` is the time a person who had been missing or inactive was last active again,
    `moved_at` the time of the last move to other schools than before, `bearer_since` the time at
    which an id that another person bore passed to this one. `other_org_ids` are the
    further schools of a person with several, with their names' keys. `identity_doubted` is true
    while it is unknown whether the id is still, or already, theirs. `doubted` is true while a
    delivered row that could not be read, or not kept, may mean them. `list_gap` gives the reason
    why a consent list does not speak for their silence.
    """

    id: str
    kind: PersonKind
    given_name: str
    family_name: str
    preferred_name: str | None
    grade: str | None
    org_id: str | None
    org_name_key: str | None
    org_kind: OrgKind | None
    birth_date: date | None
    status: PersonStatus
    first_seen_at: datetime
    returned_at: datetime | None = None
    other_org_ids: tuple[str, ...] = ()
    other_org_name_keys: tuple[str, ...] = ()
    identity_doubted: bool = False
    doubted: bool = False
    list_gap: ListGap | None = None
    moved_at: datetime | None = None
    bearer_since: datetime | None = None

    @property
    def borne_since(self) -> datetime:
        """Return the time since which the id is this person's."""
        return max(self.first_seen_at, self.bearer_since or self.first_seen_at)

    @property
    def org_ids(self) -> tuple[str, ...]:
        """Return all orgs the person belongs to, the first one first."""
        return self.other_org_ids if self.org_id is None else (self.org_id, *self.other_org_ids)

    def belongs_to(self, schools: Collection[str] | None) -> bool:
        """Return whether one of the person's orgs is among `schools`; None stands for all."""
        return schools is None or any(org in schools for org in self.org_ids)


class Consent(NamedTuple):
    """One dated statement. `source` identifies its maker (see `app.policy.statements`).

    `signed_day_only` is true where the paper carried a day and no time. `lifts` are the ids of the
    refusals that a lift names; one that names none lifts all that lie inside its scope. `by_former`
    is true where its maker is no longer a guardian, `at_shared_address` where several guardians
    have the address that it was sent from, `of_former_bearer` where it is about a former bearer of
    the id.
    """

    person_id: str
    decision: ConsentDecision
    activity: Activity
    channel: Channel
    extent: Extent
    capacity: Capacity
    source: str
    signed_at: datetime
    signed_day_only: bool
    effective_from: date
    effective_to: date | None
    id: str = ""
    lifts: frozenset[str] = frozenset()
    by_former: bool = False
    at_shared_address: bool = False
    of_former_bearer: bool = False

    @property
    def by_several(self) -> bool:
        """Return whether several people may be its source, so that no grant is another's.

        Of two papers by unnamed guardians it is unknown whether one person made both.
        """
        return self.at_shared_address or self.source in UNNAMED


# What a statement says itself; the rest is known of its source.
_KNOWN = {"by_former", "at_shared_address", "of_former_bearer"}
STATED = tuple(name for name in Consent._fields if name not in _KNOWN)


@dataclass(frozen=True, slots=True)
class Authorization:
    """The Director of Communications' (or a designee's) yes to an account."""

    authorized_by: str
    requested_by: str | None
    authorized_on: date


@dataclass(frozen=True, slots=True)
class Account:
    """A registered presence. `authorization` is the latest one, None when there is none.

    `status` is its status in the register; it can forbid what an authorization allows.

    `owner_active` and the managers' `active_managers` count only people still with the district.
    `changed_since` is true where its kind, address or aliases changed after that authorization.
    """

    id: str
    platform: str
    handle_key: str
    kind: AccountKind
    status: AccountStatus
    org_id: str | None
    owner_id: str | None
    owner_active: bool
    managers: int
    active_managers: int
    contact_email_domain: str | None
    communications_admin_on: date | None
    authorization: Authorization | None
    changed_since: bool = False

    @property
    def key(self) -> str:
        """Return `platform/handle_key`, the form in which a grant names an account."""
        return f"{self.platform}/{self.handle_key}"


class Designation(NamedTuple):
    """A person's term in an office, as its holder or as a designee."""

    office: Office
    person_id: str
    capacity: DesignationCapacity
    effective_from: date
    effective_to: date | None


class Grant(NamedTuple):
    """A dated permission; `network` is a platform or `all`.

    `network_email` is given by Communications, the others by the Superintendent's office. `limit`
    is the one use it covers (a logo's purpose, a spokesperson's topic), None for no limit. `mark`
    names the logo, where the office named one.
    """

    kind: Permission
    network: str
    granted_by: str
    effective_from: date
    effective_to: date | None
    limit: str | None = None
    mark: str | None = None


class Release(NamedTuple):
    """Consent of another party pictured (`name_key`) or of a work's owner (`work`)."""

    id: str
    name_key: str
    work: str | None
    channel: Channel
    effective_from: date
    effective_to: date | None


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """A class and the ids of its students, as in the last roster.

    `lacks_somebody`: a row of that roster could not be taken, so that an unknown student is
    missing.
    """

    id: str
    org_id: str | None
    students: tuple[str, ...]
    lacks_somebody: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """The district's settings that decide."""

    timezone: ZoneInfo
    consent_mode: ConsentMode = "refusal_list"
    list_max_age_days: int = 7
    email_domains: frozenset[str] = frozenset()
    yes_days: int = 30


@dataclass(frozen=True, slots=True)
class Facts:
    """The result of one read of the store, for every question of a batch.

    `names` maps a name key to everyone in the district who bears or bore it, of every kind and
    status. `accounts` maps an account's key, and `aliases` an `(system, value)`, to all accounts
    that claim it. `grants` is keyed by `("person", sourcedId)`, `("account", account key)` or
    `("org", sourcedId)`; grants to the district, and so to all, by `EVERYBODY`. `list_at` is the
    time the whole district's consent list was last complete or attested, `school_lists` the same of
    the lists of single schools, `class_rosters` the time of the last rosters of a class, by its id.
    `recorded_at` is the latest time on the ledger. `declarations` are those that the questions name
    and those about the media of posts that say nothing of who is pictured.
    """

    now: datetime
    setup: Setup
    list_at: datetime | None = None
    school_lists: Mapping[str, datetime] = _empty_mapping()
    class_rosters: Mapping[str, datetime] = _empty_mapping()
    declarations: tuple[Declaration, ...] = ()
    recorded_at: datetime | None = None
    people: Mapping[str, Person] = _empty_mapping()
    names: Mapping[str, tuple[Person, ...]] = _empty_mapping()
    consents: Mapping[str, tuple[Consent, ...]] = _empty_mapping()
    accounts: Mapping[str, tuple[Account, ...]] = _empty_mapping()
    aliases: Mapping[tuple[str, str], tuple[Account, ...]] = _empty_mapping()
    designations: Mapping[str, tuple[Designation, ...]] = _empty_mapping()
    grants: Mapping[tuple[str, str], tuple[Grant, ...]] = _empty_mapping()
    releases_by_id: Mapping[str, Release] = _empty_mapping()
    releases_by_name: Mapping[str, tuple[Release, ...]] = _empty_mapping()
    releases_by_work: Mapping[str, tuple[Release, ...]] = _empty_mapping()
    classes: Mapping[str, SchoolClass] = _empty_mapping()

    def has_new_bearer(self, ids: Iterable[str | None], since: datetime) -> bool:
        """Return whether one of `ids` came to the person who bears it now after `since`."""
        people = (self.people.get(one or "") for one in ids)
        return any(person.borne_since > since for person in people if person)
