"""Parts shared by routes that keep records: the body, one write, the ETag, the repeat.

A route is a plain `def` (the store is used on a worker thread), takes the caller before the body,
so that a stranger hears 401 before anything about it, and hands its work to `create` or `change`:

    @router.post("", status_code=201, response_model=DesignationOut)
    def add_designation(
        records: RecordWrites,
        caller: Annotated[Caller, Depends(require_scope("grants:write"))],
        body: Annotated[DesignationIn, Depends(reads(DesignationIn))],
        key: IdempotencyKey = None,
    ) -> Response:
        return records.create(caller, NewRecord(body, key), lambda connection, actor: ...)
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query, Request
from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy import Connection
from starlette.convertors import Convertor, register_url_convertor
from starlette.responses import Response

from app.auth.authenticator import Caller
from app.database.session import Store
from app.errors import (
    PersonInactiveError,
    PersonRequiredError,
    PreconditionRequiredError,
    StaleError,
)
from app.http.authorization import json_body
from app.http.check_bodies import SHORT
from app.http.context import ServiceSlots, WholeService
from app.policy_setup import read_setup
from app.schemas.bodies import read_body
from app.schemas.pages import MAX_CURSOR, MAX_LIMIT
from app.settings import Settings
from app.store.ledger.changes import Actor
from app.store.people import staff
from app.store.people.references import RequestContext
from app.store.service.idempotency import RepeatableRequest as Asked
from app.store.service.idempotency import StoredReply, keep_answer, replay_answer

CREATED = 201
_MEDIA_TYPE = "application/json"
_ETAG = re.compile(r'"(\d{1,18})"')


class _RecordId(Convertor[str]):
    """`{id:record}` in a path: a record's UUID, so that words in its place are other addresses."""

    regex = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

    def convert(self, value: str) -> str:
        """Return the id as it stands in the path."""
        return value

    def to_string(self, value: str) -> str:
        """Return the id as it goes into a path."""
        return value


register_url_convertor("record", _RecordId())

RecordId = Annotated[
    str, Path(alias="id", description="The record's id.", json_schema_extra={"format": "uuid"})
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,200}$",
        description="The same request under the same key is done once; the answer is kept a day.",
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=200,
        description="The ETag that was read; without it 428, when the record has changed 412.",
    ),
]

PageLimit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items a page.")]
PageCursor = Annotated[
    str | None,
    Query(max_length=MAX_CURSOR, description="Where the page before ended: its `next_cursor`."),
]


class Reads:
    """A dependency that validates a JSON body from its bytes; the schema shows its model.

    FastAPI's own way is looser (it parses first, so that texts pass for times) and repeats what
    was sent.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model

    async def __call__(self, request: Request, slots: ServiceSlots) -> Any:
        """The body as the model; else 415 or 422, and 503 where a long one has to wait too long."""
        body = await json_body(request)
        if len(body) <= SHORT:
            return read_body(self.model, body)
        return await slots["texts"].run(read_body, self.model, body)


def reads(model: type[BaseModel]) -> Reads:
    """For routes: `body: Annotated[GrantIn, Depends(reads(GrantIn))]`."""
    return Reads(model)


def body_of(route: Any) -> type[BaseModel] | None:
    """The model of a route's body, where the route reads it by `reads`."""
    dependant = getattr(route, "dependant", None)
    calls = [d.call for d in dependant.dependencies] if dependant else []
    return next((call.model for call in calls if isinstance(call, Reads)), None)


@dataclass(frozen=True, slots=True)
class NewRecord:
    """What was sent to make a record: the body and the Idempotency-Key."""

    body: BaseModel
    key: str | None


@dataclass(frozen=True, slots=True)
class RecordReply:
    """The result of a write. `version` becomes the ETag; `subject` is the person it is about.

    `existed` tells that it was on file before: 200, nothing was created.
    """

    body: BaseModel
    version: int | None = None
    location: str | None = None
    subject: str | None = None
    existed: bool = False


@dataclass(frozen=True, slots=True)
class RecordWriter:
    """Writes records for one request, of this `method` to this `path`."""

    store: Store
    settings: Settings
    method: str
    path: str

    def create(
        self,
        caller: Caller,
        sent: NewRecord,
        work: Callable[[Connection, Actor], RecordReply],
        status: int = CREATED,
    ) -> Response:
        """Do `work` in one write and answer what it made; a repeat gets the first answer again."""
        asked = sent.key and Asked(_digest_sender(caller), sent.key, self._digest_request(sent))
        with self.store.writing() as connection:
            actor = _acting_now(self.store, connection, caller)
            earlier = replay_answer(connection, asked, actor.at) if asked else None
            if earlier:
                return _make_response(earlier, {"Idempotency-Replayed": "true"})
            made = work(connection, actor)
            reply = _make_reply(200 if made.existed else status, made)
            if asked:
                keep_answer(connection, asked, reply, actor.at)
        return _make_response(reply)

    def change(
        self,
        caller: Caller,
        if_match: str | None,
        work: Callable[[Connection, Actor, Callable[[int], None]], RecordReply],
        status: int = 200,
    ) -> Response:
        """Do `work` in one write and answer the record as it then is.

        `work` calls its third argument with the version on file before it changes anything: it
        raises `StaleError` (412) unless that is the one the caller has read. 428 without
        `If-Match`.
        """
        if if_match is None:
            raise PreconditionRequiredError
        with self.store.writing() as connection:
            actor = _acting_now(self.store, connection, caller)
            made = work(connection, actor, lambda version: _match_version(if_match, version))
        return _make_response(_make_reply(status, made))

    def _digest_request(self, sent: NewRecord) -> str:
        said = f"{self.method} {self.path}\n{sent.body.model_dump_json()}"
        return hashlib.sha256(said.encode()).hexdigest()


async def _open_writer(request: Request, service: WholeService) -> RecordWriter:
    return RecordWriter(service.store, service.settings, request.method, request.url.path)


RecordWrites = Annotated[RecordWriter, Depends(_open_writer)]


def must_match(if_match: str | None, version: int) -> None:
    """Raise `PreconditionRequiredError` or `StaleError`, for other writes than `change`."""
    if if_match is None:
        raise PreconditionRequiredError
    _match_version(if_match, version)


def show_record(made: RecordReply, status: int = 200) -> Response:
    """A record that was read, with its ETag."""
    return _make_response(_make_reply(status, made))


def actor_of(store: Store, caller: Caller) -> Actor:
    """The caller as who changes a record now. Call it inside the write, so that times ascend."""
    return Actor(caller.key_id, caller.person_id, store.now())


def _acting_now(store: Store, connection: Connection, caller: Caller) -> Actor:
    """`actor_of`, inside the write; raises `PersonInactiveError` for who has left meanwhile.

    At the door a caller is known for a second.
    """
    if caller.person_id is not None and not staff.is_active(connection, caller.person_id):
        raise PersonInactiveError
    return actor_of(store, caller)


def person_of(actor: Actor) -> str:
    """The person who answers for it; raises `PersonRequiredError` (403)."""
    if actor.person_id is None:
        raise PersonRequiredError
    return actor.person_id


def find_today(settings: Settings, actor: Actor) -> date:
    """The day of the district on which `actor` acts."""
    return _find_day(settings, actor.at)


def describe_actor(settings: Settings, caller: Caller, at: datetime) -> RequestContext:
    """Return for whom the caller acts, on the district's day of `at`, within which schools."""
    return RequestContext(
        caller.person_id, _find_day(settings, at), read_setup(settings), caller.schools
    )


def _find_day(settings: Settings, at: datetime) -> date:
    return at.astimezone(settings.zone).date()


def _match_version(if_match: str, version: int) -> None:
    # RFC 9110, 13.1.1: any of several, `*` for whatever there is; weak ones never match.
    if if_match.strip() == "*":
        return
    given = [_ETAG.fullmatch(one.strip()) for one in if_match.split(",")]
    if not any(one and int(one[1]) == version for one in given):
        raise StaleError


def _digest_sender(caller: Caller) -> str:
    """Return whose Idempotency-Keys are one namespace, as a digest.

    A key that replaces another keeps its keys. Tokens have their key's, each with a person
    and schools of its own: of one page's answers another person, or another school, is told
    nothing, and what they send is done.
    """
    schools = None if caller.schools is None else sorted(caller.schools)
    said = to_json([caller.lineage, caller.person_id, schools])
    return hashlib.sha256(said).hexdigest()


def _make_reply(status: int, made: RecordReply) -> StoredReply:
    headers = {}
    if made.version is not None:
        headers["ETag"] = f'"{made.version}"'
    if made.location is not None:
        headers["Location"] = made.location
    return StoredReply(status, headers, made.body.model_dump_json(), made.subject)


def _make_response(reply: StoredReply, extra: dict[str, str] | None = None) -> Response:
    headers = {**reply.headers, **(extra or {})}
    return Response(reply.body, reply.status, headers, media_type=_MEDIA_TYPE)
