"""What may be confidential in a text (clause 52): found where it is somebody's, and only there."""

from pathlib import Path

import pytest

from app.text_checks.confidential import CONFIDENTIAL, HOME_ADDRESS_WORDS
from app.text_checks.examination import examine_text, make_text_key

ORDINARY = Path(__file__).with_name("ordinary_posts.txt").read_text("utf-8").splitlines()
SUBJECTS = {*CONFIDENTIAL, "home_address", "identifier"}


def found(text: str) -> set[str]:
    return {mark.kind for mark in examine_text(text).marks} & SUBJECTS


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
        ("Ana vive en la calle Olmo 12", "home_address"),
        ("His address is 400 North 20 East", "home_address"),
        ("Call Ana's mom: mom's cell 801-374-4800", "identifier"),
        ("su celular: 801-374-4800", "identifier"),
        ("el teléfono de su mamá es 801-374-4800", "identifier"),
        ("Mia, who has cancer, needs our help.", "health"),
        ("Please pray for Jonah, who was diagnosed with leukemia last week.", "health"),
        ("Emma has epilepsy, so no flash photos please.", "health"),
        ("Liam's seizure at lunch was scary but he's OK.", "health"),
        ("Mia has been in the hospital with pneumonia.", "health"),
        ("Our classmate Noah has cancer and starts chemo Monday.", "health"),
        ("Noah is in the hospital after surgery.", "health"),
        ("Sofia broke her leg and will need surgery.", "health"),
        ("Tyler has a peanut allergy and carries an EpiPen.", "health"),
        ("Ella missed school because of anxiety.", "health"),
        ("Jake is back from rehab.", "health"),
        ("Ava takes insulin at lunch every day.", "health"),
        ("He has a concussion and is out for two weeks.", "health"),
        ("Ana está en el hospital por una operación.", "health"),
        ("Luis tiene cáncer y empieza la quimioterapia.", "health"),
        ("Ana tiene alergia al maní.", "health"),
        ("Ben was suspended for three days for fighting.", "discipline"),
        ("Marcus was expelled last week.", "discipline"),
        ("Two students were suspended after the fight at lunch.", "discipline"),
        ("Chloe got in trouble for cheating on the test.", "discipline"),
        ("He was caught smoking behind the gym.", "discipline"),
        ("She is on academic probation.", "discipline"),
        ("Ben tiene detención toda la semana.", "discipline"),
        ("Suspendieron a Luis por pelear.", "discipline"),
        ("Ana gets extra time on tests because of her IEP.", "special_education"),
        ("Sam receives speech therapy twice a week.", "special_education"),
        ("Leo is dyslexic and just finished his first chapter book!", "special_education"),
        ("Our resource room student Kim read aloud.", "special_education"),
        ("Ana está en clases de educación especial.", "special_education"),
        ("Leo tiene dislexia.", "special_education"),
        ("Ben failed algebra.", "grades"),
        ("Mia's GPA is 3.2 this term.", "grades"),
        ("Ben is failing two classes.", "grades"),
        ("Zoe got a C in chemistry.", "grades"),
        ("Her report card shows all Bs.", "grades"),
        ("Ana sacó una F en matemáticas.", "grades"),
        ("Party at Jake's house, 455 East 200 North!", "home_address"),
        ("Come to 455 East 200 North, Jake's house, after the game.", "home_address"),
        ("She lives on 300 South, number 12.", "home_address"),
        ("Call Mrs. Lopez at home: 801-555-0123.", "identifier"),
        ("Student ID 4418823 won the raffle.", "identifier"),
        ("Mi mamá: 801-555-0123", "identifier"),
    ],
)
def test_what_is_somebodys_own_matter_is_found(text: str, subject: str) -> None:
    assert subject in found(text)


@pytest.mark.parametrize("subject", sorted(CONFIDENTIAL))
def test_a_phrase_stands_in_the_form_in_which_texts_are_compared(subject: str) -> None:
    phrases = CONFIDENTIAL[subject]
    assert len(set(phrases)) == len(phrases)
    assert [make_text_key(phrase) for phrase in phrases] == list(phrases)


def test_words_before_a_house_number_stand_in_that_form_too() -> None:
    assert [make_text_key(words) for words in HOME_ADDRESS_WORDS] == list(HOME_ADDRESS_WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "If your child has the flu, keep them home.",
        "Any student who has an IEP is welcome at the fair.",
        "Si su hijo tiene gripe, no lo mande a la escuela.",
        "Lakeview's allergy policy has changed.",
        "Today's detention is cancelled.",
        "The Governor's home at 603 East South Temple was our third stop.",
        "Maple Elementary, 280 West 940 North, Provo. Phone 801-374-4811.",
        "Our school's house system: 4 houses, 1 trophy.",
    ],
)
def test_whom_a_school_speaks_to_and_the_school_itself_are_nobody(text: str) -> None:
    assert found(text) == set()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("part", ["A", "Anna's ", "Anna's house 12 "])
def test_a_long_text_of_one_kind_is_read_in_bounded_steps(part: str) -> None:
    # Where every place of it were looked at from every other, the test would run out of its time.
    assert examine_text(part * (262_144 // len(part))).key
