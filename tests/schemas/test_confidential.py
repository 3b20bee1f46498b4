"""What may be confidential in a text (clause 52): found where it is somebody's, and only there."""

from pathlib import Path

import pytest

from app.schemas.confidential import CONFIDENTIAL, HOME_ADDRESS_WORDS
from app.schemas.texts import examine, text_key

ORDINARY = Path(__file__).with_name("ordinary_posts.txt").read_text("utf-8").splitlines()
SUBJECTS = {*CONFIDENTIAL, "home_address", "identifier"}


def found(text: str) -> set[str]:
    return {mark.kind for mark in examine(text).marks} & SUBJECTS


def test_at_most_one_in_a_hundred_ordinary_posts_is_flagged() -> None:
    assert len(set(ORDINARY)) == len(ORDINARY) >= 200
    flagged = [text for text in ORDINARY if found(text)]
    assert len(flagged) <= len(ORDINARY) / 100, flagged


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Get well soon: Ana was diagnosed with leukemia.", "health"),
        ("Ben HAS   asthma, so be kind!", "health"),
        ("Her medication is in the office", "health"),
        ("A Ana le diagnosticaron diabetes", "health"),
        ("Ben fue diagnosticado con epilepsia.", "health"),
        ("Ben got suspended again", "discipline"),
        ("She was caught vaping in the gym.", "discipline"),
        ("A Ben lo suspendieron ayer", "discipline"),
        ("Ana has an IEP and did great", "special_education"),
        ("because of his 504 plan he gets more time", "special_education"),
        ("Ana recibe educación especial", "special_education"),
        ("Ben is failing math", "grades"),
        ("Proud of her GPA", "grades"),
        ("Ana reprobó la clase", "grades"),
        ("Party at Ana's: she lives at 12 Elm Street", "home_address"),
        ("Ana vive en la calle Olmo 12 B", "home_address"),
        ("His address is 400 North 20 East", "home_address"),
        ("Call Ana's mom: mom's cell 801-374-4800", "identifier"),
        ("su celular: 801-374-4800", "identifier"),
        ("el teléfono de su mamá es 801-374-4800", "identifier"),
    ],
)
def test_what_is_somebodys_own_matter_is_found(text: str, subject: str) -> None:
    assert subject in found(text)


@pytest.mark.parametrize("subject", sorted(CONFIDENTIAL))
def test_a_phrase_stands_in_the_form_in_which_texts_are_compared(subject: str) -> None:
    phrases = CONFIDENTIAL[subject]
    assert len(set(phrases)) == len(phrases)
    assert [text_key(phrase) for phrase in phrases] == list(phrases)


def test_words_before_a_house_number_stand_in_that_form_too() -> None:
    assert [text_key(words) for words in HOME_ADDRESS_WORDS] == list(HOME_ADDRESS_WORDS)
