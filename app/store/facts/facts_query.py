"""The statement that loads facts: a constant text for any number of subjects.

Each list is passed as one JSON array (`app.database.json_lists`); the result is one row with a JSON
array of rows for each kind of fact (`app.database.json_rows`). Facts that depend on other facts (a
name's bearers, a class's students, an account's grants, a granter's office) are looked up in here.

Each part looks one table up by keys, through an index, and nothing is joined: so there is no other
plan to choose, with statistics or without. `app.store.facts.loader` runs it and puts its result
together.
"""

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    ScalarSelect,
    SelectBase,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects import registry

from app.database.json_lists import is_in, json_list, select_values
from app.database.json_rows import as_json_rows
from app.database.tables import (
    account_aliases,
    account_managers,
    accounts,
    authorizations,
    classes,
    consents,
    designations,
    doubted_people,
    enrollments,
    grants,
    ledger,
    list_dates,
    list_gaps,
    orgs,
    people,
    person_names,
    releases,
    source_doubts,
)
from app.store.consents.list_dates import NO_FEED, select_roster_date


def _materialize_once(name: str, found: SelectBase) -> CTE:
    """Materialize rows that several parts use; else SQLite would look them up for each."""
    return found.cte(name).prefix_with("MATERIALIZED")


_named = _materialize_once(
    "named",
    select(person_names.c.name_key, person_names.c.person_id).where(
        is_in(person_names.c.name_key, json_list("names"))
    ),
)
_enrolled = _materialize_once(
    "enrolled",
    select(enrollments.c.class_id, enrollments.c.person_id).where(
        is_in(enrollments.c.class_id, json_list("classes")),
        enrollments.c.role == literal_column("'student'"),
    ),
)
_anybody = _materialize_once(
    "anybody",
    union_all(json_list("people"), select(_named.c.person_id), select(_enrolled.c.person_id)),
)
# Whether some row of a delivery that could not be read may mean the person: one probe each.
_doubted_by_rows = (
    select(func.min(doubted_people.c.doubt_id))
    .where(doubted_people.c.person_id == people.c.id, doubted_people.c.ended_at.is_(None))
    .scalar_subquery()
)
# A family's missing answer before an absence: a list of the office does not end it.
_gap = (
    select(func.max(list_gaps.c.gap))
    .where(list_gaps.c.person_id == people.c.id, list_gaps.c.gap != literal_column("'blank'"))
    .scalar_subquery()
)
_people = _materialize_once(
    "known",
    select(
        people.c.id,
        people.c.kind,
        people.c.given_name,
        people.c.family_name,
        people.c.preferred_name,
        people.c.grade,
        people.c.org_id,
        people.c.birth_date,
        people.c.status,
        people.c.first_seen_at,
        people.c.returned_at,
        people.c.moved_at,
        people.c.other_org_ids,
        _doubted_by_rows.is_not(None).label("doubted"),
        people.c.identity_doubt,
        people.c.former_statements,
        _gap.label("gap"),
        people.c.bearer_since,
    ).where(is_in(people.c.id, select(_anybody.c.value))),
)


def _select_latest_list_date(kind: str, school: ColumnElement[str]) -> ScalarSelect[Any]:
    """Select the date of the list of this kind that was recorded last."""
    dated = list_dates.alias("dated")
    of_kind: ColumnElement[str] = literal_column(f"'{kind}'")
    # Without the feed, which is always empty here, the index would be read from night to night.
    theirs = select(func.max(dated.c.seq)).where(
        dated.c.school == school,
        dated.c.kind == of_kind,
        dated.c.feed == literal_column(f"'{NO_FEED}'"),
    )
    last = list_dates.c.seq == theirs.correlate(orgs).scalar_subquery()
    return select(list_dates.c.at).where(last).correlate(orgs).scalar_subquery()


# The few people who belong to several orgs.
_several = select(_people.c.other_org_ids).where(_people.c.other_org_ids.is_not(None)).subquery()
_further = select_values(_several.c.other_org_ids)
_OTHER_ORGS = select(_further.c.value).select_from(_several, _further)

_ORGS = select(
    orgs.c.id,
    orgs.c.name_key,
    orgs.c.kind,
    _select_latest_list_date("consents", orgs.c.id),
    _select_latest_list_date("attestation", orgs.c.id),
).where(is_in(orgs.c.id, union_all(select(_people.c.org_id), _OTHER_ORGS)))
_correction = consents.alias("correction")


def _is_doubted(*doubts: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that the source of a statement is in one of these kinds of doubt."""
    found = select(func.min(source_doubts.c.since)).where(
        source_doubts.c.person_id == consents.c.person_id,
        source_doubts.c.source == consents.c.source,
        or_(*doubts),
    )
    return found.scalar_subquery().is_not(None)


_doubt = source_doubts.c.doubt
# Of an id that is another guardian's now, what was put on file before is a former one's.
_by_another = (_doubt == literal_column("'reused'")) & (
    source_doubts.c.since > consents.c.recorded_at
)
_CONSENTS = select(
    consents.c.person_id,
    consents.c.decision,
    consents.c.activity,
    consents.c.channel,
    consents.c.extent,
    consents.c.capacity,
    consents.c.source,
    consents.c.signed_at,
    consents.c.signed_day_only,
    consents.c.effective_from,
    consents.c.effective_to,
    consents.c.id,
    consents.c.lifts,
    _is_doubted(_doubt == literal_column("'former'"), _by_another),
    _is_doubted(_doubt == literal_column("'shared'")),
    consents.c.seq,
).where(
    is_in(consents.c.person_id, select(_anybody.c.value)),
    # A corrected statement counts as absent. A scalar, so that PostgreSQL probes the small index of
    # corrections for each statement and never joins the whole table.
    select(_correction.c.seq)
    .where(_correction.c.corrects == consents.c.id)
    .scalar_subquery()
    .is_(None),
)
_CLASSES = select(
    classes.c.id,
    classes.c.org_id,
    classes.c.roster_gap_at.is_not(None),
    select_roster_date(classes.c.id),
).where(is_in(classes.c.id, json_list("classes")))

_aliased = _materialize_once(
    "aliased",
    select(account_aliases.c.system, account_aliases.c.value, account_aliases.c.account_id).where(
        is_in(account_aliases.c.system, json_list("systems")),
        is_in(account_aliases.c.value, json_list("values")),
    ),
)
_accounts = _materialize_once(
    "found",
    select(
        accounts.c.id,
        accounts.c.platform,
        accounts.c.handle_key,
        accounts.c.kind,
        accounts.c.status,
        accounts.c.org_id,
        accounts.c.owner_id,
        accounts.c.contact_email,
        accounts.c.communications_admin_at,
        accounts.c.identity_changed_at,
    ).where(
        or_(
            is_in(accounts.c.platform, json_list("platforms"))
            & is_in(accounts.c.handle_key, json_list("handles")),
            is_in(accounts.c.id, select(_aliased.c.account_id)),
        )
    ),
)
_managers = _materialize_once(
    "managing",
    select(account_managers.c.account_id, account_managers.c.person_id).where(
        is_in(account_managers.c.account_id, select(_accounts.c.id))
    ),
)
_RESPONSIBLE = select(people.c.id, people.c.status).where(
    is_in(people.c.id, union_all(select(_accounts.c.owner_id), select(_managers.c.person_id))),
    # A student never answers for an account.
    people.c.kind != literal_column("'student'"),
)
_authorizations = _materialize_once(
    "authorized",
    select(
        authorizations.c.account_id,
        authorizations.c.authorized_by,
        authorizations.c.requested_by,
        authorizations.c.authorized_at,
    ).where(
        is_in(
            authorizations.c.seq,
            select(func.max(authorizations.c.seq))
            .where(is_in(authorizations.c.account_id, select(_accounts.c.id)))
            .group_by(authorizations.c.account_id),
        )
    ),
)

# Possible holders of a permission: those in the questions (`grantees`), authors known by name, and
# the accounts. Without `permissions` no question asks for one.
_grantees = union_all(
    json_list("grantees"),
    select(_named.c.person_id).where(is_in(_named.c.name_key, json_list("author_names"))),
    select(_accounts.c.platform + literal_column("'/'") + _accounts.c.handle_key).where(
        bindparam("permissions", type_=Boolean)
    ),
)
# Possible holders of district e-mail on the network of an account with an address (clause 10): the
# account, its owner, its org, and the district for all.
_mailing = select(_accounts.c.id).where(_accounts.c.contact_email.is_not(None))
_DISTRICTS = select(orgs.c.id).where(orgs.c.kind == literal_column("'district'"))
_mailers = union_all(
    select(_accounts.c.owner_id).where(_accounts.c.contact_email.is_not(None)),
    select(_accounts.c.org_id).where(_accounts.c.contact_email.is_not(None)),
    select(_accounts.c.platform + literal_column("'/'") + _accounts.c.handle_key).where(
        _accounts.c.contact_email.is_not(None)
    ),
    _DISTRICTS.where(_mailing.exists()),
)
_granted_to_all = (grants.c.grantee_kind == literal_column("'org'")) & is_in(
    grants.c.grantee, _DISTRICTS
)
_grants = _materialize_once(
    "granted",
    select(
        grants.c.seq,
        case((_granted_to_all, literal_column("'district'")), else_=grants.c.grantee_kind).label(
            "grantee_kind"
        ),
        grants.c.grantee,
        grants.c.kind,
        grants.c.network,
        grants.c.granted_by,
        # Permissions for two marks or topics are two: the end of one does not end the other.
        grants.c.mark,
        grants.c.purpose,
        grants.c.topic,
        grants.c.effective_from,
        grants.c.effective_to,
    ).where(
        or_(
            is_in(grants.c.grantee, _grantees),
            (grants.c.kind == literal_column("'network_email'"))
            & is_in(grants.c.grantee, _mailers),
        )
    ),
)
_DESIGNATIONS = select(
    designations.c.seq,
    designations.c.office,
    designations.c.person_id,
    designations.c.capacity,
    designations.c.effective_from,
    designations.c.effective_to,
).where(
    is_in(
        designations.c.person_id,
        union_all(select(_grants.c.granted_by), select(_authorizations.c.authorized_by)),
    )
)

_asked = releases.alias("asked")
_RELEASES = select(
    releases.c.seq,
    releases.c.id,
    releases.c.name_key,
    releases.c.work,
    releases.c.channel,
    releases.c.effective_from,
    releases.c.effective_to,
).where(
    or_(
        is_in(releases.c.id, json_list("release_ids")),
        is_in(releases.c.name_key, json_list("release_names")),
        is_in(releases.c.work, json_list("works")),
        # A later row may have changed the end of the release that is asked for by id.
        is_in(
            releases.c.name_key,
            select(_asked.c.name_key).where(is_in(_asked.c.id, json_list("release_ids"))),
        ),
    )
)
_DISTRICT: ColumnElement[str] = literal_column("''")
# The time of the last row: `app.store.ledger.chain` lets no row be earlier than the one before.
_recorded = select(ledger.c.at).where(
    ledger.c.seq == select(func.max(ledger.c.seq)).scalar_subquery()
)
_LIST_DATES = select(
    *(_select_latest_list_date(kind, _DISTRICT) for kind in ("consents", "attestation")),
    _recorded.scalar_subquery(),
)

# The style of a parameter's place that `run_raw` needs.
_PLACES: dict[str, Any] = {"sqlite": "qmark", "postgresql": "numeric_dollar"}


class FoundFacts(NamedTuple):
    """The parts of the statement's row, in order: each the rows of one kind, packed or unpacked."""

    people: Any
    orgs: Any
    names: Any
    consents: Any
    classes: Any
    students: Any
    accounts: Any
    aliases: Any
    managers: Any
    responsible: Any
    authorizations: Any
    grants: Any
    designations: Any
    releases: Any
    list_dates: Any


_PARTS = FoundFacts(
    people=select(_people),
    orgs=_ORGS,
    names=select(_named),
    consents=_CONSENTS,
    classes=_CLASSES,
    students=select(_enrolled),
    accounts=select(_accounts),
    aliases=select(_aliased),
    managers=select(_managers),
    responsible=_RESPONSIBLE,
    authorizations=select(_authorizations),
    grants=select(_grants),
    designations=_DESIGNATIONS,
    releases=_RELEASES,
    list_dates=_LIST_DATES,
)


@cache
def compile_statement(dialect: str) -> tuple[str, tuple[str, ...]]:
    """Return the statement's text and its parameters' names in the order of their places.

    Compiled once: even to find a statement in SQLAlchemy's cache costs more than to run this one.
    """
    compiler = registry.load(dialect)(paramstyle=_PLACES[dialect])
    made = select(*map(as_json_rows, _PARTS)).compile(dialect=compiler)
    return str(made), tuple(made.positiontup or ())
