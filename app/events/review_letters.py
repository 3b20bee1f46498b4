"""Mail to those for whom reviews wait, and to Communications of posts that are to come down.

One letter for each address, with all that is new for it, and none within a quarter of an hour of
the last round. Letters hold ids and links, and name nobody.
"""

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from time import monotonic

from app.database.session import Store
from app.errors import IndexBehindError, StoreUnavailableError
from app.log import describe_traceback
from app.mail import Letter, LetterRefusedError, MailError, send_letters
from app.settings import Settings
from app.store.decisions import index
from app.store.events import letters as stored
from app.store.events.letters import AccountOf, DueLetters, DueNotice, LetterKind
from app.store.events.records import read_last_number

_log = logging.getLogger("clearpost.events")
_NAME = "reviews"
_PAUSE = timedelta(minutes=15)
# A round is another process's to do again after so long, where the one that began it is gone.
_ROUND = timedelta(minutes=5)
_RETRY = timedelta(minutes=1)
# Well before the round is another process's, nothing more is begun.
_SEND_SECONDS = 120.0
_LOOK_SECONDS, _NEWS_SECONDS, _FULL_SECONDS = 1.0, 30.0, 600.0
_MOST_LISTED = 20
_SUBJECTS: dict[LetterKind, tuple[str, str]] = {
    "review": ("a review waits for you", "reviews wait for you"),
    "takedown": ("a published post is to come down", "published posts are to come down"),
}
_CLOSING = (
    "This mail names nobody on purpose. It comes at most every quarter of an hour, to those who\n"
    "act for an office or own the content of an account.\n"
)


class LetterRounds:
    """Sends what is due, on a thread of its own, from `start` to `close`."""

    def __init__(self, store: Store, settings: Settings, account_of: AccountOf) -> None:
        self._store, self._settings, self._account_of = store, settings, account_of
        self._stopping = threading.Event()
        # A mail server may take long; the process ends without waiting for it.
        self._thread = threading.Thread(target=self._look_on, name="clearpost-letters", daemon=True)
        self._seen, self._looked = -1, -_FULL_SECONDS
        # Addresses of which the last letter was not taken: they come last.
        self._refused: set[str] = set()

    def start(self) -> None:
        """Begin, where the settings ask for such mail."""
        if self._settings.mail_reviews:
            self._thread.start()

    def close(self) -> None:
        """Stop; a letter that is being sent may still arrive."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1)

    def _look_on(self) -> None:
        last = -_NEWS_SECONDS
        while not self._stopping.is_set():
            pause = _LOOK_SECONDS
            try:
                if self._has_news():
                    # Reading all that waits costs something, and news may come by the second.
                    pause = _NEWS_SECONDS if monotonic() - last < _NEWS_SECONDS else pause
                    last = monotonic()
                    self.send_due()
            except (StoreUnavailableError, IndexBehindError):
                pass  # it is told where checks are asked; the next look tries again
            except Exception as error:  # noqa: BLE001 - whatever it is, the next round may do
                _log.error("mail failed", extra={"error": describe_traceback(error)})
            self._stopping.wait(pause)

    def _has_news(self) -> bool:
        """Return whether something has happened since the last look, or that is long ago."""
        with self._store.reading() as connection:
            number = read_last_number(connection)
            free = stored.is_round_free(connection, _NAME, self._store.now())
        is_late = monotonic() - self._looked > _FULL_SECONDS
        return free and (number != self._seen or is_late)

    def send_due(self) -> int:
        """Send what is due, where a round may begin; return how many letters were taken."""
        with self._store.reading() as connection:
            number = read_last_number(connection)
            if not stored.is_round_free(connection, _NAME, self._store.now()):
                return 0
        index.catch_up(self._store, self._account_of)
        sent, failed = self._send_round(self._find_due())
        if not failed:
            self._seen, self._looked = number, monotonic()
        return sent

    def _find_due(self) -> DueLetters:
        now = self._store.now()
        today = now.astimezone(self._settings.zone).date()
        with self._store.reading() as connection:
            return stored.find_due(connection, now, today, self._account_of)

    def _send_round(self, due: DueLetters) -> tuple[int, bool]:
        """Send letters, where no other process does; return how many, and whether some failed."""
        now = self._store.now()
        if not due.notices:
            if due.ended:  # without a round, so that what begins anew does not wait for one
                with self._store.writing() as connection:
                    stored.forget_ended(connection, due.ended, now)
            return 0, False
        with self._store.writing() as connection:
            if not stored.begin_round(connection, _NAME, now, now + _ROUND):
                return 0, True
            stored.forget_ended(connection, due.ended, now)
        sent, failed, pause, until = 0, False, _PAUSE, monotonic() + _SEND_SECONDS
        for address, theirs in groupby(sorted(due.notices, key=self._order_notice), _read_address):
            if self._stopping.is_set() or monotonic() > until:
                failed = True
                break
            refused = self._send_letter(address, list(theirs))
            sent, failed = sent + (refused is None), failed or refused is not None
            if refused is not None and not isinstance(refused, LetterRefusedError):
                pause = _RETRY  # the server is away: for the others, too
                break
        with self._store.writing() as connection:
            stored.end_round(connection, _NAME, self._store.now() + pause)
        return sent, failed

    def _order_notice(self, one: DueNotice) -> tuple[bool, str]:
        return one.address in self._refused, one.address

    def _send_letter(self, address: str, due: Sequence[DueNotice]) -> MailError | None:
        """Send one address a letter with all that is due to it; return why it was not taken."""
        letter = Letter(
            _write_subject(due), _write_text(due, self._settings.link_base),
            self._store.now(), (address,),
        )  # fmt: skip
        try:
            list(send_letters(self._settings, [letter]))
        except MailError as error:
            _log.warning("mail could not be sent: %s", error)
            self._refused.add(address)
            return error
        self._refused.discard(address)
        with self._store.writing() as connection:
            stored.note_sent(connection, due, self._store.now())
        return None


def _read_address(one: DueNotice) -> str:
    return one.address


def _write_subject(due: Sequence[DueNotice]) -> str:
    return "Clearpost: " + "; ".join(
        one if number == 1 else f"{number} {several}"
        for kind, (one, several) in _SUBJECTS.items()
        if (number := sum(notice.kind == kind for notice in due))
    )


def _write_text(due: Sequence[DueNotice], link_base: str | None) -> str:
    lines: list[str] = []
    for kind, (one, several) in _SUBJECTS.items():
        ids = [notice.id for notice in due if notice.kind == kind]
        if not ids:
            continue
        said = one if len(ids) == 1 else f"{len(ids)} {several}"
        lines += [f"{said[0].upper()}{said[1:]}:", ""]
        before = link_base if link_base and kind == "review" else ""
        lines += [f"- {before}{ident}" for ident in ids[:_MOST_LISTED]]
        if len(ids) > _MOST_LISTED:
            lines.append(f"- and {len(ids) - _MOST_LISTED} more")
        lines.append("")
    return "\n".join([*lines, _CLOSING])
