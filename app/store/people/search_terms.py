"""The words of a question, and the levels at which a person's words answer them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import islice

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import Connection, String, bindparam, func, literal, select

from app.database.json_lists import as_json, json_list
from app.database.tables import person_words, word_variants
from app.store.people.memberships import to_indexed_orgs
from app.store.people.name_index import list_variants, split_words

EXACT, PREFIX, NEAR = 0, 1, 2
# More spellings than these help no one.
MAX_NEAR, MAX_TERMS = 40, 8
# Sorts behind every letter.
LAST = "\U0010ffff"
_MAX_COUNTED = 4_000
_LONG, _MEDIUM = 6, 3

_CANDIDATES = (
    select(word_variants.c.word)
    .distinct()
    .where(word_variants.c.variant.in_(json_list("variants")))
)
_BORNE_IN = (
    select(person_words.c.word)
    .distinct()
    .where(
        person_words.c.org_id.in_(bindparam("orgs", expanding=True)),
        person_words.c.word.in_(json_list("words")),
    )
)

_prefixed = (
    select(literal(1))
    .where(
        person_words.c.word >= bindparam("low", type_=String),
        person_words.c.word < bindparam("high", type_=String),
    )
    .limit(_MAX_COUNTED)
    .subquery()
)
_listed = (
    select(literal(1))
    .where(person_words.c.word.in_(json_list("words")))
    .limit(_MAX_COUNTED)
    .subquery()
)
_PREFIXED = select(func.count()).select_from(_prefixed)
_LISTED = select(func.count()).select_from(_listed)


@dataclass(frozen=True, slots=True)
class Term:
    """One word asked for, with the words that differ little from it and by how much."""

    text: str
    near: Mapping[str, int]

    def match(self, word: str) -> tuple[int, int, str] | None:
        """Return the level, the distance and the word of its answer; None where it is none."""
        if word == self.text:
            return EXACT, 0, word
        if word.startswith(self.text):
            return PREFIX, 0, word
        distance = self.near.get(word)
        return None if distance is None else (NEAR, distance, word)

    def best(self, borne: Collection[str]) -> tuple[int, int, str] | None:
        """Return the best answer among a person's words."""
        return min(filter(None, map(self.match, borne)), default=None)


def find_terms(connection: Connection, key: str, orgs: Collection[str] | None) -> tuple[Term, ...]:
    """Return the first words of a name key as terms; near words are those people of `orgs` bear."""
    return tuple(
        Term(word, _find_near_words(connection, word, orgs))
        for word in split_words(key)[:MAX_TERMS]
    )


def _find_near_words(
    connection: Connection, word: str, orgs: Collection[str] | None
) -> dict[str, int]:
    """Return the nearest words with up to two letters changed, missing, added or swapped.

    Of a short word only one letter may differ, of one or two letters none.
    """
    allowed = (len(word) >= _MEDIUM) + (len(word) >= _LONG)
    if not allowed:
        return {}
    lists = {"variants": as_json(list_variants(word, allowed))}
    borne = sorted(connection.scalars(_CANDIDATES, lists))
    found = process.extract(word, borne, scorer=OSA.distance, score_cutoff=allowed, limit=None)
    near = {other: int(distance) for other, distance, _ in found if distance}
    if orgs is not None:
        # Before the nearest are taken: names of other schools' people must not show in the result.
        asked = {"orgs": to_indexed_orgs(orgs), "words": as_json(near)}
        theirs = set(connection.scalars(_BORNE_IN, asked))
        near = {other: distance for other, distance in near.items() if other in theirs}
    return dict(islice(near.items(), MAX_NEAR))


def rank_match(asked: Collection[Term], borne: Collection[str]) -> int | None:
    """Return the worst level at which `borne` answers `asked`; None where one has no answer."""
    worst = EXACT
    for term in asked:
        best = term.best(borne)
        if best is None:
            return None
        worst = max(worst, best[0])
    return worst


def estimate_rows(connection: Connection, term: Term) -> int:
    """Return the number of rows that `term` can stand for, as far as it matters."""
    asked = {"low": term.text, "high": f"{term.text}{LAST}"}
    rows = connection.scalar(_PREFIXED, asked) or 0
    if term.near:
        rows += connection.scalar(_LISTED, {"words": as_json(term.near)}) or 0
    return rows
