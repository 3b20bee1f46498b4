"""Histories put on file through the service, and questions asked about all of them at once."""

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import insert

from app.database import tables as t
from app.database.session import Store
from app.main import create_app
from app.settings import Settings
from app.store.service import keys
from tests.district import District
from tests.oracle.histories import DENVER, GUARDIANS, LISTS, NOWS, History, Said, maker, sentences
from tests.oracle.reading import Asked, Paper, answer
from tests.oracle.reading import District as Rules
from tests.service import serving

LIST_MAX_AGE_DAYS = 7
# A check takes so many people.
MOST = 1000
MODES = ("refusal_list", "opt_in")


@dataclass
class Found:
    """What a round came to: how often each answer, what was turned away, what differs, and all in
    sentences, where there are few.
    """

    answers: Counter[str] = field(default_factory=Counter)
    turned_away: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def round_of(number: int) -> tuple[datetime, str]:
    """The moment and the mode of a round: every mode meets every moment."""
    return NOWS[number % len(NOWS)], MODES[number // len(NOWS) % len(MODES)]


@contextlib.contextmanager
def opened(url: str, folder: Path, mode: str, now: datetime) -> Iterator["Office"]:
    """A service over the store at `url`, whose clock stands at `now`."""
    settings = Settings.model_validate(
        {
            "database_url": url,
            "signing_key_file": folder / "signing-key.pem",
            "import_spool": folder / "spool",
            "consent_mode": mode,
            "list_max_age_days": LIST_MAX_AGE_DAYS,
            "queue_share_percent": 100,
        }
    )
    with contextlib.closing(Store(url, clock=lambda: now)) as store:
        with store.writing() as connection:
            key = keys.create_key(connection, name="oracle", scopes=keys.SCOPES, now=now)
        headers = {"Authorization": f"Bearer {key.secret}"}
        with (
            serving(create_app(settings, store=store)) as base,
            httpx.Client(base_url=base, headers=headers, timeout=120) as client,
        ):
            yield Office(store, client, Rules(mode, DENVER, timedelta(days=LIST_MAX_AGE_DAYS)), now)


@dataclass
class Office:
    """Whoever puts histories on file, asks, and compares."""

    store: Store
    client: httpx.Client
    rules: Rules
    now: datetime

    def compare(self, made: Sequence[History], asked: Sequence[Asked]) -> Found:
        """File the histories, ask all the questions about all of them, and compare."""
        found = Found()
        self._enroll(made)
        with ThreadPoolExecutor(4) as hands:
            filed = list(hands.map(self._file, made))
        for _, away in filed:
            found.turned_away += away
        for question in asked:
            answers = self._ask_all(made, question)
            for one, (papers, _) in zip(made, filed, strict=True):
                got = answers[one.seed]
                expected = answer(one.student, papers, question, self.rules)
                found.answers[expected] += 1
                differs = got.partition(" ")[0] != expected
                if differs or len(made) == 1:
                    told = f"{self.rules.mode}. {sentences(one, question, expected, got)}"
                    found.told.append(told)
                    found.differing += [told] if differs else []
        return found

    def _enroll(self, made: Sequence[History]) -> None:
        with self.store.writing() as connection:
            district = District(connection)
            for school, age in LISTS.items():
                district.org(school)
                if age is not None:
                    district.list_date("consents", self.now - age, school)
            connection.execute(insert(t.people), [_person(one) for one in made])
            connection.execute(
                insert(t.guardians),
                [
                    {"student_id": str(one.seed), "guardian_id": ident, "name": name}
                    for one in made
                    for ident, name in GUARDIANS.items()
                ],
            )

    def _file(self, made: History) -> tuple[list[Paper], Counter[str]]:
        """The papers that came to be on file, and what was turned away."""
        on_file: dict[int, Paper] = {}
        away: Counter[str] = Counter()
        for number, said in enumerate(made.said):
            named = [*said.lifts, *([] if said.corrects is None else [said.corrects])]
            if any(one not in on_file for one in named):
                away["names what was turned away"] += 1
                continue
            reply = self.client.post("/v1/consents", json=_body(made, said, on_file))
            if reply.status_code not in (200, 201):
                away[_reason(reply)] += 1
                continue
            told = reply.json()
            known = {paper.id: paper for paper in on_file.values()}
            on_file[number] = known.get(told["id"]) or self._paper(said, told["id"], on_file)
        return list({paper.id: paper for paper in on_file.values()}.values()), away

    def _paper(self, said: Said, ident: str, on_file: dict[int, Paper]) -> Paper:
        day_only = said.signed_at is None
        signed_on = said.signed_on or self.now.astimezone(DENVER).date()
        signed = said.signed_at or datetime(
            signed_on.year, signed_on.month, signed_on.day, tzinfo=DENVER
        )
        return Paper(
            id=ident, decision=said.decision, activity=said.activity, channel=said.channel,
            extent=said.extent, maker=maker(said.by), signed_at=signed, day_only=day_only,
            begins=said.begins or signed.astimezone(DENVER).date(), ends=said.ends,
            lifts=tuple(on_file[one].id for one in said.lifts),
            corrects=None if said.corrects is None else on_file[said.corrects].id,
        )  # fmt: skip

    def _ask_all(self, made: Sequence[History], asked: Asked) -> dict[int, str]:
        """The answer about each, by seed; asked school by school, since a list is a school's."""
        answers: dict[int, str] = {}
        by_schools: dict[tuple[str, ...], list[History]] = {}
        for one in made:
            by_schools.setdefault(one.schools, []).append(one)
        for group in by_schools.values():
            for start in range(0, len(group), MOST):
                part = group[start : start + MOST]
                told = self._ask(part, asked)
                answers.update(zip((one.seed for one in part), told, strict=True))
        return answers

    def _ask(self, part: Sequence[History], asked: Asked) -> list[str]:
        body = {
            "students": [{"id": str(one.seed)} for one in part],
            "activity": asked.activity, "channel": asked.channel, "media": asked.media,
            "extent": asked.extent, "publish_at": asked.publish_at.isoformat(),
        }  # fmt: skip
        reply = self.client.post("/v1/checks/photo-consent", json=body)
        assert reply.status_code == 200, reply.text
        told: dict[str, list[tuple[str, str]]] = {}
        for finding in reply.json()["findings"]:
            told.setdefault(finding["at"], []).append((finding["outcome"], finding["code"]))
        of_list = [one for one in told.get("", []) if one[1].startswith("list.")]
        return [_worst(told[f"/students/{number}"], of_list) for number in range(len(part))]


def _worst(findings: list[tuple[str, str]], of_list: list[tuple[str, str]]) -> str:
    """The worst about a student; whoever is only not on the list stands or falls with the list."""
    severity = ("allow", "review", "deny")
    if any(code == "consent.not_on_list" for _, code in findings):
        findings = [*findings, *of_list]
    return " ".join(max(findings, key=lambda one: severity.index(one[0])))


def _person(made: History) -> dict[str, Any]:
    who = made.student
    others = made.schools[1:]
    return {
        "id": str(made.seed), "kind": "student", "given_name": "Kid", "family_name": "Stone",
        "org_id": made.schools[0], "birth_date": who.born, "status": who.status,
        "first_seen_at": who.first_seen, "returned_at": who.returned,
        "other_org_ids": f'["{others[0]}"]' if others else None,
    }  # fmt: skip


def _body(made: History, said: Said, on_file: dict[int, Paper]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "person_id": str(made.seed), "decision": said.decision, "activity": said.activity,
        "channel": said.channel, "extent": said.extent, "capacity": "guardian",
    }  # fmt: skip
    if said.by in ("own", "office"):
        body["capacity"] = {"own": "eligible_student", "office": "office_hold"}[said.by]
    elif said.by in GUARDIANS:
        body["given_by"] = {"guardian_id": said.by}
    else:
        body["given_by"] = {"name": said.by.removeprefix("name:")}
    if said.lifts:
        body["lifts"] = [on_file[one].id for one in said.lifts]
        for name in ("activity", "channel", "extent"):
            del body[name]
    if said.corrects is not None:
        body["corrects"] = on_file[said.corrects].id
    dates = {"signed_at": said.signed_at, "signed_on": said.signed_on,
             "effective_from": said.begins, "effective_to": said.ends}  # fmt: skip
    return body | {name: when.isoformat() for name, when in dates.items() if when is not None}


def _reason(reply: httpx.Response) -> str:
    told = reply.json()
    faults = [f"{one['at']} {one['code']}" for one in told.get("errors", [])]
    return f"{reply.status_code} {'; '.join(faults) or told['type']}"
