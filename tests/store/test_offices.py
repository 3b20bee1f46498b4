"""Dated facts and authorization forms, on both stores."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select

from app.database import tables as t
from app.database.session import Store
from app.errors import ConflictError, DesignationRequiredError, NotFoundError, OwnRequestError
from app.policy.facts import Setup
from app.policy.question import AccountRef, OtherRef, PersonRef, Pictured, Question
from app.policy.rulebook import evaluate_question
from app.store.accounts import form_moves as moves
from app.store.accounts import forms
from app.store.accounts.form_moves import FormStep
from app.store.accounts.forms import FormContent
from app.store.facts.loader import load_facts
from app.store.ledger import chain
from app.store.ledger.changes import Actor
from app.store.people.references import RequestContext
from app.store.permissions import designations, grants, releases
from app.store.permissions.grants import NewGrant
from app.store.permissions.releases import NewRelease
from tests.district import found
from tests.snapshots import rows_of

NOW = datetime.now(UTC)
SETUP = Setup(timezone=ZoneInfo("America/Denver"))
TODAY = NOW.astimezone(SETUP.timezone).date()
YESTERDAY = TODAY - timedelta(days=1)
LOGO = NewGrant("logo", "person", "ed", "all", TODAY)


@pytest.fixture
def district(store: Store) -> Store:
    with store.writing() as connection:
        found(connection)
    return store


def actor(person_id: str | None) -> Actor:
    return Actor("test", person_id, NOW)


def by(person_id: str | None, *schools: str) -> RequestContext:
    return RequestContext(person_id, TODAY, SETUP, frozenset(schools) or None)


def give(connection: Connection, who: str = "sue", new: NewGrant = LOGO, **changed: Any) -> str:
    row = grants.add_grant(connection, actor(who), by(who), NewGrant(**{**_fields(new), **changed}))
    return str(row["id"])


def _fields(new: Any) -> dict[str, Any]:
    return {name: getattr(new, name) for name in type(new).__dataclass_fields__}


def live(connection: Connection) -> list[str]:
    wanted = grants.GrantFilter(grantee="ed", on=TODAY)
    return [row["id"] for row in grants.list_grants(connection, wanted, None, 0, 100)]


def may_use_logo(connection: Connection, person_id: str) -> str:
    question = Question(check="logo", uses_logo=True, author=PersonRef("/author", id=person_id))
    facts = load_facts(connection, [question], NOW, SETUP)
    return str(evaluate_question(question, facts).findings[0].code)


def test_revoking_one_permission_leaves_the_others(district: Store) -> None:
    with district.writing() as connection:
        first, second = give(connection, mark="crest"), give(connection, mark="wordmark")
        third = give(connection, mark="crest", purpose="Graduation")
        grants.revoke_grant(connection, actor("sue"), by("sue"), first, "Misuse")
        assert live(connection) == [second, third]
        assert may_use_logo(connection, "ed") == "logo.granted_for"
        for one in (second, third):
            grants.revoke_grant(connection, actor("sue"), by("sue"), one, None)
        assert live(connection) == []
        assert may_use_logo(connection, "ed") == "logo.no_grant"
        again = give(connection, mark="crest")
        assert live(connection) == [again]
        assert may_use_logo(connection, "ed") == "logo.granted_for"
    with district.reading() as connection:
        assert chain.verify_chain(connection).bad is None


def test_a_refused_grant_leaves_no_trace(district: Store) -> None:
    with district.writing() as connection:
        give(connection)
    before = rows_of(district)
    refused: list[tuple[str, dict[str, Any], type[Exception]]] = [
        ("dora", {"mark": "x"}, DesignationRequiredError),
        ("sue", {"grantee": "sue"}, OwnRequestError),
        ("sue", {"effective_from": date(2019, 1, 1)}, DesignationRequiredError),
        ("sue", {}, ConflictError),
    ]
    for who, changed, error in refused:
        with pytest.raises(error), district.writing() as connection:
            give(connection, who, **changed)
    assert rows_of(district) == before


def test_an_ended_office_grants_nothing_and_its_old_grants_stay(district: Store) -> None:
    with district.writing() as connection:
        give(connection)
        (held,) = (
            r for r in designations.list_designations(connection, 0, 9) if r["person_id"] == "sue"
        )
        office = designations.Designator(None, TODAY, SETUP.timezone, administrator=True)
        effect = designations.preview_end(connection, office, held["id"], YESTERDAY)
        assert effect.grants == 1
        past = designations.PastChange("Left sooner", effect.digest)
        designations.end_designation(connection, actor(None), office, held["id"], YESTERDAY, past)
        assert (
            designations.find_capacity(connection, "sue", "superintendent", YESTERDAY) == "holder"
        )
        with pytest.raises(DesignationRequiredError):
            give(connection, mark="crest")


def test_a_key_of_a_school_sees_what_is_of_it(district: Store) -> None:
    with district.writing() as connection:
        person = give(connection)
        account = give(connection, grantee_kind="account", grantee="facebook/maple")
        unknown = give(connection, grantee_kind="account", grantee="x/nowhere")
        for ident in (person, account):
            assert grants.read_grant(connection, ident, frozenset({"maple"}))["id"] == ident
            with pytest.raises(NotFoundError):
                grants.read_grant(connection, ident, frozenset({"birch"}))
        with pytest.raises(NotFoundError):
            grants.read_grant(connection, unknown, frozenset({"maple", "birch"}))


def test_district_email_is_approved_for_whom_it_was_granted(district: Store) -> None:
    new = NewGrant("network_email", "org", "maple", "x", TODAY)
    with district.writing() as connection:
        give(connection, "dora", new)
        assert grants.is_network_approved(connection, "x", ["maple"], TODAY)
        assert not grants.is_network_approved(connection, "x", ["birch"], TODAY)
        assert not grants.is_network_approved(connection, "x", [], TODAY)
        assert not grants.is_network_approved(connection, "threads", ["maple"], TODAY)
        assert not grants.is_network_approved(connection, "x", ["maple"], YESTERDAY)


def pictured(connection: Connection, name_key: str) -> set[str]:
    others = (OtherRef("/pictured/others/0", name_key=name_key),)
    account = AccountRef("/account", platform="facebook", handle_key="maple")
    question = Question(
        check="post", purpose="school", account=account, pictured=Pictured(others=others)
    )
    facts = load_facts(connection, [question], NOW, SETUP)
    return {finding.code for finding in evaluate_question(question, facts).findings}


def test_releases_are_added_found_and_ended(district: Store) -> None:
    new = NewRelease("Zoë Vance", None, "social", date(2026, 1, 1))
    with district.writing() as connection:
        row = releases.add_release(connection, actor(None), TODAY, new)
        assert "release.on_file" in pictured(connection, "zoe vance")
        with pytest.raises(ConflictError):
            releases.add_release(connection, actor(None), TODAY, new)
        other = NewRelease("Zoë Vance", "School song", "social", date(2026, 1, 1))
        kept = releases.add_release(connection, actor(None), TODAY, other)
        releases.end_release(connection, actor(None), row["id"], YESTERDAY)
        wanted = releases.ReleaseFilter(name="ZOË vance", on=TODAY)
        assert [r["id"] for r in releases.list_releases(connection, wanted, 0, 9)] == [kept["id"]]
        assert "release.on_file" not in pictured(connection, "zoe vance")


FORM = FormContent(
    platform="instagram", handle="Club", handle_key="club", url="https://blog.example/club",
    url_alias="https://blog.example/club", kind="club", org_id="maple", owner_id="olga",
    managers=("mia", "tess"), contact_email=None, purpose="Chess",
)  # fmt: skip


def step(row: dict[str, Any], move: Any, note: str | None = None) -> FormStep:
    return FormStep(row["id"], move, note=note)


def test_a_form_leads_to_one_account_with_all_that_belongs_to_it(district: Store) -> None:
    with district.writing() as connection:
        row = forms.add_form(connection, actor("tess"), by("tess"), FORM)
        assert (row["managers"], row["state"]) == (["mia", "tess"], "draft")
        row = moves.take_step(connection, actor("tess"), by("tess"), step(row, "submit"))
        row = moves.decide_form(connection, actor("dora"), by("dora"), step(row, "approve"))
        row = moves.attest_form(connection, actor("dora"), by("dora"), step(row, "attest"))
        account = connection.execute(
            select(t.accounts).where(t.accounts.c.id == row["account_id"])
        ).one()
        assert (account.status, account.communications_admin_at) == ("authorized", NOW)
        alias = connection.execute(
            select(t.account_aliases).where(t.account_aliases.c.account_id == account.id)
        ).one()
        assert (alias.system, alias.value) == ("url", "https://blog.example/club")
        given = connection.execute(
            select(t.authorizations).where(t.authorizations.c.account_id == account.id)
        ).one()
        assert (given.authorized_by, given.requested_by) == ("dora", "tess")
    with district.reading() as connection:
        assert chain.verify_chain(connection).bad is None


def test_approval_is_all_or_nothing(district: Store) -> None:
    """The address is another account's already: the form stays as it was, and so does all else."""
    with district.writing() as connection:
        first = forms.add_form(connection, actor("tess"), by("tess"), FORM)
        moves.take_step(connection, actor("tess"), by("tess"), step(first, "submit"))
        moves.decide_form(connection, actor("dora"), by("dora"), step(first, "approve"))
        twin = FormContent(**{**_fields(FORM), "handle": "chess", "handle_key": "chess"})
        second = forms.add_form(connection, actor("tess"), by("tess"), twin)
        moves.take_step(connection, actor("tess"), by("tess"), step(second, "submit"))
    before = rows_of(district)
    with pytest.raises(ConflictError), district.writing() as connection:
        moves.decide_form(connection, actor("dora"), by("dora"), step(second, "approve"))
    assert rows_of(district) == before


def test_pages_of_forms_go_on_where_they_ended(district: Store) -> None:
    with district.writing() as connection:
        made = [forms.add_form(connection, actor("tess"), by("tess"), FORM)["id"] for _ in range(5)]
        mine = forms.FormFilter(requester="tess", state="draft", org_id="maple")
        first = forms.list_forms(connection, mine, None, "", 3)
        rest = forms.list_forms(connection, mine, None, first[-1]["id"], 3)
        assert [row["id"] for row in first + rest] == made
        assert forms.list_forms(connection, mine, frozenset({"birch"}), "", 3) == []
        assert forms.list_forms(connection, forms.FormFilter(state="denied"), None, "", 3) == []


def test_others_open_forms_for_the_account_are_similar(district: Store) -> None:
    with district.writing() as connection:
        mine = forms.add_form(connection, actor("tess"), by("tess"), FORM)
        other = forms.add_form(connection, actor("ed"), by("ed"), FORM)
        past = forms.add_form(connection, actor("ed"), by("ed"), FORM)
        moves.take_step(connection, actor("ed"), by("ed"), step(past, "withdraw"))
        seen = forms.find_similar(connection, mine, None).requests
        assert [row["id"] for row in seen] == [other["id"]]
        assert forms.find_similar(connection, mine, frozenset({"birch"})).requests == []
