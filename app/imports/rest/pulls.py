"""One pull: a provider is read whole into a folder, and its records are imported."""

import contextlib
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from app.database.session import Store
from app.errors import ConflictError
from app.imports.reading.profiles import Profile
from app.imports.report import Progress, Report
from app.imports.rest.deliveries import SheetFile, write_manifest
from app.imports.rest.providers import RestProvider, find_provider, load_profile
from app.imports.rest.replies import PullError, StatusError
from app.imports.rest.requests import RestRequests
from app.imports.rest.sheets import Sheet, make_sheets
from app.imports.rest.walks import Record, RestWalks, Take
from app.imports.run import OPERATOR, RunOptions, run_import
from app.settings import Settings
from app.store.ledger.changes import Actor
from app.store.service import import_records
from app.store.service.pulls import Pull, find_start, note_pull

DELIVERY = "delivery"
# Changes are asked for from so long before the last pull: providers write local times as UTC.
_OVERLAP = timedelta(hours=24)
_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_EVER, _NEVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)


class _UnfilteredError(Exception):
    """A provider with an unreliable filter by date; `args` name the collection."""


@dataclass(slots=True)
class Pulled:
    """The result of a pull: counts of records by collection, and the import's report.

    `doubted` is the collection that cannot be asked for changes, where that was tried. `kept` is
    where what came still lies, since it is not in the store.
    """

    whole: bool
    counts: dict[str, int]
    doubted: str | None = None
    report: Report = field(default_factory=Report)
    kept: Path | None = None


def pull_provider(  # noqa: PLR0913 - what is read, and how it is taken in
    store: Store,
    settings: Settings,
    name: str,
    *,
    whole: bool = False,
    actor: Actor | None = None,
    progress: Progress | None = None,
    options: RunOptions | None = None,
) -> Pulled:
    """Read the provider of this name, and import what it has: what changed, or everything.

    It is a feed of its own: people of other providers that it lacks are not missing. The profile of
    `options` is that of the provider.
    Raises `ProviderError` where it cannot be used as it is written down, `PullError` where it could
    not be read whole, which is on record as an import that failed, and `ConflictError` where
    another pull of it or another import is under way.
    """
    actor = actor or Actor(OPERATOR, None, store.now())
    provider = find_provider(settings.import_providers, name)
    profile = load_profile(provider)
    options = options or RunOptions()
    declared = options.declared.model_copy(update={"feed": name})
    options = replace(options, declared=declared, profile=profile)
    basis, begun = _digest_basis(provider, profile), store.now()
    since = None if whole else _find_since(store, provider, name, basis)
    with _lock_folder(settings.import_pulls / name) as folder:
        requests = RestRequests(provider, settings.import_upload_bytes)
        with contextlib.closing(requests):
            reading = _PullReading(
                RestWalks(requests, provider), provider, profile, folder / DELIVERY
            )
            try:
                pulled = reading.read_or_leave_nothing(since)
            except PullError as error:
                if not options.plan_only:
                    _note_failure(store, actor, f"{name}: {error}", provider)
                raise
        read_at = begun + timedelta(seconds=min(0.0, requests.skew))
        pulled.report = run_import(
            store, settings, reading.folder, options, actor=actor, progress=progress
        )
        if pulled.report.applied:
            shutil.rmtree(reading.folder)
        else:
            pulled.kept = reading.folder
    if pulled.report.import_id and not options.plan_only:
        with store.writing() as connection:
            note = Pull(name, basis, pulled.whole, read_at)
            note_pull(connection, pulled.report.import_id, note)
    return pulled


def _note_failure(store: Store, actor: Actor, reason: str, provider: RestProvider) -> None:
    """Put on record that nothing was delivered, for the reader of the nightly imports."""
    values = {"format": f"oneroster-{provider.version}", "reason": reason}
    with store.writing() as connection:
        import_records.create_import(connection, actor, state="failed", **values)


@dataclass(frozen=True, slots=True)
class _PullReading:
    """A provider being read into a folder."""

    walks: RestWalks
    provider: RestProvider
    profile: Profile | None
    folder: Path

    def read_or_leave_nothing(self, since: datetime | None) -> Pulled:
        """Read what changed since then; where it cannot be read whole, nothing of it stays."""
        try:
            return self._read_delivery(since)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _read_delivery(self, since: datetime | None) -> Pulled:
        """Read changes since then, or everything where the provider cannot filter."""
        sheets = make_sheets(
            self.provider.version, self.profile, demographics=self.provider.demographics
        )
        if since is None:
            return Pulled(True, self._write_delivery(sheets, None))
        try:
            for collection in _list_collections(sheets):
                self._try_filter(collection)
            return Pulled(False, self._write_delivery(sheets, since))
        except _UnfilteredError as error:
            return Pulled(True, self._write_delivery(sheets, None), doubted=str(error))

    def _try_filter(self, collection: str) -> None:
        """Check the filter by date: one for all changes must find all, one for none nothing."""
        try:
            ever = self.walks.count(collection, _make_filter(_EVER))
            never = self.walks.count(collection, _make_filter(_NEVER))
            total = self.walks.count(collection)
        except StatusError as error:
            if error.status in _REFUSED:
                raise
            raise _UnfilteredError(collection) from None
        if never or ever < total:
            raise _UnfilteredError(collection)

    def _write_delivery(self, sheets: Sequence[Sheet], since: datetime | None) -> dict[str, int]:
        """Write the delivery into an empty folder; return the count of records by collection."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        files = {sheet: SheetFile(sheet, self.folder) for sheet in sheets}
        counts = {}
        for collection in _list_collections(sheets):
            own = [file for sheet, file in files.items() if sheet.collection == collection]
            counts[collection] = self._collect_records(collection, own, since)
        for file in files.values():
            # A delta may have a column that no changed record fills.
            file.finish(always=since is not None)
        extent = "bulk" if since is None else "delta"
        write_manifest(self.folder, self.provider.version, [s.file for s in sheets], extent)
        return counts

    def _collect_records(
        self, collection: str, files: Sequence[SheetFile], since: datetime | None
    ) -> int:
        def take(records: Sequence[Record]) -> None:
            for file in files:
                file.take(records)

        def begin() -> Take:
            for file in files:
                file.begin()
            return take

        filter_ = None if since is None else _make_filter(since)
        try:
            return self.walks.read(collection, filter_, begin)
        finally:
            for file in files:
                file.close()


def _list_collections(sheets: Sequence[Sheet]) -> list[str]:
    return list(dict.fromkeys(sheet.collection for sheet in sheets))


def _make_filter(since: datetime) -> str:
    return f"dateLastModified>'{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z'"


def _find_since(store: Store, provider: RestProvider, name: str, basis: str) -> datetime | None:
    """Return the time from which changes are read; None where everything is read."""
    if not provider.deltas:
        return None
    whole_since = store.now() - timedelta(days=provider.whole_every_days)
    with store.reading() as connection:
        start = find_start(connection, name, basis, whole_since)
    return start and (start - _OVERLAP).replace(microsecond=0)


def _digest_basis(provider: RestProvider, profile: Profile | None) -> str:
    """Return a digest of what decides which records come, and what is read of them."""
    said = (provider.version, provider.base_url, provider.client_id, str(provider.demographics))
    text = "\n".join((*said, profile.model_dump_json() if profile else ""))
    return hashlib.sha256(text.encode()).hexdigest()


@contextlib.contextmanager
def _lock_folder(folder: Path) -> Iterator[Path]:
    """Yield the folder of a provider, locked for us; `ConflictError` where it is taken."""
    import fcntl  # noqa: PLC0415 - not on every system

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".pulled").open("ab") as lock:
        try:
            fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            detail = "Another pull of this provider is under way"
            raise ConflictError(detail) from None
        yield folder
