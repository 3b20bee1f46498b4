"""Declarations that answer for a post: which count, what they add, and why some do not."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.policy.declarations import (
    Declaration,
    apply_declarations,
    is_crowded,
    is_unknown,
    needs_declarations,
)
from app.policy.question import MAX_PEOPLE, Media, OtherRef, PersonRef, Pictured, Question

A, B, C = "a" * 64, "b" * 64, "c" * 64
NOBODY = Pictured(nobody_identifiable=True)


def people(*students: str, employees: tuple[str, ...] = (), named: bool = False) -> Pictured:
    return Pictured(
        tuple(
            PersonRef(f"/pictured/students/{i}", id=one, named=named)
            for i, one in enumerate(students)
        ),
        tuple(PersonRef(f"/pictured/employees/{i}", id=one) for i, one in enumerate(employees)),
    )


def declare(number: int, pictured: Pictured, *digests: str, **more: Any) -> Declaration:
    made = datetime(2026, 10, number, tzinfo=UTC)
    media = tuple(Media(f"/media/{i}", "photo", sha256=one) for i, one in enumerate(digests))
    given = {
        "id": f"d{number}", "code": f"CODE{number}", "version": 1, "made_at": made,
        "made_by": "tess", "withdrawn": False, "purpose": "school", "account_id": None,
        "media": media, "pictured": pictured, **more,
    }  # fmt: skip
    return Declaration(**given)


def post(*digests: str | None, **more: Any) -> Question:
    media = tuple(Media(f"/media/{i}", "photo", sha256=one) for i, one in enumerate(digests))
    return Question("post", media=media, **more)


def faults(question: Question, *known: Declaration) -> set[tuple[str, str]]:
    return {(code.removeprefix("declaration."), at) for code, at in
            apply_declarations(question, known).faults}  # fmt: skip


def relied_on(question: Question, *known: Declaration) -> list[str]:
    return [one.id for one in apply_declarations(question, known).relied_on]


def test_media_find_their_declarations_and_the_people_are_put_together() -> None:
    first, second = declare(1, people("ana", "ben"), A), declare(2, people("ben", named=True), B)
    declared = apply_declarations(post(A, B), (second, first))
    assert [one.id for one in declared.relied_on] == ["d1", "d2"]
    assert declared.faults == ()
    students = declared.question.pictured.students
    assert [(one.id, one.at, one.named, one.declared) for one in students] == [
        ("ana", "/declarations/0/pictured/students/0", False, True),
        ("ben", "/declarations/0/pictured/students/1", True, True),
    ]


def test_all_media_have_to_be_covered() -> None:
    one = declare(1, people("ana"), A)
    assert faults(post(A, B, None), one) == {
        ("media_missing", "/media/1"),
        ("media_missing", "/media/2"),
    }
    assert faults(post(A, B, declaration="d1"), one) == {("media_missing", "/media/1")}
    sound = replace(
        post(A), media=(Media("/media/0", "photo", sha256=A), Media("/media/1", "audio"))
    )
    assert faults(sound, one) == set()


@pytest.mark.parametrize("named", ["d1", "CODE1"])
def test_a_post_names_its_declaration(named: str) -> None:
    one, other = declare(1, people("ana"), A), declare(2, people("ana"), A)
    # The other about the same picture counts beside it.
    assert relied_on(post(A, declaration=named), one, other) == ["d1", "d2"]
    assert relied_on(post(A, declaration=named), one, declare(3, people("ana"), B)) == ["d1"]
    assert not is_unknown(post(A, declaration=named), (one, other))
    assert is_unknown(post(A, declaration=named), (other,))


def test_nobody_is_said_only_where_all_say_so() -> None:
    empty, full = declare(1, NOBODY, A), declare(2, people("ana"), B)
    assert apply_declarations(post(A), (empty,)).question.pictured.nobody_identifiable
    both = apply_declarations(post(A, B), (empty, full)).question.pictured
    assert not both.nobody_identifiable
    assert [one.id for one in both.students] == ["ana"]


def test_a_withdrawn_one_is_not_relied_on() -> None:
    gone = declare(1, people("ana"), A, withdrawn=True)
    assert faults(post(A), gone) == {("withdrawn", "/media/0")}
    assert faults(post(A, declaration="d1"), gone) == {("withdrawn", "/declaration")}
    assert relied_on(post(A), gone) == relied_on(post(A, declaration="d1"), gone) == []
    again = declare(2, people("ana", "ben"), A)
    assert (faults(post(A), gone, again), relied_on(post(A), gone, again)) == (set(), ["d2"])


@pytest.mark.parametrize(
    ("one", "other", "disputed"),
    [
        (people("ana"), people("ben"), True),
        (people("ana"), NOBODY, True),
        (people("ana"), people("ana", "ben"), True),
        (people("ana"), people("ana"), False),
        (people(employees=("ana",)), people("ana"), True),
        (Pictured(others=(OtherRef("", name_key="x y"),)), NOBODY, True),
    ],
)
def test_two_about_the_same_media_agree(one: Pictured, other: Pictured, disputed: bool) -> None:
    known = declare(1, one, A), declare(2, other, A)
    found = {("contradicted", "/media/0")} if disputed else set()
    assert faults(post(A), *known) == faults(post(A, declaration="d1"), *known) == found


def test_one_about_more_media_may_name_more_people() -> None:
    more, fewer = declare(1, people("ana", "ben"), A, B), declare(2, people("ben"), B)
    assert faults(post(A, B), more, fewer) == set()
    # And less of them is told by more media.
    assert faults(post(B), declare(1, people("ben"), A, B), declare(2, people("ana"), B)) == {
        ("contradicted", "/media/0")
    }
    assert faults(post(A, B), declare(1, NOBODY, A, B), declare(2, people("ana"), B)) == {
        ("contradicted", "/media/1")
    }


def test_another_purpose_is_another_post() -> None:
    one = declare(1, people("ana"), A)
    assert faults(post(A, purpose="promotional"), one) == {("other_purpose", "/purpose")}


def test_what_the_post_leaves_open_is_taken_from_it() -> None:
    told = Media("/media/0", "video", "own", "public", A)
    one = replace(declare(1, NOBODY, A, uses_logo=True, speaks_for_district=True), media=(told,))
    asked = post(A)
    said = apply_declarations(asked, (one,)).question
    assert said.media == (told,)
    assert (said.uses_logo, said.speaks_for_district) == (True, True)
    # Also where the post says itself who is pictured.
    itself = apply_declarations(replace(asked, pictured=NOBODY), (one,)).question
    assert (itself.media, itself.uses_logo) == ((told,), True)
    strict = replace(asked, media=(Media("/media/0", "photo", "licensed", "floor_plan", A),))
    kept = apply_declarations(strict, (one,)).question.media[0]
    assert (kept.kind, kept.rights, kept.premises) == ("video", "licensed", "floor_plan")


def test_a_description_for_others_is_the_posts_own() -> None:
    """What describes a picture is published, and read for names: no declaration gives it."""
    told = replace(declare(1, NOBODY, A), media=(Media("/media/0", "photo", sha256=A,
                                                       has_alt_text=True),))  # fmt: skip
    assert not apply_declarations(post(A), (told,)).question.media[0].has_alt_text


def test_no_more_people_than_a_post_may_name() -> None:
    some = [declare(n, people(*(f"p{n}-{i}" for i in range(600))), A, f"{n}" * 64) for n in (1, 2)]
    assert is_crowded(apply_declarations(post(A), some).question)
    assert len(apply_declarations(post(A), some).question.pictured.students) == MAX_PEOPLE + 1
    assert not is_crowded(apply_declarations(post(A), some[:1]).question)


@pytest.mark.parametrize("question", [post(None), post(), Question("photo-consent")])
def test_a_post_without_digests_needs_none(question: Question) -> None:
    assert not needs_declarations(question)
    assert apply_declarations(question, (declare(1, people("ben"), A),)).question == question


def test_people_are_not_added_to_those_whom_the_post_names() -> None:
    one = declare(1, people("ben"), A)
    said = apply_declarations(post(A, pictured=people("ana")), (one,))
    assert (said.question.pictured, said.relied_on, said.beside) == (people("ana"), (), (one,))


def test_one_about_other_media_is_not_its() -> None:
    assert apply_declarations(post(A), (declare(1, people("ana"), B),)).faults == ()
    assert relied_on(post(A), declare(1, people("ana"), B)) == []
