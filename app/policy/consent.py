"""Consent: what a person's statements, taken together, say on a given day.

A statement covers cells (`app.policy.cells`). Statements are compared within their source (who made
it, in which capacity; see `app.policy.statements`); across sources a refusal wins.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from app.policy.cells import scope
from app.policy.facts import Consent, Person
from app.policy.words import ConsentDecision

ADULT_AGE = 18
_NO_TIME = datetime.min.replace(tzinfo=UTC)
_OWN = "eligible_student"


class Standing(NamedTuple):
    """Sets of cells on a day: granted, refused, of these held by the office, and refused later."""

    granted: int = 0
    refused: int = 0
    held: int = 0
    pending: int = 0


NOTHING = Standing()

Effect = Literal[
    "granted", "not_granted", "refused", "took_back", "nothing_to_lift", "lifted", "not_lifted",
    "over_refusal", "over_grant", "superseded", "outweighed",
]  # fmt: skip


class Step(NamedTuple):
    """What a statement did, and to which cells; `app.policy.explaining` puts it into words.

    `took_back` and `nothing_to_lift` are withdrawals that refuse. `over_refusal` and `over_grant`:
    it came after what the same source had said otherwise. `superseded` (by the student's own word,
    at 18) and `outweighed` (by another source's refusal) are about all that the statement's source
    refuses or grants.
    """

    statement: Consent
    effect: Effect
    cells: int


def eighteenth_birthday(born: date | None) -> date | None:
    """The day a person comes of age; born on 29 February, on 1 March. None: unknown, a minor."""
    if born is None:
        return None
    try:
        return born.replace(year=born.year + ADULT_AGE)
    except ValueError:
        return date(born.year + ADULT_AGE, 3, 1)


def standing(
    person: Person,
    statements: Sequence[Consent],
    as_of: date,
    zone: ZoneInfo,
    steps: list[Step] | None = None,
) -> Standing:
    """What `person`'s statements say as of the day `as_of`; with `steps`, how that came about."""
    if not statements:
        return NOTHING
    of_age = eighteenth_birthday(person.birth_date) if person.kind == "student" else None
    adult = of_age is not None and as_of >= of_age
    sources: dict[tuple[str, str], list[Consent]] = defaultdict(list)
    for statement in statements:
        sources[statement.capacity, statement.source].append(statement)
    folded = [
        (own[0], _Source(person, of_age, as_of, zone, steps).fold(own)) for own in sources.values()
    ]
    own_say = _own_say(folded) if adult else 0
    granted = refused = held = pending = 0
    for one, said in folded:
        # At 18 the student's own statement supersedes the guardians', cell by cell.
        superseded = own_say if one.capacity == "guardian" else 0
        kept = said.refused & ~superseded
        granted |= said.granted
        refused |= kept
        held |= kept if one.capacity == "office_hold" else 0
        pending |= said.pending & ~superseded
        if steps is not None:
            steps.append(Step(one, "superseded", (said.refused | said.pending) & superseded))
    if steps is not None:
        steps += [Step(one, "outweighed", said.granted & refused) for one, said in folded]
    return Standing(granted & ~refused, refused, held, pending)


def _own_say(folded: "Iterable[tuple[Consent, _Said]]") -> int:
    """The cells an adult student has spoken about."""
    return _union(said.granted | said.refused for one, said in folded if one.capacity == _OWN)


def _union(sets: Iterable[int]) -> int:
    result = 0
    for covered in sets:
        result |= covered
    return result


class _Said(NamedTuple):
    granted: int
    refused: int
    pending: int


class _Entry(NamedTuple):
    statement: Consent
    scope: int
    refusal: bool


class _Source:
    """Folds one source's statements, oldest first, into what that source says."""

    def __init__(
        self,
        person: Person,
        of_age: date | None,
        as_of: date,
        zone: ZoneInfo,
        steps: list[Step] | None,
    ) -> None:
        self._student = person.kind == "student"
        self._of_age = of_age
        self._as_of = as_of
        self._zone = zone
        self._steps = steps
        self._entries: list[_Entry] = []
        self._grants: list[Consent] = []

    def fold(self, statements: Sequence[Consent]) -> _Said:
        for moment in self._moments(statements):
            self._apply(moment)
        granted = refused = pending = 0
        for statement, covered, refusal in self._entries:
            if not refusal:
                self._note(statement, "over_refusal", refused & covered)
                # Of several people nobody's grant takes back what another refused.
                refused = refused if statement.by_several else refused & ~covered
                granted |= covered
            elif statement.effective_from > self._as_of:
                pending |= covered
            else:
                self._note(statement, "over_grant", granted & covered)
                refused, granted = refused | covered, granted & ~covered
        return _Said(granted, refused, pending)

    def _note(self, statement: Consent, effect: Effect, covered: int) -> None:
        if self._steps is not None:
            self._steps.append(Step(statement, effect, covered))

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
        refusals = [self._refusal(one, "refused") for one in said["refuse"]]
        lifted: list[_Entry] = []
        for withdrawal in said["withdraw"]:
            inside = self._liftable(scope(withdrawal))
            if self._touches_grant(withdrawal):
                refusals.append(self._refusal(withdrawal, "took_back"))
            elif not inside:
                refusals.append(self._refusal(withdrawal, "nothing_to_lift"))
            elif self._may_lift(withdrawal):
                self._note(withdrawal, "lifted", _union(e.scope for e in inside))
                lifted += inside
            else:
                self._note(withdrawal, "not_lifted", scope(withdrawal))
        if lifted:
            self._entries = [e for e in self._entries if e not in lifted]
        self._entries += refusals

    def _grant(self, statement: Consent) -> None:
        self._grants.append(statement)
        covered, counts = scope(statement), self._grant_counts(statement)
        self._note(statement, "granted" if counts else "not_granted", covered)
        if counts:
            self._entries.append(_Entry(statement, covered, refusal=False))

    def _refusal(self, statement: Consent, effect: Effect) -> _Entry:
        covered = scope(statement)
        self._note(statement, effect, covered)
        return _Entry(statement, covered, refusal=True)

    def _liftable(self, covered: int) -> list[_Entry]:
        """The refusals wholly inside; none that a withdrawal made: once more is no yes.

        But the office's: it has no other way to lift its hold.
        """
        return [
            e
            for e in self._entries
            if e.refusal
            and not e.statement.by_several
            and not e.scope & ~covered
            and (e.statement.decision == "refuse" or e.statement.capacity == "office_hold")
        ]

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
        if statement.by_former or not _in_force(statement, self._as_of):
            return False
        if not self._student:
            return statement.capacity == "employee"
        if statement.capacity == "guardian":
            return self._of_age is None or self._as_of < self._of_age
        return statement.capacity == _OWN and self._made_as_adult(statement)

    def _may_lift(self, statement: Consent) -> bool:
        """A withdrawal lifts refusals while its maker is entitled to grant, and once it began."""
        if not _in_force(statement, self._as_of):
            return False
        if not self._student or statement.capacity == "office_hold":
            return True
        adult = self._made_as_adult(statement)
        return adult if statement.capacity == _OWN else not adult

    def _made_as_adult(self, statement: Consent) -> bool:
        of_age = self._of_age
        return of_age is not None and made_as_adult(statement, of_age, self._zone)


def made_as_adult(statement: Consent, of_age: date, zone: ZoneInfo) -> bool:
    """Whether it was signed, and begins, on or after the eighteenth birthday `of_age`."""
    signed_on = statement.signed_at.astimezone(zone).date()
    return statement.effective_from >= of_age and signed_on >= of_age


def _in_force(statement: Consent, day: date) -> bool:
    end = statement.effective_to
    return statement.effective_from <= day and (end is None or day <= end)
