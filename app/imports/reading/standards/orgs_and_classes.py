"""Orgs, classes, enrollments and sessions of the rostering standards; see `people`."""

from app.imports.reading.cell_values import (
    day,
    identifier,
    needed_text,
    parse_text,
    tolerate_unread,
)
from app.imports.reading.days import make_day_reader
from app.imports.reading.delivery_formats import Context
from app.imports.reading.file_formats import FileFormat, RowBatch, StagedRows
from app.imports.reading.plain.rosters import drop_own_parents, refuse_unspeakable
from app.imports.reading.standards.columns import (
    STATUS,
    TOLERANT,
    UNREADABLE_DATES,
    Fields,
    Spelt,
    make_columns,
    make_status_reader,
    parse_first_id,
    stage_deleted,
)
from app.imports.reading.standards.vocabulary import (
    CLASS_ROLES,
    ORG_KINDS,
    PASSED_OVER,
    add_words,
    make_word_reader,
)
from app.imports.staging import staged_tables
from app.policy.names import name_key


def make_orgs_format(name: str, spelt: Spelt, kind: str | None = None) -> FileFormat:
    """Return the format of orgs; those of a file without types are of this `kind`."""
    reads = {
        "id": identifier, "status": STATUS, "name": needed_text, "parent_id": parse_text,
        "kind": make_word_reader(ORG_KINDS, "a type of org that is known"),
    }  # fmt: skip

    def stage_rows(rows: RowBatch) -> StagedRows:
        """Stage schools and districts."""
        fields = Fields(rows, spelt)
        gone = fields.drop_deleted("orgs", "id")
        ids, names, parents = fields["id"], fields["name"], fields["parent_id"]
        kinds = [kind] * len(rows) if kind else fields["kind"]
        parents = drop_own_parents(rows, ids, parents)
        keys = refuse_unspeakable(rows, list(map(name_key, names)), spelt["name"])
        staged = zip(rows.places, ids, names, keys, kinds, parents, strict=True)
        return [(staged_tables.orgs, rows.kept(staged)), *stage_deleted(gone)]

    found = make_columns(spelt, reads, ("id", "name", "kind"))
    return FileFormat(
        name, staged_tables.orgs, found, stage_rows, spelt["id"], TOLERANT, PASSED_OVER
    )


def make_classes_format(name: str, spelt: Spelt) -> FileFormat:
    """Return the format of classes."""
    reads = {"id": identifier, "status": STATUS, "title": needed_text, "org_id": parse_first_id}

    def stage_rows(rows: RowBatch) -> StagedRows:
        """Stage classes."""
        fields = Fields(rows, spelt)
        gone = fields.drop_deleted("classes", "id")
        staged = zip(rows.places, fields["id"], fields["title"], fields["org_id"], strict=True)
        return [(staged_tables.classes, rows.kept(staged)), *stage_deleted(gone)]

    found = make_columns(spelt, reads, ("id", "title"))
    return FileFormat(
        name, staged_tables.classes, found, stage_rows, spelt["id"], TOLERANT, PASSED_OVER
    )


def make_enrollments_format(
    name: str, spelt: Spelt, context: Context, role: str | None = None
) -> FileFormat:
    """Return the format of enrollments; all in this `role` where no column tells."""
    order = context.profile.text.dates if context.profile else None
    reads = {
        "class_id": identifier,
        "person_id": identifier,
        "status": make_status_reader(context),
        "role": make_word_reader(_list_class_roles(context), "a known role in a class"),
        "until": tolerate_unread(make_day_reader(order)),
    }

    def stage_rows(rows: RowBatch) -> StagedRows:
        """Stage who is in which class."""
        fields = Fields(rows, spelt)
        kinds = [role] * len(rows) if role else fields["role"]
        gone = fields.drop_deleted("enrollments", "class_id", "person_id", "role")
        _drop_ended(fields, context.today.isoformat())
        staged = zip(rows.places, fields["class_id"], fields["person_id"], kinds, strict=True)
        return [(staged_tables.enrollments, rows.kept(staged)), *stage_deleted(gone)]

    found = make_columns(spelt, reads, ("class_id", "person_id", "role"))
    return FileFormat(
        name, staged_tables.enrollments, found, stage_rows, None, TOLERANT, PASSED_OVER
    )


def _list_class_roles(context: Context) -> dict[str, str]:
    """Return the standard's roles in a class, and the profile's: a non-student is an aide."""
    own = context.profile.roles if context.profile else {}
    roles = {role: "student" if kind == "student" else "aide" for role, kind in own.items()}
    return add_words(CLASS_ROLES, roles)


def _drop_ended(fields: Fields, today: str) -> None:
    """Leave out people who have left the class; an end that cannot be read is none."""
    ends = fields.readable("until", UNREADABLE_DATES)
    if not any(ends):
        return
    ended = [n for n, end in enumerate(ends) if end and end < today]
    for n in ended:
        fields.rows.skip(n)
    fields.rows.warn("enrollments have ended and are left out", len(ended))


def make_sessions_format(name: str) -> FileFormat:
    """Return the format of academic sessions: checked for faults; nothing of them is kept."""
    spelt = {"id": "sourcedId", "status": "status", "title": "title", "start": "startDate",
             "end": "endDate"}  # fmt: skip
    reads = {
        "id": identifier, "status": STATUS, "title": needed_text,
        "start": tolerate_unread(day), "end": tolerate_unread(day),
    }  # fmt: skip

    def stage_rows(rows: RowBatch) -> StagedRows:
        """Stage terms; a date that cannot be read is a fault of its row."""
        fields = Fields(rows, spelt)
        for field in ("start", "end"):
            fields.readable(field, UNREADABLE_DATES)
        return []

    found = make_columns(spelt, reads, ("id", "title"))
    return FileFormat(name, None, found, stage_rows, None, TOLERANT, PASSED_OVER)
