"""The container of a delivery: a folder, a zip file or a single file, opened without trust.

Nothing of an archive is ever written to disk. Its files are read as streams, so that neither their
number nor their size decides how much memory that takes.
"""

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from app.imports.reading import workbooks
from app.imports.reading.file_names import clean_name
from app.imports.report import Report

MAX_FILES = 1_000
MAX_BYTES = 4 << 30  # of a file, and of all files of an archive together, unpacked
MAX_RATIO = 200  # of an archive's file: unpacked to packed; rosters come to 5 to 40
_RATIO_COUNTS_FROM = 4 << 20
_MAX_DIRECTORY = 2 << 20  # bytes of an archive's table of contents
# Systems without these flags have no such links and pipes.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_ENCRYPTED = 0x1
_ARCHIVES = (".zip", ".gz", ".7z", ".rar")
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# Errors that archives raise which are damaged, or made to do damage.
DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, KeyError,
    IndexError, OverflowError, MemoryError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a delivery: its name without folders, its size, and how it is opened.

    `fault` says why it must not be opened.
    """

    name: str
    size: int
    open: Callable[[], BinaryIO]
    fault: str | None = None

    @property
    def key(self) -> str:
        """Its name in the form in which names of files are compared."""
        return self.name.casefold()


class _Cautious(io.FileIO):
    """An archive's own file, of which no more than `_MAX_DIRECTORY` bytes are read at once.

    `zipfile` reads the table of contents in one go, as long as the archive says it is.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes; raises BadZipFile beyond the bound."""
        wanted = _MAX_DIRECTORY + 1 if size is None or size < 0 else size
        if wanted > _MAX_DIRECTORY + 1:
            reason = "reads too much at once"
            raise zipfile.BadZipFile(reason)
        return super().read(wanted) or b""


@contextmanager
def open_members(path: Path, report: Report) -> Iterator[list[Member]]:
    """Yield the files of the delivery at `path`; faults go to `report`.

    No two of them have one name, in any case.
    """
    name = clean_name(path.name)
    try:
        found = path.stat()
    except FileNotFoundError:
        report.refuse(name, "does not exist")
    except (OSError, ValueError):
        report.refuse(name, "cannot be read")
    else:
        if stat.S_ISDIR(found.st_mode):
            yield _drop_twins(_list_folder_members(path, report), report)
            return
        if not stat.S_ISREG(found.st_mode):
            report.refuse(name, "is not a plain file or a folder")
        elif _looks_packed(path):
            with _open_archive(path, report) as members:
                yield _drop_twins(members, report)
            return
        else:
            yield _drop_twins([_make_member(path.name, path, found)], report)
            return
    yield []


def _looks_packed(path: Path) -> bool:
    """Return whether a file is an archive: by how it begins, or by its name."""
    if path.suffix.lower() in (".zip", workbooks.SUFFIX):
        return path.suffix.lower() == ".zip"
    try:
        with path.open("rb") as file:
            return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    except OSError:
        return False


def _list_folder_members(folder: Path, report: Report) -> list[Member]:
    members: list[Member] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if len(members) >= MAX_FILES:
                    report.refuse(clean_name(folder.name), f"holds more than {MAX_FILES:,} files")
                    return []
                found = entry.stat(follow_symlinks=False)
                members.append(_make_member(entry.name, folder / entry.name, found, _NO_LINK))
    except OSError:
        report.refuse(clean_name(folder.name), "cannot be read")
        return []
    return sorted(members, key=lambda member: member.name)


def _make_member(name: str, path: Path, found: os.stat_result, flags: int = 0) -> Member:
    def open_stream() -> BinaryIO:
        # A file that has since become a link or a pipe is neither followed nor waited for.
        return os.fdopen(os.open(path, os.O_RDONLY | flags), "rb", buffering=0)

    fault = None if stat.S_ISREG(found.st_mode) else "is not a plain file"
    if found.st_size > MAX_BYTES:
        fault = fault or f"is larger than {MAX_BYTES >> 30} GiB"
    return Member(clean_name(name), found.st_size, open_stream, fault)


@contextmanager
def _open_archive(path: Path, report: Report) -> Iterator[list[Member]]:
    with ExitStack() as stack:
        members: list[Member] = []
        try:
            file = stack.enter_context(_Cautious(path))
            archive = stack.enter_context(zipfile.ZipFile(file))
            members = _list_archive_members(archive, clean_name(path.name), report)
        except DAMAGE:
            report.refuse(clean_name(path.name), "is not a zip file that can be read")
        yield members


def _list_archive_members(archive: zipfile.ZipFile, name: str, report: Report) -> list[Member]:
    entries = [entry for entry in archive.infolist() if not _is_passed_over(entry)]
    if len(entries) > MAX_FILES:
        report.refuse(name, f"holds more than {MAX_FILES:,} files")
        return []
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        report.refuse(name, f"unpacks to more than {MAX_BYTES >> 30} GiB")
        return []
    if len({PurePosixPath(_normalize_path(entry.filename)).parent for entry in entries}) > 1:
        report.refuse(name, "holds files in more than one folder")
        return []
    return [_make_entry_member(archive, entry) for entry in entries]


def _make_entry_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Member:
    def open_stream() -> BinaryIO:
        return cast("BinaryIO", archive.open(entry))

    name = clean_name(PurePosixPath(_normalize_path(entry.filename)).name)
    return Member(name, entry.file_size, open_stream, _find_entry_fault(entry))


def _normalize_path(name: str) -> str:
    return name.replace("\\", "/")


def _is_passed_over(entry: zipfile.ZipInfo) -> bool:
    """Return whether an entry is a folder, or an addition of a Mac's own."""
    parts = PurePosixPath(_normalize_path(entry.filename)).parts
    return entry.is_dir() or "__MACOSX" in parts or parts[-1:] == (".DS_Store",)


def _find_entry_fault(entry: zipfile.ZipInfo) -> str | None:
    """Return why an entry of an archive must not be opened, or None."""
    name = _normalize_path(entry.filename)
    outside = name.startswith("/") or ".." in name.split("/") or name[1:2] == ":"
    grows = entry.file_size / max(entry.compress_size, 1)
    faults = (
        ("has a path that leads out of the archive", outside),
        ("is not a plain file", stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG)),
        ("is encrypted", entry.flag_bits & _ENCRYPTED),
        ("is an archive within the archive", name.lower().endswith(_ARCHIVES)),
        ("is packed in a way that is not read; deflate it", entry.compress_type not in _PACKINGS),
        (
            f"unpacks to more than {MAX_RATIO} times its size",
            entry.file_size > _RATIO_COUNTS_FROM and grows > MAX_RATIO,
        ),
    )
    return next((fault for fault, found in faults if found), None)


def _drop_twins(members: list[Member], report: Report) -> list[Member]:
    """Return the members, workbooks as CSV; refuse two that have one name."""
    seen: set[str] = set()
    found = [_convert_workbook(member, report) for member in members]
    for member in found:
        if member.key in seen:
            report.refuse(member.name, "is there twice, but for the case or the end of its name")
        seen.add(member.key)
    return found


def _convert_workbook(member: Member, report: Report) -> Member:
    """Return a workbook as the CSV file that it stands for; any other member as it is."""
    if member.fault or not member.key.endswith(workbooks.SUFFIX):
        return member
    try:
        with member.open() as stream:
            text = workbooks.read_workbook(stream)
    except workbooks.WorkbookError as error:
        return replace(member, fault=str(error))
    except DAMAGE:
        return replace(member, fault="cannot be read")
    name = f"{member.name[: -len(workbooks.SUFFIX)]}.csv"
    report.warnings.append(f"{member.name} is read as {name}; lines are the rows of its sheet")
    return Member(name, len(text), lambda: io.BytesIO(text))
