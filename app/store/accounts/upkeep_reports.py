"""Reports that the policy asks for about all accounts (clauses 5, 7, 9, 10, 12, 15, 18, 21)."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select

from app.database.json_lists import as_json, json_list
from app.database.tables import accounts, orgs
from app.policy.facts import Setup
from app.policy.question import AccountRef
from app.policy.words import AccountFlag
from app.store.accounts.official import judge_accounts

AccountReport = Literal[
    "stale", "without-administrator", "without-owner", "existed-before-authorization",
    "email-on-unapproved-network", "without-moderation-report",
]  # fmt: skip
FLAGS: dict[AccountReport, frozenset[AccountFlag]] = {
    "stale": frozenset({"stale", "review_due"}),
    "without-administrator": frozenset({"no_administrator"}),
    "without-owner": frozenset({"no_owner", "owner_left"}),
    "existed-before-authorization": frozenset({"existed_before"}),
    "email-on-unapproved-network": frozenset({"unapproved_email"}),
    "without-moderation-report": frozenset({"no_moderation_report"}),
}
_THEIRS = select(accounts.c.org_id, accounts.c.platform, accounts.c.handle_key).where(
    accounts.c.org_id.in_(json_list("ids"))
)
_BATCH = 200


def find_absent_schools(
    connection: Connection, now: datetime, setup: Setup, after: str, limit: int
) -> list[dict[str, Any]]:
    """Return up to `limit` schools behind id `after` that have no official account (clause 18).

    An account that a post could not go to is no presence.
    """
    found: list[dict[str, Any]] = []
    while len(found) < limit:
        schools = select(orgs.c.id, orgs.c.name, orgs.c.kind, orgs.c.parent_id).where(
            orgs.c.kind == "school", orgs.c.id > after
        )
        batch = connection.execute(schools.order_by(orgs.c.id).limit(_BATCH)).mappings().all()
        present = _find_present(connection, [row["id"] for row in batch], now, setup)
        found += [dict(row) for row in batch if row["id"] not in present]
        if len(batch) < _BATCH:
            break
        after = batch[-1]["id"]
    return found[:limit]


def _find_present(
    connection: Connection, school_ids: list[str], now: datetime, setup: Setup
) -> frozenset[str]:
    """Return those of the schools that have an official account."""
    rows = connection.execute(_THEIRS, {"ids": as_json(school_ids)}).all()
    refs = [AccountRef("", row.platform, row.handle_key) for row in rows]
    said = judge_accounts(connection, refs, now, setup)
    return frozenset(
        row.org_id for row, one in zip(rows, said, strict=True) if one.outcome == "allow"
    )
