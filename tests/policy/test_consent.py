"""What must hold of consent whatever the statements are."""

from datetime import UTC, date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.policy.cells import ACTIVITIES, CHANNELS, EXTENTS, barring_cells, cells, parts, scope
from app.policy.consent import eighteenth_birthday, standing
from app.policy.facts import Consent, Person
from app.policy.words import Channel
from tests.consent_model import Model, Said, spread

ZONE = ZoneInfo("America/Denver")
TODAY = date(2026, 10, 15)
NOON = datetime(2026, 10, 15, 18, tzinfo=UTC)
EVERYTHING = cells(ACTIVITIES, ("all",), EXTENTS)

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

days = st.integers(-900, 60).map(lambda n: TODAY + timedelta(days=n))


@st.composite
def consents(draw: st.DrawFn, sources: tuple[str, ...] = ("g1", "g2")) -> Consent:
    begins = draw(days)
    signed = draw(st.sampled_from([begins, begins - timedelta(days=3)]))
    hour = draw(st.integers(0, 23))
    length = draw(st.none() | st.integers(0, 900))
    return Consent(
        person_id=CHILD.id,
        decision=draw(st.sampled_from(["grant", "refuse", "withdraw"])),
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
    assert standing(CHILD, shuffled, TODAY, ZONE) == standing(CHILD, said, TODAY, ZONE)


@given(st.lists(consents(), max_size=6), consents(("g1",)))
def test_a_later_live_refusal_always_refuses(said: list[Consent], last: Consent) -> None:
    refusal = last._replace(
        decision="refuse", effective_from=TODAY, signed_at=NOON, effective_to=None
    )
    earlier = [s for s in said if s.effective_from < TODAY]
    refused = standing(CHILD, [*earlier, refusal], TODAY, ZONE).refused
    assert refused & scope(refusal) == scope(refusal)


@given(st.lists(consents(("g1",)), max_size=5), st.lists(consents(("g2",)), max_size=5))
def test_across_sources_a_refusal_wins(one: list[Consent], other: list[Consent]) -> None:
    alone = [standing(CHILD, said, TODAY, ZONE) for said in (one, other)]
    together = standing(CHILD, [*one, *other], TODAY, ZONE)
    assert together.refused == alone[0].refused | alone[1].refused
    assert together.granted == (alone[0].granted | alone[1].granted) & ~together.refused
    assert together.pending == alone[0].pending | alone[1].pending


@given(st.lists(consents(("g1",)), max_size=6))
def test_without_withdrawals_the_latest_statement_about_a_cell_stands(said: list[Consent]) -> None:
    said = [
        s._replace(signed_day_only=False, effective_to=None)
        for s in said
        if s.decision != "withdraw" and s.effective_from <= TODAY
    ]
    # A plain reading of the sentence, cell by cell: latest wins, a tie is a refusal.
    granted = refused = 0
    for cell in (1 << n for n in range(EVERYTHING.bit_length())):
        about = [s for s in said if scope(s) & cell]
        if not about:
            continue
        latest = max((s.effective_from, s.signed_at) for s in about)
        final = {s.decision for s in about if (s.effective_from, s.signed_at) == latest}
        if "refuse" in final:
            refused |= cell
        else:
            granted |= cell
    told = standing(CHILD, said, TODAY, ZONE)
    assert (told.granted, told.refused) == (granted, refused)


@given(st.lists(consents(), max_size=6))
def test_nothing_is_both_granted_and_refused(said: list[Consent]) -> None:
    told = standing(CHILD, said, TODAY, ZONE)
    assert not told.granted & told.refused
    assert not told.held & ~told.refused


@given(st.lists(consents(), max_size=6))
def test_at_eighteen_no_guardian_grants_any_more(said: list[Consent]) -> None:
    as_child = standing(CHILD, said, TODAY, ZONE)
    as_adult = standing(ADULT, said, TODAY, ZONE)
    assert not as_adult.granted
    refusals = [s for s in said if s.decision == "refuse"]
    only_refusals = standing(ADULT, refusals, TODAY, ZONE)
    assert only_refusals.refused == standing(CHILD, refusals, TODAY, ZONE).refused
    assert not as_child.granted & ~EVERYTHING


@given(st.lists(consents(), max_size=6), st.sampled_from(CHANNELS))
def test_showing_with_the_name_is_never_easier_than_without(
    said: list[Consent], channel: Channel
) -> None:
    told = standing(CHILD, said, TODAY, ZONE)
    bare = barring_cells("publish", channel, "image", video=False)
    named = barring_cells("publish", channel, "image_with_name", video=False)
    if told.refused & bare:
        assert told.refused & named
    with_name = cells(("publish",), (channel,), ("image_with_name",))
    if told.granted & with_name and not told.refused & named:
        assert told.granted & cells(("publish",), (channel,), ("image",))


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


def test_a_withdrawal_of_a_grant_refuses_and_of_a_refusal_lifts() -> None:
    grant, refuse = statement("grant"), statement("refuse")
    later = {"effective_from": TODAY - timedelta(days=5), "signed_at": NOON - timedelta(days=5)}
    withdraw = statement("withdraw", **later)
    asked = cells(("publish",), ("social",), ("image",))
    assert standing(CHILD, [grant, withdraw], TODAY, ZONE).refused & asked
    lifted = standing(CHILD, [refuse, withdraw], TODAY, ZONE)
    assert not lifted.refused
    assert not lifted.granted
    assert standing(CHILD, [withdraw], TODAY, ZONE).refused & asked


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
    assert standing(CHILD, [grant, refusal], TODAY, ZONE).refused
    timed = refusal._replace(signed_day_only=False)
    assert not standing(CHILD, [grant, timed], TODAY, ZONE).refused


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
        decision=draw(st.sampled_from(["grant", "refuse", "withdraw"])),
        activity="publish",
        channel=draw(st.sampled_from(["all", "social"])),
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


@settings(max_examples=1_000, deadline=None)
@given(st.lists(close_statements(), max_size=6), st.none() | _close, _close)
def test_every_cell_is_as_the_plain_model_has_it(
    said: list[Consent], of_age: date | None, day: date
) -> None:
    born = of_age and of_age.replace(year=of_age.year - 18)
    told = standing(CHILD._replace(birth_date=born), said, day, ZONE)
    plain = tuple(
        Said(
            n, s.source, s.capacity, s.decision, s.activity, s.channel, s.extent, s.signed_at,
            s.signed_day_only, s.effective_from, s.effective_to,
        )
        for n, s in enumerate(said)
    )  # fmt: skip
    expected = Model(student=True, of_age=of_age, zone=ZONE, day=day, said=plain).answer()
    for found, wanted in zip(told, expected, strict=True):
        assert spread(parts(found)) == wanted
