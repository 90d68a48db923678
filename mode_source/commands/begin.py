"""How every command begins and prints."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import click

from .. import logs


def begin(log_level: str, secrets: Iterable[str | None] = ()) -> None:
    """Sets up the log, and hides what the command line gives away."""
    logs.set_up(log_level.upper())
    logs.hide(secrets)


def show(summary: dict[str, Any], text: str, as_json: bool) -> None:
    """Prints what a command did, as one JSON object or for people."""
    click.echo(logs.redacted(json.dumps(summary) if as_json else text))
