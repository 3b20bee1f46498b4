"""No process remembers a name that it was asked about: none outlives an erasure in memory."""

import functools
import gc
import sys
from typing import Any

from app.database.session import Store
from app.text_checks.examination import examine_text
from tests.district import found
from tests.store.test_names_in_texts import codes

GIVEN, FAMILY = "Zebedee", "Quillfeather"
WRITTEN = (
    f"{GIVEN} {FAMILY} won", f"{GIVEN.lower()} {FAMILY.lower()}", f"#{GIVEN}{FAMILY}",
    f"#{GIVEN.lower()}{FAMILY.lower()}", f"{GIVEN.lower()}-{FAMILY.lower()}.jpg",
    f"{GIVEN.lower()}.{FAMILY.lower()}@maple.example", f"{FAMILY}, {GIVEN}'s",
)  # fmt: skip


def list_remembered() -> list[Any]:
    """Return all that the caches of functions of the product hold."""
    wrapper = type(functools.lru_cache(len))
    caches = [
        one
        for name, module in list(sys.modules.items())
        if name.startswith("app.")
        for one in vars(module).values()
        if isinstance(one, wrapper)
    ]
    assert caches
    held, seen = list(caches), {id(one) for one in caches}
    for one in held:
        for inner in gc.get_referents(one) if _is_held(one, wrapper) else ():
            if id(inner) not in seen:
                seen.add(id(inner))
                held.append(inner)
    return held


def _is_held(one: Any, wrapper: type) -> bool:
    return isinstance(one, (wrapper, dict, list, tuple, set, frozenset)) or (
        type(one).__module__.startswith(("functools", "app.")) and not isinstance(one, type)
    )


def test_no_cache_holds_a_name(store: Store) -> None:
    with store.writing() as connection:
        district = found(connection)
        district.person("zed", f"{GIVEN} {FAMILY}")
        district.consent("zed", "refuse", extent="image_with_name")
    for text in WRITTEN:
        assert "text.other_name_not_allowed" in codes(store, text), text
        examine_text(f"{text} y {text}")
    told = [one for one in list_remembered() if isinstance(one, str | bytes)]
    assert told
    parts = GIVEN.lower(), FAMILY.lower()
    assert [one for one in told if any(part in str(one).lower() for part in parts)] == []
