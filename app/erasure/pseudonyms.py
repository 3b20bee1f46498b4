"""Pseudonyms for erased people in acts of office: the person's id is replaced by one of no one."""

import secrets
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Column, Connection, delete, func, insert, select, update

from app.database import tables as t
from app.erasure.mentions import PersonMatcher
from app.store.ledger.chain import make_id
from app.store.ledger.record_sums import watch_first_keys

# Deleted with the person; no row of these gets another id.
_GOES = {t.person_names, t.person_words, t.enrollments, t.source_doubts, t.list_gaps}
_WITH_THEM = {t.guardians.c.student_id, t.consents.c.person_id}
# Columns that hold people's ids and refer to no table, since others may be in them, too.
_LOOSE = (
    t.api_keys.c.person_id,
    t.changes.c.person_id,
    t.consents.c.recorded_by_person,
    t.consents.c.given_by,
    t.guardians.c.guardian_id,
    t.imports.c.person_id,
    t.imports.c.decided_by,
)
_SOURCE = "guardian:"


def put_stand_in(connection: Connection, person: PersonMatcher, at: datetime) -> str:
    """Put `erased-…` in the place of the person's id in all their acts in office; return it.

    Inside `lift_guards`. The keys that act for the person end at once.
    """
    kind = connection.scalar(select(t.people.c.kind).where(t.people.c.id == person.id))
    stub = f"erased-{secrets.token_hex(8)}"
    row = {"id": stub, "kind": kind or "employee", "given_name": "", "family_name": ""}
    connection.execute(insert(t.people).values(**row, status="inactive", first_seen_at=at))
    _end_keys(connection, person.id, at)
    _replace_in_statements(connection, person, stub)
    acts = sum(
        [
            _replace_id(connection, column, person.id, stub)
            for column in (*_list_referring_columns(), *_LOOSE)
        ]
        + [
            _replace_in_grants(connection, person.id, stub),
            _replace_in_managers(connection, person.id, stub),
            _replace_in_declarations(connection, person, stub),
            _blank_publications(connection, person),
        ]
    )
    _remove_contact(connection, person)
    if not acts:
        connection.execute(delete(t.people).where(t.people.c.id == stub))
    return stub


def _list_referring_columns() -> list[Column[Any]]:
    """Return every column that refers to people, in all tables."""
    return [
        column
        for table in t.metadata.sorted_tables
        for column in table.c
        if column.references(t.people.c.id) and table not in _GOES and column not in _WITH_THEM
    ]


def _replace_id(connection: Connection, column: Column[Any], old: str, new: str) -> int:
    changed = update(column.table).where(column == old).values({column.name: new})
    return connection.execute(changed).rowcount


def _end_keys(connection: Connection, person_id: str, at: datetime) -> None:
    keys = t.api_keys
    ended = {"revoked_at": func.coalesce(keys.c.revoked_at, at), "name": "erased"}
    connection.execute(update(keys).where(keys.c.person_id == person_id).values(ended))


def _replace_in_grants(connection: Connection, old: str, new: str) -> int:
    """Replace the id in permissions given to the person, and return the number of rows."""
    theirs = t.grants.c.grantee_kind == "person", t.grants.c.grantee == old
    return connection.execute(update(t.grants).where(*theirs).values(grantee=new)).rowcount


def _replace_in_statements(connection: Connection, person: PersonMatcher, stub: str) -> None:
    """Replace the person in statements made for a child, which hold on as a stranger's.

    The digest is over the id as well, and would let it be found by trying.
    """
    consents = t.consents
    theirs = consents.c.given_by == person.id
    for seq in connection.scalars(select(consents.c.seq).where(theirs)).all():
        connection.execute(update(consents).where(consents.c.seq == seq).values(digest=make_id()))
    source = update(consents).where(consents.c.source == f"{_SOURCE}{person.id}")
    connection.execute(source.values(source=f"{_SOURCE}{stub}"))
    # A former guardian's statements stay those of one who is none.
    former = update(t.source_doubts).where(t.source_doubts.c.source == f"{_SOURCE}{person.id}")
    connection.execute(former.values(source=f"{_SOURCE}{stub}"))
    named = update(t.guardians).where(t.guardians.c.guardian_id == person.id)
    connection.execute(named.values(name=""))


def _replace_in_managers(connection: Connection, old: str, new: str) -> int:
    forms, changed = t.authorization_requests, 0
    for row in connection.execute(select(forms.c.id, forms.c.managers)).all():
        named = orjson.loads(row.managers)
        if old in named:
            renamed = orjson.dumps([new if one == old else one for one in named]).decode()
            connection.execute(update(forms).where(forms.c.id == row.id).values(managers=renamed))
            changed += 1
    return changed


def _replace_in_declarations(connection: Connection, person: PersonMatcher, stub: str) -> int:
    """Replace the person in declarations, and blank the texts that name them.

    Nobody is known by what stands there then, so a post that rests on it is a review.
    """
    versions, changed = t.declarations, 0
    for row in connection.execute(select(versions.c.seq, versions.c.said)).all():
        if person.in_json(row.said):
            said = orjson.dumps(_replace_texts(orjson.loads(row.said), person, stub)).decode()
            connection.execute(update(versions).where(versions.c.seq == row.seq).values(said=said))
            changed += 1
    return changed


def _blank_publications(connection: Connection, person: PersonMatcher) -> int:
    """Blank what names the person in published posts.

    Others in these posts can still have them taken down.
    """
    posts, blanked = t.published_posts, dict[str, dict[str, Any]]()
    columns = (posts.c.id, posts.c.asked, posts.c.url, posts.c.external_id)
    for row in connection.execute(select(*columns)).all():
        new: dict[str, Any] = {
            name: None
            for name in ("url", "external_id")
            if (told := getattr(row, name)) is not None and person.in_text(told)
        }
        if row.asked is not None and person.in_json(row.asked):
            new["asked"] = _reduce_question(row.asked)
        if new:
            blanked[row.id] = new
    with watch_first_keys(connection, posts, blanked):
        for ident, new in blanked.items():
            connection.execute(update(posts).where(posts.c.id == ident).values(new))
    return len(blanked)


def _reduce_question(asked: str) -> str:
    """Return the question of a post without anything that names people; who is in it is on record.

    Its account and media stay, so that declarations about them are still heard.
    """
    old = orjson.loads(asked)["request"]
    media = [
        {"kind": one["kind"], "sha256": one["sha256"]}
        for one in old.get("media", ())
        if one.get("sha256")
    ]
    request = {"account": old["account"], "purpose": "school", "media": media}
    asker = {"schools": None, "person": None, "for_others": False}
    return orjson.dumps({"request": request, "text": "", "asker": asker}).decode()


def _replace_texts(value: Any, person: PersonMatcher, stub: str) -> Any:
    if isinstance(value, dict):
        return {name: _replace_texts(one, person, stub) for name, one in value.items()}
    if isinstance(value, list):
        return [_replace_texts(one, person, stub) for one in value]
    if isinstance(value, str) and person.in_text(value):
        return stub if value == person.id else ""
    return value


def _remove_contact(connection: Connection, person: PersonMatcher) -> None:
    """Remove a contact address that is the person's own; without one a check points it out."""
    if person.email:
        for table in (t.accounts, t.authorization_requests):
            own = func.lower(table.c.contact_email) == person.email
            connection.execute(update(table).where(own).values(contact_email=None))
