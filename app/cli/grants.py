"""`clearpost grant`: the logo, speaking for the district, district e-mail on a network."""

from typing import Annotated

import typer
from sqlalchemy import Connection, RowMapping

from app.cli.recording import (
    As,
    FirstDay,
    LastDay,
    OnDay,
    body_of,
    day_of,
    open_recording,
    read_all_pages,
)
from app.cli.terminal import hint, print_rows
from app.policy.words import Permission
from app.routers.grants import new_grant
from app.schemas.grants import GrantIn, GrantRevocation
from app.schemas.named_accounts import AccountNamed
from app.store.permissions import grants as stored

app = typer.Typer(help="Permissions of the offices: add, revoke, list.", no_args_is_help=True)
_FIELDS = (
    "kind", "grantee_kind", "grantee", "network", "mark", "purpose", "topic", "granted_by",
    "effective_from", "effective_to",
)  # fmt: skip


@app.command()
def add(  # noqa: PLR0913, PLR0917 - each is one option of the command
    kind: Annotated[Permission, typer.Option(help="What is permitted.")],
    as_: As,
    person: Annotated[str | None, typer.Option(metavar="SOURCED_ID", help="To whom.")] = None,
    account: Annotated[
        str | None, typer.Option(metavar="URL", help="Or to which account, by its address.")
    ] = None,
    org: Annotated[str | None, typer.Option(metavar="SOURCED_ID", help="Or to an org.")] = None,
    network: Annotated[str, typer.Option(help="The platform; all but for network_email.")] = "all",
    mark: Annotated[str | None, typer.Option(help="Which logo.")] = None,
    purpose: Annotated[str | None, typer.Option(help="What the logo is for.")] = None,
    topic: Annotated[str | None, typer.Option(help="What may be spoken about.")] = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
) -> None:
    """Permit it, from today unless told otherwise; prints the new fact's id."""
    named = None if account is None else AccountNamed(url=account)
    with open_recording(as_) as open_:
        body = body_of(
            GrantIn,
            kind=kind,
            person_id=person,
            account=named,
            org_id=org,
            network=network,
            mark=mark,
            purpose=purpose,
            topic=topic,
            effective_from=day_of(first_day) or open_.by.day,
            effective_to=day_of(last_day),
        )
        row = stored.add_grant(open_.connection, open_.actor, open_.by, new_grant(body))
    typer.echo(row["id"])


@app.command()
def revoke(
    grant_id: Annotated[str, typer.Argument(help="From `clearpost grant list`.")],
    as_: As,
    reason: Annotated[str | None, typer.Option(help="Kept in the history.")] = None,
) -> None:
    """Take a permission back, effective today; prints the new fact's id."""
    with open_recording(as_) as open_:
        note = body_of(GrantRevocation, reason=reason).reason
        row = stored.revoke_grant(open_.connection, open_.actor, open_.by, grant_id, note)
    typer.echo(row["id"])
    hint("It is in force no more.")


@app.command("list")
def list_(
    kind: Annotated[Permission | None, typer.Option(help="Only these.")] = None,
    on: OnDay = None,
) -> None:
    """Every grant ever recorded; of those equal in all but the end the last counts."""
    wanted = stored.GrantFilter(kind=kind, on=day_of(on))

    def page(connection: Connection, after: int, limit: int) -> list[RowMapping]:
        return stored.list_grants(connection, wanted, None, after, limit)

    print_rows(("id", *_FIELDS), [_write_line(row) for row in read_all_pages(page)])


def _write_line(row: RowMapping) -> tuple[str, ...]:
    return (row["id"], *(str(row[name] or "-") for name in _FIELDS))
