"""Who may be meant by a name, of those on file whom its keys have found."""

from app.policy.facts import Facts, Person
from app.policy.name_matching import asked_keys, could_mean


def find_namesakes(facts: Facts, asked: str | None) -> list[Person]:
    """Return everybody whom `asked`, a name key, could mean: of every kind, school and status."""
    if not asked:
        return []
    found = {one.id: one for key in asked_keys(asked) for one in facts.names.get(key, ())}
    return [
        one
        for one in found.values()
        if could_mean(asked, one.given_name, one.family_name, one.preferred_name)
    ]
