"""The account that an approved form leads to: registered or changed, authorized, completed."""

from sqlalchemy import Connection, exists, select

from app.database.tables import authorizations
from app.errors import ConflictError, PersonRequiredError
from app.store.accounts import register
from app.store.accounts.forms import Row
from app.store.accounts.register import AccountEdit, AuthorizationDetails
from app.store.accounts.validation import EditLimits
from app.store.ledger.changes import Actor
from app.store.people.references import RequestContext, find_staff
from app.store.permissions.designations import require_capacity

_SAME = ("handle", "url", "url_alias", "kind", "org_id", "owner_id", "contact_email")


def authorize_account(connection: Connection, actor: Actor, by: RequestContext, form: Row) -> str:
    """Register or change the account of an approved form, authorize it, and return its id.

    Its status is `authorized` only once Communications is attested as an administrator (clause 7),
    `requested` until then. Managers who have left meanwhile are left out. Raises `ForbiddenError`
    where the account is registered for another school than those of the key.
    """
    bounds = EditLimits(by.day, None)
    seen = EditLimits(by.day, by.schools)
    active = find_staff(connection, form["managers"])
    managers = [one for one in form["managers"] if one in active and active[one].active]
    values = {"managers": managers, **{name: form[name] for name in _SAME}}
    name = {"platform": form["platform"], "handle_key": form["handle_key"]}
    account_id = register.find_account(connection, **name)
    if account_id is None:
        values |= {**name, "status": "requested"}
        account_id = register.add_account(connection, actor, values, bounds)
    else:
        register.read_editable(connection, AccountEdit(account_id, seen))
        register.change_account(connection, actor, AccountEdit(account_id, bounds), values)
    yes = AuthorizationDetails(form["requested_by"], form["communications_admin_at"], by_form=True)
    register.authorize_account(connection, actor, AccountEdit(account_id, seen), yes)
    return account_id


def attest_administrator(
    connection: Connection, actor: Actor, by: RequestContext, account_id: str
) -> None:
    """Record that Communications is an administrator; raises `ClosedAccountError`."""
    register.attest_administrator(
        connection, actor, AccountEdit(account_id, EditLimits(by.day, by.schools))
    )


def attest_by_office(connection: Connection, actor: Actor, edit: AccountEdit) -> None:
    """Attest the administrator of an authorized account, also of one that had no form.

    Raises `ConflictError` for an account that is not authorized, since to attest it completes what
    was asked for, `PersonRequiredError`, and `DesignationRequiredError` unless the actor's person
    acts today for the Director of Communications, the head of the department in question.
    """
    if actor.person_id is None:
        raise PersonRequiredError
    require_capacity(connection, actor.person_id, "director_communications", edit.bounds.today)
    authorized = authorizations.c.account_id == edit.account_id
    if not connection.scalar(select(exists().where(authorized))):
        detail = "Nobody has authorized this account yet"
        raise ConflictError(detail)
    register.attest_administrator(connection, actor, edit)
