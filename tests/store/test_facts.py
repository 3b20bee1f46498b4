"""What one read of the store must find for the rules, on both stores."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import Connection, text

from app.database.session import Store
from app.errors import StoreUnavailableError
from app.policy.facts import EVERYBODY, Designation, Facts, Release, Setup
from app.policy.question import AccountRef, Media, OtherRef, PersonRef, Pictured, Question
from app.store.facts.facts_query import compile_statement
from app.store.facts.loader import load_facts
from app.store.ledger import chain
from tests.district import LONG_AGO, SINCE, District

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SETUP = Setup(timezone=ZoneInfo("America/Denver"))
SOON, LATER = date(2026, 6, 1), date(2027, 6, 1)
Load = Callable[..., Facts]


@pytest.fixture
def district(store: Store) -> Iterator[District]:
    """Rows go in through one transaction, in which `load` then reads."""
    with store.writing() as connection:
        made = District(connection)
        made.org("maple")
        made.org("birch")
        yield made


@pytest.fixture
def load(district: District) -> Load:
    def read(*questions: Question) -> Facts:
        return load_facts(district._connection, questions, NOW, SETUP)

    return read


def pictured(*ids: str, names: tuple[str, ...] = (), **more: object) -> Question:
    refs = [PersonRef("", id=i) for i in ids] + [PersonRef("", name_key=n) for n in names]
    return Question(check="photo-consent", pictured=Pictured(students=tuple(refs)), **more)  # type: ignore[arg-type]


def on_account(**ref: object) -> Question:
    return Question(check="account", account=AccountRef("", **ref))  # type: ignore[arg-type]


def logo(author: str | None = None, author_name: str | None = None, **ref: object) -> Question:
    return Question(
        check="logo",
        uses_logo=True,
        account=AccountRef("", **ref) if ref else None,  # type: ignore[arg-type]
        author=PersonRef("", id=author, name_key=author_name) if author or author_name else None,
    )


def release_of(*refs: OtherRef, media: tuple[Media, ...] = ()) -> Question:
    return Question(check="post", pictured=Pictured(others=refs), media=media)


def test_nothing_asked_is_nothing_found(load: Load) -> None:
    assert load() == Facts(now=NOW, setup=SETUP)
    assert load(Question(check="account")) == Facts(now=NOW, setup=SETUP)


def test_district_email_comes_with_the_account_that_is_kept_with_an_address(
    load: Load, district: District
) -> None:
    district.org("provo", kind="district")
    for person in ("olga", "dora"):
        district.employee(person, f"{person} Person")
    district.designation("director_communications", "dora")
    district.account("x", "mail", contact_email="a@provo.example", managers=())
    district.account("x", "none", managers=())
    given: dict[str, Any] = {"network": "x", "granted_by": "dora"}
    district.grant("network_email", "provo", grantee_kind="org", **given)
    district.grant("network_email", "birch", grantee_kind="org", **given)
    ended = date(2026, 1, 2)
    for end in (None, ended):
        district.grant("network_email", "maple", grantee_kind="org", effective_to=end, **given)
    district.grant("network_email", "olga", **given)
    district.grant("network_email", "x/mail", **given)
    district.grant("logo", "olga", granted_by="dora")
    facts = load(on_account(platform="x", handle_key="mail"))
    keys = {EVERYBODY, ("org", "maple"), ("person", "olga"), ("account", "x/mail")}
    assert set(facts.grants) == keys
    assert {one.kind for of in facts.grants.values() for one in of} == {"network_email"}
    assert [one.effective_to for one in facts.grants["org", "maple"]] == [ended]
    assert set(facts.designations) == {"dora"}
    assert load(on_account(platform="x", handle_key="none")).grants == {}


def test_nothing_known_is_nothing_found(load: Load) -> None:
    facts = load(
        pictured("nobody", names=("no body",), class_id="c"),
        logo("nobody", platform="x", handle_key="none"),
        on_account(alias=("url", "https://none.example")),
        release_of(OtherRef("", "r"), OtherRef("", name_key="no body")),
    )
    assert facts == Facts(now=NOW, setup=SETUP)


def test_person_comes_with_everything_that_decides(load: Load, district: District) -> None:
    born = date(2018, 2, 28)
    district.person("s1", "Ana Lopez", grade="03", birth_date=born, preferred_name="Annie")
    district.person("s2", "No Org", org_id=None)
    one, other = (load(pictured("s1", "s2")).people[i] for i in ("s1", "s2"))
    assert (one.kind, one.given_name, one.preferred_name) == ("student", "Ana", "Annie")
    assert (one.grade, one.org_id, one.org_name_key, one.org_kind) == (
        "3", "maple", "maple", "school",
    )  # fmt: skip
    assert (one.birth_date, one.status, one.first_seen_at) == (born, "active", LONG_AGO)
    assert (other.org_id, other.org_name_key, other.org_kind) == (None, None, None)


def test_a_name_finds_everyone_who_bears_or_bore_it(load: Load, district: District) -> None:
    district.person("now", "Ana Lopez")
    district.person("then", "Ana Stone", former=("Ana Lopez",))
    district.person("called", "Anastasia Lopez", preferred_name="Ana", org_id="birch")
    district.person("gone", "Ana Lopez", status="inactive")
    district.person("missing", "Ana López", status="missing_from_feed", org_id=None)
    district.employee("teacher", "Ana Lopez")
    district.person("club", "Ana Lopez", "group")
    district.person("parent", "Ana Lopez", "affiliate")
    district.person("other", "Anna Lopez")
    facts = load(pictured(names=("ana lopez", "nobody here")))
    assert {p.id for p in facts.names["ana lopez"]} == {
        "now", "then", "called", "gone", "missing", "teacher", "club", "parent",
    }  # fmt: skip
    assert "nobody here" not in facts.names
    assert "other" not in facts.people


def test_everyone_found_comes_with_all_statements(load: Load, district: District) -> None:
    for person_id in ("by-id", "by-name", "in-class", "author", "untouched"):
        district.person(person_id, f"{person_id} Person")
        district.consent(person_id, "grant", channel="all")
        district.consent(
            person_id, "refuse", effective_from=SOON, effective_to=LATER, source="g2",
            signed_at=NOW, signed_day_only=True, extent="image_with_name", capacity="office_hold",
        )  # fmt: skip
    district.school_class("c1", ["in-class"])
    facts = load(
        pictured("by-id", names=("by name person",)),
        Question(check="class-photo-consent", class_id="c1"),
        logo("author"),
    )
    assert set(facts.consents) == {"by-id", "by-name", "in-class", "author"}
    for said in facts.consents.values():
        assert {one.decision for one in said} == {"grant", "refuse"}
    refusal = next(one for one in facts.consents["by-id"] if one.decision == "refuse")
    assert (refusal.capacity, refusal.source, refusal.extent, refusal.channel) == (
        "office_hold", "g2", "image_with_name", "social",
    )  # fmt: skip
    assert (refusal.signed_at, refusal.signed_day_only) == (NOW, True)
    assert (refusal.effective_from, refusal.effective_to) == (SOON, LATER)


def test_what_was_corrected_is_as_if_absent(load: Load, district: District) -> None:
    district.person("s1", "Ana Lopez")
    wrong = district.consent("s1", "refuse")
    right = district.consent("s1", "grant", corrects=wrong)
    (found,) = load(pictured("s1")).consents["s1"]
    assert found.decision == "grant"
    last = district.consent("s1", "withdraw", corrects=right)
    (found,) = load(pictured("s1")).consents["s1"]
    assert found.decision == "withdraw"
    district.consent("s1", "refuse", corrects=last)
    district.consent("s1", "grant", channel="all")
    assert sorted(c.decision for c in load(pictured("s1")).consents["s1"]) == ["grant", "refuse"]


def test_class_is_its_students_and_only_them(load: Load, district: District) -> None:
    for person_id in ("s1", "s2", "s3", "t1"):
        district.person(person_id, f"{person_id} Person")
    district.school_class("c1", ["s2", "s1"])
    district.enroll("c1", "t1", "teacher")
    district.enroll("c1", "s3", "aide")
    district.school_class("c2", ["s3"], org="birch")
    district.school_class("empty", [])
    facts = load(*(Question(check="class-photo-consent", class_id=c) for c in ("c1", "empty")))
    assert facts.classes["c1"].students == ("s1", "s2")
    assert (facts.classes["c1"].org_id, facts.classes["empty"].students) == ("maple", ())
    assert set(facts.classes) == {"c1", "empty"}
    assert set(facts.people) == {"s1", "s2"}


def test_account_by_name_with_those_who_answer_for_it(load: Load, district: District) -> None:
    for person_id, status in (("in", "active"), ("left", "inactive"), ("m", "missing_from_feed")):
        district.employee(person_id, f"{person_id} Person", status=status)
    district.account(
        "x", "maple", owner_id="left", managers=["in", "left", "m"], kind="district_general",
        contact_email="Office@Maple.EXAMPLE.",
    )  # fmt: skip
    district.account(
        "facebook", "maple", owner_id="in", managers=[], communications_admin_at=None, org_id=None
    )
    facts = load(
        on_account(platform="x", handle_key="maple"),
        on_account(platform="facebook", handle_key="maple"),
    )
    (ours,), (bare,) = facts.accounts["x/maple"], facts.accounts["facebook/maple"]
    assert (ours.owner_id, ours.owner_active) == ("left", False)
    assert (ours.managers, ours.active_managers) == (3, 1)
    assert (ours.kind, ours.org_id) == ("district_general", "maple")
    assert (ours.contact_email_domain, ours.communications_admin_on) == ("maple.example", SINCE)
    assert (bare.owner_active, bare.managers, bare.active_managers) == (True, 0, 0)
    assert (bare.contact_email_domain, bare.communications_admin_on) == (None, None)
    assert (ours.authorization, bare.authorization) == (None, None)


def test_account_is_not_found_by_halves_of_its_name(load: Load, district: District) -> None:
    district.employee("mia", "Mia Manley")
    for platform, handle in (("x", "a"), ("x", "b"), ("facebook", "a"), ("facebook", "b")):
        district.account(platform, handle, owner_id=None)
    facts = load(
        on_account(platform="x", handle_key="a"), on_account(platform="facebook", handle_key="b")
    )
    # The read may bring more than was asked; what was asked must be exact.
    for key in ("x/a", "facebook/b"):
        assert [account.key for account in facts.accounts[key]] == [key]


def test_latest_authorization_of_each_account_counts(load: Load, district: District) -> None:
    for person_id in ("dora", "mia", "olga"):
        district.employee(person_id, f"{person_id} Person")
    accounts = {handle: district.account("x", handle) for handle in ("a", "b", "c")}
    midnight = datetime(2026, 1, 2, 3, tzinfo=UTC)  # still the 1st in Denver
    district.authorization(accounts["a"], "olga", authorized_at=NOW)
    district.authorization(accounts["b"], "olga", authorized_at=NOW)
    district.authorization(accounts["a"], "dora", requested_by="mia", authorized_at=midnight)
    facts = load(*(on_account(platform="x", handle_key=handle) for handle in accounts))
    a, b, c = (facts.accounts[f"x/{handle}"][0].authorization for handle in accounts)
    assert a
    assert (a.authorized_by, a.requested_by, a.authorized_on) == ("dora", "mia", date(2026, 1, 1))
    assert b
    assert (b.authorized_by, b.requested_by) == ("olga", None)
    assert c is None


def test_an_id_beside_a_handle_is_looked_up_too(load: Load, district: District) -> None:
    for person_id in ("mia", "olga"):
        district.employee(person_id, f"{person_id} Person")
    district.account("x", "maple", aliases={"x-id": "123"})
    district.account("x", "birch", aliases={"x-id": "456"})
    ref = {"platform": "x", "handle_key": "maple", "system_id": ("x-id", "456")}
    facts = load(on_account(**ref))
    assert [a.handle_key for a in facts.accounts["x/maple"]] == ["maple"]
    assert [a.handle_key for a in facts.aliases["x-id", "456"]] == ["birch"]


def test_alias_finds_every_account_that_claims_it(load: Load, district: District) -> None:
    for person_id in ("mia", "olga"):
        district.employee(person_id, f"{person_id} Person")
    url = "https://club.example/maple"
    district.account("x", "one", aliases={"postiz": "17", "url": url})
    district.account("x", "two", aliases={"postiz": "18", "buffer": "17"})
    district.account("x", "three", aliases={"buffer": "17"})
    facts = load(*(on_account(alias=a) for a in (
        ("postiz", "17"), ("buffer", "17"), ("url", url), ("postiz", "99"), ("url", f"{url}/"),
    )))  # fmt: skip
    handles = {alias: {a.handle_key for a in found} for alias, found in facts.aliases.items()}
    assert handles[("postiz", "17")] == {"one"}
    assert handles[("buffer", "17")] == {"two", "three"}
    assert handles[("url", url)] == {"one"}
    assert ("postiz", "99") not in handles
    assert ("url", f"{url}/") not in handles


def test_personal_account_is_never_looked_up(load: Load, district: District) -> None:
    district.account("x", "mine", owner_id=None, managers=())
    facts = load(on_account(platform="x", handle_key="mine", personal=True))
    assert (facts.accounts, facts.aliases) == ({}, {})


def test_last_end_of_a_designation_wins(load: Load, district: District) -> None:
    district.employee("dora", "Dora Director")
    account = district.account("x", "maple", owner_id=None, managers=())
    district.authorization(account)
    office = "director_communications"
    district.designation(office, "dora")
    district.designation(office, "dora", effective_to=LATER)
    district.designation(office, "dora", effective_to=SOON)
    district.designation(office, "dora", capacity="designee", effective_to=LATER)
    district.designation(office, "dora", effective_from=SOON)
    found = load(on_account(platform="x", handle_key="maple")).designations["dora"]
    assert set(found) == {
        Designation(office, "dora", "holder", SINCE, SOON),
        Designation(office, "dora", "designee", SINCE, LATER),
        Designation(office, "dora", "holder", SOON, None),
    }


def test_an_end_can_be_taken_back(load: Load, district: District) -> None:
    district.employee("sue", "Sue Super")
    for end in (SOON, None):
        district.designation("superintendent", "sue", effective_to=end)
        district.grant("logo", "sue", effective_to=end)
    facts = load(logo("sue"))
    assert [d.effective_to for d in facts.designations["sue"]] == [None]
    assert [g.effective_to for g in facts.grants["person", "sue"]] == [None]


def test_last_end_of_a_grant_wins(load: Load, district: District) -> None:
    for person_id in ("tess", "sue", "zoe"):
        district.employee(person_id, f"{person_id} Person")
    district.designation("superintendent", "sue")
    for end in (None, LATER, SOON):
        district.grant("logo", "tess", effective_to=end)
    district.grant("logo", "tess", network="x")
    district.grant("spokesperson", "tess", granted_by="zoe")
    facts = load(logo("tess"))
    ends = {(g.kind, g.network, g.granted_by): g.effective_to
            for g in facts.grants["person", "tess"]}  # fmt: skip
    assert ends == {
        ("logo", "all", "sue"): SOON, ("logo", "x", "sue"): None,
        ("spokesperson", "all", "zoe"): None,
    }  # fmt: skip
    # Whoever granted is looked up, in office or not.
    assert set(facts.designations) == {"sue"}


def test_grants_of_author_and_account_however_they_were_named(
    load: Load, district: District
) -> None:
    for person_id in ("tess", "sue", "mia"):
        district.employee(person_id, f"{person_id} Person")
    district.account("x", "maple", owner_id=None, aliases={"postiz": "17"})
    for grantee in ("tess", "x/maple", "x/unregistered", "mia"):
        district.grant("logo", grantee)
    by_name = load(logo(author_name="tess person"))
    by_alias = load(logo(alias=("postiz", "17")))
    unregistered = load(logo(platform="x", handle_key="unregistered"))
    assert set(by_name.grants) == {("person", "tess")}
    assert set(by_alias.grants) == {("account", "x/maple")}
    assert set(unregistered.grants) == {("account", "x/unregistered")}


def test_grantee_kinds_are_kept_apart(load: Load, district: District) -> None:
    for person_id in ("x/maple", "sue"):
        district.employee(person_id, "Odd Id")
    district.grant("logo", "x/maple")
    assert set(load(logo("x/maple")).grants) == {("account", "x/maple")}


def test_last_end_of_a_release_wins_whatever_found_it(load: Load, district: District) -> None:
    work = "ab" * 32
    ids = [district.release("Guest One", work=work, effective_to=end)
           for end in (None, LATER, SOON)]  # fmt: skip
    other = district.release("Guest One", channel="website")
    # The id that was given out first means the release as it is now.
    for asked in ids:
        assert load(release_of(OtherRef("", asked))).releases_by_id[asked].effective_to == SOON
    by_name = load(release_of(OtherRef("", name_key="guest one")))
    assert {r.effective_to for r in by_name.releases_by_name["guest one"]} == {SOON, None}
    assert {r.id for r in by_name.releases_by_name["guest one"]} == {ids[-1], other}
    by_work = load(release_of(media=(Media("", "photo", sha256=work),)))
    assert by_work.releases_by_work[work] == (
        Release(ids[-1], "guest one", work, "all", SINCE, SOON),
    )


def test_of_each_kind_of_list_what_was_said_last_counts(load: Load, district: District) -> None:
    days = {"rosters": (9, 5), "consents": (3, 8), "attestation": (4, 2)}
    for kind, ages in days.items():
        for age in ages:
            district.list_date(kind, NOW - timedelta(days=age))
    district.person("s1", "Any Body")
    district.school_class("c1", ["s1"])
    asked = Question("class-photo-consent", class_id="c1")
    facts = load(asked)
    assert facts.list_at == NOW - timedelta(days=2)
    assert facts.class_rosters == {"c1": NOW - timedelta(days=5)}
    # A date that lies ahead does not stay: a list that comes once the clock is right goes before.
    district.list_date("rosters", NOW + timedelta(days=900))
    district.list_date("rosters", NOW)
    assert load(asked).class_rosters == {"c1": NOW}


def test_lists_of_single_schools_come_with_their_students(load: Load, district: District) -> None:
    district.org("cedar")
    for person_id, org_id in (("s1", "maple"), ("s2", "birch"), ("s3", "cedar")):
        district.person(person_id, "Any Body", org_id=org_id)
    district.list_date("consents", NOW - timedelta(days=3), "maple")
    district.list_date("attestation", NOW - timedelta(days=2), "maple")
    district.list_date("consents", NOW - timedelta(days=1), "birch")
    district.list_date("statements", NOW, "cedar")
    facts = load(pictured("s1", "s3"))
    assert facts.school_lists == {"maple": NOW - timedelta(days=2)}
    assert load(pictured("s2")).school_lists == {"birch": NOW - timedelta(days=1)}
    assert facts.list_at is None


def test_who_came_back_comes_with_when(load: Load, district: District) -> None:
    district.person("s1", "Any Body", returned_at=NOW)
    district.person("s2", "Any Body")
    people = load(pictured("s1", "s2")).people
    assert (people["s1"].returned_at, people["s2"].returned_at) == (NOW, None)


def test_who_moved_comes_with_when(load: Load, district: District) -> None:
    district.person("s1", "Any Body", moved_at=NOW)
    district.person("s2", "Any Body")
    people = load(pictured("s1", "s2")).people
    assert (people["s1"].moved_at, people["s2"].moved_at) == (NOW, None)


def test_the_last_time_on_the_ledger_is_told(store: Store) -> None:
    assert read_after(store).recorded_at is None
    with store.writing() as connection:
        chain.append_entries(connection, [chain.LedgerEntry("l1", "test", NOW, None, {})])
    assert read_after(store).recorded_at == NOW


@pytest.mark.parametrize("kind", ["consents", "attestation"])
def test_either_makes_a_list(load: Load, district: District, kind: str) -> None:
    district.list_date(kind, NOW)
    assert load().list_at == NOW


def test_a_thousand_people_in_each_of_several_questions(load: Load, district: District) -> None:
    for n in range(1_000):
        district.person(f"s{n}", f"Student Number{n}")
        district.consent(f"s{n}", "refuse")
    ids = tuple(f"s{n}" for n in range(1_000))
    names = tuple(f"student number{n}" for n in range(1_000))
    facts = load(pictured(*ids), pictured(names=names), pictured(*ids, names=names))
    assert len(facts.people) == len(facts.names) == len(facts.consents) == 1_000
    assert all(facts.names[f"student number{n}"][0].id == f"s{n}" for n in range(1_000))


@pytest.mark.parametrize("odd", ["a'b", 'a"b', "a\\b", "a,b", "[]", "ÄÖ 𐍈", "%", ":x", "\u2028"])
def test_ids_and_names_are_only_text(load: Load, district: District, odd: str) -> None:
    district.person(odd, "Any Body", former=(f"Former {odd}",))
    facts = load(pictured(odd, "other"))
    assert set(facts.people) == {odd}


class TestStatement:
    """The one statement that reads it all: never by a scan, and its failures are the store's."""

    def test_every_part_is_looked_up_through_an_index(self, store: Store, backend: str) -> None:
        # On tables without rows and without statistics: they may have a million soon, and
        # PostgreSQL keeps the plan.
        statement, places = compile_statement(backend)
        given = [True if place == "permissions" else "[]" for place in places]
        with store.writing() as connection:
            driver: Any = connection.connection.driver_connection
            if backend == "sqlite":
                plan = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", given)]
            else:
                explain = psycopg.RawCursor(driver).execute(f"EXPLAIN {statement}", given)
                plan = [row[0] for row in explain]
        looked_up = " ".join(plan)
        for table in facts_tables():
            assert table in looked_up
            for line in plan:
                assert not re.search(rf"(SCAN|Seq Scan on) {table}\b", line), line
        # The last date of a list is one look: a date is added each night for good.
        dates = [line for line in plan if "ix_list_dates_school_kind_feed_seq" in line]
        assert dates
        if backend == "sqlite":
            assert all("school=? AND kind=? AND feed=?" in line for line in dates), dates

    def test_unusable_store(self, store: Store) -> None:
        def rename(connection: Connection) -> None:
            connection.execute(text("ALTER TABLE list_dates RENAME TO gone"))

        with pytest.raises(StoreUnavailableError):
            read_after(store, rename)
        assert read_after(store).people == {}

    @pytest.mark.parametrize("backend", ["postgresql"])
    def test_lost_server(self, store: Store) -> None:
        def cut(connection: Connection) -> None:
            own = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with store.reading() as other:
                other.execute(text("SELECT pg_terminate_backend(:own, 5000)"), {"own": own})

        with pytest.raises(StoreUnavailableError):
            read_after(store, cut)
        assert read_after(store).people == {}


def read_after(store: Store, *spoils: Callable[[Connection], None]) -> Facts:
    with store.writing() as connection:
        for spoil in spoils:
            spoil(connection)
        return load_facts(connection, [pictured("s1")], NOW, SETUP)


def facts_tables() -> list[str]:
    return [
        "account_aliases", "account_managers", "accounts", "authorizations", "classes", "consents",
        "dated", "designations", "enrollments", "grants", "ledger", "list_dates", "orgs", "people",
        "person_names", "releases",
    ]  # fmt: skip
