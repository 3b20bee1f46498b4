"""Mail to the registrar: what waits or failed, and how a month of nights went."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from app.database.session import Store
from app.database.tables import imports
from tests.cli.conftest import Run, one_line
from tests.cli.mailbox import PASSWORD, USER, Mailbox, running

WHOM = "registrar@district.example"
HEADER = "sourced_id,kind,given_name,family_name,org_sourced_id,status\n"
PLAIN = {"CLEARPOST_MAIL_SECURITY": "none"}


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with running(Mailbox()) as box:
        yield box


def setup(box: Mailbox, **more: str) -> dict[str, str]:
    """The settings of a district whose registrar is told."""
    return {
        "CLEARPOST_MAIL_TO": f"{WHOM}, {WHOM.replace('registrar', 'sis')}",
        "CLEARPOST_MAIL_FROM": "clearpost@district.example",
        "CLEARPOST_MAIL_SERVER": box.address,
        "CLEARPOST_IMPORT_HOLD_FROM_PEOPLE": "1",
        **more,
    }


def deliver(folder: Path, students: int, *rows: str) -> str:
    """Write a district of so many students, and further rows; where it is."""
    folder.mkdir(exist_ok=True)
    (folder / "orgs.csv").write_text("sourced_id,name,kind\no-1,Hill School,school\n")
    lines = [f"s-{n},student,Zebulon{n},Quartz,o-1,active\n" for n in range(students)]
    (folder / "people.csv").write_text(HEADER + "".join([*lines, *rows]))
    return str(folder)


def test_one_letter_for_a_delivery_that_waits_and_none_for_one_that_is_applied(
    migrated: Run, mailbox: Mailbox, tmp_path: Path
) -> None:
    settings, folder = setup(mailbox, **PLAIN), tmp_path / "night"
    assert migrated("import", deliver(folder, 8), "--complete", **settings).returncode == 0
    assert mailbox.letters == []
    assert migrated("import", deliver(folder, 4), "--complete", **settings).returncode == 4
    (letter,), (text,) = mailbox.letters, mailbox.texts()
    assert letter["Subject"] == "Clearpost: a delivery waits for a person"
    assert letter["To"] == f"{WHOM}, sis@district.example"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "4 people on file are missing from the feed" in text
    assert "To apply it: clearpost import approve " in text
    assert "Zebulon" not in text
    assert "0 letters" in migrated("import", "notify", **settings).stderr
    assert len(mailbox.letters) == 1


def test_a_refused_delivery_is_told_with_its_rows_and_none_of_their_cells(
    migrated: Run, mailbox: Mailbox, tmp_path: Path
) -> None:
    bad = [f"t-{n},wizard,Merlin,Quartz,o-1,active\n" for n in range(30)]
    folder = deliver(tmp_path / "night", 1, *bad)
    assert migrated("import", folder, **setup(mailbox, **PLAIN)).returncode == 1
    assert mailbox.subjects() == ["Clearpost: a delivery was refused"]
    (text,) = mailbox.texts()
    assert "people.csv, line 3, kind: " in text
    assert not {"wizard", "Merlin", "Quartz"} & set(text.replace(",", " ").split())


def test_nothing_is_sent_for_a_plan_or_where_nobody_is_named(
    migrated: Run, mailbox: Mailbox, tmp_path: Path
) -> None:
    folder, settings = tmp_path / "night", setup(mailbox, **PLAIN)
    migrated("import", deliver(folder, 8), "--complete", **settings)
    assert (
        migrated("import", deliver(folder, 4), "--complete", "--plan", **settings).returncode == 4
    )
    del settings["CLEARPOST_MAIL_TO"]
    assert migrated("import", deliver(folder, 4), "--complete", **settings).returncode == 4
    assert mailbox.letters == []
    said = migrated("import", "notify", **settings)
    assert (said.returncode, said.stderr) == (
        2,
        "clearpost: CLEARPOST_MAIL_TO: nobody is to be told\n",
    )


def test_what_the_server_does_not_take_is_sent_later_and_stops_no_import(
    migrated: Run, mailbox: Mailbox, tmp_path: Path
) -> None:
    folder, settings = tmp_path / "night", setup(mailbox, **PLAIN)
    away = {**settings, "CLEARPOST_MAIL_SERVER": "127.0.0.1:1"}
    migrated("import", deliver(folder, 8), "--complete", **away)
    said = migrated("import", deliver(folder, 4), "--complete", **away)
    assert said.returncode == 4
    assert "Mail could not be sent (ConnectionRefusedError); it is tried again" in said.stderr
    mailbox.refusing = {WHOM, "sis@district.example"}
    said = migrated("import", "notify", **settings)
    assert (said.returncode, "SMTPRecipientsRefused" in said.stderr) == (1, True)
    assert "district.example" not in said.stderr
    mailbox.refusing = set()
    assert "1 letter sent" in migrated("import", "notify", **settings).stderr
    assert mailbox.subjects() == ["Clearpost: a delivery waits for a person"]


def test_the_way_is_encrypted_and_the_password_never_told(migrated: Run, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n")
    with running(Mailbox(), tmp_path) as box:
        settings = setup(
            box,
            CLEARPOST_MAIL_USER=USER,
            CLEARPOST_MAIL_PASSWORD_FILE=str(secret),
            CLEARPOST_MAIL_AUTHORITIES=str(tmp_path / "mail.pem"),
        )
        assert "1 letter sent" in migrated("import", "notify", "--try", **settings).stderr
        assert box.subjects() == ["Clearpost: mail arrives"]
        stranger = {k: v for k, v in settings.items() if not k.endswith("AUTHORITIES")}
        said = migrated("import", "notify", "--try", **stranger)
        assert (said.returncode, "SSLCertVerificationError" in said.stderr) == (1, True)
        secret.write_text("another-s3cret\n")
        said = migrated("import", "notify", "--try", **settings)
        assert (said.returncode, "SMTPAuthenticationError" in said.stderr) == (1, True)
        assert "s3cret" not in said.stderr
        secret.unlink()
        assert "FileNotFoundError" in migrated("import", "notify", "--try", **settings).stderr
        assert len(box.letters) == 1


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"MAIL_TO": WHOM}, "CLEARPOST_MAIL_TO needs CLEARPOST_MAIL_FROM and"),
        ({"MAIL_TO": "registrar"}, "CLEARPOST_MAIL_TO: must be addresses"),
        ({"MAIL_SERVER": "smtp.district.example"}, "CLEARPOST_MAIL_SERVER: "),
        ({"MAIL_USER": USER}, "CLEARPOST_MAIL_USER and CLEARPOST_MAIL_PASSWORD_FILE go together"),
        (
            {"MAIL_USER": USER, "MAIL_PASSWORD_FILE": "x", "MAIL_SECURITY": "none"},
            "CLEARPOST_MAIL_SECURITY: a password is sent over encrypted connections only",
        ),
    ],
)
def test_settings_that_do_not_fit_are_told(
    migrated: Run, settings: dict[str, str], told: str
) -> None:
    said = migrated("import", "notify", **{f"CLEARPOST_{k}": v for k, v in settings.items()})
    assert said.returncode == 2
    assert told in one_line(said.stderr)


def test_a_month_of_nights_is_told_once_with_the_next(
    migrated: Run, mailbox: Mailbox, tmp_path: Path, environment: dict[str, str]
) -> None:
    settings, folder = setup(mailbox, **PLAIN), tmp_path / "night"
    migrated("import", deliver(folder, 8), "--complete", **settings)
    migrated("import", deliver(folder, 8), "--complete", **settings)
    assert mailbox.letters == []
    month = datetime.now(UTC).replace(day=1) - timedelta(days=10)
    store = Store(environment["CLEARPOST_DATABASE_URL"])
    with store.writing() as connection:
        connection.execute(update(imports).values(created_at=month))
    store.close()
    said = migrated("import", "notify", "--month", f"{month:%Y-%m}", **settings)
    assert said.stdout.startswith(f"The nights of {month:%Y-%m}\n\n- 1 delivery: applied\n")
    assert "- 1 delivery: brought nothing new\n- days without a delivery that was applied: 1" in (
        said.stdout
    )
    for _ in range(2):
        assert migrated("import", deliver(folder, 8), "--complete", **settings).returncode == 0
        assert mailbox.subjects() == [f"Clearpost: the nights of {month:%Y-%m}"]
    assert mailbox.texts() == [said.stdout]


def test_a_month_without_nights_is_not_told(migrated: Run, mailbox: Mailbox) -> None:
    settings = setup(mailbox, **PLAIN)
    assert "0 letters" in migrated("import", "notify", **settings).stderr
    said = migrated("import", "notify", "--month", "2020-02", **settings)
    assert (said.returncode, "nothing was delivered" in said.stderr) == (1, True)
    assert migrated("import", "notify", "--month", "soon", **settings).returncode == 2
