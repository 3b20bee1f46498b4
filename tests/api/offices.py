"""A district with people who ask, acknowledge and decide, each with a key of their own."""

from collections.abc import Callable
from datetime import date

from app.database.session import Store
from tests.district import District, found

Headers = dict[str, str]
# The header of a key that acts for this person; `rights` as `make_key` takes them.
For = Callable[..., Headers]


def open_offices(store: Store) -> District:
    """The district of `found` with more people.

    Designees: `dee` of Communications, `sid` of the Superintendent; `old` was one of
    Communications once. `pat` is an employee of Maple, `bea` of Birch, `pam` a parent who helps
    at Maple; `gone` has left.
    """
    with store.writing() as connection:
        district = found(connection)
        for person_id, name in (("dee", "Dee Signee"), ("sid", "Sid Super"), ("old", "Old Hand")):
            district.employee(person_id, name, org_id="hq")
        district.employee("pat", "Pat Principal")
        district.employee("bea", "Bea Birch", org_id="birch")
        district.employee("gone", "Gone Away", status="inactive")
        district.person("pam", "Pam Parent", kind="affiliate")
        district.org("d", "The District", "district")
        designee = {"capacity": "designee"}
        district.designation("principal", "pat", org_id="maple")
        district.designation("principal", "bea", org_id="birch")
        district.designation("director_communications", "dee", **designee)
        district.designation("superintendent", "sid", **designee)
        district.designation(
            "director_communications", "old", effective_to=date(2021, 1, 1), **designee
        )
    return district
