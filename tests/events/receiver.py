"""A receiver of webhooks: a real server on 127.0.0.1 that answers as it is told to."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson

Answer = Callable[["Receiver", int], int]


class Receiver:
    """What has arrived, in order; `answer` is given it and the number of the request."""

    def __init__(self, answer: Answer | int = 204) -> None:
        self.answer: Answer = (lambda *_: answer) if isinstance(answer, int) else answer
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.more: dict[str, str] = {}
        self.open = threading.Event()
        self.open.set()
        self.url = ""
        self._lock = threading.Lock()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [orjson.loads(body) for body in self.bodies]

    @property
    def ids(self) -> list[str]:
        return [one["webhook-id"] for one in self.headers]

    def take(self, headers: dict[str, str], body: bytes) -> int:
        with self._lock:
            self.headers.append(headers)
            self.bodies.append(body)
            number = len(self.bodies)
        self.open.wait()
        return self.answer(self, number)


@contextmanager
def receiving(
    receiver: Receiver, port: int = 0, certificate: Path | None = None, host: str = "127.0.0.1"
) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.take({k.lower(): v for k, v in self.headers.items()}, body)
            self.send_response(status)
            for name, value in receiver.more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass  # a sender that has gone

    server = Server(("127.0.0.1", port), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    scheme = "http" if certificate is None else "https"
    receiver.url = f"{scheme}://{host}:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.open.set()
        server.shutdown()
        server.server_close()
        thread.join()
