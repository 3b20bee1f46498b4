"""`clearpost import notify`: mail to the registrar about imports and about each month."""

import logging
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Connection

from app.cli.context import current_store, load_settings
from app.cli.imports.wording import describe_plan, describe_state
from app.cli.terminal import USAGE, hint, say, stop
from app.database.session import Store
from app.imports.report import RowError, fold_alike, format_count
from app.mail import Letter, MailError, send_letters
from app.settings import Settings
from app.store.service import import_records as stored
from app.store.service import notices
from app.store.service.import_records import ImportRecord
from app.store.service.notices import Month

# What waited or failed before that is no news: mail was not set up, or its server was away.
_NEWS = timedelta(days=7)
_MOST_ERRORS = 20
_MONTHLY = "month"
_SUBJECTS = {
    "held": "a delivery waits for a person",
    "invalid": "a delivery was refused",
    "failed": "an import failed",
}
_log = logging.getLogger("clearpost.imports")


class Notice(NamedTuple):
    """A notice that is due: its kind, its import or month, and the letter."""

    kind: str
    about: str
    letter: Letter


def notify(
    month: Annotated[
        str | None,
        typer.Option(metavar="YYYY-MM", help="Print how the nights of this month went; no mail."),
    ] = None,
    try_it: Annotated[
        bool, typer.Option("--try", help="Send a letter that says only that mail arrives.")
    ] = False,
) -> None:
    """Send the mail that is due: imports that wait or failed, and last month's nights.

    Every import sends it at its end; this is for what the mail server did not take then.
    """
    settings = load_settings()
    with current_store(settings) as store:
        if month is not None:
            _print_month(store, settings, month)
            return
        if not settings.mail_to:
            stop("CLEARPOST_MAIL_TO: nobody is to be told", USAGE)
        try:
            sent = _try_mail(store, settings) if try_it else _send_due(store, settings)
        except MailError as error:
            stop(f"the mail server cannot be reached, or does not take it: {error}")
    hint(f"{format_count(sent, 'letter', 'letters')} sent.")


def send_notices(store: Store, settings: Settings) -> None:
    """Send the mail that is due, where there is an address; log a failure and go no further.

    What is not sent now is due at the end of the next import.
    """
    if not settings.mail_to:
        return
    try:
        _send_due(store, settings)
    except MailError as error:
        _log.warning("mail could not be sent: %s", error)
        hint(f"Mail could not be sent ({error}); it is tried again with the next import.")


def _send_due(store: Store, settings: Settings) -> int:
    """Send what is due and note each letter that was taken; how many."""
    due = list(_find_due(store, settings))
    if not due:
        return 0
    sent = 0
    for one, _ in zip(due, send_letters(settings, [one.letter for one in due]), strict=False):
        with store.writing() as connection:
            notices.note_told(connection, one.kind, one.about, store.now())
        sent += 1
    return sent


def _try_mail(store: Store, settings: Settings) -> int:
    letter = Letter("Clearpost: mail arrives", "This is all it says.\n", store.now())
    return len(list(send_letters(settings, [letter])))


def _find_due(store: Store, settings: Settings) -> Iterator[Notice]:
    now = store.now()
    with store.reading() as connection:
        untold = notices.find_untold(connection, now - _NEWS)
        errors = {
            one.id: [RowError(e.file, e.line, e.column, e.reason) for e in
                     stored.list_errors(connection, one, limit=_MOST_ERRORS)]
            for one in untold
        }  # fmt: skip
        today = now.astimezone(settings.zone).date()
        last = today.replace(day=1) - timedelta(days=1)
        about = f"{last:%Y-%m}"
        known = notices.is_told(connection, _MONTHLY, about)
        month = None if known else _read_month(connection, last, today, settings.zone)
    for one in untold:
        text = "\n".join(_tell_import(one, errors[one.id])) + "\n"
        yield Notice(one.state, one.id, Letter(f"Clearpost: {_SUBJECTS[one.state]}", text, now))
    if month:
        letter = Letter(
            f"Clearpost: the nights of {about}", "\n".join(_describe_month(month)) + "\n", now
        )
        yield Notice(_MONTHLY, about, letter)


def _read_month(connection: Connection, day: date, today: date, zone: ZoneInfo) -> Month | None:
    """Return how the nights of the month of `day` went, until today."""
    first = day.replace(day=1)
    end = (first + timedelta(days=31)).replace(day=1)
    return notices.sum_month(connection, first, min(end, today), zone)


def _print_month(store: Store, settings: Settings, month: str) -> None:
    try:
        day = date.fromisoformat(f"{month}-01")
    except ValueError:
        stop("--month: is not YYYY-MM", USAGE)
    today = store.now().astimezone(settings.zone).date()
    with store.reading() as connection:
        found = _read_month(connection, day, today, settings.zone)
    if found is None:
        stop("nothing was delivered in that month")
    for line in _describe_month(found):
        say(line)


def _tell_import(one: ImportRecord, errors: list[RowError]) -> Iterator[str]:
    """Yield the report in words: why it waits or failed, what it would do, and what to do."""
    yield from describe_state(one.id, one.state, one.reason)
    yield ""
    for error in fold_alike(errors):
        yield f"Set aside: {error}" if one.plan else str(error)
    if one.errors > len(errors):
        yield f"and {format_count(one.errors - len(errors), 'other error', 'other errors')}"
    if one.plan:
        yield from describe_plan(one.plan)
    yield ""
    yield f"All of it: clearpost import status {one.id}"


def _describe_month(month: Month) -> Iterator[str]:
    """Yield how the nights of a month went, a line each."""
    yield f"The nights of {month.first:%Y-%m}"
    yield ""
    told = {"applied": "applied", "unchanged": "brought nothing new", "held": "wait still"}
    for state, number in sorted(month.states.items()):
        yield f"- {format_count(number, 'delivery', 'deliveries')}: {told.get(state, state)}"
    if month.days_without:
        days = ", ".join(str(day.day) for day in month.days_without)
        yield f"- days without a delivery that was applied: {days}"
    yield ""
    for decision, number in sorted(month.statements.items()):
        yield f"- {format_count(number, 'statement', 'statements')} put on file: {decision}"
    yield (
        f"- in doubt now: {format_count(month.open_doubts, 'row', 'rows')} about "
        f"{format_count(month.doubted, 'child', 'children')} (clearpost import doubts list)"
    )
