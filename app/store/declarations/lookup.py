"""The declarations that questions rest on, in their latest versions."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, Select, func, or_, select, union

from app.database.json_lists import as_json, is_in, json_list
from app.database.tables import declarations, declared_media
from app.policy.declarations import Declaration, needs_declarations
from app.policy.name_matching import normalize_asked, spell_asked
from app.policy.question import Media, OtherRef, PersonRef, Pictured, Question

_c = declarations.c
_NAMED = json_list("named")
_FOUND: Select[Any] = select(declarations).where(
    is_in(
        _c.seq,
        select(func.max(_c.seq))
        .where(
            is_in(
                _c.id,
                union(
                    select(_c.id).where(or_(is_in(_c.id, _NAMED), is_in(_c.code, _NAMED))),
                    select(declared_media.c.declaration_id).where(
                        is_in(declared_media.c.sha256, json_list("digests"))
                    ),
                ),
            )
        )
        .group_by(_c.id),
    )
)


def find_declarations(
    connection: Connection, questions: Iterable[Question]
) -> tuple[Declaration, ...]:
    """Return the declarations that questions name, and those about media of which they say nothing.

    Of those without any of either no statement is run.
    """
    asked = [one for one in questions if needs_declarations(one)]
    if not asked:
        return ()
    named = {one.declaration for one in asked if one.declaration}
    digests = {media.sha256 for one in asked for media in one.media if media.sha256}
    given = {"named": as_json(named), "digests": as_json(digests)}
    rows = connection.execute(_FOUND, given).mappings()
    return tuple(sorted(map(make_declaration, rows), key=lambda one: one.id))


def make_declaration(row: RowMapping) -> Declaration:
    """Return a version on file as the policy sees it."""
    said = orjson.loads(row["said"])
    return Declaration(
        id=row["id"],
        code=row["code"],
        version=row["version"],
        made_at=row["made_at"],
        made_by=row["made_by"],
        withdrawn=row["action"] == "withdrawn",
        purpose=said["purpose"],
        account_id=said["account_id"],
        media=tuple(_make_media(one, f"/media/{i}") for i, one in enumerate(said["media"])),
        pictured=_make_pictured(said["pictured"]),
        uses_logo=said["uses_logo"],
        speaks_for_district=said["speaks_for_district"],
    )


def _make_media(said: Mapping[str, Any], at: str) -> Media:
    return Media(
        at, said["kind"], said["rights"], said["premises"], said["sha256"], bool(said["alt_text"])
    )


def _make_pictured(said: Mapping[str, Any]) -> Pictured:
    at = "/pictured"
    return Pictured(
        students=tuple(
            PersonRef(f"{at}/students/{i}", id=one["id"], named=one["named"])
            for i, one in enumerate(said["students"])
        ),
        employees=tuple(
            PersonRef(f"{at}/employees/{i}", id=one["id"])
            for i, one in enumerate(said["employees"])
        ),
        others=tuple(_make_other(one, f"{at}/others/{i}") for i, one in enumerate(said["others"])),
        nobody_identifiable=said["nobody_identifiable"],
    )


def _make_other(said: Mapping[str, Any], at: str) -> OtherRef:
    if said["release_id"] is not None:
        return OtherRef(at, release_id=said["release_id"])
    return OtherRef(at, None, normalize_asked(said["name"]), spell_asked(said["name"]))
