"""Accounts: the registry, the authorizations, the form that asks for one, and reports."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, Table, UniqueConstraint

from app.database.tables.base import (
    UtcDateTime,
    import_columns,
    metadata,
    sequence_column,
    text_column,
)

accounts = Table(
    "accounts",
    metadata,
    text_column("id", primary_key=True),
    text_column("platform"),
    text_column("handle"),
    text_column("handle_key"),
    text_column("url", null=True),
    text_column("kind"),
    text_column("org_id", ForeignKey("orgs.id"), null=True),
    text_column("owner_id", ForeignKey("people.id"), null=True),
    text_column("contact_email", null=True),
    Column("communications_admin_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    # Last change of its kind, address or aliases: an earlier authorization does not count for the
    # account as it is now.
    Column("identity_changed_at", UtcDateTime),
    # The earliest time at which it is known to have existed: without an authorization from before
    # it is marked for good (clauses 5, 12 and 24).
    Column("existed_at", UtcDateTime),
    # Its status (`words.AccountStatus`); its history is in `changes`. The status `authorized` is no
    # authorization: a check asks for the row in `authorizations`.
    text_column("status", server_default="unauthorized_found"),
    # Days of its last review and its last post.
    Column("reviewed_on", Date),
    Column("last_post_on", Date),
    # Counts up with every change: the ETag.
    Column("version", Integer, nullable=False, server_default="1"),
    *import_columns(),
    UniqueConstraint("platform", "handle_key"),
)

account_managers = Table(
    "account_managers",
    metadata,
    text_column("account_id", ForeignKey("accounts.id"), primary_key=True),
    text_column("person_id", ForeignKey("people.id"), primary_key=True),
)

# Names in other systems: a scheduler's id, or a `url` that no host table explains.
account_aliases = Table(
    "account_aliases",
    metadata,
    text_column("account_id", ForeignKey("accounts.id"), primary_key=True),
    text_column("system", primary_key=True),
    text_column("value", primary_key=True),
    Index("ix_account_aliases_system_value", "system", "value"),
)

authorizations = Table(
    "authorizations",
    metadata,
    sequence_column(),
    text_column("id", unique=True),
    text_column("account_id", ForeignKey("accounts.id")),
    text_column("authorized_by", ForeignKey("people.id")),
    text_column("requested_by", ForeignKey("people.id"), null=True),
    Column("authorized_at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    *import_columns(),
    Index("ix_authorizations_account_id", "account_id"),
)

# The Social Media Authorization Form (clauses 6, 12, 16, 17, 24), from draft to decision.
authorization_requests = Table(
    "authorization_requests",
    metadata,
    text_column("id", primary_key=True),
    Column("version", Integer, nullable=False),
    text_column("state"),
    text_column("platform"),
    text_column("handle"),
    text_column("handle_key"),
    text_column("url", null=True),
    # The address as an alias, where no known host explains it.
    text_column("url_alias", null=True),
    text_column("kind"),
    text_column("org_id", ForeignKey("orgs.id"), null=True),
    text_column("owner_id", ForeignKey("people.id"), null=True),
    # A JSON array of sourced ids.
    text_column("managers"),
    text_column("contact_email", null=True),
    # Its purpose; in a classroom, the educational goal.
    text_column("purpose", null=True),
    text_column("requested_by", ForeignKey("people.id")),
    # Classroom use: the principal who acknowledged it, and the notice to families.
    text_column("principal_id", ForeignKey("people.id"), null=True),
    Column("principal_at", UtcDateTime),
    text_column("notice", null=True),
    Column("notice_on", Date),
    # When Communications was found to be an administrator of the account.
    Column("communications_admin_at", UtcDateTime),
    text_column("decided_by", ForeignKey("people.id"), null=True),
    Column("decided_at", UtcDateTime),
    text_column("reason", null=True),
    # The account that the approval made or changed.
    text_column("account_id", ForeignKey("accounts.id"), null=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_authorization_requests_state_id", "state", "id"),
    Index("ix_authorization_requests_platform_handle_key", "platform", "handle_key"),
)

# Acts of content managers about contributions of others (clause 15). Nothing of the contributor is
# kept; the reason stands on the ledger alone, in the row of that id.
moderations = Table(
    "moderations",
    metadata,
    sequence_column(),
    text_column("id", unique=True),
    text_column("account_id", ForeignKey("accounts.id")),
    text_column("action"),
    # The ground of the act; null where nothing was found.
    text_column("ground", null=True),
    Column("done_on", Date, nullable=False),
    text_column("recorded_by", ForeignKey("people.id")),
    Column("recorded_at", UtcDateTime, nullable=False),
    Index("ix_moderations_account_id_done_on", "account_id", "done_on"),
)

# Reports of anyone (clauses 5, 26, 36) about an account or a post, with their outcomes.
reports = Table(
    "reports",
    metadata,
    text_column("id", primary_key=True),
    Column("version", Integer, nullable=False),
    text_column("kind"),
    text_column("state"),
    text_column("platform", null=True),
    text_column("handle", null=True),
    text_column("url", null=True),
    text_column("description"),
    text_column("reporter_name", null=True),
    text_column("reporter_email", null=True),
    text_column("assigned_to", ForeignKey("people.id"), null=True),
    text_column("outcome", null=True),
    text_column("outcome_note", null=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_reports_state_id", "state", "id"),
)
