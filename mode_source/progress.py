"""Shows the progress of a run: a live line on a terminal, a plain log line now and then elsewhere."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from .runlog import RunLog

logger = logging.getLogger(__name__)

LINE_EVERY = 15.0  # seconds between log lines
FRAME_EVERY = 0.25  # seconds between refreshes of a terminal
WINDOW = 30.0  # seconds that the rate is taken from
NARROW = 80  # columns below which there is no room for a bar
BAR = 24  # columns
READING = "reading Mode"  # the stage that asks


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


def line(log: RunLog, rate: float, width: int | None = None) -> str:
    """One line: stage, what was listed and read, requests and their rate, time left.

    Args:
        rate: requests per second of late.
        width: columns there are for it. Where the line does not fit, a short form takes its place, which begins with
            what matters most. None means no limit.
    """
    asked = f"{log.requests} requests ({rate:.1f}/s)"
    gaps = [f"{len(log.gaps)} gaps"] if log.gaps else []
    left = _time_left(log, rate)
    parts = [log.stage]
    if log.seen["reports"] or log.seen["datasets"]:
        parts.append(f"{log.seen['reports']} reports and {log.seen['datasets']} datasets listed")
    if log.due:
        parts.append(f"{log.done} of {log.due} read")
    parts += [asked, *([f"about {left} left"] if left else []), *gaps]
    whole = ", ".join(parts)
    if width is None or len(whole) <= width:
        return whole
    short = [*([f"{left} left"] if left else []), f"{log.done}/{log.due} read" if log.due else log.stage, *gaps, asked]
    while len(short) > 1 and len(", ".join(short)) > width:
        short.pop()
    return ", ".join(short)[:width]


class Rate:
    """Requests per second of the last half minute: a first burst says nothing about the rest.

    Args:
        log: of the run.
    """

    def __init__(self, log: RunLog) -> None:
        self._log = log
        self._points: deque[tuple[float, int]] = deque([(time.monotonic(), log.requests)])

    def now(self) -> float:
        """The rate; to be asked for again and again."""
        at, count = time.monotonic(), self._log.requests
        while len(self._points) > 1 and self._points[0][0] < at - WINDOW:
            self._points.popleft()
        since, before = self._points[0]
        if at - self._points[-1][0] >= WINDOW / 30:
            self._points.append((at, count))
        return (count - before) / (at - since) if at > since else 0.0


def _time_left(log: RunLog, rate: float) -> str | None:
    requests = log.requests_left() if log.stage == READING else None
    return _clock(requests / rate) if requests and rate > 0 else None


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d} h"
    return f"{minutes}:{rest:02d} min" if minutes else f"{rest} s"


def _write_lines(log: RunLog, stop: threading.Event) -> None:
    rate = Rate(log)
    while not stop.wait(LINE_EVERY):
        logger.info("%s", line(log, rate.now()))


def _animate(log: RunLog, stop: threading.Event) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, TextColumn

    console, terminal = Console(stderr=True), sys.stderr
    text = TextColumn("{task.description}", markup=False)
    columns: tuple[ProgressColumn, ...] = (SpinnerColumn(), BarColumn(bar_width=BAR), text)
    rate = Rate(log)
    with Progress(*columns, console=console, transient=True) as progress, _written_above(terminal):
        task = progress.add_task("", total=None)
        while not stop.wait(FRAME_EVERY):
            narrow = console.width < NARROW
            progress.columns = (text,) if narrow else columns
            room = console.width - 1 - (0 if narrow else BAR + 4)
            progress.update(task, description=line(log, rate.now(), room), completed=log.done, total=log.due or None)


@contextmanager
def _written_above(terminal: TextIO) -> Iterator[None]:
    """Lets the log lines for a terminal go through what rich has put in its place, which draws them above the bar."""
    handlers = [
        handler
        for name in ("", "dlt")
        for handler in logging.getLogger(name).handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream is terminal
    ]
    for handler in handlers:
        handler.setStream(sys.stderr)
    try:
        yield
    finally:
        for handler in handlers:
            handler.setStream(terminal)
