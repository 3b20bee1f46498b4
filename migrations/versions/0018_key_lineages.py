"""Which keys replace one another.

Revision: 0018, after 0016

The ledger tells it of those rotated before, as far as its contents are kept. Whom they asked about
today then counts as asked by one.
"""

import json

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None
_ROTATED = (
    "SELECT payload FROM ledger WHERE kind = 'key.rotated' AND payload IS NOT NULL ORDER BY seq"
)
_MOVE_ASKED = (
    """INSERT INTO asked_people (day, key_id, person)
    SELECT day, :first, person FROM asked_people WHERE key_id = :id ON CONFLICT DO NOTHING""",
    "DELETE FROM asked_people WHERE key_id = :id",
    "DELETE FROM asked_totals WHERE key_id IN (:id, :first)",
    """INSERT INTO asked_totals (day, key_id, people)
    SELECT day, key_id, count(*) FROM asked_people WHERE key_id = :first GROUP BY day, key_id""",
)


def upgrade() -> None:
    op.add_column("api_keys", columns.text("first_id", null=True))
    connection = op.get_bind()
    first: dict[str, str] = {}
    for payload in connection.scalars(sa.text(_ROTATED)).all():
        said = json.loads(payload)
        first[said["key_id"]] = first.get(said["replaces"], said["replaces"])
    for key_id, first_id in first.items():
        values = {"id": key_id, "first": first_id}
        connection.execute(sa.text("UPDATE api_keys SET first_id = :first WHERE id = :id"), values)
        for statement in _MOVE_ASKED:
            connection.execute(sa.text(statement), values)
