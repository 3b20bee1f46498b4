"""Deliveries that came over HTTP, each in a private folder until its worker is done with it.

`upload-…` while it is being received, then named by its import: `files/` holds the delivery,
`profile.toml` the mapping profile where one was sent, `job.json` the job.
"""

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict

from app.errors import SpoolUnavailableError
from app.schemas.delivery_options import DeliveryOptions

_UPLOAD = "upload-"
_OURS = re.compile(rf"{_UPLOAD}\w+|[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}")
# No upload takes so long: its receiver has died.
_ABANDONED_SECONDS = 6 * 3600
_JOB, _FILES, PROFILE = "job.json", "files", "profile.toml"


class Job(DeliveryOptions):
    """The work to do on an import, with the key and the person that it acts for.

    To import has the options of the delivery. `version` is that of the import as it was approved;
    `profile` one that comes with Clearpost.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Literal["import", "approve"]
    caller: str
    person_id: str | None
    profile: str | None = None
    version: int | None = None


@contextlib.contextmanager
def tell_failing_disk() -> Iterator[None]:
    """Turn the error of a full or failing disk into `SpoolUnavailableError`."""
    try:
        yield
    except OSError as error:
        raise SpoolUnavailableError from error


def begin_upload(spool: Path) -> Path:
    """Make a new folder to receive into; only the service's own user can look into it.

    Raise `SpoolUnavailableError`.
    """
    with tell_failing_disk():
        spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=_UPLOAD, dir=spool))
        try:
            find_files(folder).mkdir(mode=0o700)
        except OSError:
            folder.rmdir()
            raise
    return folder


def find_files(folder: Path) -> Path:
    """Return the folder of the delivered files."""
    return folder / _FILES


def find_delivery(folder: Path) -> Path:
    """Return the path to import: the one file that came, or the folder of all of them."""
    files = list(find_files(folder).iterdir())
    return files[0] if len(files) == 1 else find_files(folder)


def put_job(folder: Path, job: Job) -> None:
    """Write down the job, in place of the former one.

    Raise `SpoolUnavailableError`; the former job is then as before.
    """
    draft = folder / f"{_JOB}.new"
    with tell_failing_disk():
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.write_text(job.model_dump_json(), encoding="utf-8")
            draft.chmod(0o600)
            draft.replace(folder / _JOB)
        except OSError:
            with contextlib.suppress(OSError):  # a folder that holds more stays
                draft.unlink(missing_ok=True)
                folder.rmdir()
            raise


def read_job(folder: Path) -> Job | None:
    """Return the job, or None where there is none."""
    try:
        return Job.model_validate_json((folder / _JOB).read_bytes())
    except FileNotFoundError:
        return None


def remove_folder(folder: Path) -> None:
    """Remove the folder and all that is in it."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep_folders(spool: Path, kept: Collection[str]) -> None:
    """Remove all folders of ours but those of imports `kept` and new uploads.

    All else in the spool stays: the setting may name the wrong folder.
    """
    if not spool.is_dir():
        return
    # The file system's clock tells ages, however ours is set.
    os.utime(spool)
    now = spool.stat().st_mtime
    for folder in list(spool.iterdir()):
        ours = _OURS.fullmatch(folder.name)
        if ours and folder.name not in kept and not _is_received(folder, now):
            remove_folder(folder)


def refuse_full(spool: Path, room: int) -> None:
    """Raise `SpoolUnavailableError` where all that is in the spool has more than `room` bytes."""
    if _used_bytes(spool) > room:
        raise SpoolUnavailableError


def _used_bytes(spool: Path) -> int:
    used = 0
    for folder, _, names in os.walk(spool):
        for name in names:
            with contextlib.suppress(OSError):  # another process has just removed it
                used += Path(folder, name).lstat().st_size
    return used


def forget_deliveries(spool: Path) -> None:
    """Remove all deliveries, as after an erasure; what is being received stays."""
    sweep_folders(spool, ())


def _is_received(folder: Path, now: float) -> bool:
    try:
        age = now - folder.stat().st_mtime
    except FileNotFoundError:
        return False
    return folder.name.startswith(_UPLOAD) and age < _ABANDONED_SECONDS
