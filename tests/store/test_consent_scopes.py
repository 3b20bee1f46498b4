"""What is said of scopes in SQL is what the policy says of them, for all pairs, on both stores."""

from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import ColumnElement, literal, select, union_all

from app.database.session import Store
from app.imports.staging.flag_statements import scopes_overlap
from app.imports.staging.record_assembly import refusal_bars
from app.policy.consent_coverage import (
    ACTIVITIES,
    ALL,
    CHANNELS,
    EXTENTS,
    barring_cells,
    find_cells,
)

_NAMES = ("decision", "activity", "channel", "extent")
_SCOPES = list(product(("grant", "refuse"), ACTIVITIES, ("all", *CHANNELS), EXTENTS))
Scope = tuple[str, str, str, str]


def pairs(store: Store, holds: Any) -> set[tuple[Scope, Scope]]:
    """All pairs of scopes of which the SQL holds."""
    rows = [
        select(*(literal(value).label(name) for name, value in zip(_NAMES, one, strict=True)))
        for one in _SCOPES
    ]
    table = union_all(*rows).cte("scopes")
    one, other = table.alias("one"), table.alias("other")
    said: ColumnElement[bool] = holds(one.c, other.c)
    wanted = select(*one.c, *other.c).select_from(one).join(other, said)
    with store.reading() as connection:
        found = [tuple(row) for row in connection.execute(wanted)]
    return {(row[:4], row[4:]) for row in found}  # type: ignore[misc]


def covered(one: Scope) -> int:
    return find_cells(SimpleNamespace(**dict(zip(_NAMES, one, strict=True))))  # type: ignore[arg-type]


def test_a_grant_and_a_refusal_touch_where_they_have_cells_in_common(store: Store) -> None:
    found = {(a, b) for a, b in pairs(store, scopes_overlap) if a[0] != b[0]}
    assert found == {
        (a, b)
        for a, b in product(_SCOPES, _SCOPES)
        if a[0] != b[0] and covered(a) & covered(b)
    }  # fmt: skip
    assert (("refuse", "publish", "all", "image"), ("grant", "publish", "social", "image")) in found
    assert not any(a[2] == "all" and b[2] == "directory" for a, b in found)


def test_a_no_contradicts_a_yes_where_it_bars_what_the_yes_allows(store: Store) -> None:
    def barred(yes: Scope) -> int:
        _, activity, channel, extent = yes
        extents = EXTENTS if extent == "image_with_name" else (extent,)
        result = 0
        for one, shown in product(ALL if channel == "all" else (channel,), extents):
            result |= barring_cells(activity, one, shown, video=False)  # type: ignore[arg-type]
        return result

    found = {
        (no, yes)
        for no, yes in pairs(store, refusal_bars)
        if no[0] == "refuse" and yes[0] == "grant"
    }
    assert found == {
        (no, yes)
        for no, yes in product(_SCOPES, _SCOPES)
        if no[0] == "refuse" and yes[0] == "grant" and covered(no) & barred(yes)
    }


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_directory_alone_is_not_in_all(channel: str) -> None:
    every, one = (covered(("refuse", "publish", c, "image")) for c in ("all", channel))
    assert bool(every & one) == (channel != "directory")
