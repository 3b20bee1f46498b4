"""A mail server of the district's, in this process: real SMTP on 127.0.0.1."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST, USER, PASSWORD = "127.0.0.1", "clearpost", "s3cret-of-the-mail"


class Mailbox:
    """What has arrived; `refusing` is whom the server takes nothing for."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refusing: set[str] = set()
        self.address = ""

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
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "mail.pem", folder / "mail-key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context
