"""The statements that load facts: constant texts, whatever the number of subjects.

Each list comes in as one JSON array (`app.store.each`). `app.store.facts` runs them.
"""

from sqlalchemy import and_, func, or_, select

from app.store.each import each
from app.store.tables import (
    account_aliases,
    account_managers,
    accounts,
    authorizations,
    classes,
    consents,
    designations,
    enrollments,
    grants,
    list_dates,
    orgs,
    people,
    person_names,
    releases,
)

_PERSON = (
    people.c.id,
    people.c.kind,
    people.c.given_name,
    people.c.family_name,
    people.c.preferred_name,
    people.c.grade,
    people.c.org_id,
    orgs.c.name_key,
    orgs.c.kind.label("org_kind"),
    people.c.birth_date,
    people.c.status,
    people.c.first_seen_at,
)
PEOPLE = (
    select(*_PERSON)
    .select_from(people.outerjoin(orgs, orgs.c.id == people.c.org_id))
    .where(people.c.id.in_(each("ids")))
)
NAMES = select(person_names.c.name_key, person_names.c.person_id).where(
    person_names.c.name_key.in_(each("names"))
)
CONSENTS = select(
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
).where(consents.c.person_id.in_(each("ids")))
CLASSES = select(classes.c.id, classes.c.org_id).where(classes.c.id.in_(each("ids")))
ROSTERS = (
    select(enrollments.c.class_id, enrollments.c.person_id)
    .where(enrollments.c.class_id.in_(each("ids")), enrollments.c.role == "student")
    .order_by(enrollments.c.class_id, enrollments.c.person_id)
)
ALIASES = select(
    account_aliases.c.system, account_aliases.c.value, account_aliases.c.account_id
).where(account_aliases.c.system.in_(each("systems")), account_aliases.c.value.in_(each("values")))

_owner = people.alias("owner")
_latest = authorizations.alias("latest")
ACCOUNTS = (
    select(
        accounts.c.id,
        accounts.c.platform,
        accounts.c.handle_key,
        accounts.c.kind,
        accounts.c.org_id,
        accounts.c.owner_id,
        _owner.c.status.label("owner_status"),
        accounts.c.contact_email,
        accounts.c.communications_admin_at,
        authorizations.c.authorized_by,
        authorizations.c.requested_by,
        authorizations.c.authorized_at,
    )
    .select_from(
        accounts.outerjoin(_owner, _owner.c.id == accounts.c.owner_id).outerjoin(
            authorizations,
            authorizations.c.seq
            == select(func.max(_latest.c.seq))
            .where(_latest.c.account_id == accounts.c.id)
            .scalar_subquery(),
        )
    )
    .where(
        or_(
            and_(
                accounts.c.platform.in_(each("platforms")),
                accounts.c.handle_key.in_(each("handles")),
            ),
            accounts.c.id.in_(each("ids")),
        )
    )
)
MANAGERS = (
    select(account_managers.c.account_id, people.c.status)
    .join(people, people.c.id == account_managers.c.person_id)
    .where(account_managers.c.account_id.in_(each("ids")))
)
GRANTS = (
    select(
        grants.c.grantee_kind,
        grants.c.grantee,
        grants.c.kind,
        grants.c.network,
        grants.c.granted_by,
        grants.c.effective_from,
        grants.c.effective_to,
        # Permissions for two marks or topics are two: the end of one is not the other's.
        grants.c.mark,
        grants.c.purpose,
        grants.c.topic,
    )
    .where(grants.c.grantee.in_(each("grantees")))
    .order_by(grants.c.seq)
)
DESIGNATIONS = (
    select(
        designations.c.office,
        designations.c.person_id,
        designations.c.capacity,
        designations.c.effective_from,
        designations.c.effective_to,
    )
    .where(designations.c.person_id.in_(each("ids")))
    .order_by(designations.c.seq)
)
_asked = releases.alias("asked")
RELEASES = (
    select(
        releases.c.id,
        releases.c.name_key,
        releases.c.work,
        releases.c.channel,
        releases.c.effective_from,
        releases.c.effective_to,
    )
    .where(
        or_(
            releases.c.id.in_(each("ids")),
            releases.c.name_key.in_(each("names")),
            releases.c.work.in_(each("works")),
            # A later row may have changed the end of the release that is asked for by id.
            releases.c.name_key.in_(select(_asked.c.name_key).where(_asked.c.id.in_(each("ids")))),
        )
    )
    .order_by(releases.c.seq)
)
LIST_DATES = select(list_dates.c.kind, func.max(list_dates.c.at).label("at")).group_by(
    list_dates.c.kind
)
