"""AuthZEN's metadata: where the decision point is, told by a setting, by nothing that is sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import ValidationError

from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from tests.api.test_auth import bearer
from tests.conftest import MakeKey
from tests.district import found
from tests.service import serving

WELL_KNOWN = "/.well-known/authzen-configuration"
ASKED = {
    "subject": {"type": "employee", "id": "tess"}, "action": {"name": "publish_photo"},
    "resource": {"type": "student", "id": "ana"},
}  # fmt: skip


@contextmanager
def service_at(settings: Settings, store: Store, base: str | None) -> Iterator[str]:
    """The service under the address `base`, which the client's way leads to it, as a proxy does."""
    told = settings.model_copy(update={"public_url": base})
    with serving(create_app(told, store=store)) as url:
        yield url


class Proxy(httpx.BaseTransport):
    """The district's proxy: it takes the public addresses, and passes them on with or without."""

    def __init__(self, public: str, inside: str) -> None:
        self._public, self._inside = urlsplit(public), urlsplit(inside)
        self._client = httpx.Client()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host == self._public.hostname
        assert request.url.scheme == self._public.scheme
        path = request.url.raw_path.decode().removeprefix(self._public.path)
        passed = self._client.request(
            request.method, f"http://{self._inside.netloc}{path}",
            headers={n: v for n, v in request.headers.items() if n != "host"},
            content=request.read(),
        )  # fmt: skip
        return httpx.Response(passed.status_code, headers=passed.headers, content=passed.content)


@pytest.mark.parametrize(
    "base", ["https://pdp.district.example", "https://district.example/apps/clearpost"]
)
def test_client_walks_from_the_metadata_alone(
    settings: Settings, store: Store, make_key: MakeKey, base: str
) -> None:
    """It knows the identifier, a key, and the specification; all else it reads."""
    with store.writing() as connection:
        found(connection)
    with service_at(settings, store, base) as inside:
        parts = urlsplit(base)
        at = f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}{parts.path}"
        with httpx.Client(transport=Proxy(base, inside)) as client:
            answer = client.get(at)
            assert answer.status_code == 200
            assert answer.headers["Content-Type"] == "application/json"
            assert "max-age" in answer.headers["Cache-Control"]
            point = answer.json()
            assert point["policy_decision_point"] == base
            assert not {one for one in point if one.startswith("search_")}
            assert None not in point.values()
            assert all(one.startswith(base) for one in point.values())
            headers = bearer(make_key(scopes=["check"]).secret)
            one = client.post(point["access_evaluation_endpoint"], json=ASKED, headers=headers)
            assert one.json()["decision"] is True
            several = client.post(
                point["access_evaluations_endpoint"], json={**ASKED, "evaluations": [{}]},
                headers=headers,
            )  # fmt: skip
            assert [said["decision"] for said in several.json()["evaluations"]] == [True]


def test_what_is_sent_does_not_tell_the_base(settings: Settings, store: Store) -> None:
    spoofed = {"Host": "evil.example", "X-Forwarded-Host": "evil.example",
               "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}  # fmt: skip
    with service_at(settings, store, "https://pdp.district.example") as url:
        answer = httpx.get(url + WELL_KNOWN, headers=spoofed)
        assert answer.json()["policy_decision_point"] == "https://pdp.district.example"
        assert "evil" not in answer.text
        assert httpx.get(f"{url}{WELL_KNOWN}/tenant1").status_code == 404
    with service_at(settings, store, "https://district.example/pdp") as url:
        assert httpx.get(url + WELL_KNOWN).status_code == 404
        assert httpx.get(f"{url}{WELL_KNOWN}/pdp/").status_code == 404
        assert httpx.get(f"{url}{WELL_KNOWN}/pdp").status_code == 200
    with service_at(settings, store, None) as url:
        assert httpx.get(url + WELL_KNOWN, headers=spoofed).status_code == 404


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://a.example", "https://a.example"), ("https://a.example/", "https://a.example"),
        ("https://a.example:8443/x/y/", "https://a.example:8443/x/y"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:8000", "http://localhost:8000"), ("http://[::1]:1", "http://[::1]:1"),
    ],
)  # fmt: skip
def test_base_is_an_address_of_https(given: str, base: str) -> None:
    assert Settings(public_url=given).public_url == base


@pytest.mark.parametrize(
    "given",
    [
        "http://a.example", "http://localhost.a.example", "ftp://a.example", "a.example", "https://",
        "https://a.example?x=1", "https://a.example#x", "https://u:p@a.example", "", "/",
        "https://A.example", "https://a.example:port", "https://a.example/a b",
        "https://a.example\n", "https://a.example//x",
    ],
)  # fmt: skip
def test_base_that_is_no_such_address_is_refused(given: str) -> None:
    with pytest.raises(ValidationError):
        Settings(public_url=given)
