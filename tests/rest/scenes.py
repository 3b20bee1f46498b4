"""What the provider of the tests has: a small district, in the records of either version."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.certificates import write_certificate
from tests.rest.provider import BASE

Record = dict[str, Any]
OLD, RECENT = "2026-01-05T07:00:00.000Z", "2026-11-20T07:00:00.000Z"
SECRET = "f/i+x%d=Secret&Value"
ROOT = Path(__file__).parent.parent.parent


def ref(sourced_id: str, kind: str) -> Record:
    return {
        "href": f"https://sis.example/{kind}s/{sourced_id}",
        "sourcedId": sourced_id,
        "type": kind,
    }


def user(sourced_id: str, role: str, given: str, family: str, **more: Any) -> Record:
    return {
        "sourcedId": sourced_id, "status": "active", "dateLastModified": OLD,
        "username": f"u-{sourced_id}", "enabledUser": "true", "givenName": given,
        "familyName": family, "role": role, "identifier": f"n-{sourced_id}", "email": None,
        "sms": "555-0100", "password": "never to be kept", "orgs": [ref("hill", "org")],
        "agents": [], "grades": ["03"] if role == "student" else [],
        "userIds": [{"type": "SIS", "identifier": f"i-{sourced_id}"}],
        "metadata": {"photoConsent": "yes"} if role == "student" else {}, **more,
    }  # fmt: skip


def district(students: int = 12) -> dict[str, list[Record]]:
    """Students s-01 to s-12 of one school and class, with a teacher; s-02 has refused."""
    people = [user(f"s-{n:02}", "student", f"Kid{n}", f"Family{n}") for n in range(1, students + 1)]
    people[1]["metadata"] = {"photoConsent": "no"}
    people[0]["agents"] = [ref("g-1", "user")]
    people += [user("e-1", "teacher", "Ann", "Lee"), user("g-1", "guardian", "Gus", "Family1")]
    dated = {"status": "active", "dateLastModified": OLD}
    return {
        "orgs": [
            {**dated, "sourcedId": "dist", "name": "District", "type": "district"},
            {**dated, "sourcedId": "hill", "name": "Hill School", "type": "school",
             "parent": ref("dist", "org")},
        ],
        "classes": [
            {**dated, "sourcedId": "c-1", "title": "Third grade", "school": ref("hill", "org")}
        ],
        "users": people,
        "demographics": [
            {**dated, "sourcedId": one["sourcedId"], "birthDate": "2017-05-06", "sex": "female"}
            for one in people
            if one["role"] == "student"
        ],
        "enrollments": [
            {**dated, "sourcedId": f"n-{one['sourcedId']}", "role": one["role"],
             "user": ref(one["sourcedId"], "user"), "class": ref("c-1", "class")}
            for one in people
            if one["role"] != "guardian"
        ],
    }  # fmt: skip


def newer(collections: dict[str, list[Record]]) -> dict[str, list[Record]]:
    """The same in the records of 1.2: roles in lists, a primary org."""
    users = []
    for one in collections["users"]:
        changed = {name: value for name, value in one.items() if name not in ("role", "orgs")}
        org = one["orgs"][0]
        changed["roles"] = [{"roleType": "primary", "role": one["role"], "org": org}]
        users.append({**changed, "primaryOrg": org, "enabledUser": True})
    return {**collections, "users": users}


class Running:
    """A provider that runs: it plays what its file says, whoever writes it."""

    def __init__(self, folder: Path, tls: Path | None = None) -> None:
        self.file = folder / "scene.json"
        command = [sys.executable, "-m", "tests.rest.provider", str(self.file)]
        command += [str(tls)] if tls else []
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        scheme = "https" if tls else "http"
        self.origin = f"{scheme}://127.0.0.1:{int(self._process.stdout.readline())}"

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


class Scene:
    """What a provider has, and how it is written down for us in a folder."""

    def __init__(self, folder: Path, provider: Running) -> None:
        self.folder, self.file, self.origin = folder, provider.file, provider.origin
        self.version, self.auth, self.faults = "1.1", "oauth2", {}
        self.collections = district()
        self.token_auth, self.said = "basic", {"profile": "oneroster_metadata"}
        self.play()
        self.providers = folder / "providers.toml"
        (folder / "campus.secret").write_text(SECRET + "\n")
        self.write_down()

    def play(self, **faults: Any) -> None:
        """Begin a run with these faults."""
        self.faults = faults
        scene = {
            "run": str(uuid4()), "version": self.version, "auth": self.auth,
            "token_auth": self.token_auth, "client_id": "clearpost-id", "secret": SECRET,
            "collections": self.collections, "faults": faults,
        }  # fmt: skip
        draft = self.file.with_suffix(".new")
        draft.write_text(json.dumps(scene))
        draft.replace(self.file)
        Path(f"{self.file}.log").write_text("")

    def write_down(self, **more: Any) -> None:
        """Write the TOML file that names this provider `campus`; None leaves a key out."""
        said = {
            "version": self.version, "base_url": self.origin + BASE[self.version].rstrip("/"),
            "auth": self.auth, "client_id": "clearpost-id", "secret_file": "campus.secret",
            "page_size": 5, **self.said, **more,
        }  # fmt: skip
        if self.auth == "oauth2":
            said = {"token_url": f"{self.origin}/token", "token_auth": self.token_auth, **said}
        lines = [
            f"{name} = {json.dumps(value)}" for name, value in said.items() if value is not None
        ]
        self.providers.write_text("\n".join(["[campus]", *lines, ""]))

    @property
    def log(self) -> list[list[str]]:
        """What was asked in this run: method, collection, path with query."""
        return [json.loads(line) for line in Path(f"{self.file}.log").read_text().splitlines()]


@contextlib.contextmanager
def opened(folder: Path, certificate_for: str | None = None) -> Iterator[Scene]:
    """A provider in a folder of its own; over TLS where it shows a certificate for an address."""
    folder.mkdir()
    tls = write_certificate(folder / "tls.pem", certificate_for) if certificate_for else None
    with contextlib.closing(Running(folder, tls)) as provider:
        yield Scene(folder, provider)
