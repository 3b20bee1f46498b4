import contextlib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from tests.service import serving


@contextlib.contextmanager
def silent_server() -> Iterator[int]:
    """A port of a server that takes connections and never says a word; and its end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken: list[socket.socket] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    taken.append(listener.accept()[0])

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in taken:
                connection.close()


def test_healthy_and_ready(service: str) -> None:
    for path in ("/healthz", "/readyz"):
        answer = httpx.get(service + path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_store_without_our_schema_is_not_ready(tmp_path: Path) -> None:
    with serving(create_app(Settings(database_url=f"sqlite:///{tmp_path}/empty.db"))) as url:
        answer = httpx.get(f"{url}/readyz")
        assert httpx.get(f"{url}/healthz").status_code == 200
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.json()["type"] == "/problems/not-ready"
    assert answer.json()["detail"].startswith("schema:")


@pytest.mark.parametrize("path", ["/readyz", "/v1/decisions/0197b9c4-0000-7000-8000-00000000abcd"])
def test_a_store_that_hangs_is_503_and_health_stays_quick(
    path: str, store: Store, client: httpx.Client
) -> None:
    with silent_server() as port:
        settings = Settings(database_url=f"postgresql://nobody@127.0.0.1:{port}/clearpost")
        with serving(create_app(settings)) as url:

            def ask(_: int) -> httpx.Response:
                return httpx.get(url + path, headers=client.headers, timeout=10)

            with ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(ask, range(8)))
            assert httpx.get(f"{url}/healthz", timeout=1).status_code == 200
    assert {answer.status_code for answer in answers} == {503}
    assert all(answer.headers["Retry-After"] for answer in answers)


def test_metrics_count_by_template_and_never_by_path(client: httpx.Client) -> None:
    secret = "0197b9c4-0000-7000-8000-00000000abcd"
    assert client.get(f"/v1/decisions/{secret}").status_code == 404
    assert client.get(f"/nowhere/{secret}").status_code == 404
    counted = client.get("/metrics")
    assert counted.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    wanted = 'clearpost_requests_total{method="GET",route="/v1/decisions/{id}",status="404"} 1.0'
    assert wanted in counted.text
    assert 'route="unmatched",status="404"' in counted.text
    assert secret not in counted.text
