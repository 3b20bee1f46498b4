"""Erasing a person. The id travels in the body only."""

from typing import Annotated

from fastapi import APIRouter, Depends

from app.auth.authenticator import Caller
from app.database.session import Store
from app.erasure import person_erasure
from app.erasure.vacuum import rewrite_store
from app.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    OwnRequestError,
    PersonRequiredError,
    StoreInUseError,
    StoreUnavailableError,
)
from app.http.authorization import require_scope
from app.http.context import OpenStore, ServiceSettings
from app.http.problems import list_responses
from app.http.record_writes import actor_of, person_of, reads
from app.http.slot_routes import SlotRoute, use_slots
from app.imports.spool import forget_deliveries
from app.schemas.erasure import ErasureIn, ErasureOut

router = APIRouter(prefix="/v1/people", tags=["people"], route_class=SlotRoute)
_PROBLEMS = list_responses(PersonRequiredError, OwnRequestError, NotFoundError, ConflictError)
# A request is not held as long as a command.
_PATIENCE_SECONDS = 5


@router.post("/erase", responses=_PROBLEMS)
@use_slots("erasures")
def erase_person(
    store: OpenStore,
    settings: ServiceSettings,
    caller: Annotated[Caller, Depends(require_scope("admin"))],
    body: Annotated[ErasureIn, Depends(reads(ErasureIn))],
) -> ErasureOut:
    """Erase a person for good, by another person, with a key that is not limited to schools.

    Names, statements, classes, guardians, and the contents of ledger rows that name them by id or
    by name go, namesakes' decisions among them. What they did in office stays and names no one.
    Checks wait while the store's files are written anew. The id is then unknown; a later import
    may bring the person back as someone new.
    """
    if caller.schools is not None:
        detail = "People are not erased by a key that is limited to schools"
        raise ForbiddenError(detail)
    person_of(actor_of(store, caller))
    done = person_erasure.erase_person(store, body.person_id, lambda: actor_of(store, caller))
    forget_deliveries(settings.import_spool)
    return ErasureOut(
        id=done.id,
        erased_at=done.at,
        ledger_rows=done.ledger_rows,
        statements=done.statements,
        replies=done.replies,
        releases=done.releases,
        overwritten=_is_overwritten(store),
    )


def _is_overwritten(store: Store) -> bool:
    try:
        return not rewrite_store(store, _PATIENCE_SECONDS)
    except (StoreInUseError, StoreUnavailableError):
        return False
