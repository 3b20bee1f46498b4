"""A test waits for what must come about, never for a time: a busy machine takes its time."""

import time
from collections.abc import Callable


def until(condition: Callable[[], object], every_seconds: float = 0.01) -> None:
    """Wait until `condition` is true; the test's own time limit ends it if it never is."""
    while not condition():
        time.sleep(every_seconds)
