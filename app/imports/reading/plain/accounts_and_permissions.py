"""The files of the registry: accounts, designations, grants, releases."""

import re
from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

from app.database.tables.base import format_utc
from app.imports.reading.cell_values import (
    CellError,
    day,
    identifier,
    make_choice_reader,
    make_time_reader,
    needed_text,
    parse_email,
    parse_text,
    parse_work,
    require_cell,
)
from app.imports.reading.file_formats import Column, FileFormat, Row, StagedRow, stage_each_row
from app.imports.staging import staged_tables
from app.networks.account_names import (
    AccountName,
    AccountNameError,
    make_platform_key,
    resolve_account,
)
from app.policy.names import name_key
from app.policy.words import (
    PARTICULARS,
    AccountKind,
    Channel,
    DesignationCapacity,
    GranteeKind,
    GrantKind,
    Office,
)
from app.store.accounts.validation import find_day_end
from app.store.ledger.chain import make_id

_PARTS = re.compile(r"[;|\s]+")


def make_accounts_format(zone: ZoneInfo) -> FileFormat:
    """Return the format of `accounts.csv`; days are days in `zone`."""
    columns = (
        Column("platform", parse_text, "platform"),
        Column("handle", parse_text, "handle"),
        Column("url", parse_text, "url"),
        Column(
            "kind",
            require_cell(make_choice_reader(AccountKind, also=[("pto", "pta")])),
            "kind",
            required=True,
        ),
        Column("org_sourced_id", parse_text, "org_id"),
        Column("owner_sourced_id", parse_text, "owner_id"),
        Column("manager_sourced_ids", _parse_ids, "managers"),
        Column("contact_email", parse_email, "contact_email"),
        Column("authorized_by_sourced_id", parse_text, "authorized_by"),
        Column("authorized_at", make_time_reader(zone), "authorized_at"),
        Column("communications_admin_at", make_time_reader(zone), "communications_admin_at"),
        Column("existed_on", _make_end_reader(zone), "existed_at"),
    )
    return FileFormat(
        "accounts.csv", staged_tables.accounts, columns, stage_each_row(_stage_account)
    )


def _make_end_reader(zone: ZoneInfo) -> Callable[[str], str | None]:
    """Return a reader of a day as its last second in `zone`: what existed on it existed by then."""

    def read_end(cell: str) -> str | None:
        said = day(cell)
        return said and format_utc(find_day_end(date.fromisoformat(said), zone))

    return read_end


def _parse_ids(cell: str) -> tuple[str, ...]:
    """Return ids parted by blanks, semicolons or bars; equal sets always in one order."""
    return tuple(sorted({part for part in _PARTS.split(cell) if part}))


def _stage_account(row: Row, line: int) -> list[StagedRow]:
    name = _read_name(row)
    if (row["authorized_by_sourced_id"] is None) != (row["authorized_at"] is None):
        reason = "must be given together with authorized_by_sourced_id, or neither"
        raise CellError(reason, "authorized_at")
    authorized, attested = row["authorized_at"], row["communications_admin_at"]
    managers = row["manager_sourced_ids"]
    staged = (
        line,
        name.platform,
        name.handle_key,
        make_id(),
        row["handle"] or name.handle_key,
        row["url"],
        row["kind"],
        row["org_sourced_id"],
        row["owner_sourced_id"],
        row["contact_email"],
        attested and attested.at,
        " ".join(managers),
        name.alias and name.alias[1],
        authorized and make_id(),
        row["authorized_by_sourced_id"],
        authorized and authorized.at,
        row["existed_on"],
    )
    managing = [
        (staged_tables.account_managers, (line, name.platform, name.handle_key, manager))
        for manager in managers
    ]
    return [(staged_tables.accounts, staged), *managing]


def _read_name(row: Row) -> AccountName:
    try:
        name = resolve_account(row["platform"], row["handle"], row["url"])
    except AccountNameError as error:
        raise CellError(*_split_error(error)) from None
    if name.platform is None or name.handle_key is None:
        reason = "is needed, since no known host explains the url"
        raise CellError(reason, "platform" if name.platform is None else "handle")
    return name


def _split_error(error: AccountNameError) -> tuple[str, str]:
    return str(error).removeprefix(f"{error.field}: "), error.field


def make_designations_format() -> FileFormat:
    """Return the format of `designations.csv`."""
    columns = (
        Column("office", require_cell(make_choice_reader(Office)), "office", required=True),
        Column("person_sourced_id", identifier, "person_id", required=True),
        Column(
            "capacity",
            require_cell(make_choice_reader(DesignationCapacity)),
            "capacity",
            required=True,
        ),
        *_PERIOD,
        Column("org_sourced_id", parse_text, "org_id"),
    )
    return FileFormat(
        "designations.csv", staged_tables.designations, columns, stage_each_row(_stage_designation)
    )


def _stage_designation(row: Row, line: int) -> list[StagedRow]:
    who = (row["office"], row["person_sourced_id"], row["capacity"])
    start, end = _read_period(row)
    school = row["org_sourced_id"]
    if (row["office"] == "principal") != (school is not None):
        reason = "must be given for a principal, and for nobody else"
        raise CellError(reason, "org_sourced_id")
    return [(staged_tables.designations, (line, *who, start, school, make_id(), end))]


def make_grants_format() -> FileFormat:
    """Return the format of `grants.csv`; `network` is a platform by any name, or `all`."""
    columns = (
        Column("kind", require_cell(make_choice_reader(GrantKind)), "kind", required=True),
        Column(
            "grantee_kind",
            require_cell(make_choice_reader(GranteeKind)),
            "grantee_kind",
            required=True,
        ),
        Column("grantee", identifier, "grantee", required=True),
        Column("network", require_cell(_parse_network), "network", required=True),
        Column("granted_by_sourced_id", identifier, "granted_by", required=True),
        *_PERIOD,
        *(Column(name, parse_text, name) for name in PARTICULARS),
    )
    return FileFormat("grants.csv", staged_tables.grants, columns, stage_each_row(_stage_grant))


def _parse_network(cell: str) -> str:
    if cell.lower() == "all":
        return "all"
    try:
        return make_platform_key(cell)
    except AccountNameError as error:
        raise CellError(_split_error(error)[0]) from None


def _stage_grant(row: Row, line: int) -> list[StagedRow]:
    grantee = row["grantee"]
    if row["grantee_kind"] == "account":
        grantee = _account_key(grantee)
    start, end = _read_period(row)
    particulars = [row[name] for name in PARTICULARS]
    for name, kind in PARTICULARS.items():
        if row[name] and row["kind"] != kind:
            reason = f"goes with {kind} only"
            raise CellError(reason, name)
    permission = (row["kind"], row["grantee_kind"], grantee, row["network"])
    given = (row["granted_by_sourced_id"], start, *particulars)
    staged = (line, *permission, *given, make_id(), end)
    return [(staged_tables.grants, staged)]


def _account_key(grantee: str) -> str:
    platform, slash, handle = grantee.partition("/")
    if not slash or "//" in grantee:
        reason = "must be platform/handle for an account"
        raise CellError(reason, "grantee")
    try:
        name = resolve_account(platform.strip(), handle.strip(), None)
    except AccountNameError as error:
        raise CellError(_split_error(error)[0], "grantee") from None
    return f"{name.platform}/{name.handle_key}"


def make_releases_format() -> FileFormat:
    """Return the format of `releases.csv`: of a person pictured, or of a work's owner."""
    columns = (
        Column("name", needed_text, "name", required=True),
        Column("work_or_sha256", parse_work, "work"),
        Column("channel", require_cell(make_choice_reader(Channel)), "channel", required=True),
        *_PERIOD,
    )
    return FileFormat(
        "releases.csv", staged_tables.releases, columns, stage_each_row(_stage_release)
    )


def _stage_release(row: Row, line: int) -> list[StagedRow]:
    key = name_key(row["name"])
    if not key:
        reason = "must have a letter or a digit"
        raise CellError(reason, "name")
    start, end = _read_period(row)
    what = (key, row["work_or_sha256"], row["channel"], start)
    return [(staged_tables.releases, (line, *what, row["name"], make_id(), end))]


_PERIOD = (
    Column("effective_from", require_cell(day), "effective_from", required=True),
    Column("effective_to", day, "effective_to"),
)


def _read_period(row: Row) -> tuple[str, str | None]:
    start, end = row["effective_from"], row["effective_to"]
    if end and end < start:
        reason = "lies before effective_from"
        raise CellError(reason, "effective_to")
    return start, end
