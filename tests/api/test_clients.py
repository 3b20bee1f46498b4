"""Clients that are generated as `openapi.md` says build without a warning, and gate a post.

The generators are in an environment of their own (`make .venv/.clients`); what they make stays in a
temporary folder.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from docs import examples
from docs.openapi import ENTRY
from tests.docs.test_papers import blocks, commands

BIN = Path(sys.prefix) / "clients" / "bin"
TEXT = ENTRY.read_text(encoding="utf-8")
# Each asks a post that the demo allows, one that it denies, and one that is not as described; types
# and words are those of the generated modules.
BY_ATTRS = """
from http import HTTPStatus
from clearpost_client import AuthenticatedClient
from clearpost_client.api.checks import check_post
from clearpost_client.models import (
    AccountInput, Decision, MediaInput, MediaKind, MediaRights, Outcome, PersonInput, PicturedInput,
    PostCheck, Problem, Purpose, StudentInput,
)

def ask(*students):
    post = PostCheck(
        account=AccountInput(platform="x", handle="lakeviewhigh"),
        author=PersonInput(id="e-000004"),
        purpose=Purpose.SCHOOL,
        text="Opening night of the spring musical!",
        media=[MediaInput(kind=MediaKind.PHOTO, rights=MediaRights.OWN)],
        pictured=PicturedInput(students=[StudentInput(**one) for one in students]),
    )
    return check_post.sync(client=client, body=post)

with AuthenticatedClient(base_url=SERVICE, token=KEY) as client:
    allowed, denied = ask({"id": "s-000001"}), ask({"id": "s-000002"})
    refused = ask({"id": "s-000001", "name": "both"})
assert isinstance(allowed, Decision) and allowed.outcome is Outcome.ALLOW, allowed
assert isinstance(denied, Decision) and denied.outcome is Outcome.DENY, denied
assert isinstance(refused, Problem) and refused.status == HTTPStatus.UNPROCESSABLE_ENTITY, refused
"""
BY_PYDANTIC = """
import httpx
from clearpost_models import (
    AccountInput, Decision, MediaInput, MediaKind, MediaRights, Outcome, PersonInput, PicturedInput,
    PostCheck, Problem, Purpose, StudentInput,
)

def ask(*students):
    post = PostCheck(
        account=AccountInput(platform="x", handle="lakeviewhigh"),
        author=PersonInput(id="e-000004"),
        purpose=Purpose.school,
        text="Opening night of the spring musical!",
        media=[MediaInput(kind=MediaKind.photo, rights=MediaRights.own)],
        pictured=PicturedInput(students=[StudentInput(**one) for one in students]),
    )
    return client.post("/v1/checks/post", json=post.model_dump(mode="json", exclude_none=True))

with httpx.Client(base_url=SERVICE, headers={"Authorization": f"Bearer {KEY}"}) as client:
    allowed, denied = ask({"id": "s-000001"}), ask({"id": "s-000002"})
    refused = ask({"id": "s-000001", "name": "both"})
assert Decision.model_validate_json(allowed.content).outcome is Outcome.allow, allowed.text
assert Decision.model_validate_json(denied.content).outcome is Outcome.deny, denied.text
assert Problem.model_validate_json(refused.content).status == 422, refused.text
"""


@pytest.fixture(scope="module")
def demo() -> Iterator[httpx.Client]:
    with examples.demo_service() as client:
        yield client


def written_command(name: str, demo: httpx.Client, folder: Path) -> list[str]:
    """The command of `openapi.md`, with the description that this service gives beside it."""
    (folder / "openapi.json").write_bytes(demo.get("/openapi.json").content)
    (words,) = (words for words in commands(TEXT) if words[0] == name)
    return words


def run_generator(words: list[str], folder: Path) -> None:
    """Run a generator; what it says beside the names of its files is a warning."""
    assert BIN.exists(), "run: make .venv/.clients"
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONWARNINGS": "error"}
    words = [str(BIN / words[0]), *words[1:]]
    run = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stderr == ""
    assert "warning" not in run.stdout.lower()


def gate_posts(script: str, demo: httpx.Client, folder: Path) -> None:
    """Run a program that asks by a generated client."""
    key = demo.headers["Authorization"].removeprefix("Bearer ")
    service = str(demo.base_url).rstrip("/")
    told = f"SERVICE, KEY = {service!r}, {key!r}\n{script}"
    run = subprocess.run(
        [BIN / "python", "-W", "error", "-"],
        cwd=folder,
        input=told,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_a_client_by_openapi_python_client(demo: httpx.Client, tmp_path: Path) -> None:
    (config,) = blocks(TEXT, "yaml")
    (tmp_path / "clients.yaml").write_text(config, encoding="utf-8")
    words = written_command("openapi-python-client", demo, tmp_path)
    run_generator([*words, "--fail-on-warning"], tmp_path)
    models = (tmp_path / "clearpost-client" / "clearpost_client" / "models").glob("*.py")
    assert [path.stem for path in models if re.search(r"\d$", path.stem)] == []
    gate_posts(BY_ATTRS, demo, tmp_path / "clearpost-client")


def test_models_by_datamodel_code_generator(demo: httpx.Client, tmp_path: Path) -> None:
    run_generator(written_command("datamodel-codegen", demo, tmp_path), tmp_path)
    made = (tmp_path / "clearpost_models.py").read_text(encoding="utf-8")
    assert re.findall(r"^class (\w*\d)\(", made, re.MULTILINE) == []
    gate_posts(BY_PYDANTIC, demo, tmp_path)
