"""A district, its service over HTTP, and keys as a scheduler's gate has them."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select
from starlette.types import ASGIApp

from app.database import tables as t
from app.database.session import Store
from clearpost_client import Clearpost, Limits
from tests.api.conftest import for_
from tests.api.offices import For
from tests.conftest import MakeKey
from tests.service import serving

__all__ = ["for_"]

Body = dict[str, Any]
PICTURE = b"\x89PNG a picture of a room"
DIGEST = hashlib.sha256(PICTURE).hexdigest()
TEXT = "The choir sang. It was a night to remember."
QUICK = Limits(deadline=10, attempt=5, pause=0.02, longest_pause=0.05)
# What a scheduler calls facebook/maple.
CHANNEL, STUDIO_CHANNEL = "cm4ean69r0003w8w1cdomox9n", "5f5f0d9e-7c7e-4b58-9d2e-0a1b2c3d4e5f"


class Gated:
    """The service, and what offices do meanwhile."""

    def __init__(self, url: str, client: httpx.Client, make_key: MakeKey, for_: For) -> None:
        self.url = url
        self.client = client
        self.make_key = make_key
        self.for_ = for_

    def key(self, *scopes: str, person_id: str | None = "tess") -> str:
        made = self.make_key(scopes=scopes or ("check",), person_id=person_id)
        return made.secret

    def open(self, *scopes: str, limits: Limits = QUICK) -> Clearpost:
        return Clearpost(self.url, self.key(*scopes), limits=limits)

    def declare(self, *students: str, sha256: str = DIGEST) -> str:
        """A teacher says who is in a picture; without names, that nobody can be recognized."""
        with self.open("declarations:write") as clearpost:
            made = clearpost.declare(
                {
                    "purpose": "school",
                    "media": [
                        {"kind": "photo", "rights": "own", "sha256": sha256, "alt_text": "A room"}
                    ],
                    "pictured": {"students": [{"id": one} for one in students]}
                    if students
                    else {"nobody_identifiable": True},
                }
            )
        return made.id

    def refuse(self, person_id: str) -> None:
        """A mother says no, at the office."""
        body = {
            "person_id": person_id, "decision": "refuse", "capacity": "guardian",
            "given_by": {"name": "Robin Example"}, "signed_on": "2026-01-05",
        }  # fmt: skip
        answer = self.client.post(
            "/v1/consents", json=body, headers=self.for_("dora", scopes=("consents:write",))
        )
        assert answer.status_code == 201, answer.text

    def asked(self) -> int:
        """How many decisions were made."""
        said = self.client.get("/v1/ledger/head").json()
        return int(said["rows"])


@pytest.fixture
def gated(service: str, store: Store, client: httpx.Client, make_key: MakeKey, for_: For) -> Gated:
    with store.writing() as connection:
        account = connection.scalar(
            select(t.accounts.c.id).where(t.accounts.c.handle_key == "maple")
        )
        for system, channel in (("postiz", CHANNEL), ("brightbean", STUDIO_CHANNEL)):
            connection.execute(
                insert(t.account_aliases).values(system=system, value=channel, account_id=account)
            )
    return Gated(service, client, make_key, for_)


def post(**more: Any) -> Any:
    """A post that is allowed."""
    return {
        "account": {"platform": "facebook", "handle": "maple"}, "purpose": "school", "text": TEXT,
        **more,
    }  # fmt: skip


@contextmanager
def serving_other(app: ASGIApp) -> Iterator[str]:
    """Serve somebody else's application; yields its address."""
    with serving(app) as url:
        yield url
