"""Mail to those for whom reviews wait, by real SMTP: one letter each, no names, none twice."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import update

from app.checks.batch import decide_inquiries
from app.checks.queue import Answer, Inquiry
from app.checks.request_parser import POST, account_asked, read_check
from app.database.session import Store
from app.database.tables import people
from app.events.review_letters import LetterRounds
from app.policy.question import Asker
from app.policy_setup import read_setup
from app.settings import Settings
from app.store.decisions.resolutions import NewResolution, add_resolution, digest_content
from app.store.events.records import record_event
from app.store.ledger.changes import Actor
from tests.api.offices import open_offices
from tests.cli.mailbox import Mailbox, running
from tests.events.conftest import Clock, Post
from tests.waiting import until

ADDRESSES = {"dora": "dora@district.example", "dee": "dee@district.example",
             "ana": "ana@district.example"}  # fmt: skip


class Office:
    """A district with e-mail addresses, whose reviews are told by mail."""

    def __init__(self, store: Store, clock: Clock, box: Mailbox, settings: Settings) -> None:
        self.store, self.clock, self.box, self.settings = store, clock, box, settings
        self.rounds = LetterRounds(store, settings, account_asked)
        open_offices(store)
        with store.writing() as connection:
            for person, address in ADDRESSES.items():
                connection.execute(
                    update(people).where(people.c.id == person).values(email=address)
                )

    def ask(self, text: str, person: str | None = None, **more: Any) -> str:
        """The id of the decision, which is a review."""
        body = {"account": {"platform": "facebook", "handle": "maple"}, "purpose": "school",
                "author": {"id": "tess"}, "text": text, **more}  # fmt: skip
        read = read_check(POST, orjson.dumps(body), Asker(person_id=person))
        inquiry = Inquiry(read.question, read.request, "key", person, read.text)
        (said,) = decide_inquiries(self.store, read_setup(self.settings), [inquiry])
        assert isinstance(said, Answer)
        assert said.outcome == "review"
        self.content = digest_content("post", read.request)
        return str(orjson.loads(said.body)["id"])

    def end(self, decision: str) -> None:
        new = NewResolution(decision, self.content, "f", [], "deny", "r", [])
        with self.store.writing() as connection:
            add_resolution(connection, Actor("key", "dora", self.store.now()), "dora", new)

    def send(self) -> dict[str, str]:
        """Have what is due sent; the new letters' texts by their addresses."""
        before = len(self.box.letters)
        self.rounds.send_due()
        return {
            str(letter["To"]): text
            for letter, text in zip(
                self.box.letters[before:], self.box.texts()[before:], strict=True
            )
        }


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with running(Mailbox()) as opened:
        yield opened


@pytest.fixture
def office(post: Post, clock: Clock, box: Mailbox) -> Office:
    settings = Settings.model_validate(
        {
            **post.settings.model_dump(exclude_defaults=True),
            "mail_reviews": True,
            "mail_from": "clearpost@district.example",
            "mail_server": box.address,
            "mail_security": "none",
            "link_base": "https://intranet.district.example/reviews/",
        }
    )
    return Office(post.store, clock, box, settings)


def test_who_acts_for_the_office_is_told_once_and_of_nobody(office: Office) -> None:
    assert office.send() == {}
    review = office.ask("Ana Lopez said crap.")
    told = office.send()
    assert set(told) == {ADDRESSES["dora"], ADDRESSES["dee"]}
    for letter in office.box.letters:
        assert letter["Subject"] == "Clearpost: a review waits for you"
        text = f"{letter['Subject']} {letter.get_content()}"
        assert f"https://intranet.district.example/reviews/{review}" in text
        assert not any(word in text for word in ("Ana", "Lopez", "crap", "tess", "Tess", "maple"))
    office.clock.move(hours=1)
    office.ask("Ana Lopez said crap.")  # the scheduler asks again: it is the same review
    assert office.send() == {}


def test_what_comes_within_a_quarter_of_an_hour_comes_together(office: Office) -> None:
    office.ask("Crap.")
    assert len(office.send()) == 2
    later = [office.ask(f"Crap, number {n}.") for n in range(25)]
    office.clock.move(minutes=10)
    assert office.send() == {}
    office.clock.move(minutes=6)
    told = office.send()
    text = told[ADDRESSES["dora"]]
    assert office.box.letters[-1]["Subject"] == "Clearpost: 25 reviews wait for you"
    assert sum(one in text for one in later) == 20
    assert "and 5 more" in text
    office.clock.move(hours=1)
    assert office.send() == {}


def test_who_asked_is_not_told_and_who_began_later_is(office: Office) -> None:
    office.ask("Crap.", person="dora")
    assert set(office.send()) == {ADDRESSES["dee"]}
    with office.store.writing() as connection:
        connection.execute(update(people).where(people.c.id == "dee").values(email="new@x.example"))
    office.clock.move(hours=1)
    office.ask("Crap again.")
    told = office.send()
    assert "2 reviews" in told["new@x.example"]
    assert "A review" in told[ADDRESSES["dora"]]


def test_one_that_begins_anew_is_told_anew(office: Office) -> None:
    first = office.ask("Crap.")
    assert len(office.send()) == 2
    office.end(first)
    office.clock.move(hours=1)
    assert office.send() == {}
    again = office.ask("Crap.")
    assert again in office.send()[ADDRESSES["dora"]]


def test_the_content_owner_is_told_of_what_the_owner_can_end(office: Office) -> None:
    """Who is pictured an office cannot say; the owner of the account may know."""
    with office.store.writing() as connection:
        owner = update(people).where(people.c.id == "olga").values(email="olga@x.example")
        connection.execute(owner)
    review = office.ask("Fine.", media=[{"kind": "photo", "rights": "own"}])
    told = office.send()
    assert set(told) == {"olga@x.example"}
    assert review in told["olga@x.example"]


def test_a_server_that_is_away_is_tried_again_and_one_address_holds_up_no_other(
    office: Office, box: Mailbox
) -> None:
    box.refusing.add(ADDRESSES["dee"])
    review = office.ask("Crap.")
    assert set(office.send()) == {ADDRESSES["dora"]}
    box.refusing.clear()
    office.clock.move(minutes=16)
    assert review in office.send()[ADDRESSES["dee"]]
    away = office.settings.model_copy(update={"mail_server": "127.0.0.1:1"})
    here, office.rounds = office.rounds, LetterRounds(office.store, away, account_asked)
    office.clock.move(minutes=16)
    office.ask("Crap again.")
    assert office.send() == {}
    office.rounds = here
    assert office.send() == {}
    office.clock.move(minutes=2)
    assert len(office.send()) == 2


@pytest.mark.parametrize(
    "address",
    ["\x61na-dé@district.example", "a@.", "a@x..example", "a@[x", "(a@x.example", "a:b@x.example;",
     "a;b@x.example", '"@x.example', "a@b\x00c"],
)  # fmt: skip
def test_an_address_that_is_none_holds_up_no_other(
    office: Office, box: Mailbox, address: str
) -> None:
    """What is on file as an address came from a file of the district's, and may be anything."""
    with office.store.writing() as connection:
        connection.execute(update(people).where(people.c.id == "dee").values(email=address))
    box.takes_ascii_only = True
    review = office.ask("Crap.")
    assert review in office.send()[ADDRESSES["dora"]]
    assert [str(letter["To"]) for letter in box.letters].count(ADDRESSES["dora"]) == 1


def test_of_two_processes_one_sends(office: Office) -> None:
    office.ask("Crap.")
    other = LetterRounds(office.store, office.settings, account_asked)
    assert len(office.send()) == 2
    assert other.send_due() == 0
    office.clock.move(minutes=16)
    assert other.send_due() == 0
    assert len(office.box.letters) == 2


def test_communications_is_told_of_a_post_that_has_to_come_down(office: Office) -> None:
    with office.store.writing() as connection:
        data = {"takedown": "t-1", "published": "p-1"}
        record_event(connection, "takedown.opened", office.store.now(), data)
    told = office.send()
    assert set(told) == {ADDRESSES["dora"], ADDRESSES["dee"]}
    assert "- t-1" in told[ADDRESSES["dora"]]
    office.clock.move(minutes=16)
    office.ask("Crap.")
    assert "t-1" not in office.send()[ADDRESSES["dora"]]
    assert office.clock.ahead < timedelta(hours=1)


def test_the_service_sends_by_itself(office: Office) -> None:
    office.rounds.start()
    office.ask("Crap.")
    until(lambda: len(office.box.letters) == 2)
    office.rounds.close()
