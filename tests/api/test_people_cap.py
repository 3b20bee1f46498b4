"""How many people a key may ask about in a day, on both stores and over several services."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from app.database import tables as t
from app.database.session import Store, utc_now
from app.main import create_app
from app.settings import Settings
from tests.conftest import MakeKey
from tests.district import District, found
from tests.service import serving
from tests.store.conftest import backend, postgres, postgres_template, store_url

__all__ = ["backend", "postgres", "postgres_template", "store_url"]

CAP = 4
Ask = Callable[..., httpx.Response]


class Clock:
    """The machine's clock, moved by `ahead`."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@pytest.fixture
def settings(store_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=store_url,
        signing_key_file=tmp_path / "signing-key.pem",
        import_spool=tmp_path / "spool",
        people_per_day=CAP,
        timezone="UTC",
    )


@pytest.fixture
def clock() -> Clock:
    """In the morning, so that no test runs over midnight."""
    made = Clock()
    made.ahead = timedelta(days=1, hours=9) - timedelta(hours=utc_now().hour)
    return made


@pytest.fixture
def store(store_url: str, clock: Clock) -> Iterator[Store]:
    opened = Store(store_url, clock=clock)
    with opened.writing() as connection:
        found(connection).person("zoe", "Zoe Quill")
    yield opened
    opened.close()


@pytest.fixture
def secret(make_key: MakeKey) -> str:
    return make_key(scopes=["check"]).secret


@pytest.fixture
def ask(service: str, secret: str) -> Ask:
    def asked(*ids: str, url: str = service, key: str = secret, **body: Any) -> httpx.Response:
        sent = {"students": [{"id": one} for one in ids], **body} if ids else body
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.post(f"{url}/v1/checks/photo-consent", json=sent, headers=headers, timeout=30)

    return asked


def rows(store: Store) -> int:
    with store.reading() as connection:
        decided = select(func.count()).where(t.ledger.c.kind == "decision")
        return connection.scalar(decided) or 0


def test_distinct_people_count_whether_on_file_or_not(ask: Ask, store: Store) -> None:
    assert ask("ana", "ben", "nobody-1").status_code == 200
    assert ask("nobody-2").status_code == 200
    refused = ask("nobody-3")
    assert refused.status_code == 429
    assert refused.json()["type"] == "/problems/too-many-people"
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 3600
    assert "nobody" not in refused.text
    # Who was asked about before can be asked about again, all day; and nothing was written down.
    assert ask("ana", "nobody-2").status_code == 200
    assert ask("ana", "nobody-3").status_code == 429
    assert rows(store) == 3


@pytest.mark.repeats_on_postgresql
def test_a_class_counts_by_its_students(ask: Ask) -> None:
    assert ask(class_id="c-mixed").status_code == 200  # of three
    others = [f"nobody-{n}" for n in range(CAP - 2)]
    assert ask(*others).status_code == 429
    assert ask(*others[1:]).status_code == 200
    assert ask(class_id="c-mixed").status_code == 200


def test_names_count_by_who_bears_them_and_else_as_names(ask: Ask, store: Store) -> None:
    with store.reading() as connection:
        given, family = connection.execute(
            select(t.people.c.given_name, t.people.c.family_name).where(t.people.c.id == "ana")
        ).one()
    for name in (f"{given} {family}", f"{given.upper()} {family}", f"{family}, {given}"):
        assert ask(students=[{"name": name}]).status_code == 200
    assert ask("ana").status_code == 200
    strangers = [{"name": f"Zed Zzyzx{letter}"} for letter in "abcd"]
    assert ask(students=strangers[:3]).status_code == 200
    assert ask(students=strangers[3:]).status_code == 429


def test_a_text_counts_those_it_names(service: str, secret: str, ask: Ask, store: Store) -> None:
    with store.reading() as connection:
        columns = (t.people.c.given_name, t.people.c.family_name)
        students = connection.execute(
            select(*columns).where(t.people.c.kind == "student").order_by(t.people.c.id)
        ).all()
    assert len(students) > CAP
    post = {
        "account": {"platform": "facebook", "handle": "maple"}, "purpose": "school",
        "text": ", ".join(f"{given} {family}" for given, family in students),
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {secret}"}
    answer = httpx.post(f"{service}/v1/checks/post", json=post, headers=headers)
    assert answer.status_code == 429
    assert ask("ana").status_code == 200


@pytest.mark.repeats_on_postgresql
def test_posts_of_one_request_are_refused_one_by_one(
    service: str, secret: str, store: Store
) -> None:
    def post(*ids: str) -> dict[str, Any]:
        return {
            "account": {"platform": "facebook", "handle": "maple"}, "purpose": "school",
            "media": [{"kind": "photo"}], "pictured": {"students": [{"id": one} for one in ids]},
        }  # fmt: skip

    posts = [post("x1", "x2", "x3"), post("x4", "x5"), post("x4"), post("x5"), post("x1")]
    headers = {"Authorization": f"Bearer {secret}"}
    answer = httpx.post(f"{service}/v1/checks/posts", json={"posts": posts}, headers=headers)
    statuses = [one.get("status", 200) for one in answer.json()["items"]]
    assert statuses == [200, 429, 200, 429, 200]
    assert rows(store) == 3


@pytest.mark.repeats_on_postgresql
def test_each_key_has_its_own(ask: Ask, make_key: MakeKey) -> None:
    assert ask("a", "b", "c", "d").status_code == 200
    assert ask("e").status_code == 429
    another = make_key(scopes=["check"]).secret
    assert ask("e", key=another).status_code == 200


def test_the_next_day_begins_anew_and_leaves_nothing(ask: Ask, store: Store, clock: Clock) -> None:
    assert ask("a", "b", "c", "d").status_code == 200
    wait = int(ask("e").headers["Retry-After"])
    clock.ahead += timedelta(seconds=wait + 2)
    assert ask("e", "f").status_code == 200
    today = clock().astimezone(UTC).date().toordinal()
    with store.reading() as connection:
        assert connection.execute(select(t.asked_people.c.day)).scalars().all() == [today] * 2
        assert connection.execute(select(t.asked_totals.c.day)).scalars().all() == [today]


def test_many_at_once_over_two_services_count_exactly(
    settings: Settings, store: Store, ask: Ask, service: str
) -> None:
    with serving(create_app(settings, store=store)) as another, ThreadPoolExecutor(8) as pool:
        asked = [(f"s{n % 8}", (service, another)[n // 8 % 2]) for n in range(48)]
        answers = list(pool.map(lambda one: ask(one[0], url=one[1]), asked))
    passed = {ident for (ident, _), answer in zip(asked, answers, strict=True)
              if answer.status_code == 200}  # fmt: skip
    assert len(passed) == CAP
    for (ident, _), answer in zip(asked, answers, strict=True):
        assert answer.status_code == (200 if ident in passed else 429)


def test_a_limited_key_cannot_count_the_people_of_other_schools(
    ask: Ask, make_key: MakeKey, store: Store
) -> None:
    with store.writing() as connection:
        district = District(connection)
        for one in ("far-1", "far-2"):
            district.person(one, "Zadie Far", org_id="birch")
        district.school_class("c-far", ["far-1", "far-2"], org="birch")
    for elsewhere, nowhere in (
        ({"class_id": "c-far"}, {"class_id": "c-none"}),
        ({"students": [{"name": "Zadie Far"}]}, {"students": [{"name": "Zudie Far"}]}),
    ):
        statuses = []
        for body in (elsewhere, nowhere):
            key = make_key(scopes=["check"], schools=["maple"]).secret
            assert ask("nobody-1", "nobody-2", "nobody-3", key=key).status_code == 200
            asked = ask(key=key, **body).status_code, ask("nobody-4", key=key).status_code
            statuses.append(asked)
        assert statuses[0] == statuses[1]
