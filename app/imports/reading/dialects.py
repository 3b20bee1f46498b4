"""Dialects of files without a profile: detected, and reported where unusual."""

import codecs
import csv
import re
from collections.abc import Sequence
from dataclasses import replace

from app.imports.reading.archive import DAMAGE, Member
from app.imports.reading.delimited_text import MAX_LINE, Dialect, Encoding
from app.imports.reading.headers import MOST_BEFORE_HEADER, Name, make_column_key
from app.imports.reading.profiles.files import TextOptions
from app.imports.report import FileReport

_CHUNK_BYTES = 1 << 18
_DELIMITERS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
_UNDECODED = re.compile("[\ud800-\udfff]")
# The bytes that mean nothing in Windows-1252, as they look when they could not be decoded.
_NOT_WINDOWS = re.compile("[\udc81\udc8d\udc8f\udc90\udc9d]")


def find_dialect(
    member: Member, usual: Dialect, text: TextOptions, names: Sequence[Name], report: FileReport
) -> Dialect | None:
    """Return the dialect of a file; None, and the reason in `report`, where it is unclear.

    Every deviation from UTF-8 and commas that no profile announces is a warning.
    """
    try:
        with member.open() as stream:
            start = stream.read(_CHUNK_BYTES)
        encoding = _detect_by_mark(start) or text.encoding or _detect_by_content(member, report)
    except DAMAGE:
        report.refuse(0, None, "cannot be read")
        return None
    if encoding is None:
        return None
    if text.encoding and encoding != text.encoding:
        report.warn(
            f"has the byte order mark of {encoding.upper()}, which the profile does not say"
        )
    delimiter = text.separator or _find_delimiter(start, encoding, names)
    if delimiter not in (text.separator, ","):
        report.warn(f"cells are parted by {_DELIMITERS[delimiter]}")
    return replace(usual, encoding=encoding, delimiter=delimiter)


def decode_start(member: Member) -> str:
    """Return how a file begins, as text; what is no text of its encoding is replaced.

    Raises one of `DAMAGE`.
    """
    if member.fault:
        raise OSError(member.fault)
    with member.open() as stream:
        start = stream.read(MAX_LINE)
    return start.decode(_detect_by_mark(start) or "utf-8", "replace")


def _detect_by_mark(start: bytes) -> Encoding | None:
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return None


def _detect_by_content(member: Member, report: FileReport) -> Encoding | None:
    """Return UTF-8 where all of the file is; Windows-1252 where nothing speaks for UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    wide = bad = False
    with member.open() as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            if b"\0" in chunk:
                report.refuse(0, None, "has NUL bytes: it is no text, or UTF-16 without its mark")
                return None
            text = decoder.decode(chunk)
            if text.isascii():
                continue
            bad = bad or bool(_UNDECODED.search(text))
            wide = wide or not _UNDECODED.sub("", text).isascii()
            if bad and (wide or _NOT_WINDOWS.search(text)):
                report.refuse(0, None, "is neither UTF-8 nor Windows-1252 text throughout")
                return None
    if not bad:
        return "utf-8"
    report.warn("is not UTF-8 text and was read as Windows-1252")
    return "windows-1252"


def _find_delimiter(start: bytes, encoding: Encoding, names: Sequence[Name]) -> str:
    """Return the delimiter with which a first line has most of the names looked for."""
    text = start.decode(encoding, "replace").lstrip("\ufeff\r\n")[:MAX_LINE]
    lines = re.split("\r\n?|\n", text, maxsplit=MOST_BEFORE_HEADER + 1)[: MOST_BEFORE_HEADER + 1]
    wanted = {make_column_key(name) for known in names for name in (known.name, *known.also)}

    def count_hits(delimiter: str) -> int:
        records = (next(csv.reader([line], delimiter=delimiter), []) for line in lines)
        return max(
            len(wanted & {make_column_key(cell.strip()) for cell in cells}) for cells in records
        )

    return max(_DELIMITERS, key=count_hits)
