"""From the words of a scenario to the media and the people in them, of a post or a declaration."""

from collections.abc import Iterable

import vocabulary as v

from app.policy.name_matching import normalize_asked, spell_asked
from app.policy.names import grade_key, name_key
from app.policy.question import Media, OtherRef, PersonRef, Pictured


def read_media(at: str, media: str | v.Piece) -> Media:
    piece = v.Piece(kind=media) if isinstance(media, str) else media
    return Media(at, piece.kind, piece.rights, piece.premises, piece.sha256, piece.described)


def read_pictured(shown: v.Shown) -> Pictured:
    return Pictured(
        students=read_people("/pictured/students", shown.students),
        employees=read_people("/pictured/employees", shown.employees),
        others=tuple(_other(f"/pictured/others/{i}", o) for i, o in enumerate(shown.others)),
        nobody_identifiable=shown.nobody_identifiable,
    )


def read_people(at: str, people: Iterable[str | v.Who]) -> tuple[PersonRef, ...]:
    return tuple(read_person(f"{at}/{i}", person) for i, person in enumerate(people))


def read_person(at: str, who: str | v.Who) -> PersonRef:
    if isinstance(who, str):
        return PersonRef(at, id=who)
    return PersonRef(
        at,
        id=who.id,
        name_key=normalize_asked(who.name) if who.name else None,
        school=who.school,
        grade=grade_key(who.grade) if who.grade else None,
        named=who.named,
        other_keys=spell_asked(who.name) if who.name else (),
    )


def _other(at: str, other: str | v.Other) -> OtherRef:
    if isinstance(other, str):
        return OtherRef(at, name_key=name_key(other), other_keys=spell_asked(other))
    key = name_key(other.name) if other.name else None
    others = spell_asked(other.name) if other.name else ()
    return OtherRef(at, other.release_id, key, others)
