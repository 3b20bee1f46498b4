"""Names found however they are written, in deliveries and after an upgrade, on both stores."""

from alembic import command
from sqlalchemy import insert, select

from app.database.session import Store
from app.database.tables import people, person_names
from app.policy.name_matching import recorded_keys
from migrations.upgrade import _make_config, migrating, upgrade
from tests.district import LONG_AGO
from tests.imports.conftest import district as delivered
from tests.store.house import House

NAMES = select(person_names.c.name_key, person_names.c.person_id)


def test_a_delivery_brings_the_keys_of_names_of_several_words(house: House) -> None:
    files = delivered()
    row = files["people"][0]
    ident = row["sourced_id"]
    name = {"given_name": "Ana Mar\u00eda", "family_name": "L\u00f3pez-O\u02bbBrien"}
    row |= {**name, "preferred_name": "Annie"}
    house.deliver(files)
    keys = {key for key, who in house.rows(NAMES) if who == ident}
    assert keys == set(recorded_keys(name["given_name"], name["family_name"], "Annie"))
    assert {"ana lopez", "maria obrien", "annie lopezobrien"} < keys
    # A new name leaves the old one's keys; the same delivery again adds nothing.
    row["family_name"] = "Ruiz"
    house.deliver(files)
    renamed = {key for key, who in house.rows(NAMES) if who == ident}
    assert keys < renamed
    assert renamed >= {"ana ruiz", "maria ruiz"}
    house.deliver(files)
    assert {key for key, who in house.rows(NAMES) if who == ident} == renamed


def test_an_upgrade_adds_the_keys_of_who_is_there(empty_url: str) -> None:
    store = Store(empty_url)
    with migrating(store) as connection:
        command.upgrade(_make_config(connection), "0012")
        for ident, given, family, key in (
            ("s-1", "Ana", "Smith-Jones", "ana smith jones"),
            ("s-2", "Ka\u02bbiulani", "Akana", "ka\u02bbiulani akana"),
            ("s-3", "Ana", "Lopez", "ana lopez"),
            ("s-4", "J\u00fcrgen", "Lopez", "jurgen lopez"),
        ):
            connection.execute(insert(people).values(
                id=ident, kind="student", given_name=given, family_name=family, status="active",
                grade="grade 3", first_seen_at=LONG_AGO,
            ))  # fmt: skip
            connection.execute(insert(person_names).values(name_key=key, person_id=ident))
    assert upgrade(store)
    with store.reading() as connection:
        keys = {(key, who) for key, who in connection.execute(NAMES)}
        grades = set(connection.scalars(select(people.c.grade)))
    assert keys >= {
        ("ana jones", "s-1"), ("ana smithjones", "s-1"), ("kaiulani akana", "s-2"),
        ("ana lopez", "s-3"), ("jurgen lopez", "s-4"), ("juergen lopez", "s-4"),
    }  # fmt: skip
    assert sum(who == "s-3" for _, who in keys) == 1
    assert grades == {"3"}
    store.close()


def test_an_upgrade_adds_the_forms_with_letters_written_out(empty_url: str) -> None:
    store = Store(empty_url)
    with migrating(store) as connection:
        command.upgrade(_make_config(connection), "0028")
        name = {"given_name": "J\u00fcrgen", "family_name": "Lopez"}
        connection.execute(insert(people).values(
            id="s-1", kind="student", status="active", first_seen_at=LONG_AGO, **name,
        ))  # fmt: skip
        connection.execute(insert(person_names).values(name_key="jurgen lopez", person_id="s-1"))
    assert upgrade(store)
    with store.reading() as connection:
        keys = [key for key, _ in connection.execute(NAMES)]
    assert sorted(keys) == ["juergen lopez", "jurgen lopez"]
    store.close()
