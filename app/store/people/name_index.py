"""The index behind a search by name: the words of each person's names.

It follows from `people` and `person_names`, and is written in the transaction that changes those:
`index_people` for people who are new, renamed or moved, `remove_person` for one who is erased. For
many new people at once `app.imports.merge.name_steps` writes the rows, in the order of the words.

Near words are found without a scan. Each word is filed under its variants: its first letters with
up to two of them missing. A question is looked up under its own variants. Words that differ by no
more than that many letters share a variant (the symmetric deletion of Garbe's SymSpell).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from sqlalchemy import Connection, bindparam, delete, exists, func, select, update

from app.database import bulk_insert
from app.database.json_lists import as_json, json_list
from app.database.tables import people, person_names, person_words, word_variants
from app.policy.name_matching import recorded_keys
from app.policy.names import name_key
from app.store.people.memberships import to_indexed_org

# Nothing of a name behind these many characters is indexed: PostgreSQL indexes no longer rows.
MAX_WORD, MAX_NAMES = 32, 160
CHUNK_PEOPLE = 5_000
# Near words are found by their first letters; the rest of them is compared afterwards.
_LEAD = 7
_TWO_MAY_MISS = 4

_BORNE = select(
    people.c.id, people.c.org_id, people.c.family_name, people.c.given_name,
    people.c.preferred_name, people.c.search_words, people.c.other_org_ids,
).where(people.c.id.in_(json_list("ids")))  # fmt: skip
_KEYS = (
    select(person_names.c.person_id, person_names.c.name_key)
    .where(person_names.c.person_id.in_(json_list("ids")))
    .order_by(person_names.c.name_key)
)
_CLEAR = delete(person_words).where(
    *(person_words.c[name] == bindparam(f"old_{name}") for name in ("word", "names", "person_id"))
)
_SET = (
    update(people)
    .where(people.c.id == bindparam("person_id"))
    .values(search_words=bindparam("listed"))
)
_asked = json_list("words").subquery()
_KNOWN = select(_asked.c.value).where(
    exists().where(
        word_variants.c.variant == func.substr(_asked.c.value, 1, _LEAD),
        word_variants.c.word == _asked.c.value,
    )
)
_BORNE_WORDS = select(_asked.c.value).where(exists().where(person_words.c.word == _asked.c.value))


def split_words(key: str) -> list[str]:
    """Return the words of a name key, each once and cut to the length that is indexed."""
    return list(dict.fromkeys(word[:MAX_WORD] for word in key.split()))


def list_variants(word: str, missing: int) -> set[str]:
    """Return the lead of `word` in all forms with up to `missing` of its letters left out."""
    lead = word[:_LEAD]
    kept = range(max(len(lead) - missing, 1), len(lead) + 1)
    return {"".join(letters) for size in kept for letters in combinations(lead, size)}


def list_search_words(name: str, preferred: str = "", former: Iterable[str] = ()) -> str:
    """Return a person's words, each once and as many as are indexed.

    From the keys of the name, the family's first, of the preferred given name and of former names.
    """
    borne = " ".join((name, preferred, *former))
    if len(borne) <= MAX_WORD:  # as most people's are
        return " ".join(dict.fromkeys(borne.split()))
    room, listed = MAX_NAMES, []
    for word in split_words(borne):
        room -= len(word) + 1
        if room < 0:
            break
        listed.append(word)
    return " ".join(listed)


def list_rows(
    listed: str, person_id: str, org_id: str | None
) -> list[tuple[str, str, str, str | None]]:
    """Return the rows of `person_words` of a person with these `list_search_words`."""
    return [(word, listed, person_id, org_id) for word in ("", *listed.split())]


def index_people(connection: Connection, ids: Sequence[str]) -> None:
    """Bring the words of these people up to date."""
    wanted = {"ids": as_json(ids)}
    former: dict[str, list[str]] = {}
    for person_id, key in connection.execute(_KEYS, wanted):
        former.setdefault(person_id, []).append(key)
    found, said = [], []
    old: list[dict[str, str]] = []
    for row in connection.execute(_BORNE, wanted):
        person_id, org_id, family, given, preferred, before, other_org_ids = row
        named, called = f"{family} {given}", preferred or ""
        present = frozenset(recorded_keys(given, family, preferred))
        borne = [key for key in former.get(person_id, ()) if key not in present]
        listed = list_search_words(name_key(named), name_key(called), borne)
        found += list_rows(listed, person_id, to_indexed_org(org_id, other_org_ids))
        if listed != before:
            said.append({"person_id": person_id, "listed": listed})
        old += _list_row_keys(before, person_id)
    _clear_rows(connection, old)
    if said:
        connection.execute(_SET, said)
    found.sort()
    bulk_insert.insert_rows(connection, person_words, found)
    _enter_variants(connection, {row[0] for row in found} - {""})


def index_everyone(connection: Connection) -> None:
    """Make the index for all people on file who are not in it."""
    after = ""
    unknown = select(people.c.id).where(people.c.search_words.is_(None)).order_by(people.c.id)
    next_ids = unknown.limit(CHUNK_PEOPLE)
    while ids := connection.scalars(next_ids.where(people.c.id > after)).all():
        index_people(connection, ids)
        after = ids[-1]


def add_lookup_keys(connection: Connection) -> None:
    """Add the missing lookup keys of names, for everyone who lacks some.

    Names of one word each have theirs.
    """
    after = ""
    columns = (people.c.id, people.c.given_name, people.c.family_name, people.c.preferred_name)
    everybody = select(*columns).order_by(people.c.id).limit(CHUNK_PEOPLE)
    while some := connection.execute(everybody.where(people.c.id > after)).all():
        wanted = {"ids": as_json(row.id for row in some)}
        there = {(key, who) for who, key in connection.execute(_KEYS, wanted)}
        missing = [
            (key, row.id)
            for row in some
            for key in recorded_keys(row.given_name, row.family_name, row.preferred_name)
            if (key, row.id) not in there
        ]
        bulk_insert.insert_rows(connection, person_names, sorted(missing))
        after = some[-1].id


def remove_person(connection: Connection, person_id: str) -> None:
    """Remove a person from the index, and the words that no one else bears."""
    wanted = select(people.c.search_words).where(people.c.id == person_id)
    listed = connection.scalar(wanted)
    if listed is None:
        return
    had = set(listed.split())
    _clear_rows(connection, list(_list_row_keys(listed, person_id)))
    connection.execute(_SET, {"person_id": person_id, "listed": None})
    still = set(connection.scalars(_BORNE_WORDS, {"words": as_json(had)}))
    gone = [row for word in had - still for row in list_variant_rows(word)]
    named = (
        word_variants.c.variant.in_(json_list("variants")),
        word_variants.c.word.in_(json_list("words")),
    )
    lists = {"variants": as_json(v for v, _ in gone), "words": as_json({word for _, word in gone})}
    connection.execute(delete(word_variants).where(*named), lists)


def _enter_variants(connection: Connection, borne: set[str]) -> None:
    """Enter those words under their variants that are not entered yet."""
    known = connection.scalars(_KNOWN, {"words": as_json(borne)})
    variants_ = [row for word in borne.difference(known) for row in list_variant_rows(word)]
    variants_.sort()
    bulk_insert.insert_rows(connection, word_variants, variants_)


def _list_row_keys(listed: str | None, person_id: str) -> Iterator[dict[str, str]]:
    """Yield the keys of a person's rows."""
    if listed is not None:
        for word, names, *_ in list_rows(listed, person_id, None):
            yield {"old_word": word, "old_names": names, "old_person_id": person_id}


def _clear_rows(connection: Connection, keys: list[dict[str, str]]) -> None:
    if keys:
        connection.execute(_CLEAR, keys)


def list_variant_rows(word: str) -> list[tuple[str, str]]:
    """Return the rows of `word_variants` of a word."""
    missing = 2 if len(word) >= _TWO_MAY_MISS else 1
    return [(variant, word) for variant in list_variants(word, missing)]
