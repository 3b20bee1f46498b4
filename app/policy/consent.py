"""Consent: the joint outcome of a person's statements on a given day.

A statement covers cells (`app.policy.consent_coverage`) and is compared within its source: who made
it, in which capacity (`app.policy.statements`). Of a source's statements about a cell the one
signed latest counts, from the day on which it takes effect; of one moment a refusal. A lift removes
earlier refusals of its source, as if they had never been made. Across sources a refusal wins.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from app.policy.consent_coverage import find_cells
from app.policy.facts import UNNAMED, Consent, Person
from app.policy.words import REFUSALS, PersonKind

ADULT_AGE = 18
# By how much the clocks of those who sign and of the service may differ.
CLOCKS_DIFFER = timedelta(minutes=5)
_NO_TIME = datetime.min.replace(tzinfo=UTC)
_NONE: frozenset[str] = frozenset()
# Later than any paper is signed, with room to add to it.
_AFTER_ALL = datetime(9999, 12, 1, tzinfo=UTC)
_OWN = "eligible_student"


class Standing(NamedTuple):
    """Sets of cells on a day: granted, refused, of these held by the office, and refused later.

    `pending` are the cells of refusals that begin later and will then be refused.
    """

    granted: int = 0
    refused: int = 0
    held: int = 0
    pending: int = 0


NOTHING = Standing()

Effect = Literal[
    "granted", "not_granted", "refused", "took_back", "taken_back", "lifted", "nothing_to_lift",
    "not_lifted", "over_refusal", "over_grant", "superseded", "outweighed",
]  # fmt: skip


class StatementEffect(NamedTuple):
    """One effect of a statement, and its cells; `consent_explanation` puts it into words.

    `took_back` is a withdrawal, which refuses; `taken_back` a refusal that a lift took away.
    `over_refusal` and `over_grant`: it was signed after a contrary statement of the same source.
    `superseded` (by the student's own word, at 18) and `outweighed` (by another source's refusal)
    are about all that the statement's source refuses or grants.
    """

    statement: Consent
    effect: Effect
    cells: int


class _Paper(NamedTuple):
    """A statement, the cells it covers, and the day it was signed on."""

    statement: Consent
    cells: int
    day: date
    refuses: bool


class _Said(NamedTuple):
    """The cells that one source grants and refuses on a day; `first` stands for its statements."""

    first: Consent
    granted: int
    refused: int


_Sources = Mapping[tuple[str, str], Sequence[_Paper]]


def weigh_statements(
    person: Person,
    statements: Sequence[Consent],
    as_of: date,
    now: datetime,
    zone: ZoneInfo,
    steps: list[StatementEffect] | None = None,
) -> Standing:
    """Return the outcome of `person`'s statements as of the day `as_of`.

    `now` is the time of the decision: a grant or a lift signed later does not count. The steps that
    lead to the outcome are appended to `steps`, where it is given.
    """
    if not statements:
        return NOTHING
    if steps is None and len(statements) == 1 and not is_signed_later(statements[0].signed_at, now):
        # The time of the decision makes no difference then: the day does.
        alone = _strip_statement(statements[0])
        return _weigh_single(person.kind, person.birth_date, alone, as_of, zone)
    return _weigh_all(_Day(person.kind, person.birth_date, as_of, now, zone), statements, steps)


def _strip_statement(one: Consent) -> Consent:
    """Return a statement without whose it is and who made it, which makes no difference to one."""
    source = one.source if one.source in UNNAMED else ""
    return one._replace(person_id="", source=source, id="", lifts=_NONE)


# Pure, so that what is on file may change as it will: another statement is another question. What
# is kept names nobody, since no erasure reaches it.
@lru_cache(maxsize=1_024)
def _weigh_single(
    kind: PersonKind, born: date | None, said: Consent, as_of: date, zone: ZoneInfo
) -> Standing:
    """Return the outcome of the only statement, which is not signed later than now."""
    return _weigh_all(_Day(kind, born, as_of, _AFTER_ALL, zone), (said,), None)


def _weigh_all(
    today: "_Day", statements: Sequence[Consent], steps: list[StatementEffect] | None
) -> Standing:
    sources = _group_by_source(statements, today.zone)
    found = _weigh_sources(sources, today, steps)
    pending = 0
    for day, begins in _find_later_refusals(sources, today.as_of).items():
        pending |= begins & _weigh_sources(sources, replace(today, as_of=day), None).refused
    return found._replace(pending=pending & ~found.refused)


def eighteenth_birthday(born: date | None) -> date | None:
    """Return the day a person comes of age.

    One born on 29 February comes of age on 1 March. None is an unknown day, and so a minor.
    """
    if born is None:
        return None
    try:
        return born.replace(year=born.year + ADULT_AGE)
    except ValueError:
        return date(born.year + ADULT_AGE, 3, 1)


def made_as_adult(statement: Consent, of_age: date, zone: ZoneInfo) -> bool:
    """Return whether it was signed, and begins, on or after the eighteenth birthday `of_age`."""
    return min(_signed_on(statement, zone), statement.effective_from) >= of_age


def made_as_minor(statement: Consent, of_age: date, zone: ZoneInfo) -> bool:
    """Return whether it was signed, and begins, before the eighteenth birthday `of_age`."""
    return max(_signed_on(statement, zone), statement.effective_from) < of_age


def is_signed_later(signed_at: datetime, now: datetime) -> bool:
    """Return whether a paper bears a future time, by more than clocks differ."""
    return signed_at > now + CLOCKS_DIFFER


def _group_by_source(statements: Sequence[Consent], zone: ZoneInfo) -> _Sources:
    """Return the papers of each source, oldest first; refusals last where the time is unknown."""
    if len(statements) == 1:  # with nothing it could be compared with
        one = statements[0]
        return {(one.capacity, one.source): (_make_paper(one, one.effective_from),)}
    of_source: dict[tuple[str, str], list[_Paper]] = defaultdict(list)
    for one in statements:
        of_source[one.capacity, one.source].append(_make_paper(one, _signed_on(one, zone)))
    return {source: sorted(papers, key=_find_place) for source, papers in of_source.items()}


def _make_paper(one: Consent, day: date) -> _Paper:
    return _Paper(one, find_cells(one), day, one.decision in REFUSALS)


def _find_place(paper: _Paper) -> tuple[date, datetime, bool]:
    one = paper.statement
    return paper.day, _NO_TIME if one.signed_day_only else one.signed_at, paper.refuses


def _is_later(one: _Paper, other: _Paper) -> bool:
    """Return whether `one` was certainly signed after `other`.

    Where one of them carries no time, two papers of a day are of one moment.
    """
    if one.statement.signed_day_only or other.statement.signed_day_only:
        return one.day > other.day
    return one.statement.signed_at > other.statement.signed_at


def _find_later_refusals(sources: _Sources, as_of: date) -> dict[date, int]:
    """Return the cells of refusals that begin after `as_of`, by the day on which they begin."""
    days: dict[date, int] = defaultdict(int)
    for papers in sources.values():
        for one in papers:
            if one.refuses and one.statement.effective_from > as_of:
                days[one.statement.effective_from] |= one.cells
    return days


@dataclass(frozen=True, slots=True)
class _Day:
    """A day, and the statements that count on it: in force, by a person then entitled."""

    kind: PersonKind
    born: date | None
    as_of: date
    now: datetime
    zone: ZoneInfo

    @property
    def of_age(self) -> date | None:
        """Return the student's eighteenth birthday; None for others, or where it is unknown."""
        return eighteenth_birthday(self.born if self.kind == "student" else None)

    @property
    def is_adult(self) -> bool:
        """Return whether the student is of age on the day."""
        of_age = self.of_age
        return of_age is not None and self.as_of >= of_age

    def counts(self, one: Consent) -> bool:
        """Return whether a grant or a lift counts: it is in force, and its maker entitled."""
        ended = one.effective_to is not None and one.effective_to < self.as_of
        if ended or one.effective_from > self.as_of or is_signed_later(one.signed_at, self.now):
            return False
        return self._may_grant(one) if one.decision == "grant" else self._may_lift(one)

    def _may_grant(self, one: Consent) -> bool:
        if one.by_former or one.of_former_bearer:
            return False
        if self.kind != "student":
            return one.capacity == "employee"
        return not self.is_adult if one.capacity == "guardian" else self._is_own_word(one)

    def _may_lift(self, one: Consent) -> bool:
        """Return whether the maker of a lift is entitled to it.

        A guardian's lift that was made in time stays good after the birthday. A former guardian's
        is ignored, like what the same person agreed to.
        """
        if one.by_former:
            return False
        if one.capacity == "guardian":
            of_age = self.of_age
            return of_age is None or made_as_minor(one, of_age, self.zone)
        return one.capacity != _OWN or self._is_own_word(one)

    def _is_own_word(self, one: Consent) -> bool:
        """Return whether it is the statement of a student of age."""
        of_age = self.of_age
        return one.capacity == _OWN and of_age is not None and made_as_adult(one, of_age, self.zone)


def _weigh_sources(sources: _Sources, day: _Day, steps: list[StatementEffect] | None) -> Standing:
    """Return the joint outcome of all sources on a day; `pending` is left empty."""
    says = [_fold_papers(papers, day, steps) for papers in sources.values()]
    # At 18 the student's own word supersedes the guardians' refusals, cell by cell.
    own_word = 0
    if day.is_adult:
        own_word = _join_cells(
            one.granted | one.refused for one in says if one.first.capacity == _OWN
        )
    granted = refused = held = 0
    for one in says:
        superseded = own_word if one.first.capacity == "guardian" else 0
        granted |= one.granted
        refused |= one.refused & ~superseded
        held |= one.refused if one.first.capacity == "office_hold" else 0
        _note_step(steps, one.first, "superseded", one.refused & superseded)
    for one in says:
        _note_step(steps, one.first, "outweighed", one.granted & refused)
    return Standing(granted & ~refused, refused, held)


def _fold_papers(papers: Sequence[_Paper], day: _Day, steps: list[StatementEffect] | None) -> _Said:
    """Return the outcome of one source on a day: of each cell what was signed latest.

    A refusal stands in its cells unless a grant that counts was certainly signed later. A refusal
    that has run out still refuses; a grant that has run out is ignored.
    """
    counting = [p for p in papers if not p.refuses and day.counts(p.statement)]
    grants = [p for p in counting if p.statement.decision == "grant"]
    lifts = [p for p in counting if p.statement.decision == "lift"]
    refusals = [p for p in papers if p.refuses and p.statement.effective_from <= day.as_of]
    refusals = [p for p in refusals if not any(_takes_back(lift, p) for lift in lifts)]
    if steps is not None:
        for paper in papers:
            steps += _list_steps(paper, papers, counting, refusals)
    granted = _join_cells(p.cells for p in grants)
    refused = _join_cells(p.cells & ~_find_cells_ended(p, grants) for p in refusals)
    return _Said(papers[0].statement, granted & ~refused, refused)


def _find_cells_ended(refusal: _Paper, grants: Sequence[_Paper]) -> int:
    """Return the cells in which later grants of its source end a refusal.

    Of several people, no one's grant takes back what another refused.
    """
    if refusal.statement.by_several:
        return 0
    return _join_cells(p.cells & refusal.cells for p in grants if _is_later(p, refusal))


def _list_steps(
    paper: _Paper, papers: Sequence[_Paper], counting: Sequence[_Paper], refusals: Sequence[_Paper]
) -> Iterable[StatementEffect]:
    """Yield the effects of one paper: `counting` grants and lifts, `refusals` that stand."""
    one, covered = paper.statement, paper.cells
    if paper.refuses:
        yield StatementEffect(one, "refused" if one.decision == "refuse" else "took_back", covered)
        grants = [p for p in counting if p.statement.decision == "grant"]
        if paper in refusals:
            over = _join_cells(p.cells & covered for p in grants if not _is_later(p, paper))
            yield from _make_step(one, "over_grant", over & ~_find_cells_ended(paper, grants))
        elif any(p.statement.decision == "lift" and _takes_back(p, paper) for p in counting):
            yield StatementEffect(one, "taken_back", covered)
    elif one.decision == "lift":
        yield from _list_lift_steps(paper, papers, paper in counting)
    elif paper in counting:
        yield StatementEffect(one, "granted", covered)
        over = _join_cells(_find_cells_ended(p, [paper]) for p in refusals)
        yield from _make_step(one, "over_refusal", over)
    else:
        yield StatementEffect(one, "not_granted", covered)


def _make_step(one: Consent, effect: Effect, cells: int) -> Iterable[StatementEffect]:
    return (StatementEffect(one, effect, cells),) if cells else ()


def _takes_back(lift: _Paper, refusal: _Paper) -> bool:
    """Return whether `lift` takes `refusal` back.

    A lift that names refusals takes back those signed no later. Any other takes back those signed
    before it that lie wholly inside its scope. A refusal named by id was known to the signer, so
    the lift is the later of two signed on one day. A hold of the office is lifted by its id alone,
    since another office may have one of the same scope; so is a refusal that any of several people
    may have made. A lift about a former bearer of the id takes nothing of the present one's back.
    """
    if lift.statement.of_former_bearer and not refusal.statement.of_former_bearer:
        return False
    if lift.statement.lifts:
        return refusal.statement.id in lift.statement.lifts and not _is_later(refusal, lift)
    if refusal.statement.capacity == "office_hold" or refusal.statement.by_several:
        return False
    return not refusal.cells & ~lift.cells and _is_later(lift, refusal)


def _list_lift_steps(
    lift: _Paper, papers: Sequence[_Paper], counts: bool
) -> Iterable[StatementEffect]:
    """Yield the effects of a lift, cell by cell of the refusals that it means."""
    meant = _join_cells(p.cells for p in papers if p.refuses and _takes_back(lift, p))
    if meant:
        yield StatementEffect(lift.statement, "lifted" if counts else "not_lifted", meant)
    elif not lift.statement.lifts:
        yield StatementEffect(lift.statement, "nothing_to_lift", lift.cells)


def _note_step(
    steps: list[StatementEffect] | None, statement: Consent, effect: Effect, covered: int
) -> None:
    if steps is not None:
        steps.append(StatementEffect(statement, effect, covered))


def _signed_on(statement: Consent, zone: ZoneInfo) -> date:
    return statement.signed_at.astimezone(zone).date()


def _join_cells(sets: Iterable[int]) -> int:
    result = 0
    for covered in sets:
        result |= covered
    return result
