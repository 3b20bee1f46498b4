"""Names found however they are written: further keys, and all in today's form.

Apostrophes and okinas no longer count in a name, nor do words like "grade" in a grade. Keys of
before stay where they are in the table of names; those of orgs and releases are written anew.

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

from app.policy.names import grade_key, name_key
from app.store.people import name_index
from migrations import append_only

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    name_index.add_lookup_keys(op.get_bind())
    _write_keys_anew("orgs")
    append_only.unprotect("releases")
    _write_keys_anew("releases")
    append_only.protect("releases")
    _write_grades_anew()


def _write_keys_anew(name: str) -> None:
    connection = op.get_bind()
    table = sa.table(name, *(sa.column(column) for column in ("id", "name", "name_key")))
    for row in connection.execute(sa.select(table)).all():
        if (key := name_key(row.name)) != row.name_key:
            changed = sa.update(table).where(table.c.id == row.id)
            connection.execute(changed.values(name_key=key))


def _write_grades_anew() -> None:
    connection = op.get_bind()
    people = sa.table("people", sa.column("grade"))
    for grade in connection.scalars(sa.select(people.c.grade).distinct()).all():
        if grade is not None and grade_key(grade) != grade:
            same = sa.update(people).where(people.c.grade == grade)
            connection.execute(same.values(grade=grade_key(grade)))
