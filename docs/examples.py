"""The example answers of `openapi.md` and `README.md`: `python -m docs.examples` records them.

They are the service's own answers about the demo's district, as of a stated time. What differs from
run to run (ids) is left as it was recorded where nothing else in an answer has changed.
"""

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from app.cli.demonstration import EXAMPLES as POSTS
from app.cli.demonstration import SEED, STUDENTS, demo_settings
from app.cli.serving import find_address, make_server_config, open_listener
from app.database.session import Store
from app.imports.run import run_import
from app.main import create_app
from app.store.service import keys
from app.synthetic import generate_district
from migrations.upgrade import upgrade

# When they are asked, whenever that is done: the district is one of this day.
AT = datetime(2026, 11, 26, 18, tzinfo=UTC)
RECORDED = Path(__file__).with_name("examples.json")
README = Path(__file__).parent.parent / "README.md"
Example = dict[str, Any]

_VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_LAKEVIEW = {"platform": "x", "handle": "@lakeviewhigh"}
_OF_CHECKS: tuple[tuple[str, str, Any], ...] = (
    ("photo-consent", "A guardian has refused", {"students": [{"id": "s-000002"}]}),
    ("photo-consent", "Two students bear the name", {"students": [{"name": "Taylor Kingsley"}]}),
    ("photo-consent", "Nothing on file", {"students": [{"id": "s-000001"}]}),
    ("photo-consent", "Two guardians disagree", {"students": [{"id": "s-000003"}]}),
    (
        "photo-consent",
        "A student may be shown, but not named",
        {"students": [{"id": "s-000006"}], "extent": "image_with_name"},
    ),
    (
        "coworker-consent",
        "One who agreed, and one who did not say",
        {"employees": [{"id": "e-000004"}, {"id": "e-000005"}]},
    ),
    ("logo", "The account has permission", {"account": _LAKEVIEW}),
    ("spokesperson", "Nobody gave this employee permission", {"author": {"id": "e-000005"}}),
    ("account", "By its address", {"url": "https://twitter.com/lakeviewhigh?s=20"}),
    ("account", "Nobody authorized it", {"platform": "instagram", "handle": "lakeviewdrama"}),
    ("account", "No account of the district", {"platform": "Facebook", "handle": "lakeviewhi"}),
    ("account", "Not as documented", {"platform": "x", "handel": "lakeviewhigh"}),
)
_OF_PEOPLE: tuple[tuple[str, str, Any], ...] = (
    ("/v1/people/search", "Namesakes, from part of a name", {"query": "kingsley tay"}),
    ("/v1/people/search", "A slip of the pen", {"query": "kingsly tailor", "grade": "3rd"}),
    (
        "/v1/classes/not-pictured",
        "Who of a class may not be in the yearbook",
        {"class_id": "c-0001-10-eng-2", "channel": "yearbook", "extent": "image_with_name"},
    ),
)


@contextmanager
def demo_service() -> Iterator[httpx.Client]:
    """The service over a new demo district, and a client with a key to it."""
    with tempfile.TemporaryDirectory() as name:
        settings = demo_settings(Path(name))
        store = Store(settings.database_url, clock=lambda: AT)
        upgrade(store)
        generate_district(Path(name), STUDENTS, SEED, AT.astimezone(settings.zone).date())
        run_import(store, settings, Path(name), complete_consents=True)
        with store.writing() as connection:
            scopes = ("check", "decisions:read", "people:read")
            key = keys.create_key(connection, name="Docs", scopes=scopes, now=AT)
        headers = {"Authorization": f"Bearer {key.secret}", "X-Request-ID": "your-own-id"}
        with (
            _serve_app(create_app(settings, store=store)) as url,
            httpx.Client(base_url=url, headers=headers, trust_env=False) as client,
        ):
            yield client
        store.close()


@contextmanager
def _serve_app(app: FastAPI) -> Iterator[str]:
    """`app` on a port of its own of 127.0.0.1; its URL."""
    with open_listener("127.0.0.1", 0) as listener:
        server = uvicorn.Server(make_server_config(app, app.state.settings))
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield find_address(listener)
        finally:
            server.should_exit = True
            thread.join()


def ask(client: httpx.Client) -> list[Example]:
    """Every example with its answer."""
    asked = [
        _ask_example(client, "POST", "/v1/checks/post", title, post)
        for title, (_, post) in zip(("Allow", "Review", "Deny"), POSTS, strict=True)
    ]
    bad = {**POSTS[0][1], "publish_at": "2027-01-15T09:00:00"}
    asked.append(
        _ask_example(
            client, "POST", "/v1/checks/posts", "A post without its time's offset", {"posts": [bad]}
        )
    )
    asked += [
        _ask_example(client, "POST", f"/v1/checks/{check}", title, body)
        for check, title, body in _OF_CHECKS
    ]
    asked += [_ask_example(client, "POST", path, title, body) for path, title, body in _OF_PEOPLE]
    first = asked[0]["answer"]["id"]
    said = client.get(f"/v1/decisions/{first}").json()
    asked.append(_make_example("GET /v1/decisions/{id}", "An answer given before", None, 200, said))
    return [
        *asked,
        _ask_example(client, "GET", "/problems/busy", "What `/problems/busy` means", None),
    ]


def without_varying(example: Example) -> str:
    """`example` as text without what differs from run to run, for comparison."""
    return _VARYING.sub("…", json.dumps(example, sort_keys=True))


def recorded() -> list[Example]:
    """The examples as they stand in the documents."""
    found: list[Example] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found


def shown(readme: str, examples: list[Example]) -> str:
    """`readme` with the answer as recorded below the check that it asks by curl."""
    (sent,) = re.findall(r"^  -d '(.*)'$", readme, re.MULTILINE)
    answer = next(one["answer"] for one in examples if one["request"] == json.loads(sent))
    before, asked, after = readme.partition(f"  -d '{sent}'")
    text = json.dumps(answer, indent=2, ensure_ascii=False)
    # Objects that hold no others fit on a line.
    text = re.sub(r"\{\s+([^{}\[\]]{1,160}?)\s+\}", _on_a_line, text)
    block = f"```json\n{text}\n```"
    return (
        before
        + asked
        + re.sub(r"```json\n.*?```", lambda _: block, after, count=1, flags=re.DOTALL)
    )


def _on_a_line(found: re.Match[str]) -> str:
    return "{" + re.sub(r"\n\s+", " ", found[1]) + "}"


def main() -> None:
    """Record what has changed."""
    kept = {without_varying(example): example for example in recorded()}
    with demo_service() as client:
        asked = [kept.get(without_varying(example), example) for example in ask(client)]
    text = json.dumps(asked, indent=1, ensure_ascii=False)
    RECORDED.write_text(f"{text}\n", encoding="utf-8")
    README.write_text(shown(README.read_text(encoding="utf-8"), asked), encoding="utf-8")


def _ask_example(client: httpx.Client, method: str, path: str, title: str, body: Any) -> Example:
    answered = client.request(method, path, json=body)
    operation = f"{method} {path.replace('/problems/busy', '/problems/{slug}')}"
    return _make_example(operation, title, body, answered.status_code, answered.json())


def _make_example(operation: str, title: str, body: Any, status: int, answer: Any) -> Example:
    return {
        "operation": operation,
        "title": title,
        "request": body,
        "status": status,
        "answer": answer,
    }


if __name__ == "__main__":
    main()
