"""Events: the outbox, where webhooks go, and how far the mail has come."""

from sqlalchemy import Column, Index, Integer, Table

from app.database.tables.base import Seq, UtcDateTime, metadata, text_column

# One event, written in the transaction of what it tells. `data` is JSON of ids and codes.
# `audience` is the lineage of the keys that may know of it, `*` for every key, null for those
# without schools.
# Old rows are deleted, but never the last: SQLite would count on from the one before it.
events = Table(
    "events",
    metadata,
    Column("number", Seq, primary_key=True, autoincrement=True),
    text_column("id", unique=True),
    text_column("kind"),
    Column("at", UtcDateTime, nullable=False),
    text_column("audience", null=True),
    text_column("data"),
    Index("ix_events_audience_number", "audience", "number"),
)

# An address that is told. `kinds` is JSON, null for all; `secret_version` counts its secrets, of
# which the one before still signs until `former_until`. `last_number` is the last event it has
# taken. `state` is `on` or `off`, and `fault` says why the last try failed or it is off. While
# `leased_until` lies ahead, the process `leased_by` delivers, and no other.
event_endpoints = Table(
    "event_endpoints",
    metadata,
    text_column("id", primary_key=True),
    text_column("url"),
    text_column("kinds", null=True),
    Column("secret_version", Integer, nullable=False),
    Column("former_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_number", Seq, nullable=False),
    Column("delivered_at", UtcDateTime),
    text_column("state"),
    text_column("fault", null=True),
    Column("failing_since", UtcDateTime),
    Column("tries", Integer, nullable=False),
    Column("next_at", UtcDateTime),
    text_column("leased_by", null=True),
    Column("leased_until", UtcDateTime),
)

# The rounds of mail, by name, and when the next one may begin.
mail_rounds = Table(
    "mail_rounds",
    metadata,
    text_column("name", primary_key=True),
    Column("next_at", UtcDateTime, nullable=False),
)
