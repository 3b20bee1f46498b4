"""From what a scenario asks to the question the policy sees."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

import vocabulary as v
from knowing import moment, org_id

from app.policy.name_matching import normalize_asked, spell_asked
from app.policy.names import grade_key, name_key
from app.policy.question import (
    AccountRef,
    Media,
    OtherRef,
    PersonRef,
    Pictured,
    Question,
    TextMark,
)
from app.text_checks.examination import examine_text


def question(ask: v.Ask, zone: ZoneInfo) -> Question:
    """The check as the policy sees it."""
    (kind,) = ask.model_fields_set
    body = getattr(ask, kind)
    author = body.author or body.key_of
    common: dict[str, Any] = {
        "publish_at": body.publish_at and moment(body.publish_at, zone),
        "author": _who("/author", author) if author else None,
        "account": body.account and _where("/account", body.account),
        "schools": body.key_limited_to and frozenset(map(org_id, body.key_limited_to)),
        "asked_by": body.key_of,
        "for_others": body.key_may_ask_for_others,
    }
    match body:
        case v.Post():
            return Question(check="post", **common, **_post(body))
        case v.Photo():
            return Question(
                check="class-photo-consent" if body.class_id else "photo-consent",
                activity=body.activity,
                channel=body.channel,
                picture_kind=body.media,
                extent=body.extent,
                purpose=body.purpose,
                class_id=body.class_id,
                pictured=Pictured(students=_people("/students", body.students)),
                **common,
            )
        case v.Coworkers():
            pictured = Pictured(employees=_people("/employees", body.employees))
            return Question(
                check="coworker-consent",
                channel=body.channel,
                picture_kind=body.media,
                pictured=pictured,
                **common,
            )
    return Question(
        check=kind,
        uses_logo=kind == "logo",
        logo_purpose=_use(body.use) if kind == "logo" else None,
        topic=_use(body.use) if kind == "spokesperson" else None,
        speaks_for_district=kind == "spokesperson",
        **common,
    )


def _post(p: v.Post) -> dict[str, Any]:
    return {
        "purpose": p.purpose,
        "text_key": examine_text(p.text).key,
        "text_names": examine_text(p.text).names.keys,
        "text_names_cut": p.more_names_than_looked_up,
        "text_marks": tuple(TextMark(kind, n) for kind, n in p.found_in_text.items()),
        "has_disclaimer": p.carries_disclaimer,
        "media": tuple(_media(f"/media/{i}", m) for i, m in enumerate(p.media)),
        "pictured": _pictured(p.pictured),
        "uses_logo": p.uses_logo,
        "logo_purpose": _use(p.logo_purpose),
        "topic": _use(p.topic),
        "speaks_for_district": p.speaks_for_district,
        "contact_email_domain": p.contact_email_domain,
    }


def _media(at: str, media: str | v.Piece) -> Media:
    piece = v.Piece(kind=media) if isinstance(media, str) else media
    return Media(at, piece.kind, piece.rights, piece.premises, piece.sha256, piece.described)


def _use(said: str | None) -> str | None:
    return name_key(said) if said else None


def _pictured(shown: v.Shown) -> Pictured:
    return Pictured(
        students=_people("/pictured/students", shown.students),
        employees=_people("/pictured/employees", shown.employees),
        others=tuple(_other(f"/pictured/others/{i}", o) for i, o in enumerate(shown.others)),
        nobody_identifiable=shown.nobody_identifiable,
    )


def _people(at: str, people: Iterable[str | v.Who]) -> tuple[PersonRef, ...]:
    return tuple(_who(f"{at}/{i}", person) for i, person in enumerate(people))


def _who(at: str, who: str | v.Who) -> PersonRef:
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


def _where(at: str, where: str | v.Where) -> AccountRef:
    if isinstance(where, str):
        platform, handle = where.split("/")
        return AccountRef(at, platform=platform, handle_key=handle)
    system_id = (where.system, where.external_id) if where.system else None
    alias = ("url", where.url) if where.url else None
    if where.handle or where.url:
        return AccountRef(at, where.platform, where.handle, alias, system_id=system_id)
    return AccountRef(at, where.platform, None, system_id, where.personal)
