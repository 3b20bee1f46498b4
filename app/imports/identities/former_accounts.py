"""Owners and managers that a delivery of accounts does not bring back: ids that passed since.

A file has no day since when an id owns or manages an account, so it may mean the former bearer. Of
an account on file the next bearer becomes owner or manager by a person alone.
"""

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, or_, select, update

from app.database import tables
from app.imports.identities.id_doubts import others
from app.imports.staging import staged_tables

_staged, _managing = staged_tables.accounts.c, staged_tables.account_managers.c
_accounts, _managers = tables.accounts.c, tables.account_managers.c


def leave_former_accounts(connection: Connection) -> int:
    """Take these ids off what is staged, leave accounts on file their owners, and count the ids.

    Of an id that passes with this delivery a new account may mean the former bearer, too.
    """
    same = and_(_accounts.platform == _staged.platform, _accounts.handle_key == _staged.handle_key)
    owner = select(_accounts.owner_id).where(same).scalar_subquery()
    returns = exists().where(same, _accounts.owner_id.is_distinct_from(_staged.owner_id))
    staged = update(staged_tables.accounts.table)
    again = staged.where(_has_passed(_staged.owner_id), returns)
    count = connection.execute(again.values(owner_id=owner)).rowcount
    passes = _staged.owner_id.in_(select(others.c.id))
    count += connection.execute(staged.where(passes).values(owner_id=None)).rowcount
    known = exists().where(
        _accounts.platform == _managing.platform, _accounts.handle_key == _managing.handle_key
    )
    manages = exists().where(
        _accounts.platform == _managing.platform,
        _accounts.handle_key == _managing.handle_key,
        _managers.account_id == _accounts.id,
        _managers.person_id == _managing.person_id,
    )
    returning = and_(_has_passed(_managing.person_id), known, ~manages)
    leaving = or_(returning, _managing.person_id.in_(select(others.c.id)))
    gone = delete(staged_tables.account_managers.table).where(leaving)
    return count + connection.execute(gone).rowcount


def _has_passed(person_id: ColumnElement[str]) -> ColumnElement[bool]:
    people = tables.people.c
    return exists().where(people.id == person_id, people.bearer_since.is_not(None))
