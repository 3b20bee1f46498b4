"""The log: one JSON object a line, without values of requests or records.

Exceptions are told by their type and the places in the code they passed, never by their message
or their variables: both may hold a student's name.
"""

import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

# The id of the request that is being answered; work it starts on other threads inherits it.
request_id: ContextVar[str] = ContextVar("request_id", default="-")
_FRAMES = 12


def where(error: BaseException) -> str:
    """Type and code positions of `error` and of what caused it, innermost frame last."""
    told = []
    current: BaseException | None = error
    while current is not None:
        frames = traceback.extract_tb(current.__traceback__)[-_FRAMES:]
        places = " > ".join(f"{_module(f.filename)}:{f.lineno} {f.name}" for f in frames)
        told.append(f"{type(current).__qualname__} at {places or 'an unknown place'}")
        current = current.__cause__ or current.__context__
    return "; from ".join(told)


def _module(filename: str) -> str:
    return "/".join(filename.replace("\\", "/").split("/")[-2:])


class JsonFormatter(logging.Formatter):
    """One log record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """`record` with its time in UTC, the request's id, and what was raised, if anything."""
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
            line["error"] = where(record.exc_info[1])
        return orjson.dumps(line).decode()


def configure(level: str) -> None:
    """Send every log line of `level` and above to standard error, as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
