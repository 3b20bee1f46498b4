"""`make bench` measures right answers: the service decides about its population as it expects."""

from datetime import UTC, datetime

import pytest

from app.settings import Settings
from app.store.list_dates import date_list
from app.store.session import Store
from bench.databases import Database
from bench.population import District, populate
from bench.posts import LIST, POST, Form
from bench.services import Service
from bench.verify import refuse_wrong_answers
from tests.conftest import MakeKey

STUDENTS = 600


@pytest.fixture
def measured(service: str, settings: Settings, store: Store, make_key: MakeKey) -> Service:
    populate(store, District(STUDENTS))
    with store.writing() as connection:
        date_list(connection, "consents", datetime.now(UTC))
    database = Database(settings.database_url, STUDENTS, make_key().secret)
    return Service("clearpost", (service,), (), database)


@pytest.mark.parametrize("form", [POST, LIST], ids=["post", "list"])
def test_the_population_is_answered_as_expected(measured: Service, form: Form) -> None:
    refuse_wrong_answers(measured, form)


def test_a_wrong_answer_stops_the_measurement(
    measured: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.posts.refuses", lambda _student: False)
    with pytest.raises(SystemExit, match="answered wrongly"):
        refuse_wrong_answers(measured, POST)
