"""The application, wired together; nothing else happens here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import anyio.to_thread
from fastapi import FastAPI

from app.auth.authenticator import Authenticator
from app.auth.receipts import ReceiptKeys
from app.auth.refused_credentials import RefusedCredentials
from app.auth.widget_tokens import Signer
from app.checks.pipeline import Pipeline
from app.checks.recall import Recall
from app.checks.request_parser import account_asked
from app.checks.watches import open_recall
from app.database.session import Store
from app.events.courier import Courier
from app.events.review_letters import LetterRounds
from app.events.signatures import WebhookSecrets
from app.events.waits import EventWaits
from app.http import problems
from app.http.check_door import CheckDoor, can_pass
from app.http.context import Service, keep_service
from app.http.cors import RegisteredOrigins
from app.http.middleware import BodyLimit, Envelope
from app.http.readiness import Readiness
from app.imports.intake import sweep_spool
from app.log import log_loop_error
from app.metrics import Metrics
from app.policy_setup import read_setup
from app.rate_counts import RateCounts
from app.rates import MinuteRate, PublicRate
from app.routers import (
    account_lookups,
    accounts,
    authorization_requests,
    checks,
    classes,
    consents,
    decisions,
    designations,
    differences,
    docs,
    doubts,
    embed,
    erasure,
    grants,
    health,
    import_undo,
    imports,
    ledger,
    messages,
    moderations,
    orgs,
    people,
    policy,
    releases,
    reports,
    reviews,
    widget_tokens,
    widgets,
)
from app.routers.access import evaluations
from app.routers.events import endpoints, feed
from app.routers.posts import clearances, declarations, published, takedowns
from app.routers.reference.document import describe_api
from app.routers.reference.names import name_operation
from app.settings import Settings
from app.slots import Slots

_SUMMARY = "May this be published? Asked before a school post goes out."
_DESCRIPTION = """\
Clearpost checks a social media post against a school district's consent lists, authorized accounts
and permissions, and answers `allow`, `review` or `deny` with the clause of the policy for every
finding. A `deny` is an answer like any other: HTTP 200. Every answer is on the ledger before it is
given.

Times are RFC 3339 with an offset. Failures are `application/problem+json` (RFC 9457); compare
`type`, which is stable. `X-Request-ID` comes back on every answer.
"""
_TAGS = [
    {"name": "checks", "description": "One question, one decision."},
    {"name": "evaluations", "description": "The checks by the Authorization API 1.0 (AuthZEN)."},
    {"name": "decisions", "description": "Answers given before."},
    {"name": "clearances", "description": "Allows that last until the post is out."},
    {"name": "published posts", "description": "What went out, and what has to be taken down."},
    {"name": "declarations", "description": "Who is pictured, by a person who knows."},
    {"name": "reviews", "description": "What waits for a person, and that person's answer."},
    {"name": "events", "description": "What happened to what others wait for."},
    {"name": "ledger", "description": "What was decided and changed, in order."},
    {"name": "reports", "description": "What anybody tells of an account or a post."},
    {"name": "accounts", "description": "The register of accounts; whether one is official."},
    {"name": "moderation", "description": "What content managers hid or removed, and why."},
    {"name": "designations", "description": "Who holds an office or acts for it."},
    {"name": "releases", "description": "Consent of other parties, and of owners of works."},
    {"name": "imports", "description": "The district's lists: delivered, held, applied."},
    {"name": "widgets", "description": "Tokens for the widgets of intranet pages."},
    {"name": "authorization requests", "description": "The Social Media Authorization Form."},
    {"name": "grants", "description": "The logo, speaking for the district, district e-mail."},
    {"name": "consents", "description": "Who consented, refused or withdrew, and what follows."},
    {"name": "people", "description": "Who is who in the district, found by name."},
    {"name": "classes", "description": "Which there are, and who may not be pictured."},
    {"name": "orgs", "description": "The district, its schools and its offices."},
    {"name": "policy", "description": "What is enforced, clause by clause."},
    {"name": "problems", "description": "What a problem's type means."},
    {"name": "operations", "description": "For monitoring; no key, no personal data."},
]
_MODULES = (
    account_lookups,  # before `accounts`, whose ids would take its paths for theirs
    accounts,
    decisions,
    evaluations,
    declarations,
    clearances,
    published,
    takedowns,
    reviews,
    feed,
    endpoints,
    ledger,
    messages,
    moderations,
    reports,
    designations,
    authorization_requests,
    grants,
    consents,
    erasure,
    people,
    classes,
    orgs,
    releases,
    imports,
    import_undo,
    differences,
    doubts,
    widget_tokens,
    policy,
    health,
    problems,
    widgets,
    embed,
)


# Uploads and exports, which go on for as long as their clients take: the threads for their steps.
_STREAMS = 8


class Clearpost(FastAPI):
    """FastAPI with our own description of it."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI schema, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = describe_api(self)
        return self.openapi_schema


def create_app(
    settings: Settings, *, store: Store | None = None, counts: RateCounts | None = None
) -> FastAPI:
    """Return the service. A `store` that is passed in stays open when the service ends.

    Its clock is the store's. `counts` are shared with other processes, and so are its limits.
    """
    opened = store or Store(settings.database_url, settings.busy_timeout_seconds)
    service = _make_service(settings, opened, counts or RateCounts())
    check_door = CheckDoor(service)
    aside: list[Recall | Courier | LetterRounds] = [open_recall(opened, read_setup(settings))]
    if settings.deliver_events:
        aside.append(Courier(opened, settings, service.metrics.webhooks))
        aside.append(LetterRounds(opened, settings, account_asked))

    @asynccontextmanager
    async def lifespan(served: FastAPI) -> AsyncIterator[dict[str, Any]]:
        asyncio.get_running_loop().set_exception_handler(log_loop_error)
        anyio.to_thread.current_default_thread_limiter().total_tokens = _STREAMS
        service.pipeline.start()
        for one in aside:
            one.start()
        service.waits.start()
        await anyio.to_thread.run_sync(sweep_spool, opened, settings)
        try:
            yield {
                "address_connections": settings.address_connections,
                "check_door": check_door if can_pass(served.user_middleware) else None,
                "end_waits": service.waits.close,
            }
        finally:
            service.waits.close()
            for one in aside:
                await anyio.to_thread.run_sync(one.close)
            await service.pipeline.close()
            service.slots.close()
            if store is None:
                opened.close()

    app = Clearpost(
        title="Clearpost",
        summary=_SUMMARY,
        description=_DESCRIPTION,
        version=version("clearpost"),
        openapi_tags=_TAGS,
        docs_url=None,
        openapi_url="/openapi.json" if settings.serve_docs else None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=name_operation,
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    keep_service(app, service)
    problems.handle_problems(app)
    app.add_middleware(BodyLimit, elsewhere=imports.UPLOADS, public=reports.PUBLIC)
    app.add_middleware(Envelope, metrics=service.metrics)
    app.add_middleware(RegisteredOrigins, store=opened, slots=service.slots["keys"])
    _add_routes(app, settings)
    return app


def _add_routes(app: FastAPI, settings: Settings) -> None:
    """Add every route; the checks come first, since every route before them costs them time."""
    checks.add_checks(app)
    for module in _MODULES:
        app.include_router(module.router)
    if settings.serve_docs:
        app.include_router(docs.router)
    if settings.serve_metrics:
        app.include_router(health.metrics_router)


def _make_service(settings: Settings, store: Store, counts: RateCounts) -> Service:
    """Return the parts of the service; `counts` limit it in all processes that share them."""
    pipeline, metrics = Pipeline(store, settings), Metrics()
    metrics.watch_queue(lambda: pipeline.depth)
    metrics.watch_clock(lambda: pipeline.clock_behind)
    slots = Slots(settings.deadline_seconds)
    signer = Signer(settings.signing_key_file, store.now)
    lookups, reports = settings.public_lookups_per_minute, settings.public_reports_per_minute
    return Service(
        settings=settings,
        store=store,
        slots=slots,
        pipeline=pipeline,
        authenticator=Authenticator(store, signer, store.now, slots["keys"], slots["strangers"]),
        refused_credentials=RefusedCredentials(
            settings.refused_credentials_per_minute, counts, metrics.count_refused_credential
        ),
        signer=signer,
        receipts=ReceiptKeys(settings.receipt_folder),
        lookups=PublicRate(MinuteRate(lookups, "lookups", counts)),
        reports=PublicRate(MinuteRate(reports, "reports", counts)),
        readiness=Readiness(store, slots["probes"]),
        metrics=metrics,
        waits=EventWaits(store, slots["events"]),
        webhooks=WebhookSecrets(settings.signing_key_file),
    )
