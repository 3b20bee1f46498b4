"""A staged delivery, merged into the store in the transaction that also puts it on the ledger.

Records with a key of their own (orgs, people, classes, guardians, accounts) are added or brought
up to date; statements and permissions are only ever added to (see `app.store.tables`).
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, and_, case, delete, exists, insert, literal, not_, or_, select

from app.policy.statements import BY_GUARDIAN
from app.store import import_ledger, ledger, name_index, staging, tables
from app.store.import_ledger import Stamp
from app.store.list_dates import ListKind, date_list
from app.store.merging import Changes, add, upsert
from app.store.registry_imports import merge_accounts, merge_permissions
from app.store.staging import Staged


@dataclass(frozen=True, slots=True)
class Delivered:
    """One file of a delivery: its name, the SHA-256 of its bytes, how many rows it had.

    `absent` names the columns that it lacks: they leave what is on file as it is, whereas an
    empty cell clears it.
    """

    name: str
    sha256: str
    rows: int
    absent: frozenset[str]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What to apply, under which stamp, and which lists it makes fresh."""

    stamp: Stamp
    files: Mapping[Staged, Delivered]
    dates: tuple[ListKind, ...]

    def lacks(self, staged: Staged) -> frozenset[str]:
        """The columns of `staged` that were not delivered."""
        return self.files[staged].absent


def apply(connection: Connection, delivery: Delivery) -> dict[Staged, Changes]:
    """Merge every delivered table and put all of it on the ledger.

    Call it inside `Store.writing(staged)`, when `app.store.references` has found no fault.
    """
    before = import_ledger.marks(connection)
    changes = {
        staged: merge(connection, delivery)
        for staged, merge in _MERGES.items()
        if staged in delivery.files
    }
    touched = _merge_accounts(connection, delivery, changes)
    for kind in delivery.dates:
        date_list(connection, kind, delivery.stamp.at)
    ledger.append(connection, [delivery.stamp.entry("import.applied", _summary(delivery, changes))])
    import_ledger.append_accounts(connection, delivery.stamp, touched)
    import_ledger.append_added(connection, delivery.stamp, before)
    return changes


def _merge_accounts(
    connection: Connection, delivery: Delivery, changes: dict[Staged, Changes]
) -> dict[str, bool]:
    """Accounts change with their managers too, so their changes are counted by account."""
    if staging.accounts not in delivery.files:
        return {}
    touched = merge_accounts(connection, delivery.stamp.at, delivery.lacks(staging.accounts))
    added, total = sum(touched.values()), staging.count(connection, staging.accounts)
    changes[staging.accounts] = Changes(added, len(touched) - added, total - len(touched))
    return touched


def _summary(delivery: Delivery, changes: Mapping[Staged, Changes]) -> dict[str, Any]:
    files = {
        file.name: {"sha256": file.sha256, "rows": file.rows, **asdict(changes[staged])}
        for staged, file in delivery.files.items()
        if staged in changes
    }
    return {"files": files, "lists": list(delivery.dates)}


def _orgs(connection: Connection, delivery: Delivery) -> Changes:
    return upsert(connection, staging.orgs, tables.orgs, delivery.lacks(staging.orgs))


def _people(connection: Connection, delivery: Delivery) -> Changes:
    people, names = staging.people, tables.person_names
    _note_renamed(connection, delivery.lacks(people))
    changes = upsert(
        connection, people, tables.people, delivery.lacks(people), first_seen_at=delivery.stamp.at
    )
    # Only ever added to, so that a former name still finds its person.
    for condition in staging.slices(connection, people):
        for key in (people.c.name_key, people.c.preferred_key):
            borne = select(key, people.c.id).where(condition, key.is_not(None))
            add(connection, names, ["name_key", "person_id"], borne.order_by(key))
    _index_renamed(connection)
    return changes


def _note_renamed(connection: Connection, absent: frozenset[str]) -> None:
    """Note, before anything is merged, who is new, has another name or is of another org."""
    staged, known = staging.people, tables.people
    named = {"given_name", "family_name", "preferred_name", "org_id"} - absent
    differs = [known.c[name].is_distinct_from(staged.c[name]) for name in sorted(named)]
    rows = (
        select(staged.c.line, staged.c.id)
        .select_from(staged.table.outerjoin(known, known.c.id == staged.c.id))
        .where(or_(known.c.id.is_(None), *differs))
    )
    connection.execute(insert(staging.renamed.table).from_select(["line", "id"], rows))


def _index_renamed(connection: Connection) -> None:
    """Let a search find those people by their new names, and in their new schools."""
    renamed = staging.renamed.c
    ids = select(renamed.id).order_by(renamed.id).limit(name_index.CHUNK_PEOPLE)
    after = ""
    while chunk := connection.scalars(ids.where(renamed.id > after)).all():
        name_index.index(connection, chunk)
        after = chunk[-1]


def _classes(connection: Connection, delivery: Delivery) -> Changes:
    return upsert(connection, staging.classes, tables.classes, delivery.lacks(staging.classes))


def _enrollments(connection: Connection, _delivery: Delivery) -> Changes:
    """A class that is delivered is delivered whole: who is not in it any more has left it."""
    staged, target = staging.enrollments, tables.enrollments
    changes = upsert(connection, staged, target, frozenset())
    still = exists().where(*(staged.c[name] == target.c[name] for name in staged.key))
    removed = 0
    for condition in staging.slices(connection, staged):
        delivered = select(staged.c.class_id).where(condition)
        gone = delete(target).where(target.c.class_id.in_(delivered), not_(still))
        removed += connection.execute(gone).rowcount
    return Changes(changes.added, changes.changed, changes.unchanged, removed)


def _guardians(connection: Connection, delivery: Delivery) -> Changes:
    staged = staging.guardians
    return upsert(connection, staged, tables.guardians, delivery.lacks(staged))


def _consents(connection: Connection, delivery: Delivery) -> Changes:
    """Statements not on file yet, in the order in which they were delivered.

    A guardian's statement is its guardian's by id, once `given_by` is on file as one of the
    student's guardians; only a guardian's: a hold by the office must not be lifted by one.
    """
    staged, guardians = staging.consents, tables.guardians
    made_by = and_(
        staged.c.capacity == "guardian",
        guardians.c.student_id == staged.c.person_id,
        guardians.c.guardian_id == staged.c.given_by,
    )
    source = case(
        (
            guardians.c.guardian_id.is_not(None),
            literal(BY_GUARDIAN).concat(guardians.c.guardian_id),
        ),
        else_=staged.c.source,
    )
    names = [c.name for c in staged.c if c.name in tables.consents.c and c.name != "source"]
    stamp = {
        "recorded_at": literal(delivery.stamp.at, tables.consents.c.recorded_at.type),
        "recorded_by": literal(delivery.stamp.import_id),
        "recorded_by_person": literal(delivery.stamp.by, tables.consents.c.recorded_by_person.type),
    }
    added = 0
    for condition in staging.slices(connection, staged):
        rows = (
            select(*(staged.c[name] for name in names), source, *stamp.values())
            .select_from(staged.table.outerjoin(guardians, made_by))
            .where(condition)
            .order_by(staged.c.line)
        )
        added += add(connection, tables.consents, [*names, "source", *stamp], rows)
    return Changes(added=added, unchanged=staging.count(connection, staged) - added)


def _designations(connection: Connection, delivery: Delivery) -> Changes:
    return merge_permissions(
        connection, staging.designations, tables.designations, delivery.stamp.at
    )


def _grants(connection: Connection, delivery: Delivery) -> Changes:
    return merge_permissions(connection, staging.grants, tables.grants, delivery.stamp.at)


def _releases(connection: Connection, delivery: Delivery) -> Changes:
    return merge_permissions(connection, staging.releases, tables.releases, delivery.stamp.at)


# Each after what it refers to.
_MERGES: dict[Staged, Callable[[Connection, Delivery], Changes]] = {
    staging.orgs: _orgs,
    staging.people: _people,
    staging.classes: _classes,
    staging.enrollments: _enrollments,
    staging.guardians: _guardians,
    staging.consents: _consents,
    staging.designations: _designations,
    staging.grants: _grants,
    staging.releases: _releases,
}
