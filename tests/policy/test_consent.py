"""What must hold of consent whatever the statements are."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.policy.consent import NOTHING, Standing, eighteenth_birthday, weigh_statements
from app.policy.consent_coverage import (
    ACTIVITIES,
    CHANNELS,
    EXTENTS,
    barring_cells,
    combine_cells,
    find_cells,
    group_cells,
)
from app.policy.facts import Consent, Person
from app.policy.words import REFUSALS, Channel
from tests.consent_model import Model, Said, spread

ZONE = ZoneInfo("America/Denver")
TODAY = date(2026, 10, 15)
NOON = datetime(2026, 10, 15, 18, tzinfo=UTC)
EVERYTHING = combine_cells(ACTIVITIES, CHANNELS, EXTENTS)

CHILD = Person(
    id="s-1",
    kind="student",
    given_name="Ana",
    family_name="Diaz",
    preferred_name=None,
    grade="3",
    org_id=None,
    org_name_key=None,
    org_kind=None,
    birth_date=date(2016, 5, 1),
    status="active",
    first_seen_at=NOON,
)
ADULT = CHILD._replace(birth_date=date(2008, 5, 1))


def read(person: Person, said: Sequence[Consent]) -> Standing:
    return weigh_statements(person, said, TODAY, NOON, ZONE)


days = st.integers(-900, 60).map(lambda n: TODAY + timedelta(days=n))


@st.composite
def consents(draw: st.DrawFn, sources: tuple[str, ...] = ("g1", "g2")) -> Consent:
    begins = draw(days)
    signed = draw(st.sampled_from([begins, begins - timedelta(days=3)]))
    hour = draw(st.integers(0, 23))
    length = draw(st.none() | st.integers(0, 900))
    return Consent(
        person_id=CHILD.id,
        decision=draw(st.sampled_from(["grant", "refuse", "withdraw", "lift"])),
        activity=draw(st.sampled_from(ACTIVITIES)),
        channel=draw(st.sampled_from(get_args(Channel))),
        extent=draw(st.sampled_from(EXTENTS)),
        capacity="guardian",
        source=draw(st.sampled_from(sources)),
        signed_at=datetime(signed.year, signed.month, signed.day, hour, tzinfo=ZONE),
        signed_day_only=draw(st.booleans()),
        effective_from=begins,
        effective_to=None if length is None else begins + timedelta(days=length),
    )


def statement(decision: str, **changes: object) -> Consent:
    plain = Consent(
        CHILD.id, decision, "publish", "all", "image", "guardian", "g1",  # type: ignore[arg-type]
        NOON - timedelta(days=30), False, TODAY - timedelta(days=30), None,
    )  # fmt: skip
    return plain._replace(**changes)  # type: ignore[arg-type]


@given(st.lists(consents(), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_delivery_decides_nothing(said: list[Consent], random: object) -> None:
    shuffled = list(said)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert read(CHILD, shuffled) == read(CHILD, said)


@given(st.lists(consents(), max_size=6), consents(("g1",)))
def test_a_later_live_refusal_always_refuses(said: list[Consent], last: Consent) -> None:
    refusal = last._replace(
        decision="refuse", effective_from=TODAY, signed_at=NOON, effective_to=None
    )
    earlier = [s for s in said if s.signed_at < NOON]
    refused = read(CHILD, [*earlier, refusal]).refused
    assert refused & find_cells(refusal) == find_cells(refusal)


@given(st.lists(consents(("g1",)), max_size=5), st.lists(consents(("g2",)), max_size=5))
def test_across_sources_a_refusal_wins(one: list[Consent], other: list[Consent]) -> None:
    alone = [read(CHILD, said) for said in (one, other)]
    together = read(CHILD, [*one, *other])
    assert together.refused == alone[0].refused | alone[1].refused
    assert together.granted == (alone[0].granted | alone[1].granted) & ~together.refused
    pending = alone[0].pending | alone[1].pending
    assert not pending & ~(together.pending | together.refused)


@given(st.lists(consents(("g1",)), max_size=6))
def test_without_lifts_the_statement_signed_last_about_a_cell_stands(said: list[Consent]) -> None:
    said = [
        s._replace(signed_day_only=False, effective_to=None)
        for s in said
        if s.decision != "lift" and s.effective_from <= TODAY and s.signed_at <= NOON
    ]
    # A plain reading of the sentence, cell by cell: latest wins, a tie is a refusal.
    granted = refused = 0
    for cell in (1 << n for n in range(EVERYTHING.bit_length())):
        about = [s for s in said if find_cells(s) & cell]
        if not about:
            continue
        latest = max(s.signed_at for s in about)
        final = {s.decision for s in about if s.signed_at == latest}
        if final & REFUSALS:
            refused |= cell
        else:
            granted |= cell
    told = read(CHILD, said)
    assert (told.granted, told.refused) == (granted, refused)


@given(st.lists(consents(), max_size=6))
def test_nothing_is_both_granted_and_refused(said: list[Consent]) -> None:
    told = read(CHILD, said)
    assert not told.granted & told.refused
    assert not told.held & ~told.refused


@given(st.lists(consents(), max_size=6))
def test_at_eighteen_no_guardian_grants_any_more(said: list[Consent]) -> None:
    as_child = read(CHILD, said)
    as_adult = read(ADULT, said)
    assert not as_adult.granted
    refusals = [s for s in said if s.decision in REFUSALS]
    only_refusals = read(ADULT, refusals)
    assert only_refusals.refused == read(CHILD, refusals).refused
    assert not as_child.granted & ~EVERYTHING


@given(st.lists(consents(), max_size=6), st.sampled_from(CHANNELS))
def test_showing_with_the_name_is_never_easier_than_without(
    said: list[Consent], channel: Channel
) -> None:
    told = read(CHILD, said)
    bare = barring_cells("publish", channel, "image", video=False)
    named = barring_cells("publish", channel, "image_with_name", video=False)
    if told.refused & bare:
        assert told.refused & named
    with_name = combine_cells(("publish",), (channel,), ("image_with_name",))
    if told.granted & with_name and not told.refused & named:
        assert told.granted & combine_cells(("publish",), (channel,), ("image",))


@pytest.mark.parametrize(
    ("born", "of_age"),
    [
        (date(2008, 2, 29), date(2026, 3, 1)),
        (date(2008, 3, 1), date(2026, 3, 1)),
        (date(2008, 2, 28), date(2026, 2, 28)),
        (None, None),
    ],
)
def test_the_eighteenth_birthday(born: date | None, of_age: date | None) -> None:
    assert eighteenth_birthday(born) == of_age


@given(st.lists(consents(), max_size=6))
def test_a_withdrawal_is_a_refusal_in_another_word(said: list[Consent]) -> None:
    plainly = [s._replace(decision="refuse") if s.decision == "withdraw" else s for s in said]
    assert read(CHILD, plainly) == read(CHILD, said)


@given(st.lists(consents(), max_size=6), consents())
def test_a_refusal_more_never_opens_anything(said: list[Consent], one: Consent) -> None:
    # A time for every paper: one without could make a tie of two papers of its day, which refuses.
    said = [s._replace(signed_day_only=False) for s in said]
    refusal = one._replace(decision="withdraw", signed_day_only=False)
    before, after = read(CHILD, said), read(CHILD, [*said, refusal])
    assert not after.granted & ~before.granted
    assert not before.refused & ~after.refused
    assert not before.pending & ~(after.pending | after.refused)


@given(st.lists(consents(), max_size=6), consents())
def test_a_lift_more_never_refuses_anything(said: list[Consent], one: Consent) -> None:
    said = [s._replace(signed_day_only=False) for s in said]
    lift = one._replace(decision="lift", signed_day_only=False)
    before, after = read(CHILD, said), read(CHILD, [*said, lift])
    assert not after.refused & ~before.refused


@given(st.lists(consents(), max_size=6), consents(), st.sampled_from(["grant", "lift"]))
def test_what_is_signed_later_than_now_opens_nothing(
    said: list[Consent], one: Consent, decision: str
) -> None:
    said = [s for s in said if s.signed_at <= NOON - timedelta(days=2)]
    later = one._replace(decision=decision, signed_at=NOON + timedelta(minutes=6))  # type: ignore[arg-type]
    assert read(CHILD, [*said, later]) == read(CHILD, said)


@given(st.lists(consents(), max_size=6), consents(("office",)))
def test_a_hold_ends_by_its_own_name_alone(said: list[Consent], one: Consent) -> None:
    one = one._replace(
        capacity="office_hold", signed_at=NOON, effective_from=TODAY, effective_to=None
    )
    hold, other = (one._replace(decision="refuse", id=name) for name in ("h-1", "h-2"))
    for lifts, held in (((), True), (("h-2",), True), (("h-1",), False), (("h-1", "x"), False)):
        lift = one._replace(decision="lift", id="l-1", lifts=frozenset(lifts))
        found = read(CHILD, [*said, hold, lift, lift._replace(id="l-2")]).held
        assert found == (find_cells(hold) if held else 0)
        assert read(CHILD, [*said, hold, other, lift]).held == find_cells(hold)


def test_a_withdrawal_of_anything_refuses_and_a_lift_of_it_opens() -> None:
    grant, refuse = statement("grant"), statement("refuse")
    later = {"effective_from": TODAY - timedelta(days=5), "signed_at": NOON - timedelta(days=5)}
    withdraw = statement("withdraw", **later)
    asked = combine_cells(("publish",), ("social",), ("image",))
    for said in ([grant, withdraw], [refuse, withdraw], [withdraw]):
        assert read(CHILD, said).refused & asked
    lift = statement("lift", **later)
    assert read(CHILD, [refuse, lift]) == NOTHING
    assert read(CHILD, [lift]) == NOTHING


def test_all_is_every_channel_but_the_directory() -> None:
    for decision, said in (("refuse", "refused"), ("grant", "granted")):
        everywhere, nowhere_else = (
            getattr(read(CHILD, [statement(decision, channel=channel)]), said)
            for channel in ("all", "directory")
        )
        directory = combine_cells(("publish",), ("directory",), EXTENTS)
        assert not everywhere & directory
        assert not nowhere_else & ~directory
        told = [part.channels for part in group_cells(everywhere | nowhere_else)]
        assert told == [("all", "directory")]


def test_a_timeless_paper_of_the_same_day_ties_and_refuses() -> None:
    day = TODAY - timedelta(days=5)
    morning = datetime(day.year, day.month, day.day, tzinfo=ZONE)
    refusal = statement("refuse", effective_from=day, signed_at=morning, signed_day_only=True)
    grant = statement(
        "grant",
        extent="image_with_name",
        effective_from=day,
        signed_at=morning + timedelta(hours=10),
    )
    assert read(CHILD, [grant, refusal]).refused
    timed = refusal._replace(signed_day_only=False)
    assert not read(CHILD, [grant, timed]).refused


_MAKERS = (
    ("guardian", "guardian:g1"), ("guardian", "guardian:g2"),
    ("eligible_student", "eligible_student"), ("office_hold", "office_hold"),
)  # fmt: skip
_close = st.integers(-6, 6).map(lambda n: TODAY + timedelta(days=n))


@st.composite
def close_statements(draw: st.DrawFn) -> Consent:
    """Of few days, makers and channels, so that they meet."""
    capacity, source = draw(st.sampled_from(_MAKERS))
    signed, begins = draw(_close), draw(_close)
    length = draw(st.none() | st.integers(0, 6))
    return Consent(
        person_id=CHILD.id,
        decision=draw(st.sampled_from(["grant", "refuse", "withdraw", "lift"])),
        activity="publish",
        channel=draw(st.sampled_from(["all", "social", "directory"])),
        extent=draw(st.sampled_from(EXTENTS)),
        capacity=capacity,  # type: ignore[arg-type]
        source=source,
        signed_at=datetime(
            signed.year, signed.month, signed.day, draw(st.integers(0, 1)), tzinfo=ZONE
        ),
        signed_day_only=draw(st.booleans()),
        effective_from=begins,
        effective_to=None if length is None else begins + timedelta(days=length),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Consent]:
    """Statements of which the lifts name some others, or none."""
    said = draw(st.lists(close_statements(), max_size=7))
    named = st.frozensets(st.integers(0, 6).map(str), max_size=3)
    return [
        s._replace(id=str(n), lifts=draw(named) if s.decision == "lift" else frozenset())
        for n, s in enumerate(said)
    ]


@pytest.mark.parametrize("examples", [200, pytest.param(1_000, marks=pytest.mark.slow)])
def test_every_cell_is_as_the_plain_model_has_it(examples: int) -> None:
    check = given(histories(), st.none() | _close, _close)(check_every_cell)
    settings(max_examples=examples, deadline=None)(check)()


def check_every_cell(said: list[Consent], of_age: date | None, day: date) -> None:
    born = of_age and of_age.replace(year=of_age.year - 18)
    told = weigh_statements(CHILD._replace(birth_date=born), said, day, NOON, ZONE)
    plain = tuple(
        Said(
            n, s.source, s.capacity, s.decision, s.activity, s.channel, s.extent, s.signed_at,
            s.signed_day_only, s.effective_from, s.effective_to, frozenset(map(int, s.lifts)),
        )
        for n, s in enumerate(said)
    )  # fmt: skip
    expected = Model(True, of_age, ZONE, day, NOON, plain).answer()
    for found, wanted in zip(told, expected, strict=True):
        assert spread(group_cells(found)) == wanted


def test_a_timeless_paper_about_something_else_ties_nothing() -> None:
    day = TODAY - timedelta(days=5)
    morning = datetime(day.year, day.month, day.day, tzinfo=ZONE)
    refusal = statement("refuse", effective_from=day, signed_at=morning + timedelta(hours=1))
    grant = statement(
        "grant",
        extent="image_with_name",
        effective_from=day,
        signed_at=morning + timedelta(hours=2),
    )
    other = statement(
        "grant", activity="capture", channel="directory", effective_from=day, signed_at=morning,
        signed_day_only=True,
    )  # fmt: skip
    assert not read(CHILD, [refusal, grant, other]).refused
    assert read(CHILD, [refusal, grant._replace(signed_day_only=True), other]).refused
