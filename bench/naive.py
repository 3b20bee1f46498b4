"""What one would write first: an async ORM session a request, four selects, one insert, a commit.

It does less than Clearpost: no key is checked, no chain is kept, a handful of rules is asked. Its
answers have the same shape, and its SQLite connections the same pragmas, so that both promise the
same about a power cut.
"""

import os
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.responses import Response
from sqlalchemy import Text, event, make_url, select
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship

from app.checks.answers import render_answer
from app.checks.requests import PersonIn, PhotoConsentCheck, PostCheck
from app.database import tables
from app.policy.codes import finding
from app.policy.verdict import Finding, Subject, Verdict, find_worst
from app.policy.words import CheckKind
from app.store.ledger.chain import make_id

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_PRAGMAS = (
    "busy_timeout = 30000",
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "cache_size = -65536",
)


class Ours(DeclarativeBase):
    """Clearpost's tables, as objects."""

    metadata = tables.metadata


class Consent(Ours):
    __table__ = tables.consents
    person_id: Mapped[str]
    decision: Mapped[str]


class Person(Ours):
    __table__ = tables.people
    id: Mapped[str]
    consents: Mapped[list[Consent]] = relationship()


class Account(Ours):
    __table__ = tables.accounts
    platform: Mapped[str]
    handle_key: Mapped[str]
    owner_id: Mapped[str | None]
    communications_admin_at: Mapped[datetime | None]


class Grant(Ours):
    __table__ = tables.grants
    kind: Mapped[str]
    grantee: Mapped[str]


class Own(DeclarativeBase):
    """The table of this design."""


class Answered(Own):
    """One answer; as many of them as answers were given."""

    __tablename__ = "naive_log"
    id: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(tables.UtcDateTime)
    payload: Mapped[str] = mapped_column(Text)


def _engine() -> AsyncEngine:
    url = make_url(os.environ["CLEARPOST_DATABASE_URL"])
    engine = create_async_engine(url.set(drivername=_DRIVERS[url.get_backend_name()]))
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


engine = _engine()
sessions = async_sessionmaker(engine)


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Own.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(lifespan=_lifespan)


@app.post("/v1/checks/post")
async def check_post(post: PostCheck) -> Response:
    pictured = post.pictured
    async with sessions() as session:
        found = [
            *await _students(session, pictured.students if pictured else [], "/pictured/students"),
            *await _coworkers(session, pictured.employees if pictured else []),
            *await _account(session, post.account.platform, post.account.handle),
            *await _logo(session, f"{post.account.platform}/{post.account.handle}"),
            *(finding(f"rights.{m.rights}", f"/media/{n}") for n, m in enumerate(post.media)),
        ]
        return await _answered(session, "post", found)


@app.post("/v1/checks/photo-consent")
async def check_photo_consent(check: PhotoConsentCheck) -> Response:
    async with sessions() as session:
        found = await _students(session, check.students or [], "/students")
        return await _answered(session, "photo-consent", found)


async def _students(session: AsyncSession, asked: Iterable[PersonIn], at: str) -> list[Finding]:
    ids = [str(student.id) for student in asked]
    statement = select(Person).where(Person.id.in_(ids)).options(joinedload(Person.consents))
    people = {person.id: person for person in (await session.scalars(statement)).unique()}
    told = {"list_date": date.today().isoformat(), "use": "a picture on social media"}  # noqa: DTZ011 - naive by intent
    return [
        *(
            finding(_code(people.get(i)), f"{at}/{place}", Subject("student", i), told)
            for place, i in enumerate(ids)
        ),
        finding("list.fresh", "", values=told),
        finding("purpose.school", "/purpose"),
    ]


def _code(student: Person | None) -> str:
    if student is None:
        return "student.unknown"
    refused = any(consent.decision == "refuse" for consent in student.consents)
    return "consent.refused" if refused else "consent.not_on_list"


async def _coworkers(session: AsyncSession, asked: Iterable[PersonIn]) -> Iterator[Finding]:
    ids = [employee.id for employee in asked]
    statement = select(Consent).where(Consent.person_id.in_(ids))
    granted = {c.person_id for c in await session.scalars(statement) if c.decision == "grant"}
    codes = ("coworker.granted" if i in granted else "coworker.no_consent" for i in ids)
    told = {"use": "a picture on social media"}
    return (finding(code, "/pictured/employees", values=told) for code in codes)


async def _account(
    session: AsyncSession, platform: str | None, handle: str | None
) -> list[Finding]:
    statement = select(Account).where(Account.platform == platform, Account.handle_key == handle)
    account = await session.scalar(statement)
    if account is None:
        return [finding("account.unknown", "/account")]
    codes = ["account.authorized"]
    if account.communications_admin_at is not None:
        codes.append("account.admin_named")
    if account.owner_id is not None:
        codes.append("account.responsible")
    return [finding(code, "/account") for code in codes]


async def _logo(session: AsyncSession, account: str) -> list[Finding]:
    statement = select(Grant).where(Grant.grantee == account, Grant.kind == "logo")
    granted = await session.scalar(statement)
    return [finding("logo.granted" if granted else "logo.no_grant", "/uses_logo")]


async def _answered(session: AsyncSession, check: CheckKind, found: list[Finding]) -> Response:
    now = datetime.now(UTC)
    ident = make_id()
    outcome = find_worst(one.outcome for one in found)
    body = orjson.dumps(render_answer(ident, check, Verdict(outcome, now, tuple(found), ()), now))
    session.add(Answered(id=ident, at=now, payload=body.decode()))
    await session.commit()
    return Response(body, media_type="application/json")
