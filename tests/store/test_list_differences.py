"""Where the system says yes and we refuse, or no and nobody told us; on both stores."""

from app.store.consents.list_differences import find_differences
from app.synthetic.files import HEADERS
from tests.store.house import House
from tests.store.test_list_gaps import dashes, deliver, photos, roster


def differences(house: House) -> list[tuple[str, str | None, str]]:
    with house.store.reading() as connection:
        found = list(find_differences(connection, house.store.now(), house.settings.zone))
    assert {one.source for one in found} <= {"profile:ours"}
    return [(one.person_id, one.school, one.says) for one in found]


def test_what_the_system_says_otherwise(house: House) -> None:
    roster(house)
    papers = [f"s-{n},refuse,,,,Mum,guardian,2026-02-01,," for n in (1, 3, 6)]
    deliver(house, {"consents.csv": [HEADERS["consents"], *papers]})
    photos(house, ["s-1,Y", "s-2,Y", "s-3,N", "s-4,N", "s-5,", *dashes(range(6, 41))])
    assert differences(house) == [("s-1", "hill", "yes"), ("s-4", "hill", "no")]
    # What the system takes back is none any more.
    photos(house, ["s-1,N", "s-2,Y", "s-3,N", "s-4,-", "s-5,", *dashes(range(6, 41))])
    assert differences(house) == []
