"""Consent: what a person's statements, taken together, say on a given day.

A statement covers cells: activity x channel x extent. A set of cells is one whole number, a bit
a cell, so that "covers", "touches" and "lies inside" are single operations. Statements are
compared within their source (who made it, in which capacity); across sources a refusal wins.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from itertools import groupby
from typing import NamedTuple, get_args
from zoneinfo import ZoneInfo

from app.policy.facts import Consent, Person
from app.policy.words import Activity, Channel, ConsentDecision, Extent

CHANNELS: tuple[Channel, ...] = tuple(c for c in get_args(Channel) if c != "all")
ACTIVITIES: tuple[Activity, ...] = get_args(Activity)
EXTENTS: tuple[Extent, ...] = get_args(Extent)
ADULT_AGE = 18

_NO_TIME = datetime.min.replace(tzinfo=UTC)


@cache
def cells(
    activities: tuple[Activity, ...], channels: tuple[Channel, ...], extents: tuple[Extent, ...]
) -> int:
    """The set of every combination of the three; `all` stands for every channel."""
    result = 0
    wanted = [c for channel in channels for c in (CHANNELS if channel == "all" else (channel,))]
    for activity in activities:
        for channel in wanted:
            row = ACTIVITIES.index(activity) * len(CHANNELS) + CHANNELS.index(channel)
            for extent in extents:
                result |= 1 << (row * len(EXTENTS) + EXTENTS.index(extent))
    return result


def _covered(decision: ConsentDecision, extent: Extent) -> tuple[Extent, ...]:
    """Granting the name grants the image; refusing the image refuses the name."""
    wide: Extent = "image_with_name" if decision == "grant" else "image"
    return EXTENTS if extent == wide else (extent,)


_SCOPES: dict[tuple[ConsentDecision, Activity, Channel, Extent], int] = {
    (decision, activity, channel, extent): cells(
        (activity,), (channel,), _covered(decision, extent)
    )
    for decision in get_args(ConsentDecision)
    for activity in ACTIVITIES
    for channel in get_args(Channel)
    for extent in EXTENTS
}


def scope(statement: Consent) -> int:
    """The cells a statement covers."""
    return _SCOPES[(statement.decision, statement.activity, statement.channel, statement.extent)]


@cache
def barring_cells(activity: Activity, channel: Channel, extent: Extent, *, video: bool) -> int:
    """The cells in which a refusal bars the use that is asked about.

    Refusing capture refuses publishing; a directory refusal covers all publishing; a video
    refusal covers every video on every channel.
    """
    activities = ACTIVITIES if activity == "publish" else (activity,)
    channels: tuple[Channel, ...] = (channel, "directory")
    if video:
        channels = (*channels, "video")
    return cells(activities, channels, _covered("grant", extent))


class Standing(NamedTuple):
    """Sets of cells on a day: granted, refused, of these held by the office, and refused later."""

    granted: int = 0
    refused: int = 0
    held: int = 0
    pending: int = 0


NOTHING = Standing()


def eighteenth_birthday(born: date | None) -> date | None:
    """The day a person comes of age; born on 29 February, on 1 March. None: unknown, a minor."""
    if born is None:
        return None
    try:
        return born.replace(year=born.year + ADULT_AGE)
    except ValueError:
        return date(born.year + ADULT_AGE, 3, 1)


def standing(
    person: Person, statements: Sequence[Consent], as_of: date, zone: ZoneInfo
) -> Standing:
    """What `person`'s statements say as of the day `as_of`."""
    if not statements:
        return NOTHING
    of_age = eighteenth_birthday(person.birth_date) if person.kind == "student" else None
    adult = of_age is not None and as_of >= of_age
    sources: dict[tuple[str, str], list[Consent]] = defaultdict(list)
    for statement in statements:
        sources[statement.capacity, statement.source].append(statement)
    folded = [
        (capacity, _Source(person, of_age, as_of, zone).fold(own))
        for (capacity, _), own in sources.items()
    ]
    own_say = _own_say(folded) if adult else 0
    granted = refused = held = pending = 0
    for capacity, said in folded:
        # At 18 the student's own statement supersedes the guardians', cell by cell.
        superseded = own_say if capacity == "guardian" else 0
        kept = said.refused & ~superseded
        granted |= said.granted
        refused |= kept
        held |= kept if capacity == "office_hold" else 0
        pending |= said.pending & ~superseded
    return Standing(granted & ~refused, refused, held, pending)


def _own_say(folded: "Iterable[tuple[str, _Said]]") -> int:
    """The cells an adult student has spoken about."""
    result = 0
    for capacity, said in folded:
        if capacity == "eligible_student":
            result |= said.granted | said.refused
    return result


class _Said(NamedTuple):
    granted: int
    refused: int
    pending: int


class _Entry(NamedTuple):
    refusal: bool
    scope: int


class _Source:
    """Folds one source's statements, oldest first, into what that source says."""

    def __init__(self, person: Person, of_age: date | None, as_of: date, zone: ZoneInfo) -> None:
        self._student = person.kind == "student"
        self._of_age = of_age
        self._as_of = as_of
        self._zone = zone
        self._entries: list[_Entry] = []
        self._grants: list[Consent] = []
        self._pending = 0

    def fold(self, statements: Sequence[Consent]) -> _Said:
        for moment in self._moments(statements):
            self._apply(moment)
        granted = refused = 0
        for entry in self._entries:
            if entry.refusal:
                refused, granted = refused | entry.scope, granted & ~entry.scope
            else:
                refused, granted = refused & ~entry.scope, granted | entry.scope
        return _Said(granted, refused, self._pending)

    def _moments(self, statements: Sequence[Consent]) -> list[list[Consent]]:
        """Statements that tie, together: by `effective_from`, then by the time of signing.

        Where any paper of a day carries no time, that whole day is one tie.
        """
        if len(statements) == 1:
            return [list(statements)]
        timeless = {(s.effective_from, self._signed_on(s)) for s in statements if s.signed_day_only}

        def moment(s: Consent) -> tuple[date, date, datetime]:
            day = self._signed_on(s)
            time = _NO_TIME if (s.effective_from, day) in timeless else s.signed_at
            return (s.effective_from, day, time)

        return [list(tied) for _, tied in groupby(sorted(statements, key=moment), moment)]

    def _apply(self, tied: Sequence[Consent]) -> None:
        """Statements of one moment. A tie is a refusal, so refusals are applied last.

        Withdrawals are judged against what stood before any of them.
        """
        said: dict[ConsentDecision, list[Consent]] = {"grant": [], "refuse": [], "withdraw": []}
        for statement in tied:
            said[statement.decision].append(statement)
        for grant in said["grant"]:
            self._grant(grant)
        refusals = said["refuse"]
        lifted: list[_Entry] = []
        for withdrawal in said["withdraw"]:
            inside = self._wholly_inside(scope(withdrawal))
            if not inside or self._touches_grant(withdrawal):
                refusals.append(withdrawal)
            elif self._may_lift(withdrawal):
                lifted += inside
        if lifted:
            self._entries = [e for e in self._entries if e not in lifted]
        for refusal in refusals:
            self._refuse(refusal)

    def _grant(self, statement: Consent) -> None:
        self._grants.append(statement)
        if self._grant_counts(statement):
            self._entries.append(_Entry(refusal=False, scope=scope(statement)))

    def _refuse(self, statement: Consent) -> None:
        if statement.effective_from > self._as_of:
            self._pending |= scope(statement)
        else:
            self._entries.append(_Entry(refusal=True, scope=scope(statement)))

    def _wholly_inside(self, covered: int) -> list[_Entry]:
        return [e for e in self._entries if e.refusal and not e.scope & ~covered]

    def _touches_grant(self, withdrawal: Consent) -> bool:
        """Whether it took back a grant: what it meant does not change when the grant runs out."""
        days = (withdrawal.effective_from, self._as_of)
        return any(
            scope(grant) & scope(withdrawal) and any(_in_force(grant, day) for day in days)
            for grant in self._grants
        )

    def _signed_on(self, statement: Consent) -> date:
        return statement.signed_at.astimezone(self._zone).date()

    def _grant_counts(self, statement: Consent) -> bool:
        """In force, and made by somebody entitled to make it."""
        if not _in_force(statement, self._as_of):
            return False
        if not self._student:
            return statement.capacity == "employee"
        if statement.capacity == "guardian":
            return self._of_age is None or self._as_of < self._of_age
        return statement.capacity == "eligible_student" and self._made_as_adult(statement)

    def _may_lift(self, statement: Consent) -> bool:
        """A withdrawal lifts refusals while its maker is entitled to grant, and once it began."""
        if not _in_force(statement, self._as_of):
            return False
        if not self._student or statement.capacity == "office_hold":
            return True
        adult = self._made_as_adult(statement)
        return adult if statement.capacity == "eligible_student" else not adult

    def _made_as_adult(self, statement: Consent) -> bool:
        return (
            self._of_age is not None
            and statement.effective_from >= self._of_age
            and self._signed_on(statement) >= self._of_age
        )


def _in_force(statement: Consent, day: date) -> bool:
    end = statement.effective_to
    return statement.effective_from <= day and (end is None or day <= end)
