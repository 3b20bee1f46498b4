"""The run of one delivery: its files staged, checked, planned, then held or applied.

Reading, staging and planning lock no one out; applying takes the write lock for moments. Nothing is
planned unless every file validates; but valid new refusals are in force at once, without waiting
for the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from app.database.session import Store
from app.imports import lifecycle
from app.imports import plan_summary as brings
from app.imports.merge import feeds, flag_endings, statements
from app.imports.merge.application import finish_import, make_stamp
from app.imports.reading.delivery import Delivery, found, stage_delivery
from app.imports.reading.delivery_formats import Context
from app.imports.reading.profiles.model import Profile
from app.imports.repeated_deliveries import make_unchanged_plan
from app.imports.report import Progress, Report, RowError
from app.imports.salvage import salvage_refusals
from app.imports.setting_aside import can_set_aside, check_others, check_rosters, move_errors
from app.imports.staging import flag_statements, staged_area, staged_tables
from app.imports.staging.staged_area import StagingArea
from app.imports.staging.staged_tables import Staged
from app.imports.undo import requests
from app.schemas.delivery_options import DeliveryOptions
from app.settings import Settings
from app.store.ledger.changes import Actor
from app.store.ledger.record_sums import binding
from app.store.service import import_records
from app.store.service.import_plans import RecordedPlan
from app.store.service.import_records import ImportRecord, RefusedRow
from app.store.service.plan_parts import Extent

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of one run: those of the delivery, and how it is taken in.

    `plan_only`: nothing is applied, refusals neither. `patience`: how many seconds to wait for
    another import. `import_id`: the import as which it was received.
    """

    declared: DeliveryOptions = field(default_factory=DeliveryOptions)
    profile: Profile | None = None
    plan_only: bool = False
    patience: float = 600
    import_id: str | None = None


# Of a delivery whose list of consents is whole.
WHOLE_LISTS = RunOptions(DeliveryOptions(complete_consents=True))


def run_import(
    store: Store,
    settings: Settings,
    path: Path,
    options: RunOptions | None = None,
    *,
    actor: Actor | None = None,
    progress: Progress | None = None,
) -> Report:
    """Take in the delivery at `path`: a folder, a zip or a file; return its report.

    `actor` is who delivers it, None for the machine's operator. A delivery that was interrupted is
    finished first; one that waits for a person is superseded. Raise `ConflictError` where another
    import is under way for longer than the patience, `StoreUnavailableError` when the store cannot
    be reached; the same delivery then continues from where it stopped.
    """
    report = Report()
    actor = actor or Actor(OPERATOR, None, store.now())
    today = actor.at.astimezone(settings.zone).date()
    options = options or RunOptions()
    declared, profile = options.declared, options.profile
    bulk = declared.complete or bool(profile and profile.bulk)
    context = Context(settings.zone, today, profile, actor.at, bulk)
    with found(path, context, report) as delivery:
        if delivery:
            extents = {**delivery.shape.extents, **_list_extents(declared)}
            delivery.shape = replace(delivery.shape, extents=extents)
        with staged_area.open_area(store, options.patience) as area:
            run = _Run(area, settings, report, progress, options, path)
            done = run.take(delivery, context, actor)
            requests.forget_old(area, settings)
    report.import_id, report.state, report.plan = done.id, done.state, done.plan
    report.reason = done.reason
    _fill_report(report)
    return report


def _fill_report(report: Report) -> None:
    """Copy each file's changes and rows from the plan to the report."""
    if report.plan is None:
        return
    said = {one.file: one for one in report.plan.files}
    for file in report.files:
        if one := said.get(file.file):
            file.added, file.changed = one.changes.added, one.changes.changed
            file.unchanged, file.removed = one.changes.unchanged, one.changes.removed
            file.rows = one.rows
    report.warnings = list(report.plan.warnings)


@dataclass(frozen=True, slots=True)
class _Run:
    """One delivery being taken in, with the staging area to itself."""

    area: StagingArea
    settings: Settings
    report: Report
    progress: Progress | None
    options: RunOptions
    path: Path

    def take(self, delivery: Delivery | None, context: Context, actor: Actor) -> ImportRecord:
        """Take in a delivery, or go on with the one received under this key."""
        received = self._find_received()
        if received and received.state not in ("received", "staging"):
            return received
        files = brings.digest_files(delivery) if delivery else None
        digest = None
        if files is not None:
            digest = brings.digest_delivery(files, context, self.options.declared)
        self._refuse_first(digest, delivery, context, actor)
        record = self._settle_earlier(digest)
        if record and record.state in import_records.DONE:
            return record
        record = record or self._record_unchanged(digest, actor)
        if record and record.state in import_records.DONE:
            return record
        if record is None:
            record = self._create_record(digest, delivery, context, actor)
        if delivery is None or self.report.errors:
            if not self.options.plan_only:
                self.report.doubts = salvage_refusals(
                    self.area, self.settings, record, self.path, context
                )
            return self._record_invalid(record)
        return self._stage_delivery(record, delivery, files)

    def _refuse_first(
        self, digest: str | None, delivery: Delivery | None, context: Context, actor: Actor
    ) -> None:
        """Put new refusals in force before another import is resumed, which may fail.

        Not where the delivery itself was interrupted: it begins with its refusals.
        """
        if delivery is None or self.options.plan_only:
            return
        with self.area.store.reading() as connection:
            found = import_records.list_in_states(connection, "applying")
        if any(one.digest != digest for one in found):
            record = self._create_record(digest, delivery, context, actor)
            with self.area.emptied_meanwhile():
                salvage_refusals(self.area, self.settings, record, self.path, context)

    def _find_received(self) -> ImportRecord | None:
        """Return the import as which the delivery was received, if it was."""
        given = self.options.import_id
        if given is None:
            return None
        with self.area.store.reading() as connection:
            return import_records.read_import(connection, given)

    def _begin_record(self, connection: Connection, actor: Actor, **values: Any) -> ImportRecord:
        """Return an import in state `staging`: the one as which it was received, or a new one."""
        given = self.options.import_id
        if given is None:
            return import_records.create_import(connection, actor, **values)
        return import_records.change_import(
            connection, given, self.area.store.now(), state="staging", **values
        )

    def _settle_earlier(self, digest: str | None) -> ImportRecord | None:
        """Settle what earlier imports left; return the one of this same delivery, to resume it."""
        given = self.options.import_id
        for one in lifecycle.resume_interrupted(self.area, self.progress):
            if given is None and one.digest == digest and one.state in import_records.DONE:
                return one
        again = None
        with self.area.store.reading() as connection:
            staging_, waiting = (
                import_records.list_in_states(connection, *states)
                for states in (("staging",), import_records.WAITING)
            )
        for one in staging_:
            same = digest is not None and one.digest == digest
            if same if given is None else one.id == given:
                again = one
            else:
                lifecycle.change_state(
                    self.area, one, "failed", reason="was interrupted before its plan"
                )
        self._supersede_waiting(waiting)
        self.area.clear()
        return again

    def _supersede_waiting(self, waiting: Sequence[ImportRecord]) -> None:
        """Let what waits of the same feed go; another feed's delivery says nothing about it.

        What another feed left waiting is planned anew when it is approved, as an undo is.
        """
        kept = []
        for one in waiting:
            if one.undoes is not None:
                continue
            if one.feed == self.options.declared.feed:
                lifecycle.change_state(self.area, one, "superseded", reason="a later delivery came")
                continue
            kept.append(one.number)
            if self.area.holds(one.id):
                self.area.park(one.number)
        self.area.drop_parked(kept)

    def _record_unchanged(self, digest: str | None, actor: Actor) -> ImportRecord | None:
        """Return the import of a repeat of the last delivery, if nothing else was written since."""
        with self.area.store.writing() as connection:
            last = import_records.read_last_import(connection)
            if last is None or digest is None or last.digest != digest:
                return None
            if last.plan is None or not import_records.is_last_word(connection, last):
                return None
            days = timedelta(days=self.settings.list_max_age_days)
            if feeds.are_fewer(connection, last.feed, last.created_at, actor.at, days):
                return None
            plan = make_unchanged_plan(last.plan)
            plan = lifecycle.note_same_bytes(connection, plan, actor.at, self.settings)
            values = {
                "format": last.format, "profile": last.profile, "feed": last.feed, "digest": digest,
            }  # fmt: skip
            record = self._begin_record(connection, actor, **values)
            record = import_records.change_import(
                connection, record.id, actor.at, state="staging", plan=plan
            )
            if self.options.plan_only:
                return import_records.change_import(
                    connection, record.id, actor.at, state="unchanged"
                )
            stamp = make_stamp(record, actor.at)
            with binding(connection, stamp.at, stamp.caller):
                return finish_import(connection, record, stamp, "unchanged")

    def _create_record(
        self, digest: str | None, delivery: Delivery | None, context: Context, actor: Actor
    ) -> ImportRecord:
        profile = context.profile and context.profile.name
        format_ = delivery.format if delivery else None
        with self.area.store.writing() as connection:
            feed = self.options.declared.feed
            values = {"digest": digest, "format": format_, "profile": profile, "feed": feed}
            return self._begin_record(connection, actor, **values)

    def _stage_delivery(
        self, record: ImportRecord, delivery: Delivery, files: Mapping[str, str] | None
    ) -> ImportRecord:
        connection, number = self.area.connection, record.number
        self.area.begin(record.id)
        with connection.begin():
            if self.options.declared.accept_empty_consents:
                delivery.empty = lifecycle.find_schools(self.area, record)
            stage_delivery(connection, delivery, self.progress)
            check_rosters(connection, delivery, self.settings)
            day = lifecycle.find_delivery_day(record, self.settings)
            people = delivery.tables.get(staged_tables.people)
            absent = people.absent if people else frozenset[str]()
            lifecycle.note_identities(self.area, self.settings, absent)
            flag_statements.stage_flag_statements(connection, number, record.created_at, day)
            flag_endings.stage_lifts(connection, number, record.created_at, day)
            statements.leave_out(connection, check_others(connection, delivery))
            for source in delivery.sources:
                if files and source.sha256 and files[source.member.name] != source.sha256:
                    source.report.refuse(0, None, "has changed while it was read")
        if can_set_aside(delivery, self.settings):
            move_errors(self.report)
        if self.report.errors:
            if not self.options.plan_only:
                lifecycle.doubt_at_once(self.area, record, known_only=True)
                lifecycle.note_refusals(self.area, record)
                lifecycle.refuse_at_once(self.area, record)
                self._note_doubts(record, delivery, waits=True)
            return self._record_invalid(record)
        return self._plan_delivery(record, delivery)

    def _note_doubts(self, record: ImportRecord, delivery: Delivery, *, waits: bool) -> None:
        self.report.doubts = lifecycle.note_doubts(self.area, record, delivery, waits=waits)

    def _record_invalid(self, record: ImportRecord) -> ImportRecord:
        found = self.report.errors
        more = sum(file.unlisted_errors for file in self.report.files)
        record = self._put_errors(record, found, len(found) + more, state="invalid")
        self.area.clear()
        return record

    def _put_errors(
        self, record: ImportRecord, found: Sequence[RowError], count: int, **values: Any
    ) -> ImportRecord:
        errors = [RefusedRow(e.file, e.line, e.column, e.told) for e in found]
        with self.area.store.writing() as connection:
            import_records.put_errors(connection, record, errors)
            at = self.area.store.now()
            return import_records.change_import(connection, record.id, at, errors=count, **values)

    def _plan_delivery(self, record: ImportRecord, delivery: Delivery) -> ImportRecord:
        delivered = brings.list_delivered(delivery)
        noted = self.options.plan_only or not lifecycle.doubt_at_once(self.area, record)
        compared = lifecycle.plan_import(self.area, record, delivered, self.settings, noted=noted)
        said = brings.describe_delivery(delivery, delivered, compared, empty=delivery.empty)
        said = lifecycle.date_lists(self.area, record, said, self.settings)
        plan = RecordedPlan.join(compared, said)
        if self.report.aside:
            record = self._put_errors(record, self.report.aside, len(self.report.aside))
        self.area.keep()
        held = lifecycle.find_holds(self.area, record, plan, self.settings)
        values = {"plan": plan, "reason": "; ".join(held) or None}
        if self.options.plan_only:
            return lifecycle.change_state(self.area, record, "planned", **values)
        self._note_doubts(record, delivery, waits=bool(held))
        if held:
            lifecycle.refuse_at_once(self.area, record)
            lifecycle.mark_at_once(self.area, record)
            return lifecycle.change_state(self.area, record, "held", **values)
        record = lifecycle.change_state(self.area, record, "applying", **values)
        return lifecycle.apply_import(self.area, record, self.progress)


def _list_extents(declared: DeliveryOptions) -> dict[Staged, Extent]:
    """Return the tables that the options declare complete."""
    whole: list[Staged] = []
    if declared.complete:
        whole += staged_tables.people, staged_tables.guardians
    if declared.complete_consents:
        whole += staged_tables.consents, staged_tables.flags
    return dict.fromkeys(whole, "complete")
