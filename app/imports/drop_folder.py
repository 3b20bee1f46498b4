"""A drop folder: what an SFTP client leaves there, when it is whole, and where it goes to.

Files, and folders of files, lie in the drop folder itself. One that is taken is moved to
`.importing/` first: what is found there after a restart was interrupted, and is taken again.
"""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from app.imports.reading.file_names import TEXTS, plain_name

Outcome = Literal["done", "held", "failed"]
OUTCOMES: tuple[Outcome, ...] = ("done", "held", "failed")
_TAKEN = ".importing"
_MARK = ".done"
_ARCHIVE = ".zip"
_LOOSE_TAKEN = re.compile(r"Z-files(-\d+)?$")
_FEW = 3
_LOOSE = (*TEXTS, ".xlsx")
# Of each file: its path, size and time of change.
_Look = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Drop:
    """One delivery as it lies there: a zip, a folder, or the loose files together.

    `marks` are files that say that it is whole, such as `roster.zip.done`.
    """

    name: str
    paths: tuple[Path, ...]
    marks: tuple[Path, ...]
    loose: bool = False

    @property
    def key(self) -> tuple[bool, str]:
        """Return what tells it from others: a folder may be called as the loose files are."""
        return self.loose, self.name


@dataclass(slots=True)
class Waiting:
    """The contents of the drop folder, and since when each delivery has not changed."""

    _seen: dict[tuple[bool, str], tuple[_Look, float]] = field(default_factory=dict)
    # Deliveries that could not be taken, as they were then.
    _passed_over: dict[tuple[bool, str], _Look] = field(default_factory=dict)

    @property
    def anything(self) -> bool:
        """Return whether there was anything at the last look, whole or not."""
        return bool(self._seen.keys() - self._passed_over.keys())

    def pass_over(self, drop: Drop) -> None:
        """Look for others first: this one could not be taken, until something of it changes."""
        self._passed_over[drop.key] = self._seen[drop.key][0]

    def next(self, folder: Path, now: float, settle: float | None) -> Drop | None:
        """The oldest delivery that is whole; None where there is none.

        Whole is what is marked, or has not changed for `settle` seconds; None: marked ones only.
        `now` counts seconds on any steady clock.
        """
        whole, seen = [], {}
        for drop in _drops(folder):
            look = _look(drop)
            if look is None:
                continue
            before, since = self._seen.get(drop.key, (None, now))
            since = since if before == look else now
            seen[drop.key] = (look, since)
            if self._passed_over.get(drop.key) == look:
                continue
            self._passed_over.pop(drop.key, None)
            if look and (drop.marks or (settle is not None and now - since >= settle)):
                whole.append((max(time for _, _, time in look), drop.key, drop))
        self._seen = seen
        return min(whole, key=lambda one: one[:2])[2] if whole else None


def _drops(folder: Path) -> Iterator[Drop]:
    loose: list[Path] = []
    names = {path.name for path in folder.iterdir()}
    for path in sorted(folder.iterdir()):
        mark = path.name + _MARK
        marks = (folder / mark,) if mark in names else ()
        kind = _kind(path)
        if kind == "folder":
            inner = path / _MARK
            yield Drop(path.name, (path,), (*marks, inner) if _is_there(inner) else marks)
        elif kind == "archive":
            yield Drop(path.name, (path,), marks)
        elif kind == "loose":
            loose.append(path)
    if loose:
        own = folder / _MARK
        yield Drop("files", tuple(loose), (own,) if _is_there(own) else (), loose=True)


def _is_there(path: Path) -> bool:
    """Return whether something is there; what no one may look at is not."""
    try:
        path.lstat()
    except OSError:
        return False
    return True


def list_strangers(folder: Path) -> list[str]:
    """Return the names of what lies there and is no delivery, nor a mark of one."""
    return [
        path.name
        for path in sorted(folder.iterdir())
        if _kind(path) == "stranger" and not path.name.endswith(_MARK)
    ]


def _kind(path: Path) -> Literal["folder", "archive", "loose", "stranger", "own"]:
    """Return what something in the drop folder is. Links, pipes and devices are never taken."""
    if path.name.startswith(".") or path.name in OUTCOMES:
        return "own"
    try:
        mode = path.lstat().st_mode
    except OSError:  # it has just gone, or nobody may look at it
        return "own"
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        return "stranger"
    suffix = path.suffix.lower()
    if suffix == _ARCHIVE:
        return "archive"
    return "loose" if suffix in _LOOSE else "stranger"


def _look(drop: Drop) -> _Look | None:
    """Names, sizes and times of all its files; None where they change under our eyes."""
    try:
        found = [
            (str(path), stat.st_size, stat.st_mtime_ns)
            for top in drop.paths
            for path in (sorted(top.rglob("*")) if top.is_dir() else [top])
            if (stat := path.lstat())
        ]
    except OSError:
        return None
    return tuple(found)


def take(folder: Path, drop: Drop, at: datetime) -> Path:
    """Move a delivery out of the way of its sender; where it is now."""
    named = f"{at:%Y-%m-%dT%H%M%SZ}-{plain_name(drop.name)}"
    taken = folder / _TAKEN / _distinct(folder, named)
    taken.parent.mkdir(mode=0o700, exist_ok=True)
    if not drop.loose:
        drop.paths[0].rename(taken)
    else:
        taken.mkdir(mode=0o700)
        for path in drop.paths:
            path.rename(taken / path.name)
    for mark in drop.marks:
        inner = taken / mark.name if mark.parent == drop.paths[0] else mark
        inner.unlink(missing_ok=True)
    return taken


def describe(taken: Path) -> str:
    """Return what a delivery is called in a log; of loose files the names of the first few, too."""
    name = plain_name(taken.name)
    if not _LOOSE_TAKEN.search(name) or not taken.is_dir():
        return name
    names = sorted(plain_name(path.name) for path in taken.iterdir())
    rest = ", …" if len(names) > _FEW else ""
    return f"{name} ({', '.join(names[:_FEW])}{rest})"


def interrupted(folder: Path) -> Path | None:
    """Return the oldest delivery that was taken and has not ended."""
    taken = folder / _TAKEN
    return min(taken.iterdir(), default=None) if taken.is_dir() else None


def settle(folder: Path, taken: Path, outcome: Outcome, report: str) -> Path:
    """Move a delivery to where its outcome belongs, its report beside it."""
    target = folder / outcome / taken.name
    target.parent.mkdir(mode=0o700, exist_ok=True)
    told = target.with_name(f"{target.name}.report.txt")
    descriptor = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(report)
    taken.rename(target)
    return target


def _distinct(folder: Path, name: str) -> str:
    """`name`, or one like it that nothing has yet."""
    places = [folder / place for place in (_TAKEN, *OUTCOMES)]
    number, wanted = 1, name
    while any((place / wanted).exists() for place in places):
        number += 1
        first, dot, kind = name.partition(".")
        wanted = f"{first}-{number}{dot}{kind}"
    return wanted
