"""Speed counts only for right answers: what is checked before and after the clock runs."""

import itertools
import random
import sys
from collections import Counter
from typing import Any

import httpx
from sqlalchemy import text

from app.database.session import Store
from app.store.ledger import chain
from bench.population import District
from bench.posts import POST, Expectation, Form, draw
from bench.services import Service

_SAMPLE = 40
_ROWS = {
    "clearpost": "SELECT count(*) FROM ledger WHERE kind = 'decision'",
    "naive": "SELECT count(*) FROM naive_log",
}


def refuse_wrong_answers(service: Service, form: Form) -> None:
    """Stop unless random requests of `form` get the answer the population implies."""
    dice = random.Random(form.path)
    for url in service.urls:
        with _client(service, url) as client:
            for _ in range(_SAMPLE if form is POST else 2):
                asked = draw(form, District(service.database.students), dice)
                answer = _ask(client, form, asked)
                if service.design != "ready-made" and not _right(answer.json(), form, asked):
                    sys.exit(f"bench: {service.design} answered wrongly: {answer.text}")


def allowed_answer(service: Service) -> bytes:
    """The bytes `service` answers to a post that is allowed."""
    dice = random.Random(POST.path)
    drawn = (draw(POST, District(service.database.students), dice) for _ in itertools.count())
    with _client(service, service.urls[0]) as client:
        return _ask(client, POST, next(one for one in drawn if not one.refusing)).content


def losses(services: list[Service], answered: Counter[str]) -> list[str]:
    """What is wrong with the records of `services`, whose stores gave so many 2xx answers."""
    kept = {s.database.url: s for s in services if s.design in _ROWS}
    found = (_loss(service, answered[url]) for url, service in kept.items())
    return [complaint for complaint in found if complaint]


def _client(service: Service, url: str) -> httpx.Client:
    headers = {
        "Authorization": f"Bearer {service.database.key}",
        "Content-Type": "application/json",
    }
    return httpx.Client(base_url=url, headers=headers, timeout=30)


def _ask(client: httpx.Client, form: Form, asked: Expectation) -> httpx.Response:
    answer = client.post(form.path, content=asked.body)
    if answer.status_code != httpx.codes.OK:
        sys.exit(f"bench: {client.base_url} answered {answer.status_code}: {answer.text}")
    return answer


def _right(said: Any, form: Form, asked: Expectation) -> bool:
    refusing = len(asked.refusing)
    expected = Counter(form.codes)
    expected.update({"consent.refused": refusing})
    expected.update({"consent.not_on_list": asked.students - refusing})
    findings = said["findings"]
    refused = {f["at"] for f in findings if f["code"] == "consent.refused"}
    return (
        said["outcome"] == ("deny" if refusing else "allow")
        and Counter(f["code"] for f in findings) == expected
        and {int(at.rpartition("/")[2]) for at in refused} == asked.refusing
    )


def _loss(service: Service, answered: int) -> str | None:
    store = Store(service.database.url)
    try:
        with store.reading() as connection:
            rows = connection.scalar(text(_ROWS[service.design])) or 0
            bad = chain.verify_chain(connection).bad
    finally:
        store.close()
    if rows < answered:
        return f"{service.design}: {answered:,} answers and only {rows:,} rows"
    return f"{service.design}: row {bad.seq} of the ledger: {bad.reason}" if bad else None
