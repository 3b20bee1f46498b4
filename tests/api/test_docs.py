import re
from typing import Any
from urllib.parse import urljoin

import httpx
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.http.authorization import scope_of
from app.http.middleware import ACCESS
from app.store.service.keys import SCOPES
from tests.conftest import MakeKey

PUBLIC = {"GET /v1/policy", "GET /v1/accounts/verify", "POST /v1/reports"}
# What loads something: an attribute of the markup, an import or a url() of a style.
LOADS = re.compile(r"""(?:src|href)\s*=\s*["']([^"']+)|@import\s+["']([^"']+)|url\(([^)]+)\)""")

# For every part of a path that a caller fills in.
SOME_ID = "0197b9c4-0000-7000-8000-00000000abcd"


def references(text: str) -> set[str]:
    found = (next(filter(None, match)) for match in LOADS.findall(text))
    return {one.strip("\"' ") for one in found}


def test_the_docs_load_nothing_from_another_host(service: str) -> None:
    page = httpx.get(f"{service}/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    loaded = references(page.text)
    assert len(loaded) == 4
    for one in loaded:
        assert not re.match(r"(?i)[a-z]+:|//", one), one
        file = httpx.get(urljoin(f"{service}/docs", one))
        assert file.status_code == 200
        assert file.content
        if one.endswith(".css"):
            assert all(r.startswith(("data:", "#")) for r in references(file.text))


def test_the_docs_policy_allows_this_host_alone_and_nothing_inline(service: str) -> None:
    policy = httpx.get(f"{service}/docs").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert not re.search(r"unsafe|https?:|\*", policy)
    page = httpx.get(f"{service}/docs").text
    assert not re.search(r"<script(?![^>]*src=)|<style|style=|\son\w+=", page)
    start = httpx.get(f"{service}/docs/start.js").text
    assert "validatorUrl: null" in start
    assert 'url: "openapi.json"' in start


def test_every_route_of_the_api_names_its_scope_or_is_public(application: FastAPI) -> None:
    routes = [r for r in iter_route_contexts(application.routes) if (r.path or "")[:4] == "/v1/"]
    assert routes
    for route in routes:
        scope = scope_of(route)
        named = {f"{method} {route.path}" for method in route.methods or ()}
        assert (scope in SCOPES) != bool(named & PUBLIC), named


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_with_a_scope_refuses_who_has_no_key(
    service: str, application: FastAPI
) -> None:
    asked = [o for o in operations(application.openapi()) if o[2].get("x-scope")]
    assert asked
    for method, path, operation in asked:
        url = service + re.sub(r"\{[^}]+\}", SOME_ID, path)
        assert httpx.request(method, url, json={}).status_code == 401, path
        assert operation["security"] == [{"bearer": []}]


def test_no_scope_opens_what_asks_for_another(
    service: str, application: FastAPI, make_key: MakeKey
) -> None:
    bearers = {scope: f"Bearer {make_key(scopes=[scope]).secret}" for scope in SCOPES}
    with httpx.Client(base_url=service) as client:
        for method, path, operation in operations(application.openapi()):
            wanted = operation.get("x-scope")
            url = re.sub(r"\{[^}]+\}", SOME_ID, path)
            for scope, bearer in bearers.items():
                answer = client.request(method, url, headers={"Authorization": bearer})
                assert (answer.status_code == 403) == (wanted not in {None, scope}), path


def test_the_description_is_complete(application: FastAPI) -> None:
    schema = application.openapi()
    components = schema["components"]["schemas"]
    used = set(re.findall(r"#/components/schemas/([^\"']+)", str(schema)))
    assert used <= set(components), used - set(components)
    assert "HTTPValidationError" not in components
    for _, path, operation in operations(schema):
        assert operation["summary"], path
        assert operation["description"], path
        assert operation["tags"], path
        responses = operation["responses"]
        for status in (s for s in responses if int(s) >= 400):
            assert list(responses[status]["content"]) == ["application/problem+json"], path
        wanted = {"500"}
        wanted |= {"401", "403", "503"} if operation.get("x-scope") else set()
        wrong = {"400"} if path.startswith(ACCESS) else {"415", "422"}
        wanted |= {"413", *wrong} if "requestBody" in operation else set()
        assert wanted <= set(responses), path
