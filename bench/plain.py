"""The reference: a plain FastAPI route that decides by the same rules from dicts in memory.

The whole district is read once, before anything is asked. After that there is no I/O: no key is
checked, nothing is logged, and nothing that changes in the store is seen.
"""

import gc
import os
from dataclasses import replace
from datetime import UTC, datetime

import orjson
from fastapi import FastAPI
from fastapi.responses import Response

from app.checks.answers import render_answer
from app.checks.questions import ANYBODY, post_question
from app.checks.requests import PostCheck
from app.database.session import Store
from app.policy.allow_terms import find_allow_terms
from app.policy.case import open_case
from app.policy.facts import Facts
from app.policy.question import AccountRef, PersonRef, Pictured, Question
from app.policy.rulebook import evaluate_case
from app.policy_setup import read_setup
from app.settings import Settings
from app.store.facts.loader import load_facts
from app.store.ledger.chain import make_id
from bench.population import District, employee_id, handle, student_id


def create_app() -> FastAPI:
    """The route, with the district of `BENCH_STUDENTS` students in the store of the settings."""
    known = known_of(Settings.load(), District(int(os.environ["BENCH_STUDENTS"])))
    # Else the collector would walk the whole district again and again.
    gc.collect()
    gc.freeze()
    return serve(known)


def serve(known: Facts) -> FastAPI:
    """The route over `known`."""
    app = FastAPI()

    @app.post("/v1/checks/post")
    async def check_post(body: PostCheck) -> Response:
        facts = replace(known, now=datetime.now(UTC))
        case = open_case(post_question(body, ANYBODY), facts)
        verdict = evaluate_case(case)
        terms = find_allow_terms(case, verdict)
        said = render_answer(make_id(), "post", verdict, facts.now, terms)
        return Response(orjson.dumps(said), media_type="application/json")

    return app


def known_of(settings: Settings, district: District) -> Facts:
    """All of `district`'s people, accounts, consents and permissions, as dicts."""
    everybody = Pictured(
        students=tuple(PersonRef("", student_id(n)) for n in range(district.students)),
        employees=tuple(PersonRef("", employee_id(n)) for n in range(district.employees)),
    )
    questions = [Question("post", pictured=everybody)]
    questions += [
        Question("post", account=AccountRef("", "x", handle(n)), uses_logo=True)
        for n in range(district.schools)
    ]
    store = Store(settings.database_url)
    with store.reading() as connection:
        known = load_facts(connection, questions, datetime.now(UTC), read_setup(settings))
    store.close()
    return known
