"""`make bench` measures right answers: the service decides about its population as it expects."""

import random
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from app.database.session import Store
from app.settings import Settings
from app.store.consents.list_dates import date_list
from bench.databases import Database
from bench.plain import known_of, serve
from bench.population import District, populate
from bench.posts import LIST, POST, Form, draw
from bench.services import Service
from bench.verify import refuse_wrong_answers
from tests.conftest import MakeKey
from tests.service import serving

STUDENTS = 600


@pytest.fixture
def measured(service: str, settings: Settings, store: Store, make_key: MakeKey) -> Service:
    populate(store, District(STUDENTS))
    with store.writing() as connection:
        date_list(connection, "consents", datetime.now(UTC))
    database = Database(settings.database_url, STUDENTS, make_key().secret)
    return Service("clearpost", (service,), (), database)


def answers(service: Service) -> list[dict[str, Any]]:
    """What a few random posts are answered, but for what no two answers share."""
    dice = random.Random(5255)  # noqa: S311
    headers = {"Authorization": f"Bearer {service.database.key}"}
    said = []
    with httpx.Client(base_url=service.urls[0], headers=headers) as client:
        for _ in range(20):
            body = draw(POST, District(STUDENTS), dice).body
            answer = client.post(
                POST.path, content=body, headers={"Content-Type": "application/json"}
            )
            said.append(answer.json())
    return [
        {k: v for k, v in one.items() if k not in {"id", "decided_at", "publish_at"}}
        for one in said
    ]


@pytest.mark.parametrize("form", [POST, LIST], ids=["post", "list"])
def test_the_population_is_answered_as_expected(measured: Service, form: Form) -> None:
    refuse_wrong_answers(measured, form)


def test_a_wrong_answer_stops_the_measurement(
    measured: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.posts.refuses", lambda _student: False)
    with pytest.raises(SystemExit, match="answered wrongly"):
        refuse_wrong_answers(measured, POST)


def test_the_plain_route_answers_like_the_service(measured: Service, settings: Settings) -> None:
    with serving(serve(known_of(settings, District(STUDENTS)))) as url:
        plain = Service("plain", (url,), (), measured.database)
        refuse_wrong_answers(plain, POST)
        assert answers(plain) == answers(measured)
