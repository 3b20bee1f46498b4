"""The context of a request: the service that answers it, and the parts that routes work with.

A route names the parts in its signature, `store: OpenStore`; nothing else reads the application's
state. No dependency here opens a connection or waits for anything.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from app.auth.authenticator import Authenticator
from app.auth.receipts import ReceiptKeys
from app.auth.refused_credentials import RefusedCredentials
from app.auth.widget_tokens import Signer
from app.checks.pipeline import Pipeline
from app.database.session import Store
from app.events.signatures import WebhookSecrets
from app.events.waits import EventWaits
from app.http.readiness import Readiness
from app.metrics import Metrics
from app.rates import PublicRate
from app.settings import Settings
from app.slots import Slots


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of one service; `lookups` and `reports` are the rates of routes without a key."""

    settings: Settings
    store: Store
    slots: Slots
    pipeline: Pipeline
    authenticator: Authenticator
    refused_credentials: RefusedCredentials
    signer: Signer
    receipts: ReceiptKeys
    lookups: PublicRate
    reports: PublicRate
    readiness: Readiness
    metrics: Metrics
    waits: EventWaits
    webhooks: WebhookSecrets


def keep_service(app: FastAPI, service: Service) -> None:
    """Let the requests of `app` find the service."""
    app.state.service = service


def find_service(request: Request) -> Service:
    """Return the service that answers `request`, for what FastAPI gives no dependencies."""
    service: Service = request.app.state.service
    return service


async def _give_service(request: Request) -> Service:
    return find_service(request)


async def _give_store(request: Request) -> Store:
    return find_service(request).store


async def _give_settings(request: Request) -> Settings:
    return find_service(request).settings


async def _give_slots(request: Request) -> Slots:
    return find_service(request).slots


WholeService = Annotated[Service, Depends(_give_service)]
OpenStore = Annotated[Store, Depends(_give_store)]
ServiceSettings = Annotated[Settings, Depends(_give_settings)]
ServiceSlots = Annotated[Slots, Depends(_give_slots)]
