"""What each named feed brings, so that a person whom two feeds bring is not missing from one.

Revision: 0030, after 0029. People and enrollments on file are those of the feed that brought or
changed them last, as until now; ties with guardians are of no feed until one brings them again.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_PEOPLE = """
INSERT INTO feed_people (id, feed, import_number)
SELECT r.id, i.feed, i.number FROM people r JOIN imports i ON i.number = r.import_number
WHERE i.feed IS NOT NULL AND r.status = 'active'
"""
_ENROLLMENTS = """
INSERT INTO feed_enrollments (class_id, person_id, role, feed, import_number)
SELECT r.class_id, r.person_id, r.role, i.feed, i.number
FROM enrollments r JOIN imports i ON i.number = r.import_number
WHERE i.feed IS NOT NULL
"""
# The last delivery of each feed stands for all that it brought until now.
_DELIVERIES = """
INSERT INTO feed_deliveries (import_number, kind, whole)
SELECT l.number, k.kind, false FROM (
    SELECT max(number) AS number FROM imports
    WHERE feed IS NOT NULL AND undone_by IS NULL AND state IN ('applied', 'unchanged')
    GROUP BY feed
) l CROSS JOIN (
    SELECT DISTINCT kind FROM people UNION SELECT 'enrollments' UNION SELECT 'guardians'
) k
"""


def upgrade() -> None:
    _create("feed_people", "id")
    _create("feed_enrollments", "class_id", "person_id", "role")
    _create("feed_guardians", "student_id", "guardian_id")
    op.create_table(
        "feed_deliveries",
        columns.whole("import_number"),
        columns.text("kind"),
        sa.Column("whole", sa.Boolean, nullable=False),
        columns.key("feed_deliveries", "import_number", "kind"),
        sqlite_with_rowid=False,
    )
    for fill in (_PEOPLE, _ENROLLMENTS, _DELIVERIES):
        op.execute(fill)


def _create(name: str, *keys: str) -> None:
    op.create_table(
        name,
        *columns.texts(*keys, "feed"),
        columns.whole("import_number"),
        columns.key(name, *keys, "feed"),
        sqlite_with_rowid=False,
    )
