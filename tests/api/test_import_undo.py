"""The undo of an import over HTTP: asked for, read, approved; what it leaves, line by line."""

from typing import Any

import httpx
import orjson
from sqlalchemy import select

from app.database import tables
from app.database.session import Store
from app.imports.staging.staging_database import open_staging
from tests.api.offices import For
from tests.api.test_imports import (
    ALSO_ON_BOTH,
    URL,
    backend,
    ended,
    part,
    settings,
    students,
    waited,
)
from tests.conftest import MakeKey
from tests.store.conftest import postgres, postgres_template, store_url

__all__ = ["backend", "postgres", "postgres_template", "settings", "store_url"]

ORGS = "sourced_id,name,kind\nhill,Hill School,school\n"


def deliver(client: httpx.Client, name: str) -> Any:
    """A night on which everybody is of this name."""
    files = [part("orgs.csv", ORGS), part("people.csv", students(3).replace("Given", name))]
    done = ended(client, client.post(URL, files=files)).json()
    assert done["state"] == "applied", done
    return done


@ALSO_ON_BOTH
def test_an_undo_is_asked_for_and_approved(client: httpx.Client, for_: For, store: Store) -> None:
    sue = for_("sue")
    deliver(client, "Ana")
    night = deliver(client, "Bea")
    answer = client.post(f"{URL}/{night['id']}/undo", headers={**sue, "Idempotency-Key": "k"})
    assert answer.status_code == 201, answer.text
    undo = answer.json()
    assert (undo["state"], undo["undoes"], undo["undone_by"]) == ("held", night["id"], None)
    assert undo["plan"]["kinds"]["people"]["changed"] == 3
    assert undo["plan"]["undo"]["import_id"] == night["id"]
    path = answer.headers["Location"]
    repeat = client.post(f"{URL}/{night['id']}/undo", headers={**sue, "Idempotency-Key": "k"})
    assert (repeat.json(), repeat.headers["Idempotency-Replayed"]) == (undo, "true")
    second = client.post(f"{URL}/{night['id']}/undo", headers=sue)
    assert second.status_code == 409
    etag = {"If-Match": answer.headers["ETag"]}
    # Whoever has no person approves nothing, here as with every import.
    assert client.post(f"{path}/approve", headers=etag).status_code == 403
    approved = client.post(f"{path}/approve", headers={**sue, **etag})
    assert approved.status_code == 202, approved.text
    assert waited(client, path).json()["state"] == "applied"
    assert client.get(f"{URL}/{night['id']}").json()["undone_by"] == undo["id"]
    with store.reading() as connection:
        name = select(tables.people.c.given_name).where(tables.people.c.id == "s-1")
        assert connection.scalar(name) == "Ana1"


def test_what_stays_is_told_line_by_line(client: httpx.Client, for_: For) -> None:
    sue = for_("sue")
    deliver(client, "Ana")
    night = deliver(client, "Bea")
    deliver(client, "Cleo")
    answer = client.post(f"{URL}/{night['id']}/undo", headers=sue)
    assert answer.json()["plan"]["undo"]["kept"] == {"people": 3}
    told = client.get(f"{answer.headers['Location']}/kept")
    assert [orjson.loads(line) for line in told.content.splitlines()] == [
        {"kind": "people", "id": f"s-{n}", "reason": "it was changed since"} for n in (1, 2, 3)
    ]
    # An import that is none has nothing that stays.
    assert client.get(f"{URL}/{night['id']}/kept").content == b""


def test_what_cannot_be_undone_is_refused(
    client: httpx.Client, for_: For, make_key: MakeKey, store: Store
) -> None:
    sue = for_("sue")
    night = deliver(client, "Ana")
    assert client.post(f"{URL}/nothing/undo", headers=sue).status_code == 404
    limited = make_key(scopes=["imports:write"], schools=["hill"]).secret
    headers = {"Authorization": f"Bearer {limited}"}
    path = f"{URL}/{night['id']}/undo"
    assert client.post(path, headers=headers).status_code == 403
    other = make_key(scopes=["check"]).secret
    assert client.post(path, headers={"Authorization": f"Bearer {other}"}).status_code == 403
    with open_staging(store, 0):
        assert client.post(path, headers=sue).status_code == 409
