"""The proxy in front of Postiz: its clients are gated without change, and cannot get round it."""

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.clients.conftest import CHANNEL, DIGEST, PICTURE, Gated, serving_other
from tests.clients.postiz_server import KEY, Postiz
from tests.clients.running import environment, proxying
from tests.clients.test_postiz_reading import body, image, thread

Body = dict[str, Any]
HEADERS = {"Authorization": KEY}


@pytest.fixture
def postiz() -> Iterator[tuple[Postiz, str]]:
    running = Postiz()
    running.uploads["/uploads/a.png"] = PICTURE
    with serving_other(running.app) as url:
        yield running, url


def pictured(url: str, **more: Any) -> Body:
    said = body(posts=[thread("The choir sang.")], **more)
    said["posts"][0]["value"][0]["image"] = [image(f"{url}/uploads/a.png", alt="A room")]
    return said


def test_clients_of_postiz_are_gated_without_change(
    gated: Gated, postiz: tuple[Postiz, str], tmp_path: Path
) -> None:
    running, url = postiz
    with proxying(environment(gated), tmp_path, "--upstream", url, "--sweep-every", "0") as client:
        # What publishes nothing passes, with its key, its body and its answer as they are.
        assert client.get("/public/v1/integrations").status_code == 401
        client.headers.update(HEADERS)
        channels = client.get("/public/v1/integrations?group=1")
        assert (channels.status_code, channels.headers["set-cookie"]) == (201, "auth=a")
        client.cookies.clear()  # as another client would come
        uploaded = client.post("/public/v1/upload", content=iter([b"a" * 100_000] * 3))
        assert uploaded.json()["bytes"] == 300_000
        period = {"startDate": "2026-01-01T00:00:00.000Z", "endDate": "2028-01-01T00:00:00.000Z"}
        listed = client.get("/public/v1/posts", params=period)
        assert (listed.json(), listed.headers["content-encoding"]) == ({"posts": []}, "gzip")

        # A review and a deny are 403, in the form that its clients show; nothing is made.
        doubted = client.post("/public/v1/posts", json=pictured(url))
        said = doubted.json()
        assert (doubted.status_code, said["statusCode"], said["outcome"]) == (403, 403, "review")
        assert said["message"] == said["msg"]
        assert {"pictured.missing"} < {one["code"] for one in said["findings"]}
        strange = body(posts=[thread("Hello")])
        strange["posts"][0]["integration"]["id"] = "unknown-channel"
        denied = client.post("/public/v1/posts", json=strange).json()
        assert (denied["outcome"], denied["findings"][0]["code"]) == (
            "deny",
            "account.unknown",
        )
        two = body(posts=[thread("Hello"), strange["posts"][0]])
        assert client.post("/public/v1/posts", json=two).status_code == 403
        assert running.posts == {}


def test_what_is_allowed_is_made_and_a_draft_waits(
    gated: Gated, postiz: tuple[Postiz, str], tmp_path: Path
) -> None:
    running, url = postiz
    with proxying(environment(gated), tmp_path, "--upstream", url, "--sweep-every", "0") as client:
        client.headers.update(HEADERS)
        # Once it is declared, both a plan and what goes out now are made.
        gated.declare("ana")
        for kind in ("schedule", "now", "update"):
            made = client.post("/public/v1/posts", json=pictured(url, type=kind))
            assert made.status_code == 201, made.text
            assert made.json()[0]["integration"] == CHANNEL
        assert len(running.posts) == 3
        # Nobody checks repeats later, so there are none.
        repeated = client.post("/public/v1/posts", json=body(inter=7))
        assert (repeated.status_code, repeated.json()["outcome"]) == (403, "deny")

        # A draft passes unasked; scheduling it does not.
        gated.refuse("ana")
        draft = client.post("/public/v1/posts", json=pictured(url, type="draft"))
        (ident,) = (one["postId"] for one in draft.json())
        path = f"/public/v1/posts/{ident}/status"
        assert client.put(path, json={"status": "schedule"}).json()["findings"][0]["code"] == (
            "consent.refused"
        )
        assert running.posts[ident]["state"] == "DRAFT"
        plain = client.post("/public/v1/posts", json=body(type="draft")).json()[0]["postId"]
        running.posts[plain]["content"] = "Something else"
        path = f"/public/v1/posts/{plain}/status"
        assert "changed since" in client.put(path, json={"status": "schedule"}).text
        running.posts[plain]["content"] = "The choir sang."
        assert client.put(path, json={"status": "schedule"}).json()["state"] == "QUEUE"
        assert client.put(path, json={"status": "draft"}).json()["state"] == "DRAFT"
        unknown = client.put("/public/v1/posts/p-1/status", json={"status": "schedule"})
        assert "did not come through the gate" in unknown.json()["message"]
        assert client.delete(f"/public/v1/posts/{plain}").status_code == 200
        assert plain not in running.posts


def test_nothing_gets_round_it(gated: Gated, postiz: tuple[Postiz, str], tmp_path: Path) -> None:
    running, url = postiz
    good = json.dumps(body()).encode()
    plain = {"Content-Type": "application/json"}
    tried: list[tuple[str, str, bytes, dict[str, str]]] = [
        ("POST", path, good, plain)
        for path in (
            "/public/v1/Posts", "/PUBLIC/v1/posts", "/public/v1/posts/", "/public/v1//posts",
            "//public/v1/posts", "/public/v1/%70osts", "/public/v1/./posts",
            "/public/v1/x/../posts", "/public/v1/posts;x=1", "/public/v1/posts%2f",
            "/public/v1/posts%00", "/public/v2/posts", "/posts", "/api/public/v1/posts",
            "/public/v1/posts/p-1", "/mcp",
        )
    ]  # fmt: skip
    tried += [
        ("GET", path, b"", {})
        for path in ("/public/v1/../../auth", "/public/v1/%2e%2e/auth", "/public/v1/", "/auth", "/")
    ]
    form = urlencode({"type": "now", "posts[0][integration][id]": CHANNEL}).encode()
    tried += [
        ("POST", "/public/v1/posts", form, {"Content-Type": "application/x-www-form-urlencoded"}),
        ("POST", "/public/v1/posts", good, {"Content-Type": "text/plain"}),
        ("POST", "/public/v1/posts", good, {}),
        ("POST", "/public/v1/posts", good, {"Content-Type": "application/json; charset=utf-16"}),
        ("POST", "/public/v1/posts", good, {**plain, "Content-Encoding": "gzip"}),
        ("POST", "/public/v1/posts", b"", plain),
        ("POST", "/public/v1/posts", b" " * (3 * 1024 * 1024), plain),
        ("PATCH", "/public/v1/posts", good, plain),
        ("PUT", "/public/v1/posts", good, plain),
        ("PUT", "/public/v1/posts/p-1/settings", b'{"settings":{"title":"Ana"}}', plain),
        ("PUT", "/public/v1/posts/p-1/date", b'{"date":"2026-01-01"}', plain),
        ("PUT", "/public/v1/posts/p-1/status", b'{"status":"SCHEDULE"}', plain),
        ("PUT", "/public/v1/posts/p-1/status", b'{"status":"draft","status":"schedule"}', plain),
        ("PUT", "/public/v1/posts/p-1/status", b'{"status":["schedule"]}', plain),
        ("PUT", "/public/v1/posts/p-1/status", b'{"status":"draft","x":1}', plain),
        ("POST", "/public/v1/integration-trigger/i-1", b'{"methodName":"post"}', plain),
        ("OPTIONS", "/public/v1/posts", b"", {}),
    ]
    with proxying(environment(gated), tmp_path, "--upstream", url, "--sweep-every", "0") as client:
        address = client.base_url.host, client.base_url.port or 0
        for method, path, content, headers in tried:
            status = send_raw(address, method, path, content, {**HEADERS, **headers})
            assert status in {403, 405}, (method, path, status)
        # A GET with a body is one without it.
        assert send_raw(address, "GET", "/public/v1/integrations", good, HEADERS) == 201
        assert running.received == [("GET", "/public/v1/integrations", b"")]
        # Names of methods that only look up pass.
        asked = client.post(
            "/public/v1/integration-trigger/i-1", json={"methodName": "boards"}, headers=HEADERS
        )
        assert asked.status_code == 201
        # What it passes on is what it has read, whatever the client's spelling of it.
        spelled = b'{"\\u0074ype":"now"' + good[good.index(b",") :]
        assert (
            send_raw(address, "POST", "/public/v1/posts?type=draft", spelled, {**HEADERS, **plain})
            == 201
        )
        (passed,) = (
            content
            for method, path, content in running.received
            if path.endswith("/posts") and method == "POST"
        )
        assert json.loads(passed)["type"] == "now"
        assert b"\\u0074" not in passed


def send_raw(
    address: tuple[str, int], method: str, path: str, content: bytes, headers: dict[str, str]
) -> int:
    """Send a request with a path as it is; httpx would tidy it. Returns the status."""
    lines = [f"{method} {path} HTTP/1.1", "Host: gate", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()] + ["Connection: close"]
    with socket.create_connection(address, timeout=60) as sent:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # answered already
            sent.sendall("\r\n".join([*lines, "", ""]).encode() + content)
        return int(sent.recv(100).split(b" ")[1])


def test_media_are_fetched_from_postiz_alone(
    gated: Gated, postiz: tuple[Postiz, str], tmp_path: Path
) -> None:
    running, url = postiz
    gated.declare(sha256=DIGEST)
    elsewhere = Postiz()
    elsewhere.uploads["/uploads/a.png"] = PICTURE
    with (
        serving_other(elsewhere.app) as other,
        proxying(environment(gated), tmp_path, "--upstream", url, "--sweep-every", "0") as client,
    ):
        client.headers.update(HEADERS)

        def send(path: str) -> httpx.Response:
            said = pictured(url)
            said["posts"][0]["value"][0]["image"][0]["path"] = path
            return client.post("/public/v1/posts", json=said)

        for path in (
            f"{other}/uploads/a.png", f"{url}@{other[7:]}/uploads/a.png",
            f"{other}/{url}/uploads/a.png", f"{url}.example.org/uploads/a.png",
            f"{url}/uploads/../uploads/a.png", f"{url}/uploads//a.png",
            f"{url}/uploads/a.png?b=.png", f"{url}/uploads/%61.png", f"{url}/uploads/missing.png",
            f"https{url[4:]}/uploads/a.png",
            "http:/a.png", "file:///etc/http/a.png", f"{url}\\@{other[7:]}/a.png",
        ):  # fmt: skip
            assert send(path).status_code in {403, 503}, path
        assert (running.posts, elsewhere.received) == ({}, [])
        assert send(f"{url}/uploads/a.png").status_code == 201
        assert send("/a.png").status_code == 201
        # Other bytes under the same name are nothing that somebody has declared.
        running.uploads["/uploads/a.png"] = PICTURE + b"!"
        assert send(f"{url}/uploads/a.png").json()["outcome"] == "review"


def test_a_recall_on_the_way_and_a_service_that_is_away(
    gated: Gated, postiz: tuple[Postiz, str], tmp_path: Path
) -> None:
    running, url = postiz
    gated.declare("ana")
    options = ("--upstream", url, "--sweep-every", "0")
    with proxying(environment(gated), tmp_path, *options) as client:
        client.headers.update(HEADERS)
        # Postiz makes it, and does not show it: nobody could find it again.
        running.fails_listing = True
        lost = client.post("/public/v1/posts", json=pictured(url))
        assert (lost.status_code, running.posts) == (503, {})
        running.fails_listing = False
        # The mother says no when the check has been answered, and Postiz not been asked.
        running.before_made = lambda: gated.refuse("ana")
        recalled = client.post("/public/v1/posts", json=pictured(url))
        assert (recalled.status_code, running.posts, running.workflows) == (403, {}, set())
        assert recalled.json()["message"].startswith("Not cleared (deny).")
        # It is tried twice, and told where the post stays: without a sweep nobody deletes it.
        running.before_made = None
        for times, left in ((1, 0), (2, 1)):
            running.fails_deleting, running.fails_listing = times, True
            kept = client.post("/public/v1/posts", json=body())
            assert (kept.status_code, len(running.posts)) == (503, left)
            assert [one in kept.text for one in running.posts] == [True] * left
    running.posts.clear()
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        away = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    with proxying(environment(gated, url=away), tmp_path, *options) as client:
        refused = client.post("/public/v1/posts", json=body(), headers=HEADERS)
        assert (refused.status_code, running.posts) == (503, {})
        assert refused.json()["message"].startswith("Not cleared: it could not be asked.")
