"""`clearpost events deliver`: webhooks and mail in a process of their own."""

import contextlib
import threading

from app.checks.request_parser import account_asked
from app.cli.context import current_store, load_settings
from app.cli.signals import end_well_on_sigterm
from app.cli.terminal import hint
from app.events.courier import Courier
from app.events.review_letters import LetterRounds
from app.log import configure_log


def deliver() -> None:
    """Send webhooks and mail about events until Ctrl-C or SIGTERM.

    For those who let the service itself send none (CLEARPOST_DELIVER_EVENTS=false), as where only
    this process may reach the network. Several such processes share the work.
    """
    settings = load_settings()
    configure_log(settings.log_level)
    end_well_on_sigterm()
    with current_store(settings) as store:
        aside = (Courier(store, settings), LetterRounds(store, settings, account_asked))
        for one in aside:
            one.start()
        hint("Events are delivered.")
        try:
            with contextlib.suppress(KeyboardInterrupt):
                threading.Event().wait()
        finally:
            for one in aside:
                one.close()
