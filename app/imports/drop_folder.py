"""A drop folder: deliveries that an SFTP client leaves, when they are whole, and their outcomes.

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

from app.imports.reading.file_names import TEXTS, clean_name

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

    `marks` are files that mark it as whole, such as `roster.zip.done`.
    """

    name: str
    paths: tuple[Path, ...]
    marks: tuple[Path, ...]
    loose: bool = False

    @property
    def key(self) -> tuple[bool, str]:
        """Return the key of a delivery: a folder may have the same name as the loose files."""
        return self.loose, self.name


@dataclass(slots=True)
class DropWatch:
    """The deliveries in the drop folder, and the time since which each has not changed."""

    _seen: dict[tuple[bool, str], tuple[_Look, float]] = field(default_factory=dict)
    # Deliveries that could not be taken, as they were then.
    _passed_over: dict[tuple[bool, str], _Look] = field(default_factory=dict)

    @property
    def anything(self) -> bool:
        """Return true if the last look found a delivery, whole or not, that was not passed over."""
        return bool(self._seen.keys() - self._passed_over.keys())

    def pass_over(self, drop: Drop) -> None:
        """Ignore a delivery that could not be taken until something of it changes."""
        self._passed_over[drop.key] = self._seen[drop.key][0]

    def next(self, folder: Path, now: float, settle: float | None) -> Drop | None:
        """Return the oldest delivery that is whole, or None.

        A delivery is whole if it is marked, or has not changed for `settle` seconds; None: only if
        it is marked. `now` counts seconds on any steady clock.
        """
        whole, seen = [], {}
        for drop in _list_drops(folder):
            look = _read_state(drop)
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


def _list_drops(folder: Path) -> Iterator[Drop]:
    loose: list[Path] = []
    names = {path.name for path in folder.iterdir()}
    for path in sorted(folder.iterdir()):
        mark = path.name + _MARK
        marks = (folder / mark,) if mark in names else ()
        kind = _classify_entry(path)
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
    """Return true if the path exists and may be looked at."""
    try:
        path.lstat()
    except OSError:
        return False
    return True


def list_strangers(folder: Path) -> list[str]:
    """Return the names of entries that are no delivery and no mark of one."""
    return [
        path.name
        for path in sorted(folder.iterdir())
        if _classify_entry(path) == "stranger" and not path.name.endswith(_MARK)
    ]


def _classify_entry(path: Path) -> Literal["folder", "archive", "loose", "stranger", "own"]:
    """Return the kind of an entry in the drop folder. Links, pipes and devices are never taken."""
    if path.name.startswith(".") or path.name in OUTCOMES:
        return "own"
    try:
        mode = path.lstat().st_mode
    except OSError:  # it has just gone, or must not be looked at
        return "own"
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        return "stranger"
    suffix = path.suffix.lower()
    if suffix == _ARCHIVE:
        return "archive"
    return "loose" if suffix in _LOOSE else "stranger"


def _read_state(drop: Drop) -> _Look | None:
    """Return names, sizes and times of all its files; None where they change meanwhile."""
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


def take_drop(folder: Path, drop: Drop, at: datetime) -> Path:
    """Move a delivery out of the way of its sender; return its new path."""
    named = f"{at:%Y-%m-%dT%H%M%SZ}-{clean_name(drop.name)}"
    taken = folder / _TAKEN / _find_free_name(folder, named)
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


def describe_drop(taken: Path) -> str:
    """Return the name of a delivery for a log; of loose files the first few names, too."""
    name = clean_name(taken.name)
    if not _LOOSE_TAKEN.search(name) or not taken.is_dir():
        return name
    names = sorted(clean_name(path.name) for path in taken.iterdir())
    rest = ", …" if len(names) > _FEW else ""
    return f"{name} ({', '.join(names[:_FEW])}{rest})"


def find_interrupted(folder: Path) -> Path | None:
    """Return the oldest delivery that was taken and has not ended."""
    taken = folder / _TAKEN
    return min(taken.iterdir(), default=None) if taken.is_dir() else None


def settle(folder: Path, taken: Path, outcome: Outcome, report: str) -> Path:
    """Move a delivery to the folder of its outcome, and put its report beside it."""
    target = folder / outcome / taken.name
    target.parent.mkdir(mode=0o700, exist_ok=True)
    told = target.with_name(f"{target.name}.report.txt")
    descriptor = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(report)
    taken.rename(target)
    return target


def _find_free_name(folder: Path, name: str) -> str:
    """Return `name`, or a numbered one like it that no delivery has yet."""
    places = [folder / place for place in (_TAKEN, *OUTCOMES)]
    number, wanted = 1, name
    while any((place / wanted).exists() for place in places):
        number += 1
        first, dot, kind = name.partition(".")
        wanted = f"{first}-{number}{dot}{kind}"
    return wanted
