"""From what a scenario asks to the question the policy sees."""

from typing import Any
from zoneinfo import ZoneInfo

import vocabulary as v
from knowing import moment, org_id
from picturing import read_media, read_people, read_person, read_pictured

from app.policy.names import name_key
from app.policy.question import (
    AccountRef,
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
        "author": read_person("/author", author) if author else None,
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
                pictured=Pictured(students=read_people("/students", body.students)),
                **common,
            )
        case v.Coworkers():
            pictured = Pictured(employees=read_people("/employees", body.employees))
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
        "media": tuple(read_media(f"/media/{i}", m) for i, m in enumerate(p.media)),
        "pictured": read_pictured(p.pictured),
        "declaration": p.declaration,
        "uses_logo": p.uses_logo,
        "logo_purpose": _use(p.logo_purpose),
        "topic": _use(p.topic),
        "speaks_for_district": p.speaks_for_district,
        "contact_email_domain": p.contact_email_domain,
    }


def _use(said: str | None) -> str | None:
    return name_key(said) if said else None


def _where(at: str, where: str | v.Where) -> AccountRef:
    if isinstance(where, str):
        platform, handle = where.split("/")
        return AccountRef(at, platform=platform, handle_key=handle)
    system_id = (where.system, where.external_id) if where.system else None
    alias = ("url", where.url) if where.url else None
    if where.handle or where.url:
        return AccountRef(at, where.platform, where.handle, alias, system_id=system_id)
    return AccountRef(at, where.platform, None, system_id, where.personal)
