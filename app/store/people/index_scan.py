"""The scan of the name index: people with names like the words, page by page, best first.

A person matches when each word asked for is one of the person's words (exact), begins one (prefix),
or differs from one by a letter or two (near); the worst of these is the person's rank. A page is
found rank by rank: the index is scanned along the words that one of the words asked for can stand
for. No page looks at more than a fixed number of rows of the index, so that no question, however
broad, is a full scan. A page may be short for that, and the next one continues.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Select,
    String,
    bindparam,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from app.database.json_lists import as_json, json_list
from app.database.tables import enrollments, people, person_words
from app.store.people.memberships import SEVERAL, belongs_to, to_indexed_orgs
from app.store.people.search_terms import EXACT, LAST, NEAR, PREFIX, Term, estimate_rows, rank_match

# Rows of the index that one page looks at: by the database (fewer where it has to look each of
# them up in `people`), and by us.
MAX_WALKED, MAX_LOOKED_UP, MAX_READ = 10_000, 3_000, 4_000
_FIRST_CHUNK, _MAX_CHUNK = 128, 2_000
_ANY = "%"
_EVERYBODY = Term("", {})
_KEY = (person_words.c.word, person_words.c.names, person_words.c.person_id)


@dataclass(frozen=True, slots=True)
class NameQuery:
    """A filter of people; `orgs` None for all, without `terms` everyone within the rest."""

    terms: tuple[Term, ...]
    orgs: frozenset[str] | None = None
    kind: str | None = None
    grade: str | None = None
    class_id: str | None = None

    @property
    def of_person(self) -> dict[str, str]:
        """Return the columns of `people` that must have these values."""
        asked = {"kind": self.kind, "grade": self.grade}
        return {name: value for name, value in asked.items() if value is not None}


class ScanPlace(NamedTuple):
    """A place in a list: a rank, the term it scans by, and the row of the index."""

    rank: int = EXACT
    term: int = -1
    level: int = EXACT
    distance: int = 0
    word: str = ""
    names: str = ""
    person_id: str = ""


@dataclass(frozen=True, slots=True)
class ScanPage:
    """One page: the places of those found. Behind `rest` the list continues; None at its end."""

    found: list[ScanPlace]
    rest: ScanPlace | None


class _IndexSpan(NamedTuple):
    """A run of the index in which every word from `low` to before `high` answers alike."""

    level: int
    distance: int
    low: str
    high: str

    @property
    def order(self) -> tuple[int, int, str]:
        """Return the key of the order: nearest first, those of one word by name."""
        return self.level, self.distance, self.low if self.level == NEAR else ""


def search_index(
    connection: Connection, wanted: NameQuery, after: ScanPlace | None, limit: int
) -> ScanPage:
    """Return up to `limit` people behind `after`: best first, those alike by word and by name."""
    if wanted.orgs is not None and not wanted.orgs:
        return ScanPage([], None)
    if wanted.class_id is not None:
        found = _scan_class(connection, wanted, after)
        rest = found[limit - 1] if len(found) > limit else None
        return ScanPage(found[:limit], rest)
    return _Walk(connection, wanted).page(after or ScanPlace(), limit)


class _Walk:
    """One page, in the making."""

    def __init__(self, connection: Connection, wanted: NameQuery) -> None:
        self._connection = connection
        self._terms = wanted.terms or (_EVERYBODY,)
        self._ranks = (EXACT, PREFIX, NEAR) if wanted.terms else (EXACT,)
        self._looks_up = bool(wanted.of_person)
        self._window = MAX_LOOKED_UP if self._looks_up else MAX_WALKED
        self._by_org = wanted.orgs is not None
        columns = frozenset(wanted.of_person)
        self._rows, self._count, self._end = _make_statements(self._by_org, columns)
        self._asked: dict[str, Any] = {"walked": self._window, **wanted.of_person}
        if wanted.orgs is not None:
            self._asked["orgs"] = to_indexed_orgs(wanted.orgs)
            self._asked["schools"] = as_json(wanted.orgs)
        self._read = self._walked = 0

    def page(self, after: ScanPlace, limit: int) -> ScanPage:
        """Return the page behind `after`."""
        found: list[ScanPlace] = []
        for place, is_person in self._scan_rows(after):
            if is_person and self._is_of_rank(place):
                found.append(place)
            if len(found) > limit:
                return ScanPage(found[:limit], found[limit - 1])
            spent = self._read >= MAX_READ or self._walked >= self._window
            if spent and not is_person:
                return ScanPage(found, place)
        return ScanPage(found, None)

    def _scan_rows(self, after: ScanPlace) -> Iterator[tuple[ScanPlace, bool]]:
        """Yield rows of the index that may answer; with False those that were only passed."""
        for level in self._ranks[after.rank :]:
            place = after if after.rank == level else ScanPlace(level)
            if not 0 <= place.term < len(self._terms):
                place = place._replace(term=self._narrowest_term)
            for span in self._list_rank_spans(place):
                start = ScanPlace(level, place.term, span.level, span.distance, span.low)
                goes_on = span.order == _sort_key(place) and place.word >= span.low
                yield from self._walk_span(span, place if goes_on else start)

    @cached_property
    def _narrowest_term(self) -> int:
        """Return the term that the fewest rows can stand for: the index is scanned by that one.

        The number in the whole district must not show in the answers about a few schools' people.
        """
        if len(self._terms) == 1:
            return 0
        sizes = [
            0 if self._by_org else estimate_rows(self._connection, term) for term in self._terms
        ]
        return min(range(len(sizes)), key=lambda i: (sizes[i], -len(self._terms[i].text)))

    def _list_rank_spans(self, place: ScanPlace) -> Iterator[_IndexSpan]:
        """Yield the spans that can hold people of this rank, from `place` on."""
        alone = len(self._terms) == 1
        for span in _list_rank_spans(self._terms[place.term]):
            fits = span.level == place.rank if alone else span.level <= place.rank
            if fits and span.order >= _sort_key(place):
                yield span

    def _walk_span(self, span: _IndexSpan, place: ScanPlace) -> Iterator[tuple[ScanPlace, bool]]:
        """Yield the rows of one span behind `place`, and how far it has been scanned."""
        others = [term for i, term in enumerate(self._terms) if i != place.term]
        like, needed = (
            _make_like_pattern(others, place.rank),
            _make_needed_patterns(others, place.rank),
        )
        chunk = _FIRST_CHUNK
        while True:
            asked = (
                self._asked
                | _to_parameters(place)
                | {"high": span.high, "like": like, "limit": chunk}
            )
            rows = self._connection.execute(self._rows, asked).all()
            self._read += len(rows)
            for row in rows:
                names = row[1]
                if all(one.search(names) for one in needed):
                    yield _move_place(place, row), True
            last: Sequence[str] | None = rows[-1] if len(rows) == chunk else None
            if last is None and (self._looks_up or self._by_org or like != _ANY):
                # Either the span has ended, or as much of it as may be walked at once.
                self._walked += self._connection.scalar(self._count, asked) or 0
                last = self._connection.execute(self._end, asked).first()
            place, chunk = (
                _move_place(place, last or (span.high, "", "")),
                min(chunk * 2, _MAX_CHUNK),
            )
            yield place, False
            if last is None:
                return

    def _is_of_rank(self, place: ScanPlace) -> bool:
        """Return whether the person is of the rank; with several words, at the best one only."""
        borne = {place.word, *place.names.split()}
        term = self._terms[place.term]
        first = term.best(borne)
        return first == term.match(place.word) and rank_match(self._terms, borne) == place.rank


def _list_rank_spans(term: Term) -> Iterator[_IndexSpan]:
    """Yield the runs of the index that `term` can stand for, best first."""
    # A blank sorts before every letter.
    yield _IndexSpan(EXACT, 0, term.text, f"{term.text} ")
    yield _IndexSpan(PREFIX, 0, f"{term.text} ", f"{term.text}{LAST}")
    for distance, word in sorted((d, w) for w, d in term.near.items()):
        if not word.startswith(term.text):
            yield _IndexSpan(NEAR, distance, word, f"{word} ")


def _make_like_pattern(others: Sequence[Term], level: int) -> str:
    """Return a LIKE pattern that the names of everyone of this rank match."""
    if not others or level == NEAR:
        return _ANY
    longest = max((term.text for term in others), key=len)
    return f"% {longest} %" if level == EXACT else f"% {longest}%"


def _make_needed_patterns(others: Sequence[Term], level: int) -> list[re.Pattern[str]]:
    """Return a pattern for each word that must be answered."""
    ends = {EXACT: r"(?![^ ])", PREFIX: "", NEAR: ""}[level]
    patterns = []
    for term in others:
        words = [f"{term.text}{ends}"]
        words += [f"{word}(?![^ ])" for word in term.near] if level == NEAR else []
        patterns.append(re.compile(f"(?<![^ ])(?:{'|'.join(words)})"))
    return patterns


def _sort_key(place: ScanPlace) -> tuple[int, int, str]:
    return place.level, place.distance, place.word if place.level == NEAR else ""


def _to_parameters(place: ScanPlace) -> dict[str, str]:
    return {"word": place.word, "names": place.names, "person": place.person_id}


def _move_place(place: ScanPlace, row: Sequence[str]) -> ScanPlace:
    word, names, person_id = row[:3]
    return place._replace(word=word, names=names, person_id=person_id)


def _bind_text(name: str) -> Any:
    return bindparam(name, type_=String)


@lru_cache(maxsize=16)
def _make_statements(by_org: bool, of_person: frozenset[str]) -> tuple[Select[Any], ...]:
    """Return statements for a span: the rows that fit, the count scanned, and the last row."""
    row = tuple_(_bind_text("word"), _bind_text("names"), _bind_text("person"))
    span = select(*_KEY, person_words.c.org_id).where(
        tuple_(*_KEY) > row, person_words.c.word < _bind_text("high")
    )
    if by_org:
        # Listed one by one: of a list in JSON PostgreSQL cannot tell that it is short, and would
        # walk through all schools.
        span = span.where(person_words.c.org_id.in_(bindparam("orgs", expanding=True)))
    span = span.order_by(*_KEY)
    walked = span.limit(bindparam("walked")).subquery()
    padded = literal(" ").concat(walked.c.names).concat(" ")
    rows = select(*(walked.c[column.name] for column in _KEY)).where(
        padded.like(_bind_text("like"))
    )
    if by_org:
        # For people of several orgs the index has that fact only.
        theirs = select(literal(1)).where(
            people.c.id == walked.c.person_id, belongs_to(json_list("schools"))
        )
        one_org = walked.c.org_id != SEVERAL
        rows = rows.where(or_(one_org, theirs.scalar_subquery().is_not(None)))
    if of_person:
        named = [people.c[name] == _bind_text(name) for name in sorted(of_person)]
        # A value, not EXISTS: PostgreSQL would join all of `people` to it.
        fits = select(literal(1)).where(people.c.id == walked.c.person_id, *named)
        rows = rows.where(fits.scalar_subquery().is_not(None))
    rows = rows.order_by(walked.c.word, walked.c.names, walked.c.person_id)
    last = span.offset(bindparam("walked") - 1).limit(1)
    return rows.limit(bindparam("limit")), select(func.count()).select_from(walked), last


def _scan_class(
    connection: Connection, wanted: NameQuery, after: ScanPlace | None
) -> list[ScanPlace]:
    """Return everyone in the class who matches, behind `after`; a class is small enough."""
    enrolled = select(enrollments.c.person_id).where(enrollments.c.class_id == wanted.class_id)
    rows = (
        select(people.c.search_words, people.c.id)
        .where(people.c.id.in_(enrolled), people.c.search_words.is_not(None))
        .filter(*(people.c[name] == value for name, value in wanted.of_person.items()))
    )
    if wanted.orgs is not None:
        rows = rows.where(belongs_to(json_list("orgs")))
    found = []
    for names, person_id in connection.execute(rows, {"orgs": as_json(wanted.orgs or ())}):
        level = rank_match(wanted.terms, names.split())
        if level is not None:
            found.append(ScanPlace(level, names=names, person_id=person_id))
    return [place for place in sorted(found) if after is None or place > after]
