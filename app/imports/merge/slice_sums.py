"""The sums of records that a slice writes, brought up to date with it (`record_sums`)."""

import contextlib
from collections.abc import Iterator

from sqlalchemy import Connection, and_, literal, select

from app.imports.merge.records import PENDING, TARGETS, make_walk, select_slice
from app.imports.merge.slices import KeyRange, KeyRangeScan
from app.imports.staging.staged_tables import Staged
from app.store.ledger import record_sums
from app.store.ledger.record_sums import Watch


class SliceWatches:
    """The sums over the records of the slices of one step, with the statements made once."""

    def __init__(self, staged: Staged, *, whole: bool) -> None:
        """Watch the records of `staged`; `whole` as in `make_walk`."""
        self._staged, self._whole, self._target = staged, whole, TARGETS[staged]
        self._made: tuple[Watch, Watch] | None = None
        self._range = KeyRangeScan(*(self._target.c[name] for name in staged.key)).within
        self._any = select(literal(1)).select_from(self._target).where(self._range).limit(1)

    @contextlib.contextmanager
    def over(self, connection: Connection, bounds: KeyRange) -> Iterator[None]:
        """Bring the sum up to date by what the block does to the records of a slice."""
        if not record_sums.is_summed(connection, self._target.name):
            yield
            return
        exact, ranged = self._made = self._made or self._make_watches(connection)
        watch = exact
        if exact is not ranged and connection.execute(self._any, bounds).first() is None:
            # Nothing is on file in this range of keys: no need to look for each record.
            watch, before = ranged, record_sums.NOTHING
        else:
            before = watch.read(connection, bounds)
        yield
        after = watch.read(connection, bounds)
        record_sums.add(connection, self._target.name, before, after)

    def _make_watches(self, connection: Connection) -> tuple[Watch, Watch]:
        """Return the sum over the staged records of a slice, and that over its range of keys."""
        target, walk = self._target, make_walk(self._staged, whole=self._whole)
        if group := record_sums.BOUND[target.name].group:
            of = target.c[group]
            noted = PENDING[self._staged].c[group]
            touched = walk.spans(of) if self._whole else of.in_(select(noted).where(walk.within))
            grouped = Watch(connection, target, touched)
            return grouped, grouped
        selected, condition = select_slice(self._staged, whole=self._whole)
        same = and_(*(target.c[name] == self._staged.c[name] for name in self._staged.key))
        exact = Watch(connection, target, condition, selected.join(target, same))
        return exact, Watch(connection, target, self._range) if self._whole else exact
