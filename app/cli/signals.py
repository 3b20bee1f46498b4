"""The signals that end a long-running command."""

import signal
import sys


def end_well_on_sigterm() -> None:
    """SIGTERM is how a service is asked to end: having ended well is no failure."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
