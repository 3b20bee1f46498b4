"""The log: one JSON object a line, without values of requests or records.

Exceptions are logged by their type and the places in the code they passed, never by their message
or their variables: both may hold a student's name.
"""

import asyncio
import logging
import sys
import threading
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson

from app.log_limits import limit_lines

# The id of the request that is being answered; work it starts on other threads inherits it.
request_id: ContextVar[str] = ContextVar("request_id", default="-")
_FRAMES = 12
_log = logging.getLogger("clearpost")


def describe_traceback(error: BaseException) -> str:
    """Return type and code positions of `error` and of its causes, innermost frame last."""
    told = []
    current: BaseException | None = error
    while current is not None:
        frames = traceback.extract_tb(current.__traceback__)[-_FRAMES:]
        places = " > ".join(f"{_short_path(f.filename)}:{f.lineno} {f.name}" for f in frames)
        told.append(f"{type(current).__qualname__} at {places or 'an unknown place'}")
        current = current.__cause__ or current.__context__
    return "; from ".join(told)


def describe_origin(error: BaseException) -> str:
    """Return the type of `error` and the place in our own code that raised it, in a few words."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/app/" in f.filename]
    at = f" at {_short_path(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__qualname__}{at}"


def _short_path(filename: str) -> str:
    return "/".join(filename.replace("\\", "/").split("/")[-2:])


class JsonFormatter(logging.Formatter):
    """One log record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return `record` with its time in UTC, the request's id, and the exception, if any."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request_id": request_id.get(),
            "message": record.getMessage(),
        }
        if isinstance(told := getattr(record, "error", None), str):
            line["error"] = told
        elif record.exc_info and record.exc_info[1]:
            line["error"] = describe_traceback(record.exc_info[1])
        return orjson.dumps(line).decode()


def configure_log(level: str) -> None:
    """Send every log line of `level` and above to standard error, as JSON.

    So are uncaught errors of any thread: Python would print their message, a row perhaps. Of lines
    that callers cause without end there are the first of a minute, and a count.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    limit_lines()
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in ("httpx", "httpcore"):  # they tell whole addresses, which may hold a secret
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.root.level))
    sys.excepthook = lambda _type, error, _trace: log_uncaught(error)
    threading.excepthook = lambda found: log_uncaught(found.exc_value)
    sys.unraisablehook = lambda found: log_uncaught(found.exc_value)


def log_uncaught(error: BaseException | None) -> None:
    """Log, by type and place, an error that nothing has caught."""
    if error is not None and not isinstance(error, KeyboardInterrupt):
        _log.error("an error was not caught", extra={"error": describe_traceback(error)})


def log_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an error on the event loop; its own words hold values of the error."""
    error = context.get("exception")
    if error is None:
        _log.error("the event loop complains")
    else:
        log_uncaught(error)
