"""Published posts, who is in them, and takedowns.

Revision: 0034, after 0033
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "published_posts",
        *columns.texts("id", "account_id"),
        *columns.texts("external_id", "url", null=True),
        columns.time("published_at"),
        *columns.texts("text_sha256", "media", null=True),
        columns.text("state"),
        *columns.texts("decision_id", "clearance_id", "matched_by", "differs", null=True),
        *columns.texts("source", "reported_by"),
        columns.time("reported_at"),
        columns.time("seen_at"),
        sa.Column("asked", sa.Text),
        columns.key("published_posts", "id"),
        columns.refers("published_posts", "account_id", "accounts.id"),
    )
    columns.index("published_posts", "account_id", "external_id")
    columns.index("published_posts", "account_id", "url")
    columns.index("published_posts", "account_id", "text_sha256")
    columns.index("published_posts", "state", "id")
    op.create_table(
        "published_people",
        *columns.texts("person_id", "published_id", "part"),
        columns.key("published_people", "person_id", "published_id", "part"),
        sqlite_with_rowid=False,
    )
    columns.index("published_people", "published_id")
    op.create_table(
        "takedowns",
        *columns.texts("id", "published_id", "subject_id", "part", "state", "reason"),
        columns.time("opened_at"),
        columns.time("changed_at"),
        columns.text("changed_by"),
        columns.text("person_id", null=True),
        columns.key("takedowns", "id"),
        columns.refers("takedowns", "published_id", "published_posts.id"),
        columns.refers("takedowns", "subject_id", "people.id"),
        columns.refers("takedowns", "person_id", "people.id"),
    )
    columns.index("takedowns", "published_id")
    columns.index("takedowns", "state", "id")
