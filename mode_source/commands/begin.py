"""How every command begins and prints."""

from __future__ import annotations

import codecs
import io
import json
import re
import sys
from collections.abc import Iterable
from typing import Any

import click

from .. import logs


def begin(log_level: str, secrets: Iterable[str | None] = ()) -> None:
    """Sets up the log, and hides what the command line gives away."""
    logs.set_up(log_level.upper())
    logs.hide(secrets)


def show_any_character() -> None:
    """Output that its terminal or file cannot encode is shown as `\\u00e9`, which JSON understands, too."""
    codecs.register_error("mode_source", _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="mode_source")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return json.dumps(text)[1:-1], error.end


def show(summary: dict[str, Any], text: str, as_json: bool) -> None:
    """Prints what a command did, as one JSON object or for people: on a terminal, no line is longer than it is."""
    click.echo(logs.redacted(json.dumps(summary) if as_json else _fitting(text)))


def _fitting(text: str) -> str:
    if not sys.stdout.isatty():
        return text
    from ..ask.terminal import terminal_of
    from ..ask.text import folded

    columns = terminal_of(sys.stdout).columns
    lines = []
    for line in text.splitlines():
        label = re.match(r"[A-Z][\w ]{0,24}: +", line)  # what follows it stays behind it
        lines.append(folded(line, columns, indent=" " * label.end() if label else "  ", whole=True))
    return "".join(lines).removesuffix("\n")
