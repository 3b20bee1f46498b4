"""The tables, the same on SQLite and PostgreSQL.

Tables with a `seq` are append-only: a row is never changed, a later row says more. Sourced ids
are the SIS's own; `id` columns are UUIDv7 text. Days are dates, times are aware and in UTC.
"""

from app.database.tables.accounts import (
    account_aliases,
    account_managers,
    accounts,
    authorization_requests,
    authorizations,
    moderations,
    reports,
)
from app.database.tables.base import UtcDateTime, metadata
from app.database.tables.clearances import clearance_facts, clearances
from app.database.tables.consents import consents, list_dates, list_gaps
from app.database.tables.decisions import (
    decision_index,
    decision_subjects,
    index_positions,
    resolutions,
    review_messages,
)
from app.database.tables.declarations import declarations, declared_media
from app.database.tables.doubts import doubted_people, import_doubts
from app.database.tables.events import event_endpoints, events, mail_rounds
from app.database.tables.feeds import (
    class_absences,
    feed_deliveries,
    feed_enrollments,
    feed_guardians,
    feed_people,
)
from app.database.tables.imports import import_errors, imports, notices
from app.database.tables.people import (
    classes,
    enrollments,
    guardians,
    orgs,
    people,
    person_names,
    person_words,
    source_doubts,
    word_variants,
)
from app.database.tables.permissions import designations, grants, releases
from app.database.tables.published import published_people, published_posts, takedowns
from app.database.tables.pulls import pulls
from app.database.tables.service import (
    api_keys,
    asked_people,
    asked_totals,
    changes,
    idempotency_keys,
    ledger,
    origins,
    record_sums,
)
from app.database.tables.undo import import_befores, undo_kept, undone_statements

__all__ = [
    "UtcDateTime",
    "account_aliases",
    "account_managers",
    "accounts",
    "api_keys",
    "asked_people",
    "asked_totals",
    "authorization_requests",
    "authorizations",
    "changes",
    "class_absences",
    "classes",
    "clearance_facts",
    "clearances",
    "consents",
    "decision_index",
    "decision_subjects",
    "declarations",
    "declared_media",
    "designations",
    "doubted_people",
    "enrollments",
    "event_endpoints",
    "events",
    "feed_deliveries",
    "feed_enrollments",
    "feed_guardians",
    "feed_people",
    "grants",
    "guardians",
    "idempotency_keys",
    "import_befores",
    "import_doubts",
    "import_errors",
    "imports",
    "index_positions",
    "ledger",
    "list_dates",
    "list_gaps",
    "mail_rounds",
    "metadata",
    "moderations",
    "notices",
    "orgs",
    "origins",
    "people",
    "person_names",
    "person_words",
    "published_people",
    "published_posts",
    "pulls",
    "record_sums",
    "releases",
    "reports",
    "resolutions",
    "review_messages",
    "source_doubts",
    "takedowns",
    "undo_kept",
    "undone_statements",
    "word_variants",
]
