"""Logging for the command line: standard error, one line a message, secrets in none of them.

What is hidden stays hidden in every log line of this process, whoever writes it and however its handlers are set up:
records are cleaned when they are made.
"""

from __future__ import annotations

import html
import json
import logging
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, quote_plus

SHORTEST = 6  # characters; hiding shorter ones would hide half of every message
STARS = "***"

_secrets: set[str] = set()
_spelt: re.Pattern[str] | None = None
_as_json = False


def hide(values: Iterable[str | None]) -> None:
    """From now on no log line of this process shows these values, nor any spelling of them."""
    global _spelt
    fresh = {text for value in values if value for text in (value, value.strip()) if len(text.strip()) >= SHORTEST}
    if fresh <= _secrets:
        return
    _secrets.update(fresh)
    spellings = {spelling for secret in _secrets for spelling in _spellings(secret)}
    _spelt = re.compile("|".join(re.escape(text) for text in sorted(spellings, key=len, reverse=True)))
    if not _Factory.installed:  # once: others may have put theirs around it since
        _Factory.installed, _Factory.before = True, logging.getLogRecordFactory()
        logging.setLogRecordFactory(_clean_record)


def redacted(text: str) -> str:
    """The text without any hidden value, also where it is escaped: quoted, percent-encoded, as JSON or HTML."""
    return _spelt.sub(STARS, text) if _spelt else text


_ESCAPES: tuple[Callable[[str], str], ...] = (
    lambda text: repr(text)[1:-1],
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: quote(text, safe=""),
    lambda text: re.sub("%..", lambda found: found[0].lower(), quote(text, safe="")),
    lambda text: quote(text),
    quote_plus,
    html.escape,
    lambda text: text.replace("'", "''"),  # in SQL
    lambda text: text.encode("unicode_escape").decode(),
    lambda text: repr(text.encode())[2:-1],
)


def _spellings(secret: str) -> set[str]:
    """The secret as it may come in a message: escaped, and what is escaped escaped once more."""
    found = {secret}
    for _ in range(2):
        found |= {escape(text) for text in found for escape in _ESCAPES}
    return found


class _Factory:
    """What made log records before."""

    installed = False
    before: Callable[..., logging.LogRecord] = logging.LogRecord


def _clean_record(*args: object, **kwargs: object) -> logging.LogRecord:
    record = _Factory.before(*args, **kwargs)
    try:
        text = record.getMessage()
    except Exception:
        text = f"{record.msg} {record.args}"  # logging would print both, beside its complaint
    if (clean := redacted(text)) != text:
        record.msg, record.args = clean, ()
    if record.exc_info and record.exc_info[0]:
        trace = logging.Formatter().formatException(record.exc_info)
        if (clean := redacted(trace)) != trace:
            record.exc_text = clean  # what formatters print in its place
    return record


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
