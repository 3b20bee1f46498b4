"""Gaps of lists school by school, so that no school's list ends what another's lacks.

Revision: 0038, after 0037. It is not known which school's list found the gaps on file: each counts
for every school of its student.
"""

from alembic import op

from migrations import columns

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_KEEP = "CREATE TABLE gaps_before AS SELECT * FROM list_gaps"
# A blank stands for the school of a student who has none.
_OF_EACH_SCHOOL = """
INSERT INTO list_gaps (person_id, source, file, school, gap, import_number)
SELECT g.person_id, g.source, g.file, coalesce(p.org_id, ' '), g.gap, g.import_number
FROM gaps_before g JOIN people p ON p.id = g.person_id
UNION
SELECT g.person_id, g.source, g.file, o.value, g.gap, g.import_number
FROM gaps_before g JOIN people p ON p.id = g.person_id, {others} AS o
"""
_OTHERS = {
    "sqlite": "json_each(p.other_org_ids)",
    "postgresql": "json_array_elements_text(CAST(p.other_org_ids AS JSON))",
}


def upgrade() -> None:
    op.execute(_KEEP)
    op.drop_table("list_gaps")
    op.create_table(
        "list_gaps",
        *columns.texts("person_id", "source", "file"),
        columns.text("school", default=""),
        columns.text("gap"),
        columns.whole("import_number"),
        columns.key("list_gaps", "person_id", "source", "file", "school"),
        columns.refers("list_gaps", "person_id", "people.id"),
        sqlite_with_rowid=False,
    )
    columns.index("list_gaps", "import_number")
    op.execute(_OF_EACH_SCHOOL.format(others=_OTHERS[op.get_context().dialect.name]))
    op.drop_table("gaps_before")
