"""Rosters are dated feed by feed, so that a small feed does not make the rosters of another fresh.
Nor does a delivery those of the classes that are not in it.

Revision: 0031, after 0030. The last rosters that each named feed brought keep their date.
"""

from alembic import op

from migrations import columns

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_OF_FEEDS = """
INSERT INTO list_dates (kind, at, school, feed)
SELECT 'rosters', max(d.at), '', i.feed
FROM list_dates d JOIN imports i ON i.created_at = d.at
WHERE d.kind = 'rosters' AND i.feed IS NOT NULL AND i.undone_by IS NULL
GROUP BY i.feed
"""


def upgrade() -> None:
    op.add_column("list_dates", columns.text("feed", default=""))
    op.drop_index("ix_list_dates_school_kind_seq", "list_dates")
    columns.index("list_dates", "school", "kind", "feed", "seq")
    op.execute(_OF_FEEDS)
    op.create_table(
        "class_absences",
        *columns.texts("class_id", "feed"),
        columns.time("at", null=True),
        columns.time("back_at", null=True),
        columns.key("class_absences", "class_id", "feed"),
        sqlite_with_rowid=False,
    )
