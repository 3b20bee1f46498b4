"""Clearances: allows that last until a post is out, and what each rests on."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from app.database.tables.base import UtcDateTime, metadata, text_column

# An allow of the post `decision_id`, for this text and these media (JSON, SHA-256 in order) on this
# account within its window. `asked` is JSON: the request and its text, to be asked again; null once
# the clearance has ended. `state` is `live`, `used`,
# `revoked` or `expired`; `reason` says why it was revoked.
clearances = Table(
    "clearances",
    metadata,
    text_column("id", primary_key=True),
    text_column("decision_id"),
    text_column("lineage"),
    text_column("account_id", ForeignKey("accounts.id")),
    text_column("author_id", ForeignKey("people.id")),
    text_column("text_sha256"),
    text_column("alt_texts_sha256"),
    text_column("media"),
    Column("not_before", UtcDateTime, nullable=False),
    Column("not_after", UtcDateTime, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    text_column("state"),
    text_column("reason", null=True),
    Column("ended_at", UtcDateTime),
    Column("asked", Text),
    Index("ix_clearances_state_id", "state", "id"),
    Index("ix_clearances_ended_at", "ended_at"),
)

# The facts that a clearance rests on, so that a change of one finds it: `kind` is `person`,
# `account` or `media`.
clearance_facts = Table(
    "clearance_facts",
    metadata,
    text_column("kind", primary_key=True),
    text_column("value", primary_key=True),
    text_column("clearance_id", primary_key=True),
    Index("ix_clearance_facts_clearance_id", "clearance_id"),
    sqlite_with_rowid=False,
)
