"""A drop folder: what an SFTP client leaves there, when it is whole, and where it goes to.

Files, and folders of files, lie in the drop folder itself. One that is taken is moved to
`.importing/` first: what is found there after a restart was interrupted, and is taken again.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

Outcome = Literal["done", "held", "failed"]
OUTCOMES: tuple[Outcome, ...] = ("done", "held", "failed")
_TAKEN = ".importing"
_MARK = ".done"
_ARCHIVE = ".zip"
_LOOSE = (".csv", ".txt", ".tsv", ".xlsx")
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


@dataclass(slots=True)
class Waiting:
    """What lies in the drop folder, and since when each delivery is as it is."""

    _seen: dict[str, tuple[_Look, float]] = field(default_factory=dict)

    @property
    def anything(self) -> bool:
        """Whether there was anything at the last look, whole or not."""
        return bool(self._seen)

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
            before, since = self._seen.get(drop.name, (None, now))
            since = since if before == look else now
            seen[drop.name] = (look, since)
            if look and (drop.marks or (settle is not None and now - since >= settle)):
                whole.append((max(time for _, _, time in look), drop.name, drop))
        self._seen = seen
        return min(whole)[2] if whole else None


def _drops(folder: Path) -> Iterator[Drop]:
    loose: list[Path] = []
    names = {path.name for path in folder.iterdir()}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in OUTCOMES or path.is_symlink():
            continue
        mark = path.name + _MARK
        marks = (folder / mark,) if mark in names else ()
        if path.is_dir():
            inner = path / _MARK
            yield Drop(path.name, (path,), (*marks, inner) if inner.exists() else marks)
        elif path.suffix.lower() == _ARCHIVE:
            yield Drop(path.name, (path,), marks)
        elif path.suffix.lower() in _LOOSE:
            loose.append(path)
    if loose:
        own = folder / _MARK
        yield Drop("files", tuple(loose), (own,) if own.exists() else ())


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
    taken = folder / _TAKEN / _distinct(folder, f"{at:%Y-%m-%dT%H%M%SZ}-{drop.name}")
    taken.parent.mkdir(mode=0o700, exist_ok=True)
    if len(drop.paths) == 1 and drop.name != "files":
        drop.paths[0].rename(taken)
    else:
        taken.mkdir(mode=0o700)
        for path in drop.paths:
            path.rename(taken / path.name)
    for mark in drop.marks:
        inner = taken / mark.name if mark.parent == drop.paths[0] else mark
        inner.unlink(missing_ok=True)
    return taken


def interrupted(folder: Path) -> Path | None:
    """The oldest delivery that was taken and has not come to its end."""
    taken = folder / _TAKEN
    return min(taken.iterdir(), default=None) if taken.is_dir() else None


def settle(folder: Path, taken: Path, outcome: Outcome, report: str) -> Path:
    """Move a delivery to where its outcome belongs, its report beside it."""
    target = folder / outcome / taken.name
    target.parent.mkdir(mode=0o700, exist_ok=True)
    told = target.with_name(f"{target.name}.report.txt")
    with os.fdopen(os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
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
