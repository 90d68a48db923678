"""Logging for the command line: standard error, one line a message, secrets in none of them."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable
from typing import Any

_secrets: set[str] = set()
_as_json = False


def hide(values: Iterable[str | None]) -> None:
    """From now on no log line of this process shows these values."""
    _secrets.update(value for value in values if value and len(value) >= 6)


def redacted(text: str) -> str:
    """The text without any hidden value."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def redacted_json(value: Any) -> str:
    """A value as JSON text without any hidden value."""
    return redacted(json.dumps(value, default=str))


def choose_format(name: str) -> None:
    """Says how this process writes its log: `text`, or `json` for one object a line. To be called before `set_up`."""
    global _as_json
    _as_json = name == "json"


class RedactingFormatter(logging.Formatter):
    """Formats a record, traceback included, and takes the secrets out of the result."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def set_up(level: str) -> None:
    """Log of this package on standard error; of the libraries only warnings, unless the level is DEBUG."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_json_formatter() if _as_json else RedactingFormatter("%(levelname)s - %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level if level == "DEBUG" else "WARNING")
    logging.getLogger("mode_source").setLevel(level)
    logging.getLogger("mode_sandbox").setLevel(level)


class FirstLineFormatter(RedactingFormatter):
    """A message in one line: of a traceback, which dlt puts into its messages, only what it ends with."""

    def format(self, record: logging.LogRecord) -> str:
        first, *rest = super().format(record).strip().splitlines() or [""]
        before, traceback, _ = first.partition("Traceback (most recent call last)")
        return before + rest[-1].strip() if traceback and rest else first


def adopt_dlt() -> None:
    """Lets dlt's own logger write like ours, once dlt has made it."""
    whole = logging.getLogger("mode_source").getEffectiveLevel() <= logging.DEBUG
    formatter = RedactingFormatter if whole else FirstLineFormatter
    for handler in logging.getLogger("dlt").handlers:
        handler.setFormatter(_json_formatter() if _as_json else formatter("%(levelname)s - dlt: %(message)s"))


def error_line(message: str) -> str:
    """The one line that a failed command ends with."""
    if not _as_json:
        return redacted(f"error: {message}")
    return _json_formatter().format(logging.LogRecord("mode_source", logging.ERROR, "", 0, message, None, None))


def _json_formatter() -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter

    class RedactingJsonFormatter(JsonFormatter):
        def format(self, record: logging.LogRecord) -> str:
            return redacted(super().format(record))

    fields = {"asctime": "time", "levelname": "level", "name": "logger"}
    return RedactingJsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", rename_fields=fields)
