"""Assisted text checks: what is found, and above all what must not be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.policy.names import contains_name, name_key
from app.policy.question import TextMark
from app.policy.reminders import DISCLAIMER
from app.schemas import texts
from app.text_checks.examination import examine_text, make_text_key
from app.text_checks.wordlists import ILLEGAL, PROFANE_PHRASES, PROFANITY, THREATS
from tests.text_checks.ordinary_names import every_name

ORDINARY = """
The Wildcats kick off the season; come see the cast of Moby Dick
Ms. Dyke's class, Coach Dykes, Mr. Hancock, Mrs. Cockburn, Dick Wang and Gaylord Cox
Kik\u00e9 Kuntz, Phuc Dong, Fanny Willy, Yury Guido, Len Pollock
The breast cancer awareness run is on Saturday
Cumming, Georgia, plays Scunthorpe and Essex; Bastille Day follows
The gay-straight alliance meets on Tuesday; lesbian, gay, bisexual, trans and queer students welcome
The class of 2026 collected an assassin bug and a titmouse
Cocktail dress code for prom, no bondage of ties
The sperm whale, the virgin forest, the cockatoo and the ass in A Midsummer Night's Dream
Health class covers the uterus, ovaries, testes, penis and vagina, HIV, herpes and safe sex
The pot of gold at the potluck dinner; help us weed the garden
Drunk driving kills: take the pledge not to drink and drive
Red Ribbon Week: say no to drugs and alcohol; drug-free week; vaping and marijuana facts
Nazi Germany, Hitler, the Negro Leagues, slavery and the Ku Klux Klan in history class
The rape crisis line and the sexual assault awareness month
Auditions for To Kill a Mockingbird, Damn Yankees and The Hunger Games
An organ recital, oral presentations and a chess pawn
God bless the Virgin Islands; spic and span floors; Niger and Nigeria
Summa cum laude; assess the embassy; a therapist in Uranus; push it, finish it now
They killed it on stage, and the team crushed them; we are going to kill them on Friday
Shoot hoops with us; we will shoot you an email; I will shoot you the schedule
Active shooter drill, lockdown drill, bomb threat policy
Smoking kills: words will never hurt you, tobacco will
Let's steal the show; let's get high scores; food must not get wasted
Paint stripper and wire strippers in the wood shop; a golf threesome; magic mushrooms in Mario
The stoning of Stephen; a shot put; hot shots; flu shots at the bar association
Plsss RSVP; plss bring pussy willows
**RSS** and *ART* in **bold**
The fire retards nothing; growth retards in the cold
Draw a shell, hers as it was; say hello now
Our pen pals live in Twatt, Orkney; Mr. Crapp teaches science and Ms. Titts sings
Librarians teach the CRAAP test and the C.R.A.P. principles of design, as does the CRAP test
The audience began to snigger; Sniggers Gap; a word that ends as another begins its hit, as saw
The bird club counted great tits and blue tits, and shags, boobies and a chough
Retarded growth of plants in low light; a retarded potential in physics
We hiked the Wank near Garmisch; World history: the MILF signed a peace agreement in Mindanao
French class: le lit, la table, la douche; Spanish class: un cono, una concha, el mamón, la perra
Civics: the trial of Pussy Riot; What's New Pussycat; William the Bastard won at Hastings
There are lies, damned lies, and statistics; The Beautiful and Damned by F. Scott Fitzgerald
Filipino night: puto bumbong, lumpia and steamed puto; a pinch and two pinches of salt
Giovanni Verga and Marica Perković signed a copy; Año Nuevo State Park
Fill in the blank: The d___ held the water, and the b____ flew; a grade of B*** or C**
**It was quite a bit** and *a tit* for tat; a_b_c and d.e.f; e-mail, co-op, t-shirt, x-ray
I am soooo happy, yesss, woooo, hmmm, shhhh, zzz and www.provo.edu/a-b/c?d=e&f=g
Wankers Corner, Oregon, and Bastard Peak, Wyoming
See f.u.n. facts, a class act, a b c d e f, and the math of 1011 and 5318008
""".strip().splitlines()

NO_IDENTIFIERS = """
Call the office at 801-374-4800 or (801) 374-4800, ext. 12
Write to jane.doe@provo.example or the coach at coach@provo.example
Parent-teacher conferences: call 801-374-4800
Home game 10/05/2026, tickets 801-374-4800
Home: 10/05/2026 against Orem
Mobile dentist on 10-05-2026
Bring your student ID; student ID 2026-27 cards are here
Students, number 12345 in the raffle has won
Their number 12 jersey is retired, and number 801 wins; student #1 fans
Lunch costs 4.50; the lunch code of conduct
Kindergarten: date of birth on or before 9/1/2021, birth date needed
Student ID 2026 cards are ready; pick up student ID 2027 stickers
Kindergarten: DOB 1/1/2021 or earlier; preschool: DOB 9/2/2021 - 9/1/2022
Date of birth: September 1, 2021 or earlier; birth date 9/2/2020 through 9/1/2021
DOB 9/2/2020\u20139/1/2021, DOB 9/2/2020 and later, DOB 9/2/2020 or after
DOB: 12 forms are missing; birth date: 2 copies
Abraham Lincoln was born on February 12, 1809
School ZIP 84601-1234, 123-45-67890, 000-12-3456, 666-12-3456, 912-12-3456, 123-45 6789
Mom is 45 and dad is 46; cell 5 of the spreadsheet; cell biology 101
""".strip().splitlines()

FOUND = [
    ("profanity", "What the fuck was that"),
    ("profanity", "FUCK, sh1t, f.u.c.k"),
    ("profanity", "fuuuuck this"),
    ("profanity", "f*ck"),
    ("profanity", "f**k that"),
    ("profanity", "F**K"),
    ("profanity", "what a load of sh*t"),
    ("profanity", "s*** happens"),
    ("profanity", "f@ck"),
    ("profanity", "sh!t"),
    ("profanity", "f-ck"),
    ("profanity", "f#ck"),
    ("profanity", "b*tch"),
    ("profanity", "bull$hit"),
    ("profanity", "a55hole"),
    ("profanity", "a$$hole"),
    ("profanity", "b•tch"),
    ("profanity", "f u c k this"),
    ("profanity", "f-u-c-k"),
    ("profanity", "f_u_c_k"),
    ("profanity", "shiiiit"),
    ("profanity", "asssshole"),
    ("profanity", "**fuck** it"),
    ("profanity", "he is so retarded"),
    ("profanity", "¡Qué mierda!"),
    ("profanity", "hijo de puta"),
    ("profanity", "Pendejos, todos"),
    ("profanity", "cabrón"),
    ("profanity", "coño"),
    ("profanity", "COÑO"),
    ("profanity", "coño"),
    ("profanity", "me vale verga, p*ta"),
    ("profanity", "chinga tu madre"),
    ("profanity", "vete a la verga"),
    ("profanity", "no mames"),
    ("profanity", "p1nche maestro"),
    ("profanity", "putaaaa"),
    ("profanity", "fu\u200bck"),
    ("profanity", "\uff46\uff55\uff43\uff4b"),
    ("profanity", "f\u00fcck"),
    ("profanity", "a load of bull\u00adshit"),
    ("profanity", "#damn"),
    ("profanity", "we kicked ass tonight"),
    ("profanity", "Damn Yankees? Damn good"),
    ("profanity", "go to hell"),
    ("profanity", "\ud83d fuck"),
    ("threat", "I will kill you"),
    ("threat", "I'LL   HURT\nYOU"),
    ("threat", "we\u2019re going to beat you up"),
    ("threat", "bring a gun to school"),
    ("threat", "go ki\u200dll yourself"),
    ("threat", "You\u2019re a loser"),
    ("illegal", "Let\u2019s get drunk after the game"),
    ("illegal", "lets get drunk"),
    ("illegal", "Beer-pong at my place"),
    ("illegal", "Who wants to smoke weed?"),
    ("illegal", "send nudes"),
    ("identifier", "His SSN is 212-55-1234"),
    ("identifier", "212 55 1234"),
    ("identifier", "ssn: 212551234"),
    ("identifier", "801-374-4800 212-55-1234"),
    ("identifier", "Student ID: 1234567"),
    ("identifier", "student number is 99887766."),
    ("identifier", "lunch PIN 4711"),
    ("identifier", "student ID 4711"),
    ("identifier", "Student ID: 20261234"),
    ("identifier", "Her number is 801-374-4800"),
    ("identifier", "his cell number: 801-374-4800"),
    ("identifier", "student #20261234"),
    ("identifier", "lunch number 471122"),
    ("identifier", "Date of birth: 11 February 2013"),
    ("identifier", "DOB 3rd of March, 2010"),
    ("identifier", "DOB 3/14/2012, and four more"),
    ("identifier", "DOB 3/14/2012 and she lives on Main"),
    ("identifier", "DOB 3/14/2012"),
    ("identifier", "Date of birth: March 3, 2010"),
    ("identifier", "birthdate: 2012-03-14"),
    ("identifier", "Coach's cell: 801-374-4800"),
    ("identifier", "text mom 801.374.4800"),
    ("identifier", "Dad\u2019s cell phone is (801) 374-4800"),
    ("identifier", "my number: +1 801 374 4800"),
    ("identifier", "home phone 8013744800"),
]


@pytest.mark.parametrize("text", ORDINARY + NO_IDENTIFIERS)
def test_ordinary_posts_pass(text: str) -> None:
    assert examine_text(text).marks == ()


@pytest.mark.parametrize("sentence", ["{}", "Congratulations, {}!", "The {} team beat #{}'s"])
def test_names_of_families_places_and_schools_pass(sentence: str) -> None:
    names = every_name()
    flagged = [name for name in names if examine_text(sentence.format(name, name)).marks]
    assert flagged == []
    assert len(names) >= 2_000


@pytest.mark.parametrize(("kind", "text"), FOUND)
def test_what_is_found(kind: str, text: str) -> None:
    assert [mark.kind for mark in examine_text(text).marks] == [kind]


def test_finds_are_counted_by_kind() -> None:
    text = "Damn. Damn! I will kill you; kill yourself, and yes, kill yourself. SSN 212-55-1234"
    assert examine_text(text).marks == (
        TextMark("profanity", 2),
        TextMark("threat", 3),
        TextMark("identifier", 1),
    )


def test_only_what_was_found_is_counted() -> None:
    assert examine_text("damn \ue000\ue000\ue000\ue000").marks == (TextMark("profanity", 1),)


def test_many_private_numbers_are_counted_up_to_fifty() -> None:
    assert examine_text("cell: 801-374-4800 " * 80).marks == (TextMark("identifier", 50),)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("profanity", PROFANITY),
        ("profanity", PROFANE_PHRASES),
        ("threat", THREATS),
        ("illegal", ILLEGAL),
    ],
)
def test_every_entry_finds_itself_amid_a_sentence(kind: str, words: tuple[str, ...]) -> None:
    missed = [
        w
        for w in words
        if kind not in {m.kind for m in examine_text(f"They said: {w.title()}!").marks}
    ]
    assert missed == []
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("name", ["Ana N\u00fa\u00f1ez", "Liam O'Brien", "Zo\u00eb Smith-Jones"])
@pytest.mark.parametrize(
    "text", ["{}", "Well done, {}!", "{}'s art", "{}\u2019s art", "(\u201c{}\u201d)", "\u202b{}"]
)
def test_names_are_found_in_a_text(name: str, text: str) -> None:
    assert contains_name(make_text_key(text.format(name)), name_key(name))


def test_names_in_tags_and_with_unseen_marks_are_found() -> None:
    assert (
        make_text_key("#AnaLopez @AnaLopez An\u200ba L\u00adopez")
        == "ana lopez ana lopez ana lopez"
    )
    assert make_text_key("McDonald #wildcats #GO") == "mcdonald wildcats go"
    assert not contains_name(make_text_key("Anabel Lopezson"), name_key("Ana Lopez"))


@pytest.mark.parametrize(
    "text",
    [
        DISCLAIMER,
        DISCLAIMER.upper(),
        f"I teach art. \u201c{DISCLAIMER}\u201d Go!",
        DISCLAIMER.replace(" ", " \n "),
        f"'{DISCLAIMER.rstrip('.')}'",
    ],
)
def test_the_disclaimer_is_known(text: str) -> None:
    assert examine_text(text).has_disclaimer


@pytest.mark.parametrize(
    "text",
    ["", "My views are my own.", DISCLAIMER.replace("do not", "do"), DISCLAIMER[:-10]],
)
def test_other_sentences_are_not_the_disclaimer(text: str) -> None:
    assert not examine_text(text).has_disclaimer


ODD = st.sampled_from(
    "fuckdam .*@#1'\u2019\u0301\u200b\u202e\u00ad\ufe0f\ue000\ud800\0\x1b🎓é\u0430-()"
)
WORDS = st.sampled_from([*PROFANITY, *THREATS, *ILLEGAL, "cell:", "dob", "ssn", "student id"])


@settings(deadline=None)
@given(st.lists(WORDS | st.text(ODD, max_size=12) | st.text(max_size=12)).map(" ".join))
def test_any_text_is_read_without_an_error(text: str) -> None:
    marks = examine_text(text).marks
    assert all(mark.count > 0 for mark in marks)
    assert len({mark.kind for mark in marks}) == len(marks)
    key = make_text_key(text)
    assert key == " ".join(key.split())


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "part",
    [
        "a", " ", "#aA", "cell ", "cell: 801-374-4800 ", "dob: 1/", "e\u0301", "\ud800", "🎓",
        "A'", "'s", "_a ", "_a_ ", "*a ", "**a", "a\u0301\u0316", "\u0301\u0316", "\u0591\u0316",
        "\u0591\u0316\u200b", "\u0591\u0316.", "\u0591\u0316's ", "\ufdfa", "<!--", "<style",
        "<!-- </script ", "&amp;", "&amp;amp;", "&", "@", "#aB", "aA", "A-", "A, ", "De la ", "a.",
        "a_", "a*", "f.u.c.k ", "my cell 8", "1 ", "dob january ", "123-45-6789 ", "+1(",
    ],
)  # fmt: skip
@pytest.mark.few(14)
def test_a_long_text_is_read_in_bounded_steps(part: str) -> None:
    # As long as a text with all its descriptions can be. A quadratic step would run out of time.
    text = part * (256 * 1024 // len(part.encode("utf-8", "replace")))
    assert len(examine_text(text).marks) <= 1


def test_as_many_accents_as_anybody_writes_are_read() -> None:
    plain, many = examine_text("Come and see Jos\u00e9 N\u00fa\u00f1ez"), "\u0301\u0316" * 12
    assert examine_text(f"Come and see Jose{many} Nu{many}n{many}ez").key == plain.key
    assert [one.kind for one in examine_text("fu" + "\u0316\u0301" * 500 + "ck").marks] == [
        "profanity"
    ]


def test_a_program_outside_finds_the_examination_in_its_former_place() -> None:
    assert texts.examine is examine_text
