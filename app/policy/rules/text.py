"""Text is only assisted: clauses 52 and 55 to 57, `review` at most."""

from collections.abc import Iterator

from app.policy.case import Case, Identified
from app.policy.codes import CODES, finding
from app.policy.facts import Person
from app.policy.names import contains_name, full_name_key, name_key
from app.policy.rules.students import consent_code
from app.policy.verdict import Finding


def text_marks(case: Case) -> Iterator[Finding]:
    """Clauses 52 and 55 to 57: what the assisted text checks found."""
    for mark in case.question.text_marks:
        yield finding(f"text.{mark.kind}", "/text")


def text_names(case: Case) -> Iterator[Finding]:
    """Clause 52: no name with the picture where the name may not be shown with it."""
    for one in names_not_allowed(case):
        yield finding("text.name_not_allowed", "/text", one.subject("student"))


def names_not_allowed(case: Case) -> Iterator[Identified]:
    """The students whom the text names and whose names may not be shown."""
    for one in case.students if case.question.text_key else ():
        if one.person is None or one.ref.named or not _named_in(case, one.person):
            continue
        code = consent_code(case, one.person, "image_with_name")
        if CODES[code].outcome != "allow":
            yield one


def _named_in(case: Case, person: Person) -> bool:
    text = case.question.text_key
    if name_key(person.family_name) not in text:
        return False
    given_names = {person.given_name, person.preferred_name or person.given_name}
    return any(
        contains_name(text, full_name_key(given, person.family_name)) for given in given_names
    )
