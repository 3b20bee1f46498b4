"""Decisions found again, and reviews that a person resolved. The decisions are on the ledger."""

from sqlalchemy import Column, ForeignKey, Index, Table

from app.database.tables.base import Seq, UtcDateTime, metadata, sequence_column, text_column

# An index over the ledger's decisions, written on a search and never by a check.
decision_index = Table(
    "decision_index",
    metadata,
    Column("ledger_seq", Seq, primary_key=True, autoincrement=False),
    text_column("id"),
    Column("at", UtcDateTime, nullable=False),
    text_column("check"),
    text_column("outcome"),
    text_column("caller", null=True),
    # `platform/handle_key` as it was asked about.
    text_column("account", null=True),
    # SHA-256 over what was asked, hex; two decisions about the same content have the same.
    text_column("content"),
    # The roles that can resolve a review alone: `,director_communications,content_owner,` or empty.
    text_column("resolvable_by", null=True),
    Index("ix_decision_index_outcome_ledger_seq", "outcome", "ledger_seq"),
    Index("ix_decision_index_caller_ledger_seq", "caller", "ledger_seq"),
    Index("ix_decision_index_account_ledger_seq", "account", "ledger_seq"),
    Index("ix_decision_index_content_ledger_seq", "content", "ledger_seq"),
)

decision_subjects = Table(
    "decision_subjects",
    metadata,
    text_column("person_id", primary_key=True),
    Column("ledger_seq", Seq, primary_key=True, autoincrement=False),
    Index("ix_decision_subjects_ledger_seq", "ledger_seq"),
    sqlite_with_rowid=False,
)

# The ledger row up to which an index over it is written.
index_positions = Table(
    "index_positions",
    metadata,
    text_column("name", primary_key=True),
    Column("ledger_seq", Seq, nullable=False),
)

# A person's answer to the review findings of one decision. It holds for the same content and the
# same facts only: `content` and `facts` are SHA-256 over both, hex. The reason is on the ledger,
# where an erasure reaches it.
resolutions = Table(
    "resolutions",
    metadata,
    sequence_column(),
    text_column("id", unique=True),
    text_column("decision_id"),
    text_column("content"),
    text_column("facts"),
    # JSON: the findings it answers, as `[code, at, digest of what else tells them apart]`.
    text_column("findings"),
    text_column("outcome"),
    text_column("resolved_by", ForeignKey("people.id")),
    Column("resolved_at", UtcDateTime, nullable=False),
    Index("ix_resolutions_content", "content"),
    Index("ix_resolutions_decision_id", "decision_id"),
)

# Questions and answers about a review. The words are on the ledger, in the row of that id.
review_messages = Table(
    "review_messages",
    metadata,
    sequence_column(),
    text_column("id", unique=True),
    text_column("decision_id"),
    # `question` of the person who answers the review, `answer` of the caller of the check.
    text_column("kind"),
    text_column("caller"),
    text_column("person_id", ForeignKey("people.id"), null=True),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_review_messages_decision_id", "decision_id"),
)
