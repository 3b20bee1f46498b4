"""The bytes of a timeline: a file, or what an address answers."""

import time
from pathlib import Path

import httpx

from app.timelines.posts import TimelineError
from app.timelines.recognition import MOST_BYTES

_TIMEOUT = httpx.Timeout(30.0, connect=15.0)
_SECONDS = 120.0
_MOST_REDIRECTS = 5


def is_address(source: str) -> bool:
    """Return whether a source is an address, not a file."""
    return source.lower().startswith(("http://", "https://"))


def read_source(source: str) -> bytes:
    """Return what a file or an address holds; raises `TimelineError`."""
    return _fetch_address(source) if is_address(source) else _read_file(Path(source))


def _read_file(path: Path) -> bytes:
    try:
        if path.is_dir():
            message = "is a folder; give the zip of the export, or its file with the posts"
            raise TimelineError(message)
        if path.stat().st_size > MOST_BYTES:
            raise _tell_too_large()
        return path.read_bytes()
    except OSError as error:
        message = f"cannot be read: {error.strerror or type(error).__name__}"
        raise TimelineError(message) from error


def _fetch_address(address: str) -> bytes:
    until = time.monotonic() + _SECONDS
    client = httpx.Client(
        timeout=_TIMEOUT, trust_env=False, follow_redirects=True, max_redirects=_MOST_REDIRECTS,
        headers={"User-Agent": "clearpost"},
    )  # fmt: skip
    try:
        with client, client.stream("GET", address) as answer:
            if not answer.is_success:
                message = f"was answered with {answer.status_code}"
                raise TimelineError(message)
            data = bytearray()
            for part in answer.iter_bytes():
                data += part
                if len(data) > MOST_BYTES:
                    raise _tell_too_large()
                if time.monotonic() > until:
                    message = f"took longer than {_SECONDS:.0f} seconds"
                    raise TimelineError(message)
            return bytes(data)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        message = f"cannot be read: {type(error).__name__}"
        raise TimelineError(message) from error


def _tell_too_large() -> TimelineError:
    return TimelineError(f"is larger than {MOST_BYTES // 1024**2} MB")
