"""A walk through the demo's district: every operation, with the requests of `/openapi.json`.

`docs.examples` records the answers; a request that is not taken ends the walk.
"""

import re
from collections.abc import Mapping
from typing import Any

import httpx

from app.routers.reference.examples import EXAMPLES
from docs.demo import Demo

SUPERINTENDENT, DIRECTOR, MANAGER, PRINCIPAL, TEACHER = (
    "e-000001", "e-000002", "e-000004", "e-000009", "e-000011",
)  # fmt: skip
# Not on the walk: what another process does. It begins with files, or goes on with an import. And
# keys and secrets that are made at random.
LEFT_OUT = frozenset({
    "beginImport", "approveImport", "resumeImport", "readReceiptKeys", "addEventEndpoint",
    "rotateEndpointSecret",
})  # fmt: skip
Told = dict[str, Any]


class Walk:
    """One walk; what is answered on the way is asked about further on."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.operations = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, methods in demo.document["paths"].items()
            for method, operation in methods.items()
        }
        self.recorded: list[dict[str, Any]] = []

    def ask(
        self,
        name: str,
        title: str = "",
        *,
        who: str | None = None,
        at: str | None = None,
        query: str = "",
        changed: Mapping[str, Any] | None = None,
    ) -> Told:
        """Ask operation `name` with its example of this `title`, else with its first.

        `who` asks, about the record `at`; of the example what is only known by now is `changed`.
        Raises `ValueError` for an answer that is none of success.
        """
        method, path, operation = self.operations[name]
        bodies = EXAMPLES.get(name, {})
        title = title or next(iter(bodies), "")
        body = {**bodies[title], **(changed or {})} if bodies else None
        asked = path if at is None else re.sub(r"\{\w+\}", at, path)
        answered = self._send(method, asked + query, operation, body, who)
        if not answered.is_success:
            message = f"{name}: {answered.status_code} {answered.text}"
            raise ValueError(message)
        is_json = "json" in answered.headers.get("Content-Type", "").split("ndjson")[0]
        told: Told = answered.json() if is_json and answered.content else {}
        self.recorded.append({
            "operation": f"{method} {path}",
            "title": title or f"`{method} {asked}{query}`",
            "request": body,
            "status": answered.status_code,
            "answer": told or None,
        })  # fmt: skip
        return told

    def _send(
        self, method: str, address: str, operation: Mapping[str, Any], body: Any, who: str | None
    ) -> httpx.Response:
        headers = {"Authorization": self.demo.authorize(operation.get("x-scope"), who)}
        if any(one["name"] == "If-Match" for one in operation.get("parameters", ())):
            headers["If-Match"] = "*"
        return self.demo.client.request(method, address, json=body, headers=headers)


def walk_checks(demo: Demo) -> list[dict[str, Any]]:
    """The checks' examples alone with their answers: they change no record."""
    walk = Walk(demo)
    _ask_checks(walk)
    return walk.recorded


def walk_district(demo: Demo) -> list[dict[str, Any]]:
    """Every example with its answer, in the order of the walk."""
    walk = Walk(demo)
    for part in (
        _ask_checks, _ask_accounts, _end_review, _register_endpoint, _report_account,
        _designate_people, _fill_form, _grant_logo, _record_consents, _declare_media,
        _look_around, _undo_import, _settle_doubt, _erase_person,
    ):  # fmt: skip
        part(walk)
    asked = {one["operation"] for one in walk.recorded}
    missing = {
        name
        for name, (method, path, _) in walk.operations.items()
        if f"{method} {path}" not in asked and name not in LEFT_OUT
    }
    if missing:
        message = f"not on the walk: {', '.join(sorted(missing))}"
        raise ValueError(message)
    return walk.recorded


def _ask_checks(walk: Walk) -> None:
    for name, bodies in EXAMPLES.items():
        if name.startswith("check"):
            for title in bodies:
                said = walk.ask(name, title)
                if title == "Allow":
                    allowed = said["id"]
    for name in ("evaluateAccess", "evaluateAccesses"):
        for title in EXAMPLES[name]:
            walk.ask(name, title)
    walk.ask("readDecision", at=allowed)
    walk.ask("searchDecisions")


def _ask_accounts(walk: Walk) -> None:
    walk.ask("verifyAccount", query="?url=https://twitter.com/lakeviewhigh")
    listed = walk.ask("listAccounts", query="?status=authorized&limit=1")["items"][0]["id"]
    walk.ask("listSchoolsWithoutPresence", query="?limit=1")
    walk.ask("readAccountReport", at="without-owner", query="?limit=1")
    made = walk.ask("addAccount")["id"]
    walk.ask("readAccount", at=made)
    walk.ask("changeAccount", at=made)
    walk.ask("addAccountAlias", at=made, who=DIRECTOR)
    walk.ask("changeAccountStatus", at=made)
    walk.ask("attestAccountAdministrator", at=listed, who=DIRECTOR)
    walk.ask("readAccountHistory", at=made)
    walk.ask("recordModeration", at=made, who=TEACHER)
    walk.ask("listModerations", query="?limit=1")


def _end_review(walk: Walk) -> None:
    said = walk.ask("checkPost", "A text that a person judges")["id"]
    walk.recorded.pop()  # it was asked before
    walk.ask("searchReviews", who=DIRECTOR)
    walk.ask("askReviewQuestion", at=said, who=DIRECTOR)
    walk.ask("answerReviewQuestion", at=said)
    walk.ask("listReviewMessages", at=said)
    shown = walk.ask("readReview", at=said, who=DIRECTOR)["shown"]
    walk.ask("resolveDecision", at=said, who=DIRECTOR, changed={"shown": shown})


def _register_endpoint(walk: Walk) -> None:
    walk.ask("listEvents", query="?limit=1")
    made = walk.ask("addEventEndpoint")["id"]
    walk.recorded.pop()
    walk.ask("rotateEndpointSecret", at=made)
    walk.recorded.pop()
    walk.ask("listEventEndpoints")
    walk.ask("enableEventEndpoint", at=made)
    walk.ask("removeEventEndpoint", at=made)


def _report_account(walk: Walk) -> None:
    report = walk.ask("sendReport")["id"]
    walk.ask("listReports", query="?state=received")
    walk.ask("assignReport", at=report, who=DIRECTOR)
    walk.ask("closeReport", at=report, who=DIRECTOR)
    walk.ask("readReport", at=report)


def _designate_people(walk: Walk) -> None:
    walk.ask("previewDesignation", who=DIRECTOR)
    made = walk.ask("addDesignation", who=DIRECTOR)["id"]
    walk.ask("addDesignation", "A school's principal", who=SUPERINTENDENT)
    walk.ask("previewDesignationEnd", at=made, who=DIRECTOR)
    walk.ask("endDesignation", at=made, who=DIRECTOR)
    walk.ask("listDesignations", query="?limit=1")


def _fill_form(walk: Walk) -> None:
    form = walk.ask("makeAuthorizationRequest", who=TEACHER)["id"]
    walk.ask("editAuthorizationRequest", at=form, who=TEACHER)
    walk.ask("submitAuthorizationRequest", at=form, who=TEACHER)
    walk.ask("acknowledgeAuthorizationRequest", at=form, who=PRINCIPAL)
    walk.ask("giveFamilyNotice", at=form, who=TEACHER)
    walk.ask("attestRequestAdministrator", at=form, who=DIRECTOR)
    walk.ask("decideAuthorizationRequest", at=form, who=DIRECTOR)
    walk.ask("readAuthorizationRequest", at=form)
    walk.ask("listAuthorizationRequests", query="?state=approved")
    other = walk.ask("makeAuthorizationRequest", who=TEACHER)["id"]
    walk.recorded.pop()
    walk.ask("withdrawAuthorizationRequest", at=other, who=TEACHER)


def _grant_logo(walk: Walk) -> None:
    grant = walk.ask("addGrant", who=SUPERINTENDENT)["id"]
    walk.ask("readGrant", at=grant)
    walk.ask("listGrants", query="?kind=logo&limit=1")
    walk.ask("revokeGrant", at=grant, who=SUPERINTENDENT)


def _clear_post(walk: Walk) -> str:
    media = [{"kind": "photo", "rights": "own", "sha256": "3b" * 32}]
    said = walk.ask("checkPost", "Allow", changed={"clearance": True, "media": media})
    walk.recorded.pop()  # its receipt is signed by a key of its own
    given: str = said["clearance"]["id"]
    walk.ask("verifyLiveClearance", at=given)
    walk.ask("readClearance", at=given)
    return given


def _take_down(walk: Walk, post: str) -> None:
    walk.ask("reportPublication", "It is still there")
    walk.ask("readPublication", at=post)
    walk.ask("listPublications", query="?list=refused")
    walk.ask("listPublicationsOfPerson")
    takedown = walk.ask("listTakedowns", query="?state=open")["items"][0]["id"]
    walk.ask("readTakedown", at=takedown)
    walk.ask("contestTakedown", at=takedown, who=DIRECTOR)
    walk.ask("confirmTakedown", at=takedown, who=DIRECTOR)


def _record_consents(walk: Walk) -> None:
    walk.ask("readConsentState")
    given = _clear_post(walk)
    post = walk.ask("reportPublication")["id"]
    said = walk.ask("recordConsent")["id"]
    # Revoked here at the latest: whether the recall comes first is left to chance.
    walk.ask("verifyLiveClearance", "After a refusal", at=given)
    walk.ask("searchEndedClearances")
    _take_down(walk, post)
    walk.ask("readConsent", at=said)
    walk.ask("recordOwnConsent", who="e-000005")
    release = walk.ask("addRelease")["id"]
    walk.ask("readRelease", at=release)
    walk.ask("searchReleases")
    walk.ask("endRelease", at=release)


def _declare_media(walk: Walk) -> None:
    declared = walk.ask("makeDeclaration", who=TEACHER)["id"]
    walk.ask("searchDeclarations", who=TEACHER)
    walk.ask("correctDeclaration", at=declared, who=TEACHER)
    walk.ask("withdrawDeclaration", at=declared, who=TEACHER)
    walk.ask("readDeclaration", at=declared, who=TEACHER)


def _look_around(walk: Walk) -> None:
    walk.ask("readDecisionPoint")
    for title in EXAMPLES["searchPeople"]:
        walk.ask("searchPeople", title)
    walk.ask("listClasses", query="?title=english+grade+7&limit=1")
    walk.ask("listNotPictured")
    walk.ask("listOrgs", query="?limit=2")
    walk.ask("issueWidgetToken")
    walk.ask("listLedgerRows", query="?kind=decision&limit=1")
    walk.ask("readLedgerHead")
    walk.ask("readPolicy")
    walk.ask("explainProblem", at="busy")
    for name in ("readHealth", "readReadiness", "readMetrics"):
        walk.ask(name)


def _undo_import(walk: Walk) -> None:
    done = walk.ask("listImports")["items"][0]["id"]
    walk.ask("readImport", at=done)
    walk.ask("listImportErrors", at=done)
    walk.ask("findDifferences")
    undo = walk.ask("undoImport", at=done, who=DIRECTOR)["id"]
    walk.ask("listKeptRecords", at=undo)
    walk.ask("rejectImport", at=undo, who=DIRECTOR)


def _settle_doubt(walk: Walk) -> None:
    walk.demo.deliver_unreadable_row()
    doubt = walk.ask("listDoubts")["items"][0]["id"]
    walk.ask("settleOpenDoubt", at=doubt, who=DIRECTOR)


def _erase_person(walk: Walk) -> None:
    walk.ask("erasePerson", who=SUPERINTENDENT)
