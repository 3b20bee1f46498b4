"""`clearpost published`: what went out, as networks and exports tell it, and what of it is work."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.checks.timelines import TimelineOutcome, record_timeline
from app.cli.context import current_store, load_settings
from app.cli.terminal import REFUSED, USAGE, hint, print_rows, stop
from app.errors import IndexBehindError
from app.networks.account_names import AccountNameError, resolve_account
from app.policy.question import AccountRef
from app.policy.school_days import find_school_day_before
from app.policy.words import PublishedList
from app.policy_setup import read_setup
from app.schemas.pages import MAX_LIMIT
from app.schemas.posts.published import (
    PublicationOut,
    TakedownOut,
    show_publication,
    show_takedown,
)
from app.schemas.sheets import write_sheet
from app.store.published import records, takedowns
from app.timelines.posts import TimelineError
from app.timelines.recognition import read_timeline
from app.timelines.sheets import read_columns
from app.timelines.sources import read_source

app = typer.Typer(help="Published posts: import, list, takedowns.", no_args_is_help=True)
_AsCsv = Annotated[bool, typer.Option("--csv", help="As CSV for a spreadsheet, with all columns.")]
_MOST_FAULTS = 20
_STATES = {"allowed": "allowed", "not_allowed": "not allowed", "unasked": "never asked"}
_POST_TITLES = ("published_at", "platform", "handle", "state", "takedown", "url", "id")
_TAKEDOWN_TITLES = ("opened_at", "platform", "handle", "state", "overdue", "url", "id")


@app.command("import")
def import_command(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|URL...",
            help="RSS or Atom; Mastodon's or Bluesky's public JSON; an export of Facebook, "
            "Instagram or YouTube; a CSV file with --profile.",
        ),
    ],
    account: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The account of the register, by its address."),
    ] = None,
    profile: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="TOML: the table [columns] of a vendor's CSV file."),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            metavar="YYYY-MM-DD",
            formats=["%Y-%m-%d"],
            help="Only posts of this day or later; a day of UTC.",
        ),
    ] = None,
) -> None:
    """Record the posts of an account that a feed or an export tells, and hold them against answers.

    Exit code 0: all were read; 1: some were not, or a source is none; 2: wrong usage.
    """
    named = None if account is None else _read_account(account)
    settings = load_settings()
    after = None if since is None else since.replace(tzinfo=UTC)
    failed = False
    with current_store(settings) as store:
        try:
            columns = None if profile is None else read_columns(read_source(str(profile)))
        except TimelineError as error:
            stop(f"--profile: {error}", USAGE)
        for number, source in enumerate(sources, 1):
            try:
                timeline = read_timeline(read_source(source), columns)
                done = record_timeline(store, read_setup(settings), timeline, named, after)
            except (TimelineError, IndexBehindError) as error:
                why = error.title if isinstance(error, IndexBehindError) else error
                hint(f"source {number}: {why}")
                failed = True
                continue
            _tell_outcome(number, timeline.shared, done)
            failed = failed or bool(done.faults)
    if failed:
        raise typer.Exit(REFUSED)


def _tell_outcome(number: int, shared: int, done: TimelineOutcome) -> None:
    parts = [f"{done.new:,} new", f"{done.known:,} known"]
    parts += [f"{done.states[one]:,} {name}" for one, name in _STATES.items()
              if one in done.states]  # fmt: skip
    if done.unread:
        parts.append(f"{done.unread:,} before --from")
    if shared:
        parts.append(f"{shared:,} shared from others, left out")
    typer.echo(f"source {number}: {', '.join(parts)}")
    for fault in done.faults[:_MOST_FAULTS]:
        hint(f"source {number}, {fault.at}: {fault.message}")
    if len(done.faults) > _MOST_FAULTS:
        hint(f"source {number}: {len(done.faults) - _MOST_FAULTS:,} more like these")


@app.command("list")
def list_command(
    which: Annotated[
        PublishedList | None,
        typer.Option(
            "--list",
            help="Only never asked; published though denied or in review; or refused since.",
        ),
    ] = None,
    as_csv: _AsCsv = False,
) -> None:
    """Published posts, the last reported first."""
    found: list[dict[str, Any]] = []
    with current_store(load_settings()) as store, store.reading() as connection:
        wanted = records.PublicationFilter(list=which)
        while more := records.list_publications(
            connection, wanted, found[-1]["id"] if found else None, MAX_LIMIT
        ):
            of_post = takedowns.list_of_posts(connection, [row["id"] for row in more])
            found += [show_publication(row, of_post.get(row["id"], ())) for row in more]
    _print_found(found, PublicationOut, _POST_TITLES, as_csv=as_csv)


@app.command("takedowns")
def takedowns_command(as_csv: _AsCsv = False) -> None:
    """Published posts to be taken down, the oldest first; of nobody it says the name."""
    settings = load_settings()
    found: list[dict[str, Any]] = []
    with current_store(settings) as store, store.reading() as connection:
        due = find_school_day_before(store.now(), settings.zone)
        wanted = takedowns.TakedownFilter()
        while more := takedowns.list_takedowns(
            connection, wanted, found[-1]["id"] if found else "", MAX_LIMIT
        ):
            found += [show_takedown(row, due) for row in more]
    _print_found(found, TakedownOut, _TAKEDOWN_TITLES, as_csv=as_csv)


def _print_found(
    found: list[dict[str, Any]],
    model: type[PublicationOut] | type[TakedownOut],
    titles: tuple[str, ...],
    *,
    as_csv: bool,
) -> None:
    shown = [model(**row) for row in found]
    if as_csv:
        rows = (one.model_dump(mode="json") for one in shown)
        sys.stdout.write(write_sheet(list(model.model_fields), rows))
        return
    print_rows(titles, [tuple(_write_cell(getattr(one, name)) for name in titles) for one in shown])
    if not shown:
        hint("There is none.")


def _write_cell(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value or "-")


def _read_account(url: str) -> AccountRef:
    try:
        name = resolve_account(None, None, url)
    except AccountNameError as error:
        stop(f"--account: {error}", USAGE)
    return AccountRef("", name.platform, name.handle_key, name.alias)
