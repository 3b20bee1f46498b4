"""Lifts: by their ids, the refusals that a statement takes back.

From here on a withdrawal always refuses, statements are compared by their signature, and `all` is
every channel but the directory: whom that turns stricter is told.

Revision: 0014, after 0013
"""

import logging
import os
from collections import defaultdict
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from migrations import columns
from migrations.consent_readings import Statement, barred_before, barred_since

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_log = logging.getLogger("clearpost.migrations")
_WANTED = """
SELECT person_id, decision, activity, channel, extent, capacity, source, signed_at,
       signed_day_only, effective_from, effective_to
FROM consents AS said
WHERE NOT EXISTS (SELECT 1 FROM consents AS later WHERE later.corrects = said.id)
  AND EXISTS (
    SELECT 1 FROM consents AS one
    WHERE one.person_id = said.person_id AND one.decision IN ('grant', 'withdraw'))
  AND EXISTS (
    SELECT 1 FROM consents AS one
    WHERE one.person_id = said.person_id AND one.decision IN ('refuse', 'withdraw'))
ORDER BY person_id, seq
"""


def upgrade() -> None:
    op.add_column("consents", columns.text("lifts", null=True))
    counts = _count()
    if counts["stricter"] or counts["freer"]:
        _log.warning(
            "Consent is read anew (docs/decisions/0020): %d people become stricter, %d of them by "
            "a hold of the office; %d may be shown where they might not",
            counts["stricter"], counts["held"], counts["freer"],
        )  # fmt: skip


def _count() -> dict[str, int]:
    zone = ZoneInfo(os.environ.get("CLEARPOST_TIMEZONE") or "America/Denver")
    day = datetime.now(UTC).astimezone(zone).date()
    wanted = sa.text(_WANTED).columns(
        signed_at=sa.DateTime(timezone=True), signed_day_only=sa.Boolean,
        effective_from=sa.Date, effective_to=sa.Date,
    )  # fmt: skip
    counts: dict[str, int] = defaultdict(int)
    rows = op.get_bind().execute(wanted.execution_options(yield_per=5_000))
    for _, own in groupby(rows, itemgetter(0)):
        said = [_statement(row) for row in own]
        before, since = barred_before(said, day, zone), barred_since(said, day, zone)
        counts["stricter"] += bool(since - before)
        counts["freer"] += bool(before - since)
        holds = [one for one in said if one.capacity == "office_hold"]
        counts["held"] += bool(barred_since(holds, day, zone) - before)
    return counts


def _statement(row: sa.Row[Any]) -> Statement:
    one = Statement._make(row[1:])
    return one._replace(signed_at=one.signed_at.replace(tzinfo=one.signed_at.tzinfo or UTC))
