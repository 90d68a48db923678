"""Shows the progress of a run: a live line on a terminal, a plain log line now and then elsewhere."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .runlog import RunLog

logger = logging.getLogger(__name__)

LINE_EVERY = 15.0  # seconds between log lines
FRAME_EVERY = 0.25  # seconds between refreshes of a terminal


@contextmanager
def shown(log: RunLog, mode: str) -> Iterator[None]:
    """Shows a run while it lasts.

    Args:
        log: of the run.
        mode: `auto` (terminal if there is one, else log lines), `log` or `none`.
    """
    live = mode == "auto" and sys.stderr.isatty()
    if mode == "none":
        yield
        return
    stop = threading.Event()
    target = _animate if live else _write_lines
    thread = threading.Thread(target=target, args=(log, stop), name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(2)


def line(log: RunLog, seconds: float) -> str:
    """One line: stage, reports read of those due, requests and their rate, time left.

    Args:
        seconds: since the run began.
    """
    rate = log.requests / seconds if seconds > 0 else 0.0
    parts = [log.stage]
    if log.seen["reports"] or log.seen["datasets"]:
        parts.append(f"{log.seen['reports']} reports and {log.seen['datasets']} datasets listed")
    if log.due:
        parts.append(f"{log.done} of {log.due} read")
    parts.append(f"{log.requests} requests ({rate:.1f}/s)")
    if log.done and log.due > log.done:
        left = (log.due - log.done) * seconds / log.done
        parts.append(f"about {_clock(left)} left")
    if log.gaps:
        parts.append(f"{len(log.gaps)} gaps")
    return ", ".join(parts)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes else f"{rest} s"


def _write_lines(log: RunLog, stop: threading.Event) -> None:
    began = time.monotonic()
    while not stop.wait(LINE_EVERY):
        logger.info("%s", line(log, time.monotonic() - began))


def _animate(log: RunLog, stop: threading.Event) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    began = time.monotonic()
    columns = (SpinnerColumn(), BarColumn(bar_width=24), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        while not stop.wait(FRAME_EVERY):
            progress.update(
                task, description=line(log, time.monotonic() - began), completed=log.done, total=log.due or None
            )
