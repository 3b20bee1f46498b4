"""A wire to PostgreSQL that loses the reply to a writer's commit, as a network does that fails."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator

from sqlalchemy import make_url
from sqlalchemy.engine import URL

_LOCK, _COMMIT = b"pg_advisory_xact_lock", b"COMMIT\0"


class LossyWire:
    """Listens on 127.0.0.1 and passes everything on, unless it is to lose replies."""

    def __init__(self, database_url: str) -> None:
        self._server = make_url(database_url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.losing = False
        self.lost = 0
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self) -> str:
        """The URL of the same database, through the wire."""
        host, port = self._listener.getsockname()
        query = {k: v for k, v in self._server.query.items() if k not in {"host", "port"}}
        through: URL = self._server.set(host=host, port=port, query=query)
        return through.render_as_string(hide_password=False)

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _connect(self) -> socket.socket:
        folder = self._server.query.get("host")
        if folder is None:
            return socket.create_connection((self._server.host, self._server.port or 5432))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{folder}/.s.PGSQL.5432")
        return server

    def _carry(self, client: socket.socket) -> None:
        """Carry both ways until one side ends, or a reply is lost: then cut the client off."""
        writes = committing = False
        with client, self._connect() as server, selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            with contextlib.suppress(OSError):
                while True:
                    for key, _ in selector.select():
                        source = key.fileobj
                        assert isinstance(source, socket.socket)
                        if not (sent := source.recv(65_536)):
                            return
                        if source is server and committing:
                            self.lost += 1
                            return
                        writes = writes or _LOCK in sent
                        committing = self.losing and writes and _COMMIT in sent
                        key.data.sendall(sent)


@contextlib.contextmanager
def losing(wire: LossyWire) -> Iterator[None]:
    """Lose the replies to commits for as long as the block runs."""
    wire.losing = True
    yield
    wire.losing = False
