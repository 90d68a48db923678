"""The summary of a run, for people."""

from __future__ import annotations

from io import StringIO

import pendulum
from rich.console import Console
from rich.table import Table

from .entities import ENTITIES
from .runlog import RunLog


def loaded_table(log: RunLog) -> str:
    """A table of the loaded rows, and a line with requests and seconds."""
    table = Table(box=None, pad_edge=False)
    table.add_column("table")
    for heading in ("read", "new or changed", "removed"):
        table.add_column(heading, justify="right")
    for name in ENTITIES:
        if name in log.loaded:
            table.add_row(name, *(str(count[name]) for count in (log.seen, log.loaded, log.removed)))
    text = StringIO()
    Console(file=text, width=80, no_color=True).print(table)
    seconds = (pendulum.now("UTC") - log.started_at).total_seconds()
    return f"{text.getvalue()}{log.requests} requests to Mode in {seconds:.1f} s."
