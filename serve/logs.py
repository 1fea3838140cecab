"""Log lines as JSON, without what people ask: nobody's question, report or document may end in a log.

radqa's own lines carry names, counts and times. Of an error its class and the places in the code are kept, never its message; of
other packages' lines only who wrote them and how grave they are, since any of them may repeat what it was given.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

FIELDS = ("request", "method", "route", "status", "ms", "tenant", "key", "received", "sent", "error", "where")
_OURS = ("serve", "uvicorn")
_FRAMES = 12


class WithoutTexts(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
        }
        if record.name.split(".")[0] in _OURS:
            line["said"] = record.getMessage()
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[1] is not None:
            line |= told(record.exc_info[1])
        return json.dumps(line)


def told(error: BaseException) -> dict[str, Any]:
    """An error's class and where it was raised, innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return {"error": type(error).__name__, "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]}


def configuration() -> dict[str, Any]:
    """For `logging.config.dictConfig`: everything to stderr; other packages from warnings on."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "serve.logs.WithoutTexts"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "serve": {"level": "INFO"},
            "uvicorn": {"level": "INFO"},
            "uvicorn.access": {"level": "CRITICAL"},  # its lines hold paths with their queries
        },
    }
