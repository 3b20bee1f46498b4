"""The registry: what offices keep, its history, reviews that end, requests that are repeated.

Revision: 0002, after 0001
"""

from alembic import op

from migrations import append_only, columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _consents()
    _accounts()
    _permissions()
    _authorization_requests()
    _reports()
    _service()
    _decisions()
    _name_index()
    append_only.protect("changes")
    append_only.protect("resolutions")


def _consents() -> None:
    for name in ("evidence", "evidence_sha256", "notice_version", "corrects", "recorded_by",
                 "recorded_by_person"):  # fmt: skip
        op.add_column("consents", columns.text(name, null=True))
    columns.index("consents", "corrects", only_one=True, where="corrects IS NOT NULL")


def _accounts() -> None:
    op.add_column("accounts", columns.text("status", default="unauthorized_found"))
    op.add_column("accounts", columns.date("reviewed_on", null=True))
    op.add_column("accounts", columns.date("last_post_on", null=True))
    op.add_column("accounts", columns.whole("version", default="1"))
    op.execute(
        "UPDATE accounts SET status = 'authorized' "
        "WHERE EXISTS (SELECT 1 FROM authorizations WHERE account_id = accounts.id)"
    )


def _permissions() -> None:
    for name in ("mark", "purpose", "topic"):
        op.add_column("grants", columns.text(name, null=True))
    for name in ("evidence", "evidence_sha256"):
        op.add_column("releases", columns.text(name, null=True))


def _authorization_requests() -> None:
    table = "authorization_requests"
    op.create_table(
        table,
        columns.text("id"),
        columns.whole("version"),
        *columns.texts("state", "platform", "handle", "handle_key"),
        *columns.texts("url", "url_alias", null=True),
        columns.text("kind"),
        *columns.texts("org_id", "owner_id", null=True),
        columns.text("managers"),
        *columns.texts("contact_email", "purpose", null=True),
        columns.text("requested_by"),
        columns.text("principal_id", null=True),
        columns.time("principal_at", null=True),
        columns.text("notice", null=True),
        columns.date("notice_on", null=True),
        columns.time("communications_admin_at", null=True),
        columns.text("decided_by", null=True),
        columns.time("decided_at", null=True),
        *columns.texts("reason", "account_id", null=True),
        columns.time("created_at"),
        columns.time("updated_at"),
        columns.key(table, "id"),
        columns.refers(table, "org_id", "orgs.id"),
        *(
            columns.refers(table, name, "people.id")
            for name in ("owner_id", "requested_by", "principal_id", "decided_by")
        ),
        columns.refers(table, "account_id", "accounts.id"),
    )
    columns.index(table, "state", "id")
    columns.index(table, "platform", "handle_key")


def _reports() -> None:
    op.create_table(
        "reports",
        columns.text("id"),
        columns.whole("version"),
        *columns.texts("kind", "state"),
        *columns.texts("platform", "handle", "url", null=True),
        columns.text("description"),
        *columns.texts(
            "reporter_name", "reporter_email", "assigned_to", "outcome", "outcome_note", null=True
        ),
        columns.time("created_at"),
        columns.time("updated_at"),
        columns.key("reports", "id"),
        columns.refers("reports", "assigned_to", "people.id"),
    )
    columns.index("reports", "state", "id")


def _service() -> None:
    op.create_table(
        "changes",
        columns.seq(),
        *columns.texts("record_kind", "record_id", "action"),
        columns.text("note", null=True),
        columns.text("caller"),
        columns.text("person_id", null=True),
        columns.time("at"),
        columns.key("changes", "seq"),
    )
    columns.index("changes", "record_kind", "record_id")
    op.create_table(
        "idempotency_keys",
        *columns.texts("caller", "key", "request_digest"),
        columns.whole("status"),
        *columns.texts("headers", "body"),
        columns.text("subject", null=True),
        columns.time("created_at"),
        columns.key("idempotency_keys", "caller", "key"),
    )
    columns.index("idempotency_keys", "created_at")


def _decisions() -> None:
    op.create_table(
        "decision_index",
        columns.seq("ledger_seq", counts=False),
        columns.text("id"),
        columns.time("at"),
        *columns.texts("check", "outcome"),
        *columns.texts("caller", "account", null=True),
        columns.text("content"),
        columns.text("resolvable_by", null=True),
        columns.key("decision_index", "ledger_seq"),
    )
    for name in ("outcome", "caller", "account", "content"):
        columns.index("decision_index", name, "ledger_seq")
    op.create_table(
        "decision_subjects",
        columns.text("person_id"),
        columns.seq("ledger_seq", counts=False),
        columns.key("decision_subjects", "person_id", "ledger_seq"),
        sqlite_with_rowid=False,
    )
    columns.index("decision_subjects", "ledger_seq")
    op.create_table(
        "index_positions",
        columns.text("name"),
        columns.seq("ledger_seq", counts=False),
        columns.key("index_positions", "name"),
    )
    op.create_table(
        "resolutions",
        columns.seq(),
        *columns.texts("id", "decision_id", "content", "facts", "findings", "outcome"),
        columns.text("resolved_by"),
        columns.time("resolved_at"),
        columns.key("resolutions", "seq"),
        columns.unique("resolutions", "id"),
        columns.refers("resolutions", "resolved_by", "people.id"),
    )
    columns.index("resolutions", "content")
    columns.index("resolutions", "decision_id")


def _name_index() -> None:
    op.create_table(
        "person_words",
        columns.bytewise("word"),
        columns.bytewise("names"),
        columns.text("person_id"),
        columns.text("org_id", null=True),
        columns.key("person_words", "word", "names", "person_id"),
        columns.refers("person_words", "person_id", "people.id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "word_variants",
        *columns.texts("variant", "word"),
        columns.key("word_variants", "variant", "word"),
        sqlite_with_rowid=False,
    )
    columns.index("person_words", "org_id", "word")
    columns.index("person_words", "person_id")
    columns.index("classes", "org_id")
