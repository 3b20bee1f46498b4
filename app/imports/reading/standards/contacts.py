"""Guardians in School Data Sync v1: `user.csv` and `guardianrelationship.csv`.

Such a contact is known by its e-mail address alone, which is the guardian's id here, in lower
case. No consent comes with these files: what is wrong in them is left out and counted, not refused.
"""

from typing import Any

from app.imports.reading.cell_values import parse_text
from app.imports.reading.file_formats import Column, FileFormat, RowBatch, StagedRows
from app.imports.reading.headers import make_column_key
from app.imports.reading.standards.columns import TOLERANT
from app.imports.reading.standards.vocabulary import PASSED_OVER, RELATED
from app.imports.staging import staged_tables
from app.imports.staging.record_assembly import GUARDIAN
from app.policy.names import name_key

CONTACTS, RELATIONSHIPS = "user.csv", "guardianrelationship.csv"
_NO_ID = "contacts without an e-mail address or a name are left out"
_NO_GUARDIAN = "relationships other than a guardian's are left out"


def make_contacts_format() -> FileFormat:
    """Return the format of `user.csv`: guardians by name; of two with one address the first."""
    names = ("Email", "First Name", "Last Name")

    def stage_rows(rows: RowBatch) -> StagedRows:
        """Stage contacts by e-mail address."""
        staged = []
        for place, email, first, last in zip(rows.places, *(rows[n] for n in names), strict=True):
            key = name_key(f"{first or ''} {last or ''}")
            if email and key:
                who = (email.casefold(), GUARDIAN, first or "", last or "")
                staged.append(_make_user(place, who, key))
        rows.warn(_NO_ID, len(rows) - len(staged))
        return [(staged_tables.users, staged)]

    columns = tuple(Column(name, parse_text, required=True) for name in names)
    passed_over = PASSED_OVER | {make_column_key("SIS ID")}  # most have none
    return FileFormat(
        CONTACTS,
        staged_tables.users,
        columns,
        stage_rows,
        None,
        TOLERANT,
        passed_over,
        lenient=True,
    )


def _make_user(place: int, who: tuple[str, ...], key: str) -> tuple[Any, ...]:
    said = dict(zip(("id", "kind", "given_name", "family_name"), who, strict=True))
    said |= {"status": "active", "name_key": key}
    return (place, *(said.get(column.name) for column in list(staged_tables.users.c)[1:]))


def make_contact_ties_format() -> FileFormat:
    """Return the format of `guardianrelationship.csv`; roles of non-guardians are left out."""
    names = ("SIS ID", "Email", "Role")

    def stage_rows(rows: RowBatch) -> StagedRows:
        """Stage the ties of students to contacts."""
        staged = []
        columns = zip(rows.places, *(rows[name] for name in names), strict=True)
        for place, student, email, role in columns:
            related = RELATED.get((role or "").lower())
            if student and email and related:
                staged.append((place, student, email.casefold(), related))
        rows.warn(_NO_GUARDIAN, len(rows) - len(staged))
        return [(staged_tables.agents, staged)]

    columns = tuple(Column(name, parse_text, required=True) for name in names)
    return FileFormat(
        RELATIONSHIPS, staged_tables.agents, columns, stage_rows, None, TOLERANT, PASSED_OVER
    )
