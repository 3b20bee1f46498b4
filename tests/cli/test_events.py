"""`clearpost events`: endpoints at the command line, and delivering in a process of its own."""

import signal
import subprocess
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from standardwebhooks.webhooks import Webhook

from app.database.session import Store
from app.database.tables import events
from app.store.events.records import record_event
from tests.cli.conftest import COMMAND, Run, one_line
from tests.events.receiver import Receiver, receiving
from tests.waiting import until

LISTED = {"CLEARPOST_WEBHOOK_NETWORKS": "127.0.0.0/8"}


def rows(said: str) -> list[dict[str, str]]:
    titles, *lines = (line.split("\t") for line in said.splitlines())
    return [dict(zip(titles, line, strict=True)) for line in lines]


def tell(store: Store, number: int) -> None:
    with store.writing() as connection:
        data = {"decision": f"d-{number}"}
        record_event(connection, "review.ended", store.now(), data)


def test_an_endpoint_is_added_delivered_to_rotated_and_removed(
    migrated: Run, store: Store, environment: dict[str, str], tmp_path: Path
) -> None:
    with receiving(Receiver()) as receiver:
        added = migrated("events", "endpoints", "add", receiver.url, **LISTED)
        assert added.returncode == 0, added.stderr
        secret = one_line(added.stdout)
        tell(store, 1)
        (row,) = rows(migrated("events", "endpoints", "list").stdout)
        assert (row["url"], row["state"], row["waiting"]) == (receiver.url, "on", "1")
        assert secret not in str(row)
        process = subprocess.Popen(
            [COMMAND, "events", "deliver"], cwd=tmp_path, env={**environment, **LISTED},
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        until(lambda: receiver.bodies)
        assert Webhook(secret).verify(receiver.bodies[0], receiver.headers[0])
        rotated = migrated("events", "endpoints", "rotate", row["id"])
        assert one_line(rotated.stdout) != secret
        tell(store, 2)
        until(lambda: len(receiver.bodies) == 2)
        for one in (secret, one_line(rotated.stdout)):
            assert Webhook(one).verify(receiver.bodies[1], receiver.headers[1])
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0
        assert "Traceback" not in errors
    assert migrated("events", "endpoints", "enable", row["id"]).returncode == 0
    assert migrated("events", "endpoints", "remove", row["id"]).returncode == 0
    assert rows(migrated("events", "endpoints", "list").stdout) == []
    assert migrated("events", "endpoints", "remove", row["id"]).returncode == 1
    assert (tmp_path / "var" / "webhook-key").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_registered_is_told_in_one_line(migrated: Run) -> None:
    private = migrated("events", "endpoints", "add", "https://10.0.0.1/secret")
    assert private.returncode == 2
    assert one_line(private.stderr).startswith("clearpost: URL: Stands for an address that is not")
    assert "secret" not in private.stderr
    kind = migrated("events", "endpoints", "add", "https://8.8.8.8/", "--kind", "review.lost")
    assert kind.returncode == 2
    assert "--kind" in one_line(kind.stderr)


def test_a_purge_of_the_ledger_takes_old_events_along(migrated: Run, store: Store) -> None:
    with store.writing() as connection:
        for days in (40, 31, 29):
            at = store.now() - timedelta(days=days)
            record_event(connection, "import.held", at, {"import": f"i-{days}"})
    assert migrated("ledger", "purge", "--before", "2020-01-01").returncode == 0
    with store.reading() as connection:
        assert list(connection.scalars(select(events.c.data))) == ['{"import":"i-29"}']
