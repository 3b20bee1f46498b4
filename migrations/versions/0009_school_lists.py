"""Consent lists dated school by school, and when people came back.

Old dates of consent lists are kept, as the whole district's, where the import that made them
brought complete consent columns. Any other delivery may have been a single row: what it dated is
called `statements`, which dates nothing, so that silence is to be reviewed until the next complete
list or attestation. When somebody came back before this step was never recorded and is not guessed:
what dates a list from now on is later than that.

Revision: 0009, after 0008
"""

import json

import sqlalchemy as sa
from alembic import op

from migrations import append_only, columns

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("returned_at", sa.DateTime(timezone=True)))
    op.add_column("list_dates", columns.text("school", default=""))
    op.drop_index("ix_list_dates_kind_at", "list_dates")
    columns.index("list_dates", "school", "kind", "seq")
    append_only.unprotect("list_dates")
    _take_back_dates()
    append_only.protect("list_dates")


def _take_back_dates() -> None:
    """Let no date stand that may have been made by a delivery which was not complete."""
    store = op.get_bind()
    dates = sa.table("list_dates", sa.column("kind"), sa.column("at"), sa.column("seq"))
    imports = sa.table("imports", sa.column("created_at"), sa.column("plan"))
    whole = {
        made_at
        for made_at, plan in store.execute(sa.select(imports.c.created_at, imports.c.plan))
        if plan and "flags" in json.loads(plan).get("complete", ())
    }
    rows = store.execute(sa.select(dates.c.seq, dates.c.at).where(dates.c.kind == "consents"))
    for seq, at in rows.all():
        if at not in whole:
            called = sa.update(dates).where(dates.c.seq == seq).values(kind="statements")
            store.execute(called)
