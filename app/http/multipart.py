"""A form with files (RFC 7578), written to disk while it comes in, within limits.

Starlette's own form reader keeps to memory and temporary files elsewhere, and has no limit for all
files together.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import anyio
import anyio.to_thread
from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from app.errors import (
    BadRequestError,
    InvalidRequestError,
    MultipartRequiredError,
    UploadTooLargeError,
)
from app.imports import spool

MAX_PARTS = 100
MAX_TEXT_BYTES = 200
_AT_ONCE = 256 * 1024
_IDLE_SECONDS = 60
_LENGTH_DIGITS = 15
# Letters and digits of any script; no way out of a folder, and nothing hidden.
_FILE_NAME = re.compile(r"\w[\w .()+=,@-]{0,99}")
# File systems count bytes, and most take 255.
_FILE_NAME_BYTES = 200


@dataclass(slots=True)
class ReceivedForm:
    """A received form: files by name with their SHA-256 in hex, texts by field, single files."""

    files: dict[str, str] = field(default_factory=dict)
    singles: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expected:
    """The fields a form may have: texts, files (many), small files (one each, by path).

    `room` is how many bytes the whole body may have, `small` how many a small file. `look_around`
    is called before each piece is written, and raises where there is no room for more.
    """

    texts: frozenset[str]
    files: str
    folder: Path
    singles: dict[str, Path]
    room: int
    small: int
    look_around: Callable[[], None] = lambda: None


async def receive_form(request: Request, expected: Expected) -> ReceivedForm:
    """Take in the form that `request` sends.

    Raises `MultipartRequiredError`, `UploadTooLargeError`, `InvalidRequestError`,
    `SpoolUnavailableError`, and `BadRequestError` for what ends too early, stops coming or cannot
    be read.
    """
    boundary = boundary_of(request)
    if _read_length(request) > expected.room:
        raise UploadTooLargeError
    reading = _FormReading(expected)
    try:
        parser = MultipartParser(boundary, reading.callbacks())  # type: ignore[arg-type]
        await _feed_parser(request, parser, expected)
        return reading.done()
    except (FormParserError, TimeoutError):
        raise BadRequestError from None
    finally:
        reading.close()


def boundary_of(request: Request) -> bytes:
    """Return what parts the body's parts; raises `MultipartRequiredError`."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise MultipartRequiredError
    return boundary


def _read_length(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length[:_LENGTH_DIGITS]) if length.isdecimal() else 0


async def _feed_parser(request: Request, parser: MultipartParser, expected: Expected) -> None:
    """Hand the body to `parser`, on a worker thread: checks go on meanwhile."""
    taken, waiting = 0, bytearray()
    stream = request.stream()
    while True:
        with anyio.fail_after(_IDLE_SECONDS):
            chunk = await anext(stream, None)
        if chunk is None:
            break
        taken += len(chunk)
        if taken > expected.room:
            raise UploadTooLargeError
        waiting += chunk
        if len(waiting) >= _AT_ONCE:
            await anyio.to_thread.run_sync(
                _write_chunk, parser, bytes(waiting), expected.look_around
            )
            waiting.clear()
    await anyio.to_thread.run_sync(_write_chunk, parser, bytes(waiting), expected.look_around)
    parser.finalize()


def _write_chunk(parser: MultipartParser, chunk: bytes, look_around: Callable[[], None]) -> None:
    look_around()
    with spool.tell_failing_disk():
        parser.write(chunk)


def _make_fault(place: str, code: str, message: str) -> InvalidRequestError:
    return InvalidRequestError([{"at": f"/{place}", "code": code, "message": message}])


class _FormReading:
    """One form as it is parsed: where the part goes that is being read."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self._form = ReceivedForm()
        self._parts = 0
        self._header, self._value = bytearray(), bytearray()
        self._disposition = b""
        self._field, self._room = "", 0
        self._text: bytearray | None = None
        self._file: BinaryIO | None = None
        self._name, self._digest = "", sha256()
        self._ended = False

    def callbacks(self) -> dict[str, Callable[..., Any]]:
        """Return what the parser calls at each part of the form."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._open,
            "on_part_data": self._take,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def done(self) -> ReceivedForm:
        """Return the parts once the form has ended; raises BadRequestError before."""
        if not self._ended:
            raise BadRequestError
        return self._form

    def close(self) -> None:
        """Close open files; an error of a write was reported before."""
        if self._file:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise _make_fault("", "too_many_parts", f"Has more than {MAX_PARTS} parts")
        self._disposition = b""

    def _header_end(self) -> None:
        if self._header.strip().lower() == b"content-disposition":
            if self._disposition:
                raise _make_fault("", "repeated", "A part has two headers Content-Disposition")
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _open(self) -> None:
        _, options = parse_options_header(self._disposition.decode("latin-1"))
        name = options.get(b"name", b"").decode("latin-1")
        file_name = options.get(b"filename")
        expected = self._expected
        if name == expected.files:
            self._open_file(_plain_name(file_name))
        elif name in expected.singles and file_name is not None:
            self._open_single(name)
        elif name in expected.texts and file_name is None:
            self._field, self._text, self._room = name, bytearray(), MAX_TEXT_BYTES
        else:
            raise _make_fault("", "unknown_field", "Has a part that is no field of this form")

    def _open_file(self, name: str) -> None:
        if name.casefold() in {other.casefold() for other in self._form.files}:
            raise _make_fault(self._expected.files, "repeated", "Two files have one name")
        self._name, self._digest = name, sha256()
        self._field, self._room = self._expected.files, self._expected.room
        self._file = (self._expected.folder / name).open("xb")

    def _open_single(self, name: str) -> None:
        path = self._expected.singles[name]
        if path.exists():
            raise _make_fault(name, "repeated", "Must come once")
        self._field, self._room = name, self._expected.small
        self._name, self._digest = "", sha256()
        self._file = path.open("xb")

    def _take(self, data: bytes, start: int, end: int) -> None:
        self._room -= end - start
        if self._room < 0:
            raise _make_fault(self._field, "too_long", "Is too long")
        if self._text is not None:
            self._text += data[start:end]
        elif self._file:
            chunk = data[start:end]
            self._digest.update(chunk)
            self._file.write(chunk)

    def _end(self) -> None:
        if self._text is not None:
            self._put_text(bytes(self._text))
            self._text = None
            return
        if self._file:
            self._file.close()
            self._file = None
        if self._name:
            self._form.files[self._name] = self._digest.hexdigest()
        else:
            self._form.singles[self._field] = self._digest.hexdigest()

    def _put_text(self, said: bytes) -> None:
        if self._field in self._form.texts:
            raise _make_fault(self._field, "repeated", "Must come once")
        try:
            self._form.texts[self._field] = said.decode("utf-8")
        except UnicodeDecodeError:
            raise _make_fault(self._field, "encoding", "Must be UTF-8 text") from None

    def _finish(self) -> None:
        self._ended = True


def _plain_name(name: bytes | None) -> str:
    """The name of a file, which must be one."""
    try:
        plain = (name or b"").decode("utf-8")
    except UnicodeDecodeError:
        plain = ""
    if len(plain.encode()) > _FILE_NAME_BYTES or not _FILE_NAME.fullmatch(plain):
        message = (
            "Each must have a name of a file: letters, digits, dots, blanks, no folders, at most "
            f"100 characters and {_FILE_NAME_BYTES} bytes"
        )
        raise _make_fault("file", "file_name", message)
    return plain
