"""Social Media Authorization Forms in every state, as the API makes them."""

from typing import Any

import httpx

from app.web.intranet import TEACHER
from tests.browser.conftest import Site

PATH = "/v1/authorization-requests"
_CLUB = {
    "kind": "club", "org_id": "school-0001", "owner_id": "e-000005", "managers": ["e-000004"],
    "purpose": "The chess club tells of its games.", "submit": True,
}  # fmt: skip
_DECISIONS = {
    "approved": {"decision": "approve"},
    "denied": {"decision": "deny", "reason": "There is an account of the chess club already."},
    "returned": {"decision": "return", "reason": "Please name a second content manager."},
}


def move(client: httpx.Client, form: httpx.Response, name: str, **body: Any) -> httpx.Response:
    """One step of a form, from where `form` left it."""
    path = f"{PATH}/{form.json()['id']}/{name}"
    answer = client.post(path, json=body, headers={"If-Match": form.headers["ETag"]})
    return answer.raise_for_status()


def forms(site: Site) -> dict[str, str]:
    """The ids of a teacher's forms by their state; `classroom` is submitted and lacks a notice."""
    with site.acting(TEACHER) as teacher, site.acting() as office:

        def make(handle: str, **content: Any) -> httpx.Response:
            sent = {"url": f"https://www.instagram.com/{handle}", **content}
            return teacher.post(PATH, json=sent).raise_for_status()

        made = {
            "draft": make("room12draft", kind="classroom"),
            "submitted": make("lakeviewh1gh", **_CLUB),
            "withdrawn": move(teacher, make("chesswithdrawn", **_CLUB), "withdraw"),
            "classroom": make(
                "room12", **_CLUB | {"kind": "classroom", "contact_email": "t@district.example"}
            ),
        }
        for state, body in _DECISIONS.items():
            made[state] = move(office, make(f"chess{state}", **_CLUB), "decide", **body)
    return {state: form.json()["id"] for state, form in made.items()}
