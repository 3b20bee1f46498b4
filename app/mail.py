"""Mail to the registrar and to offices, over the district's own mail server."""

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import NamedTuple

from app.settings import Settings

_TIMEOUT_SECONDS = 15.0


class MailError(Exception):
    """The mail server cannot be reached, or does not take a letter; its text is a type's name."""


class LetterRefusedError(MailError):
    """The mail server is there; this one letter cannot be written, or is not taken."""


class Letter(NamedTuple):
    """A letter, and the time since which its contents are known.

    To the addresses of `CLEARPOST_MAIL_TO`, unless `to` names others.
    """

    subject: str
    text: str
    at: datetime
    to: tuple[str, ...] = ()


def send_letters(settings: Settings, letters: Sequence[Letter]) -> Iterator[Letter]:
    """Send `letters` in turn; yield each that the server has taken.

    Raises `MailError` where the server cannot be reached or refuses us, `LetterRefusedError` where
    that is about a letter or its address, or came while it was sent.
    The error holds neither a password nor the server's words, which may repeat an address.
    """
    try:
        with _connect_server(settings) as server:
            for letter in letters:
                _send_letter(server, settings, letter)
                yield letter
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise MailError(type(error).__name__) from error


def _send_letter(server: smtplib.SMTP, settings: Settings, letter: Letter) -> None:
    try:
        # The addresses as they are on file, and not as a header of them would be read.
        to = list(letter.to or settings.mail_to)
        server.send_message(_compose_message(settings, letter), to_addrs=to)
    except Exception as error:  # an address on file may be one that the library stumbles over
        raise LetterRefusedError(type(error).__name__) from error


@contextmanager
def _connect_server(settings: Settings) -> Iterator[smtplib.SMTP]:
    """Connect, encrypted unless the settings exclude it, and sign in where they give a user."""
    host, _, port = (settings.mail_server or "").rpartition(":")
    trusted = ssl.create_default_context(cafile=settings.mail_authorities)
    if settings.mail_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, int(port), timeout=_TIMEOUT_SECONDS, context=trusted
        )
    else:
        server = smtplib.SMTP(host, int(port), timeout=_TIMEOUT_SECONDS)
    with server:
        if settings.mail_security == "starttls":
            server.starttls(context=trusted)
        if settings.mail_user and settings.mail_password_file:
            server.login(settings.mail_user, settings.mail_password_file.read_text().strip())
        yield server


def _compose_message(settings: Settings, letter: Letter) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = ", ".join(letter.to or settings.mail_to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = make_msgid(domain=(settings.mail_from or "").rpartition("@")[2])
    # No answers of machines that say somebody is on holiday.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message
