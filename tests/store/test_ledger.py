"""The ledger: appended by many, verified by anyone, and no change to it goes unseen."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from app.database.session import Store
from app.store.ledger import chain
from app.store.ledger.blanked_rows import BlankedRows, list_blanked
from app.store.ledger.chain import GENESIS, TAG, BadRow, LedgerEntry, write_canonical
from app.store.ledger.clock import confirm_clock

UNACCOUNTED = "its contents are gone, and no erasure or purge accounts for that"
NOT_FOLLOWING = "its hash does not follow from the row before it and from what its columns say"
AT = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
APPEND = """
import sys
from datetime import UTC, datetime
from app.store.ledger.chain import LedgerEntry, append_entries, make_id
from app.database.session import Store
store = Store(sys.argv[1], busy_timeout_seconds=60)
sys.stdin.read()
for number in range(25):
    with store.writing() as connection:
        append_entries(connection, [
            LedgerEntry(make_id(), "test", datetime.now(UTC), sys.argv[2], {"n": number, "m": half})
            for half in (1, 2)
        ])
"""

# The shapes we write: objects with ASCII keys, arrays, text, whole numbers, booleans, null.
KEYS = st.text(st.characters(max_codepoint=126), max_size=8)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.text(max_size=20)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(KEYS, inner, max_size=4),
    ),
    max_leaves=20,
)


@pytest.fixture
def sqlite_store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    path = tmp_path / "alone.db"
    path.write_bytes(sqlite_template.read_bytes())
    opened = Store(f"sqlite:///{path}")
    yield opened
    opened.close()


def entries(count: int, first: int = 1) -> list[LedgerEntry]:
    return [
        LedgerEntry(f"e{n}", "test", AT + timedelta(seconds=n), "key" if n % 2 else None, {"é": n})
        for n in range(first, first + count)
    ]


def fill(store: Store, count: int = 6) -> None:
    with store.writing() as connection:
        chain.append_entries(connection, entries(count))


def verify(store: Store) -> chain.Verification:
    with store.reading() as connection:
        return chain.verify_chain(connection)


def disarm(connection: Connection, *, is_sqlite: bool) -> None:
    """What somebody with the file or the superuser's rights does first."""
    if is_sqlite:
        connection.execute(text("DROP TRIGGER ledger_no_update"))
        connection.execute(text("DROP TRIGGER ledger_no_delete"))
    else:
        connection.execute(text("ALTER TABLE ledger DISABLE TRIGGER USER"))


def tamper(store: Store, *statements: str, **values: Any) -> chain.Verification:
    """Verify after each of `statements` was done to a ledger of six rows."""
    fill(store)
    with store.writing() as connection:
        disarm(connection, is_sqlite=store.is_sqlite)
        for statement in statements:
            connection.execute(text(statement), values)
    return verify(store)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_canonical_json_is_that_of_rfc_8785(value: dict[str, Any]) -> None:
    assert write_canonical(value).encode() == rfc8785.dumps(value)


def test_what_was_appended_is_read_back(store: Store) -> None:
    denver = timezone(timedelta(hours=-7))
    entry = LedgerEntry(
        "e1", "decision", AT.astimezone(denver), "key", {"text": "Zoë \x00 𐍈", "n": None}
    )
    with store.writing() as connection:
        chain.append_entries(connection, [entry])
        chain.append_entries(connection, [])
    with store.reading() as connection:
        row = chain.read_row(connection, "e1")
        assert chain.read_row(connection, "e2") is None
        assert chain.read_head(connection)[0] == 1
    assert row is not None
    assert (row.kind, row.caller) == ("decision", "key")
    assert orjson.loads(row.payload) == entry.body


def test_empty_ledger_is_whole(store: Store) -> None:
    assert verify(store) == chain.Verification(0, 0, GENESIS, None)


def test_untouched_chain_holds_and_its_head_is_told(store: Store) -> None:
    fill(store)
    with store.writing() as connection:
        chain.append_entries(connection, entries(2, first=7))
        head = chain.read_head(connection)
    assert verify(store) == chain.Verification(8, 0, head[1], None)
    assert head[0] == 8


def test_rows_are_undone_with_their_transaction(store: Store) -> None:
    fill(store)
    before = verify(store)
    with pytest.raises(KeyError), store.writing() as connection:
        _append_then_fail(connection)
    assert verify(store) == before


def _append_then_fail(connection: Connection) -> None:
    chain.append_entries(connection, entries(2, first=7))
    raise KeyError


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("payload = replace(payload, '4}', '5}')", "content is not what was committed"),
        ("payload = payload || ' '", "content is not what was committed"),
        ("kind = 'other'", "what its columns say"),
        ("caller = 'somebody'", "what its columns say"),
        ("id = 'e9'", "what its columns say"),
        ("at = '2026-03-04 05:06:12.000089'", "what its columns say"),
        ("commitment = hash", "hash does not follow"),
        ("hash = commitment", "hash does not follow"),
        ("salt = NULL", "salt and payload must be erased together"),
        ("payload = NULL", "salt and payload must be erased together"),
        ("salt = commitment", "content is not what was committed"),
    ],
)
def test_changed_row_is_named(store: Store, change: str, reason: str) -> None:
    found = tamper(store, f"UPDATE ledger SET {change} WHERE seq = 4")  # noqa: S608 - constants
    assert (found.rows, found.bad and found.bad.seq) == (3, 4)
    assert found.bad
    assert reason in found.bad.reason


@pytest.mark.parametrize(
    "change", ["kind = 'x'", "id = 'e9'", "caller = 'x'", "at = '2026-03-04 05:06:12.000089'"]
)
def test_what_an_erased_row_says_of_itself_cannot_be_changed(store: Store, change: str) -> None:
    found = tamper(
        store,
        "UPDATE ledger SET salt = NULL, payload = NULL WHERE seq = 4",
        f"UPDATE ledger SET {change} WHERE seq = 4",  # noqa: S608 - constants
    )
    assert found.bad == BadRow(4, NOT_FOLLOWING)


def test_caller_of_an_erased_row_cannot_be_taken_away(store: Store) -> None:
    found = tamper(
        store, "UPDATE ledger SET salt = NULL, payload = NULL, caller = NULL WHERE seq = 5"
    )
    assert found.bad == BadRow(5, NOT_FOLLOWING)


def test_byte_moved_from_content_to_salt_is_found(store: Store) -> None:
    fill(store)
    with store.writing() as connection:
        disarm(connection, is_sqlite=store.is_sqlite)
        salt, payload = connection.execute(
            text("SELECT salt, payload FROM ledger WHERE seq = 4")
        ).one()
        moved = {"salt": salt + payload[:1].encode(), "payload": payload[1:]}
        connection.execute(
            text("UPDATE ledger SET salt = :salt, payload = :payload WHERE seq = 4"), moved
        )
    assert verify(store).bad == BadRow(4, "its content is not what was committed to")


def test_ledger_of_the_former_form_is_told_and_refused(store: Store) -> None:
    """Rows as they were written before headings were chained: the heading was in the content."""
    fill(store, 1)
    heading = {"at": "2026-03-04T05:06:08.000089+00:00", "caller": "key", "id": "e1"}
    payload = write_canonical({**heading, "kind": "test", "body": {}})
    commitment = hashlib.sha256(bytes(16) + payload.encode()).digest()
    link = b"clearpost-ledger-1" + GENESIS + (1).to_bytes(8, "big") + commitment
    with store.writing() as connection:
        disarm(connection, is_sqlite=store.is_sqlite)
        connection.execute(
            text("UPDATE ledger SET salt=:salt, payload=:payload, commitment=:c, hash=:hash"),
            {
                "salt": bytes(16), "payload": payload, "c": commitment,
                "hash": hashlib.sha256(link).digest(),
            },
        )  # fmt: skip
    found = verify(store)
    assert found.rows == 0
    assert found.bad
    assert "earlier version" in found.bad.reason


def test_deleted_row_is_named(store: Store) -> None:
    found = tamper(store, "DELETE FROM ledger WHERE seq = 3")
    assert found.bad == BadRow(4, "row 3 is missing")


def test_deleted_row_is_missed_though_the_rest_moves_up(store: Store) -> None:
    found = tamper(
        store,
        "DELETE FROM ledger WHERE seq = 3",
        "UPDATE ledger SET seq = 3 WHERE seq = 4",
        "UPDATE ledger SET seq = 4 WHERE seq = 5",
        "UPDATE ledger SET seq = 5 WHERE seq = 6",
    )
    assert found.bad == BadRow(3, NOT_FOLLOWING)


def test_swapped_rows_are_named(store: Store) -> None:
    found = tamper(
        store,
        "UPDATE ledger SET seq = 99 WHERE seq = 2",
        "UPDATE ledger SET seq = 2 WHERE seq = 3",
        "UPDATE ledger SET seq = 3 WHERE seq = 99",
    )
    assert found.bad
    assert found.bad.seq == 2


def test_inserted_row_is_named(store: Store) -> None:
    columns = "id, kind, at, caller, salt, payload, commitment, hash"
    found = tamper(
        store,
        f"INSERT INTO ledger (seq, {columns}) SELECT 0, 'e0', kind, at, caller, salt, payload, "  # noqa: S608
        "commitment, hash FROM ledger WHERE seq = 1",
    )
    assert found.bad == BadRow(0, "row 1 is missing")


def rehash(store: Store, payload: str) -> chain.Verification:
    """Row 4 says `payload`, with a commitment and a hash that fit the row before it."""
    fill(store)
    salt = b"0123456789abcdef"
    commitment = hashlib.sha256(salt + payload.encode()).digest()
    with store.writing() as connection:
        disarm(connection, is_sqlite=store.is_sqlite)
        previous = connection.scalar(text("SELECT hash FROM ledger WHERE seq = 3"))
        said = '{"at":"2026-03-04T05:06:11.000089+00:00","caller":null,"id":"e4","kind":"test"}'
        heading = hashlib.sha256(said.encode()).digest()
        number = (4).to_bytes(8, "big")
        link = hashlib.sha256(TAG + previous + number + heading + commitment).digest()
        connection.execute(
            text(
                "UPDATE ledger SET salt = :salt, payload = :payload, commitment = :commitment,"
                " hash = :link WHERE seq = 4"
            ),
            {"salt": salt, "payload": payload, "commitment": commitment, "link": link},
        )
    return verify(store)


def test_single_row_hashed_anew_breaks_the_next(store: Store) -> None:
    found = rehash(store, write_canonical({"n": "forged"}))
    assert found.bad == BadRow(5, NOT_FOLLOWING)


@pytest.mark.parametrize("payload", ["no JSON", "[]", "null", '"text"', "7"])
def test_row_hashed_anew_over_no_entry_is_named(store: Store, payload: str) -> None:
    found = rehash(store, payload)
    assert found.bad
    assert found.bad.seq == 4


@pytest.mark.parametrize(
    "change",
    [
        "at = 'yesterday'", "at = 7", "at = x'00'", "hash = 'text'", "hash = 7",
        "commitment = 'text'", "commitment = 1.5", "salt = 'text'", "salt = 7",
        "payload = x'ff'", "payload = 7", "id = x'00'", "kind = 7", "caller = x'00'",
    ],
)  # fmt: skip
def test_values_of_another_type_are_named_too(sqlite_store: Store, change: str) -> None:
    """SQLite keeps any value in any column, so a forger may leave what cannot even be read."""
    found = tamper(sqlite_store, f"UPDATE ledger SET {change} WHERE seq = 4")  # noqa: S608
    assert found.bad
    assert (found.rows, found.bad.seq) == (3, 4)


@pytest.mark.parametrize("column", ["payload", "id"])
def test_text_that_is_no_utf_8_is_found(sqlite_store: Store, column: str) -> None:
    change = f"UPDATE ledger SET {column} = CAST(x'ff' AS TEXT) WHERE seq = 4"  # noqa: S608
    found = tamper(sqlite_store, change)
    assert found.bad in (
        BadRow(3, "it or the row after it cannot be read"),
        BadRow(4, "it or the row after it cannot be read"),
    )


ERASE = "UPDATE ledger SET salt = NULL, payload = NULL WHERE seq IN (1, 4, 6)"


def account(store: Store, *rows: Any) -> None:
    """Append a row that accounts for deleted contents."""
    with store.writing() as connection:
        entry = LedgerEntry(chain.make_id(), "ledger.blanked", AT, "key", {"rows": list(rows)})
        chain.append_entries(connection, [entry])


def test_erasure_keeps_the_chain(store: Store) -> None:
    fill(store)
    account(store, [1, 1], [4, 6])
    head = verify(store).head
    with store.writing() as connection:
        connection.execute(text(ERASE))
    assert verify(store) == chain.Verification(7, 3, head, None)


@pytest.mark.parametrize(
    ("accounted", "first"),
    [([], 1), ([[1, 1]], 4), ([[1, 5]], 6), ([[2, 6]], 1), ([[1, 2], [5, 6]], 4)],
)
def test_contents_that_went_without_an_erasure_are_missed(
    store: Store, accounted: list[list[int]], first: int
) -> None:
    fill(store)
    account(store, *accounted)
    with store.writing() as connection:
        connection.execute(text(ERASE))
    assert verify(store).bad == BadRow(first, UNACCOUNTED)


@pytest.mark.parametrize(
    "rows", [[7, 7], [1, 9], [0, 2], [2, 1], [1], [1, 2, 3], ["1", 2], [True, 2], None, 1.5]
)
def test_no_row_accounts_for_others_than_those_before_it(store: Store, rows: Any) -> None:
    fill(store)
    with store.writing() as connection:
        body = {"rows": [rows]}
        chain.append_entries(
            connection, [LedgerEntry(chain.make_id(), "ledger.blanked", AT, "key", body)]
        )
    assert verify(store).bad == BadRow(7, "it does not list rows before it")


@settings(deadline=None)
@given(st.sets(st.integers(1, 40)), st.sets(st.integers(1, 40)))
def test_the_first_row_that_nothing_accounts_for_is_named(
    blank: set[int], accounted: set[int]
) -> None:
    found = BlankedRows()
    for seq in sorted(blank):
        found.add_blank(seq)
    for body in list_blanked(accounted):
        assert found.add_account(41, orjson.loads(write_canonical(body)))
    assert found.find_unaccounted() == min(blank - accounted, default=None)


def test_an_erased_row_cannot_be_replaced(store: Store) -> None:
    found = tamper(
        store,
        "UPDATE ledger SET salt = NULL, payload = NULL WHERE seq = 4",
        "UPDATE ledger SET commitment = :forged WHERE seq = 4",
        forged=bytes(32),
    )
    assert found.bad == BadRow(4, NOT_FOLLOWING)


def test_long_chain_is_walked_to_its_end(store: Store) -> None:
    fill(store, 5_500)
    assert verify(store).rows == 5_500
    with store.writing() as connection:
        disarm(connection, is_sqlite=store.is_sqlite)
        connection.execute(text("UPDATE ledger SET kind = 'x' WHERE seq = 5400"))
    found = verify(store)
    assert found.bad == BadRow(5_400, NOT_FOLLOWING)


def test_four_processes_append_one_chain(store_url: str, store: Store) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", APPEND, store_url, str(n)],
            stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for n in range(4)
    ]  # fmt: skip
    for writer in writers:
        assert writer.stdin
        writer.stdin.close()
        writer.stdin = None
    assert [writer.communicate(timeout=120)[1] for writer in writers] == [""] * 4
    found = verify(store)
    assert (found.rows, found.bad) == (200, None)
    with store.reading() as connection:
        rows = connection.execute(text("SELECT caller, payload FROM ledger ORDER BY seq")).all()
    # A transaction's rows stand together, and each writer's in its own order.
    numbers = [(row.caller, orjson.loads(row.payload)) for row in rows]
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    assert all(a == (b[0], {**b[1], "m": 1}) for a, b in pairs)
    for caller in "0123":
        assert [said["n"] for who, said in numbers[::2] if who == caller] == list(range(25))


def test_no_row_is_earlier_than_the_one_before_it(store: Store) -> None:
    """The last row tells of a clock that was set back, until somebody says that it is right."""
    later = AT + timedelta(days=1)
    with store.writing() as connection:
        assert chain.read_last_time(connection) is None
        chain.append_entries(connection, [LedgerEntry("e1", "test", later, None, {})])
        chain.append_entries(connection, [LedgerEntry("e2", "test", AT, None, {}), *entries(1, 3)])
        assert chain.read_last_time(connection) == later
    confirm_clock(store, AT, "cli:ann")
    with store.writing() as connection:
        assert chain.read_last_time(connection) == AT
        chain.append_entries(
            connection, [LedgerEntry("e4", "test", AT - timedelta(seconds=9), None, {})]
        )
        assert chain.read_last_time(connection) == AT
        row = connection.execute(
            text("SELECT kind, caller, payload FROM ledger WHERE kind = 'clock.confirmed'")
        ).one()
    assert row.caller == "cli:ann"
    assert orjson.loads(row.payload) == {"before": chain.format_time(later)}
    assert verify(store).bad is None
