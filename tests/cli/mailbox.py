"""A mail server of the district's, in this process: real SMTP on 127.0.0.1."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.certificates import write_certificate

HOST, USER, PASSWORD = "127.0.0.1", "clearpost", "s3cret-of-the-mail"


class Mailbox:
    """What has arrived; `refusing` is whom the server takes nothing for.

    With `takes_ascii_only` it does not know addresses in other letters, as many servers.
    """

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refusing: set[str] = set()
        self.takes_ascii_only = False
        self.address = ""

    async def handle_EHLO(  # noqa: N802 - the server looks for this name
        self, _server: Any, session: Any, _envelope: Any, name: str, responses: list[str]
    ) -> list[str]:
        session.host_name = name
        if self.takes_ascii_only:
            return [one for one in responses if "SMTPUTF8" not in one]
        return responses

    async def handle_RCPT(  # noqa: N802 - the server looks for this name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refusing:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 OK"

    def texts(self) -> list[str]:
        return [letter.get_content().replace("\r\n", "\n") for letter in self.letters]

    def subjects(self) -> list[str]:
        return [str(letter["Subject"]) for letter in self.letters]


@contextlib.contextmanager
def running(mailbox: Mailbox, folder: Path | None = None) -> Iterator[Mailbox]:
    """The server; with a folder one that wants encryption and a password, and puts its
    certificate there as `mail.pem`.
    """
    options: dict[str, Any] = {}
    if folder is not None:
        options = {
            "tls_context": _make_context(folder), "require_starttls": True,
            "auth_required": True, "authenticator": _authenticate,
        }  # fmt: skip
    controller = Controller(mailbox, hostname=HOST, port=_find_port(), **options)
    controller.start()
    try:
        mailbox.address = f"{HOST}:{controller.port}"
        yield mailbox
    finally:
        controller.stop()


def _find_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])


def _authenticate(
    _server: Any, _session: Any, _envelope: Any, _mechanism: str, said: Any
) -> AuthResult:
    right = (said.login, said.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


def _make_context(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(write_certificate(folder / "mail.pem", HOST))
    return context
