"""The people that a name may mean, among those its keys have found."""

from collections.abc import Sequence

from app.policy.facts import Facts, Person
from app.policy.name_matching import asked_keys, could_mean, recorded_keys


def find_namesakes(facts: Facts, asked: str | None, other_keys: Sequence[str] = ()) -> list[Person]:
    """Return everyone that `asked`, a name key, could mean: of every kind, school and status.

    `other_keys` are further ones of the same name. A person found by a key that the present name
    does not have bore the name before, and is meant.
    """
    if not other_keys:  # as of most names
        return _find_bearers(facts, asked)
    bearers = (one for key in (asked, *other_keys) for one in _find_bearers(facts, key))
    return list({one.id: one for one in bearers}.values())


def _find_bearers(facts: Facts, asked: str | None) -> list[Person]:
    if not asked:
        return []
    found: dict[str, tuple[Person, set[str]]] = {}
    for key in asked_keys(asked):
        for one in facts.names.get(key, ()):
            found.setdefault(one.id, (one, set()))[1].add(key)
    return [one for one, keys in found.values() if _is_meant(asked, one, keys)]


def _is_meant(asked: str, person: Person, keys: set[str]) -> bool:
    name = person.given_name, person.family_name, person.preferred_name
    return could_mean(asked, *name) or not keys.issubset(recorded_keys(*name))
