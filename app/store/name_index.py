"""The index behind a search by name: which words each person's names are made of.

It follows from `people` and `person_names`, and is written in the transaction that changes those:
`index` for people who are new, renamed or moved, `forget` for one who is erased.

Near words are found without a scan: each word is filed under what is left of its first letters
when up to two are missing, a question under the same of its own; words that differ by no more than
that many letters meet under one of them (the symmetric deletion of Garbe's SymSpell).
"""

from collections.abc import Iterable, Sequence
from itertools import combinations

from sqlalchemy import Connection, delete, exists, func, select

from app.policy.names import name_key
from app.store import bulk
from app.store.each import each, texts
from app.store.tables import people, person_names, person_words, word_variants

# Nothing of a name behind these many characters is indexed: PostgreSQL indexes no longer rows.
MAX_WORD, MAX_NAMES = 32, 160
CHUNK_PEOPLE = 5_000
# Near words are told by their first letters; the rest of them is compared when they are found.
_LEAD = 7
_TWO_MAY_MISS = 4

_BORNE = select(
    people.c.id, people.c.org_id, people.c.given_name, people.c.family_name, people.c.preferred_name
).where(people.c.id.in_(each("ids")))
_KEYS = (
    select(person_names.c.person_id, person_names.c.name_key)
    .where(person_names.c.person_id.in_(each("ids")))
    .order_by(person_names.c.name_key)
)
_CLEAR = delete(person_words).where(person_words.c.person_id.in_(each("ids")))
_asked = each("words").subquery()
_KNOWN = select(_asked.c.value).where(
    exists().where(
        word_variants.c.variant == func.substr(_asked.c.value, 1, _LEAD),
        word_variants.c.word == _asked.c.value,
    )
)
_BORNE_WORDS = select(_asked.c.value).where(exists().where(person_words.c.word == _asked.c.value))


def words(key: str) -> list[str]:
    """The words of a name key, each once and cut to what is indexed."""
    return list(dict.fromkeys(word[:MAX_WORD] for word in key.split()))


def variants(word: str, missing: int) -> set[str]:
    """What is left of the lead of `word` when up to `missing` of its letters are."""
    lead = word[:_LEAD]
    kept = range(max(len(lead) - missing, 1), len(lead) + 1)
    return {"".join(letters) for size in kept for letters in combinations(lead, size)}


def index(connection: Connection, ids: Sequence[str]) -> None:
    """Bring the words of these people up to date."""
    wanted = {"ids": texts(ids)}
    keys: dict[str, list[str]] = {}
    for person_id, key in connection.execute(_KEYS, wanted):
        keys.setdefault(person_id, []).append(key)
    rows = []
    for person_id, org_id, given, family, preferred in connection.execute(_BORNE, wanted):
        present = (name_key(name) for name in (family, given, preferred or ""))
        borne = _listed((*present, *keys.get(person_id, ())))
        listed = " ".join(borne)
        rows += [(word, listed, person_id, org_id) for word in ("", *borne)]
    connection.execute(_CLEAR, wanted)
    rows.sort()
    bulk.put(connection, person_words, rows)
    _file(connection, {row[0] for row in rows} - {""})


def index_everyone(connection: Connection) -> None:
    """Make the index for all people on file."""
    after = ""
    next_ids = select(people.c.id).order_by(people.c.id).limit(CHUNK_PEOPLE)
    while ids := connection.scalars(next_ids.where(people.c.id > after)).all():
        index(connection, ids)
        after = ids[-1]


def forget(connection: Connection, person_id: str) -> None:
    """Remove a person from the index, and the words that nobody else bears."""
    borne = select(person_words.c.word).where(person_words.c.person_id == person_id)
    had = connection.scalars(borne).all()
    connection.execute(_CLEAR, {"ids": texts([person_id])})
    still = set(connection.scalars(_BORNE_WORDS, {"words": texts(had)}))
    gone = [row for word in set(had) - still if word for row in _variant_rows(word)]
    named = word_variants.c.variant.in_(each("variants")), word_variants.c.word.in_(each("words"))
    lists = {"variants": texts(v for v, _ in gone), "words": texts({word for _, word in gone})}
    connection.execute(delete(word_variants).where(*named), lists)


def _listed(keys: Iterable[str]) -> list[str]:
    """The words of a person's names, each once, as many as are indexed."""
    room, listed = MAX_NAMES, []
    for word in words(" ".join(keys)):
        room -= len(word) + 1
        if room < 0:
            break
        listed.append(word)
    return listed


def _file(connection: Connection, borne: set[str]) -> None:
    """Enter those words under their variants that are not yet."""
    known = connection.scalars(_KNOWN, {"words": texts(borne)})
    rows = [row for word in borne.difference(known) for row in _variant_rows(word)]
    rows.sort()
    bulk.put(connection, word_variants, rows)


def _variant_rows(word: str) -> list[tuple[str, str]]:
    missing = 2 if len(word) >= _TWO_MAY_MISS else 1
    return [(variant, word) for variant in variants(word, missing)]
