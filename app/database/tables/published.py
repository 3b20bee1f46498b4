"""Published posts: what went out, what was answered about it, who is in it, and takedowns."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from app.database.tables.base import UtcDateTime, metadata, text_column

# A post on an account of the register, as a scheduler or a feed told of it. `state` is `allowed`,
# `not_allowed` or `unasked`, by the decision that it was matched to; `differs` says in what it is
# not the post of the clearance that was named. `media` is JSON (SHA-256 in order), null where
# nobody told. `asked` is JSON: what to ask again for refusals since; null once nothing can be.
published_posts = Table(
    "published_posts",
    metadata,
    text_column("id", primary_key=True),
    text_column("account_id", ForeignKey("accounts.id")),
    text_column("external_id", null=True),
    text_column("url", null=True),
    Column("published_at", UtcDateTime, nullable=False),
    text_column("text_sha256", null=True),
    text_column("media", null=True),
    text_column("state"),
    text_column("decision_id", null=True),
    text_column("clearance_id", null=True),
    text_column("matched_by", null=True),
    text_column("differs", null=True),
    text_column("source"),
    text_column("reported_by"),
    Column("reported_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("asked", Text),
    Index("ix_published_posts_account_id_external_id", "account_id", "external_id"),
    Index("ix_published_posts_account_id_url", "account_id", "url"),
    Index("ix_published_posts_account_id_text_sha256", "account_id", "text_sha256"),
    Index("ix_published_posts_state_id", "state", "id"),
)

# Who is in a published post. `part` is `pictured` or `named`; `accepted` stands beside `named`
# where a person had said yes to the text before the post went out.
published_people = Table(
    "published_people",
    metadata,
    text_column("person_id", primary_key=True),
    text_column("published_id", primary_key=True),
    text_column("part", primary_key=True),
    Index("ix_published_people_published_id", "published_id"),
    sqlite_with_rowid=False,
)

# Work: a published post that shows or names (`part`) `subject_id`, who is refused. `state` is
# `open`, `confirmed` (the post is down), `contested` (an office says that it may stay) or `lapsed`
# (the person is not refused any more). `reason` is the code that is against it, `person_id` who
# changed the state last.
takedowns = Table(
    "takedowns",
    metadata,
    text_column("id", primary_key=True),
    text_column("published_id", ForeignKey("published_posts.id")),
    text_column("subject_id", ForeignKey("people.id")),
    text_column("part"),
    text_column("state"),
    text_column("reason"),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    text_column("changed_by"),
    text_column("person_id", ForeignKey("people.id"), null=True),
    Index("ix_takedowns_published_id", "published_id"),
    Index("ix_takedowns_state_id", "state", "id"),
)
