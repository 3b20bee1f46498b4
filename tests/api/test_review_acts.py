"""Every review that lacks a fact ends by the act it names, through the API, on both stores."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import delete, insert, select, update

from app.database import tables as t
from app.database.session import Store
from app.erasure.lifted_guards import lift_guards
from app.policy.codes import CODES
from app.settings import Settings
from app.store.accounts import register
from app.store.accounts.register import AccountEdit, AuthorizationDetails
from app.store.accounts.validation import EditLimits
from app.store.consents import list_dates
from app.store.ledger.changes import Actor
from tests.conftest import MakeKey
from tests.district import District, found
from tests.store.conftest import backend, postgres, postgres_template, store_url

__all__ = ["backend", "postgres", "postgres_template", "store_url"]

MAPLE = {"platform": "facebook", "handle": "maple"}
LOST = {"platform": "instagram", "handle": "lost"}
POST = {"account": MAPLE, "purpose": "school", "text": "Go!", "author": {"id": "tess"}}
PHOTO = [{"kind": "photo", "rights": "own", "sha256": "ab" * 32}]
ZONE = ZoneInfo("America/Denver")
TODAY = datetime.now(ZONE).date()
NEXT = (TODAY + timedelta(days=60)).isoformat()


class House:
    """A district, and whoever does something about it."""

    def __init__(self, client: httpx.Client, store: Store, make_key: MakeKey) -> None:
        self.client, self.store, self._make_key = client, store, make_key

    def send(self, who: str | None, method: str, path: str, body: Any = None, **rights: Any) -> Any:
        secret = self._make_key(person_id=who, **rights).secret
        headers = {"Authorization": f"Bearer {secret}", "If-Match": "*"}
        answer = self.client.request(method, f"/v1/{path}", json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def write(self, *statements: Any) -> None:
        with self.store.writing() as connection:
            for one in statements:
                connection.execute(one)

    def district(self, work: Callable[[District], Any]) -> None:
        with self.store.writing() as connection:
            work(District(connection))

    def refusal(self, person: str) -> str:
        with self.store.reading() as connection:
            wanted = select(t.consents.c.id).where(
                t.consents.c.person_id == person, t.consents.c.decision == "refuse"
            )
            return str(connection.scalars(wanted).one())

    def release(self) -> str:
        with self.store.reading() as connection:
            wanted = select(t.releases.c.id).where(t.releases.c.work.is_(None))
            return str(connection.scalars(wanted).one())

    def account(self, handle: str) -> str:
        with self.store.reading() as connection:
            wanted = select(t.accounts.c.id).where(t.accounts.c.handle == handle)
            return str(connection.scalars(wanted).one())


def _nothing(_: House) -> None:
    """Nothing has to be there, or done."""


@dataclass
class Case:
    """How a code comes up, and the act that ends it: another request, or something done."""

    check: str
    body: dict[str, Any]
    given: Callable[[House], Any] = _nothing
    instead: dict[str, Any] | Callable[[House], dict[str, Any]] | None = None
    done: Callable[[House], Any] = _nothing
    by: str | None = None
    rights: dict[str, Any] | None = None


DOUBT = "00000000-0000-4000-8000-00000000000d"


def unread(person: str) -> Callable[[House], None]:
    """A row of a delivery that could not be read and may be about this person."""

    def do(house: House) -> None:
        at = datetime.now(UTC)
        delivery = {"number": 7, "id": DOUBT, "version": 1, "state": "invalid"}
        doubt = {
            "id": DOUBT, "import_number": 7, "file": "list.csv", "line": 2, "reason": "unlisted",
            "matches": "sourced_id", "key": person, "source": "profile:x", "refuses": True,
            "since": at,
        }  # fmt: skip
        house.write(
            insert(t.imports).values(**delivery, created_at=at, updated_at=at),
            insert(t.import_doubts).values(**doubt),
            insert(t.doubted_people).values(person_id=person, doubt_id=DOUBT),
        )

    return do


def people(*students: Any) -> dict[str, Any]:
    return {"students": list(students)}


def shows(**pictured: Any) -> dict[str, Any]:
    return {**POST, "media": PHOTO, "pictured": pictured}


def posts(**changed: Any) -> dict[str, Any]:
    return {**POST, **changed}


OTHER_PHOTO = {"kind": "photo", "rights": "own", "sha256": "cd" * 32}


def declares(*, by: str = "tess", withdrawn: bool = False, **changed: Any) -> Any:
    """Somebody says that nobody can be recognized in the picture, or takes that back."""

    def do(house: House) -> None:
        said = {"purpose": "school", "media": PHOTO, "pictured": {"nobody_identifiable": True}}
        made = house.send(by, "POST", "declarations", {**said, **changed})
        if withdrawn:
            path = f"declarations/{made['id']}/withdrawal"
            house.send(by, "POST", path, {"reason": "Not this one"})

    return do


def two_declarations(house: House) -> None:
    """Two teachers differ in who is pictured."""
    declares()(house)
    declares(by="ed", pictured=people({"id": "ana"}))(house)


def other_bearer(house: House) -> None:
    """The id of a child whom a teacher has named goes to another child."""
    declares(pictured=people({"id": "ana"}))(house)
    anew = update(t.people).where(t.people.c.id == "ana").values(first_seen_at=datetime.now(UTC))
    house.write(anew)
    attest(house)


def correct_declaration(house: House) -> None:
    with house.store.reading() as connection:
        made = connection.scalar(select(t.declarations.c.id))
    said = {"purpose": "school", "media": PHOTO, "pictured": people({"id": "ana"})}
    house.send("tess", "POST", f"declarations/{made}/corrections", said)


def twin(house: House) -> None:
    house.district(lambda d: d.person("ana2", "Ana Lopez", org_id="birch", grade="5"))
    house.district(lambda d: d.employee("tess2", "Tess Reed", org_id="birch"))


def later_refusal(person: str, capacity: str, source: str) -> Any:
    def do(house: House) -> None:
        row = {"student_id": person, "guardian_id": "g-1", "name": "G One"}
        begins = date.fromisoformat(NEXT)
        if capacity == "guardian":
            house.write(insert(t.guardians).values(**row))
        house.district(lambda d: d.consent(
            person, "refuse", capacity=capacity, source=source, channel="all",
            effective_from=begins,
        ))  # fmt: skip

    return do


def authorized_by_another(house: House) -> None:
    """As `clearpost account authorize` does."""
    house.district(lambda d: d.designation("director_communications", "mia", capacity="designee"))
    account = house.account("maple")
    with house.store.writing() as connection:
        actor = Actor("cli", "mia", datetime.now(UTC))
        edit = AccountEdit(account, EditLimits(TODAY, None))
        register.authorize_account(connection, actor, edit, AuthorizationDetails("ed", None))


def grant(person: str, **more: Any) -> Any:
    return lambda house: house.send(None, "POST", "consents", {
        "person_id": person, "decision": "grant", "activity": "publish", "channel": "all",
        "extent": "image", "capacity": "guardian", "given_by": {"name": "G One"},
        "signed_on": TODAY.isoformat(), **more,
    })  # fmt: skip


def attest(house: House) -> None:
    list_dates.attest_list(house.store, datetime.now(UTC), "dora")


def lists_of(at: datetime | None, *kinds: str) -> Any:
    """As if these lists had last come at `at`, or never."""

    def do(house: House) -> None:
        with house.store.writing() as connection, lift_guards(connection, [t.list_dates]):
            connection.execute(delete(t.list_dates).where(t.list_dates.c.kind.in_(kinds)))
            for kind in kinds if at else ():
                connection.execute(insert(t.list_dates).values(kind=kind, at=at))

    return do


def gap(person: str, kind: str) -> Any:
    """As if a list had no row of them, or one without an answer."""

    def do(house: House) -> None:
        with house.store.writing() as connection:
            row = {"person_id": person, "source": "profile:x", "file": "x", "gap": kind}
            connection.execute(insert(t.list_gaps).values(**row, import_number=1))

    return do


def self_granted(kind: str) -> Any:
    return lambda house: house.district(lambda d: d.grant(kind, "sue"))


def on_x(kind: str) -> Any:
    return lambda house: house.district(lambda d: d.grant(kind, "ed", network="facebook"))


def limited(kind: str, **limit: str) -> Any:
    return lambda house: house.district(lambda d: d.grant(kind, "ed", **limit))


def granted(kind: str, to: str) -> Any:
    def do(house: House) -> None:
        house.district(lambda d: d.designation("superintendent", "olga", capacity="designee"))
        body = {"kind": kind, "person_id": to, "effective_from": TODAY.isoformat()}
        house.send("olga", "POST", "grants", body)

    return do


def changed(handle: str, **values: Any) -> Any:
    return lambda h: h.send("dora", "PATCH", f"accounts/{h.account(handle)}", values)


def attested(handle: str) -> Any:
    return lambda h: h.send("dora", "POST", f"accounts/{h.account(handle)}/attest")


def set_account(handle: str, **values: Any) -> Any:
    return lambda h: h.write(
        update(t.accounts).where(t.accounts.c.handle == handle).values(**values)
    )


def general(house: House) -> None:
    house.district(
        lambda d: d.authorization(d.account("x", "all", kind="district_general", org_id="hq"))
    )


def classroom(email: str | None) -> Any:
    return lambda h: h.district(
        lambda d: d.authorization(
            d.account("x", "room", kind="classroom", contact_email=email)
        )
    )  # fmt: skip


GENERAL = {"platform": "x", "handle": "all"}
ROOM = {"platform": "x", "handle": "room"}
ANA, BY_NAME = {"id": "ana"}, {"name": "Ana Lopez"}


def approves_network(house: House) -> None:
    """Communications approves district e-mail on the account's network for its school."""
    body = {
        "kind": "network_email", "network": ROOM["platform"], "org_id": "maple",
        "effective_from": TODAY.isoformat(),
    }  # fmt: skip
    house.send("dora", "POST", "grants", body)


CASES: dict[str, Case] = {
    "student.unknown": Case("photo-consent", people({"id": "nobody"}), instead=people(ANA)),
    "student.ambiguous": Case(
        "photo-consent", people(BY_NAME), twin, people({**BY_NAME, "school": "Maple"})
    ),
    "student.unidentified": Case(
        "photo-consent", people({"id": "cleo"}), instead=people(ANA), rights={"schools": ["maple"]}
    ),
    "student.wrong_kind": Case(
        "post", shows(**people({"id": "tess"})), instead=shows(employees=[{"id": "tess"}])
    ),
    "consent.refusal_pending": Case(
        "photo-consent",
        people(ANA),
        later_refusal("ana", "guardian", "guardian:g-1"),
        done=lambda h: grant("ana", given_by={"guardian_id": "g-1"}, corrects=h.refusal("ana"))(h),
    ),
    "consent.not_listed": Case("photo-consent", people(ANA), gap("ana", "absent"), done=attest),
    "consent.unanswered": Case(
        "photo-consent", people(ANA), gap("ana", "unanswered"), done=grant("ana")
    ),
    "consent.new_student": Case("photo-consent", people({"id": "new"}), done=attest),
    "consent.nothing_on_file": Case(
        "photo-consent", people(ANA), lists_of(None, "consents"), done=grant("ana")
    ),
    "consent.name_not_granted": Case(
        "photo-consent",
        {**people(ANA), "extent": "image_with_name"},
        grant("ana"),
        done=grant("ana", extent="image_with_name"),
    ),
    "list.missing": Case("photo-consent", people(ANA), lists_of(None, "consents"), done=attest),
    "list.stale": Case(
        "photo-consent",
        people(ANA),
        lists_of(datetime.now(UTC) - timedelta(days=8), "consents"),
        done=attest,
    ),
    "class.unknown": Case("photo-consent", {"class_id": "nothing"}, instead={"class_id": "c-good"}),
    "class.some_doubtful": Case(
        "photo-consent",
        {"class_id": "c-new"},
        lambda h: h.district(lambda d: d.school_class("c-new", ["ana", "new"])),
        done=grant("new"),
    ),
    "pictured.missing": Case("post", posts(media=PHOTO), instead=shows(nobody_identifiable=True)),
    "declaration.withdrawn": Case(
        "post", posts(media=PHOTO), declares(withdrawn=True), done=declares()
    ),
    "declaration.contradicted": Case(
        "post",
        posts(media=PHOTO),
        two_declarations,
        instead=shows(**people({"id": "ana"})),
    ),
    "declaration.another_bearer": Case(
        "post", posts(media=PHOTO), other_bearer, done=correct_declaration
    ),
    "declaration.media_missing": Case(
        "post", posts(media=[*PHOTO, OTHER_PHOTO]), declares(), done=declares(media=[OTHER_PHOTO])
    ),
    "declaration.other_purpose": Case(
        "post",
        posts(media=PHOTO),
        declares(purpose="promotional"),
        instead=shows(nobody_identifiable=True),
    ),
    "declaration.other_account": Case(
        "post",
        posts(media=PHOTO),
        declares(account=LOST),
        instead=shows(nobody_identifiable=True),
    ),
    "employee.unknown": Case(
        "coworker-consent",
        {"employees": [{"id": "nobody"}]},
        instead={"employees": [{"id": "tess"}]},
    ),
    "employee.ambiguous": Case(
        "coworker-consent",
        {"employees": [{"name": "Tess Reed"}]},
        twin,
        {"employees": [{"name": "Tess Reed", "school": "Maple"}]},
    ),
    "employee.wrong_kind": Case("post", shows(employees=[ANA]), instead=shows(students=[ANA])),
    "coworker.refusal_pending": Case(
        "coworker-consent",
        {"employees": [{"id": "tess"}]},
        later_refusal("tess", "employee", "employee"),
        done=lambda h: h.send(
            "tess",
            "POST",
            "consents/own",
            {
                "decision": "grant",
                "activity": "publish",
                "channel": "all",
                "extent": "image",
                "corrects": h.refusal("tess"),
            },
        ),
    ),
    "release.may_be_student": Case(
        "post",
        shows(others=[BY_NAME]),
        lambda h: h.district(lambda d: d.release("Ana Lopez")),
        shows(students=[ANA]),
    ),
    "release.ambiguous": Case(
        "post",
        shows(others=[{"name": "Pat Quinn"}]),
        lambda h: h.district(
            lambda d: (
                d.release("Pat Quinn"),
                d.release("Pat Quinn", effective_to=date(2021, 1, 1), work="w"),
            )
        ),
        lambda h: shows(others=[{"release_id": h.release()}]),
    ),
    "rights.release_not_found": Case(
        "post",
        {**shows(nobody_identifiable=True), "media": [{**PHOTO[0], "rights": "released"}]},
        done=lambda h: h.send(
            "dora",
            "POST",
            "releases",
            {
                "name": "An Owner",
                "sha256": "ab" * 32,
                "effective_from": TODAY.isoformat(),
            },
        ),
    ),
    "logo.self_granted": Case(
        "logo", {"author": {"id": "sue"}}, self_granted("logo"), done=granted("logo", "sue")
    ),
    "spokesperson.self_granted": Case(
        "spokesperson",
        {"author": {"id": "sue"}},
        self_granted("spokesperson"),
        done=granted("spokesperson", "sue"),
    ),
    "logo.network_unknown": Case(
        "logo", {"author": {"id": "ed"}}, on_x("logo"), {"author": {"id": "ed"}, "account": MAPLE}
    ),
    "spokesperson.network_unknown": Case(
        "spokesperson",
        {"author": {"id": "ed"}},
        on_x("spokesperson"),
        {"author": {"id": "ed"}, "account": MAPLE},
    ),
    "logo.use_unknown": Case(
        "logo",
        {"author": {"id": "ed"}},
        limited("logo", purpose="Graduation"),
        {"author": {"id": "ed"}, "logo_purpose": "graduation"},
    ),
    "logo.outside_limit": Case(
        "logo",
        {"author": {"id": "ed"}, "logo_purpose": "Bake sale"},
        limited("logo", purpose="Graduation"),
        done=granted("logo", "ed"),
    ),
    "spokesperson.use_unknown": Case(
        "spokesperson",
        {"author": {"id": "ed"}},
        limited("spokesperson", topic="School bonds"),
        {"author": {"id": "ed"}, "topic": "school bonds"},
    ),
    "spokesperson.outside_limit": Case(
        "spokesperson",
        {"author": {"id": "ed"}, "topic": "Bus routes"},
        limited("spokesperson", topic="School bonds"),
        done=granted("spokesperson", "ed"),
    ),
    "logo.author_unidentified": Case(
        "logo", {"author": {"name": "No Body"}}, instead={"author": {"id": "tess"}}
    ),
    "spokesperson.author_unidentified": Case(
        "spokesperson",
        {"author": {"name": "No Body"}, "account": LOST},
        instead={"author": {"id": "tess"}, "account": MAPLE},
    ),
    "account.ambiguous": Case(
        "account",
        {"system": "postiz", "external_id": "7"},
        lambda h: h.district(
            lambda d: (
                d.account("x", "one", aliases={"postiz": "7"}),
                d.account("x", "two", aliases={"postiz": "7"}),
            )
        ),
        MAPLE,
    ),
    "account.self_authorized": Case(
        "account",
        MAPLE,
        lambda h: h.district(lambda d: d.authorization(h.account("maple"), requested_by="dora")),
        done=authorized_by_another,
    ),
    "account.changed_since": Case(
        "account",
        MAPLE,
        lambda h: h.send("mia", "PATCH", f"accounts/{h.account('maple')}", {"kind": "club"}),
        done=authorized_by_another,
    ),
    "account.under_review": Case(
        "account",
        MAPLE,
        set_account("maple", status="under_review"),
        done=lambda h: h.send(
            "dora",
            "POST",
            f"accounts/{h.account('maple')}/status",
            {"status": "authorized", "reason": "Looked over"},
        ),
    ),
    "consent.unread": Case(
        "photo-consent",
        people({"id": "ana"}),
        unread("ana"),
        done=lambda h: h.send("dora", "POST", f"doubts/{DOUBT}/settle", {"reason": "Asked."}),
    ),
    "coworker.unread": Case(
        "coworker-consent",
        {"employees": [{"id": "tess"}]},
        unread("tess"),
        done=lambda h: h.send("dora", "POST", f"doubts/{DOUBT}/settle", {"reason": "Asked."}),
    ),
    "account.admin_missing": Case(
        "account",
        MAPLE,
        set_account("maple", communications_admin_at=None),
        done=attested("maple"),
    ),
    "account.no_owner": Case(
        "account", LOST, changed("lost", managers=["mia"]), done=changed("lost", owner_id="olga")
    ),
    "account.no_manager": Case(
        "account", LOST, changed("lost", owner_id="olga"), done=changed("lost", managers=["mia"])
    ),
    "account.author_missing": Case(
        "post",
        posts(account=GENERAL, author=None),
        general,
        posts(account=GENERAL, author={"id": "dora"}),
    ),
    "contact.foreign": Case(
        "account",
        ROOM,
        classroom("a@gmail.example"),
        done=changed("room", contact_email="a@provo.example"),
    ),
    "contact.missing": Case(
        "account", ROOM, classroom(None), done=changed("room", contact_email="a@provo.example")
    ),
    "contact.network_not_approved": Case(
        "account", ROOM, classroom("a@provo.example"), done=approves_network
    ),
    "author.student": Case("post", posts(author=ANA), instead=POST),
    "author.left": Case(
        "post",
        posts(author={"id": "ed"}),
        lambda h: h.write(update(t.people).where(t.people.c.id == "ed").values(status="inactive")),
        POST,
    ),
    "author.unknown": Case("post", posts(author={"id": "nobody"}), instead=POST),
    "author.ambiguous": Case("post", posts(author={"name": "Tess Reed"}), twin, POST),
    "author.unidentified": Case(
        "post", posts(author={"id": "dora"}), instead=POST, rights={"schools": ["maple"]}
    ),
    "author.another": Case("post", POST, instead=posts(author=None), by="ed"),
}
# Rosters come by imports alone, which have tests of their own.
BY_IMPORT = {"class.empty", "class.roster_incomplete", "class.roster_stale"}
# What a list or a clock says of itself is tried with the lists.
ELSEWHERE = {
    "consent.former_guardian",
    "consent.identity_doubtful",
    "coworker.identity_doubtful",
    "author.identity_doubtful",
    "consent.student_returned",
    "consent.student_moved",
    "consent.student_left",
    "list.ahead",
    "clock.behind",
}


@pytest.fixture
def settings(store_url: str, tmp_path: Any) -> Settings:
    return Settings(
        database_url=store_url,
        signing_key_file=tmp_path / "signing-key.pem",
        email_domains=("provo.example",),
    )


@pytest.fixture
def house(service: str, store: Store, make_key: MakeKey) -> Iterator[House]:
    with store.writing() as connection:
        found(connection)
    with httpx.Client(base_url=service, timeout=30) as client:
        yield House(client, store, make_key)


@pytest.mark.parametrize("code", CASES)
def test_act_that_is_named_ends_the_review(house: House, code: str) -> None:
    case = CASES[code]
    case.given(house)
    rights = {"scopes": ["check"], **(case.rights or {})}

    def ask(body: Any) -> list[dict[str, Any]]:
        said = house.send(case.by, "POST", f"checks/{case.check}", body, **rights)
        found: list[dict[str, Any]] = said["findings"]
        return found

    before = [one for one in ask(case.body) if one["code"] == code]
    assert before, ask(case.body)
    assert {(one["outcome"], one["act"]) for one in before} == {("review", CODES[code].act)}
    case.done(house)
    instead = case.instead(house) if callable(case.instead) else case.instead
    after = ask(instead or case.body)
    assert code not in {one["code"] for one in after}
    rule = CODES[code].rule
    assert {one["outcome"] for one in after if one["rule"] == rule} <= {"allow"}, after


def test_every_code_that_lacks_a_fact_is_here() -> None:
    lacking = {code for code, meaning in CODES.items() if meaning.act not in {None, "judge"}}
    assert set(CASES) == lacking - BY_IMPORT - ELSEWHERE
