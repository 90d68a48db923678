"""Ctrl-C and SIGTERM: raised where the program is, and found again behind whatever wraps them.

dlt records the first signal and raises it at the next safe point, wrapped in an `Exception`. Whoever goes on after
an `except Exception` must therefore call `let_through` first, or a run that was told to end goes on.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED, TERMINATED = 130, 143  # exit codes, as shells have them


class Terminated(KeyboardInterrupt):
    """SIGTERM; no `except Exception` stops it."""


def let_through(error: BaseException) -> None:
    """Raises the signal that lies behind an error, if there is one.

    Raises:
        KeyboardInterrupt: it was Ctrl-C.
        Terminated: it was SIGTERM.
    """
    code = exit_code(error)
    if code == TERMINATED:
        raise Terminated from error
    if code:
        raise KeyboardInterrupt from error


def exit_code(error: BaseException) -> int:
    """130 or 143 if a signal lies behind the error, else 0."""
    for cause in causes(error):
        # dlt's SignalReceivedException is a KeyboardInterrupt, too, and says which signal it was.
        if isinstance(cause, Terminated) or getattr(cause, "signal_code", None) == signal.SIGTERM:
            return TERMINATED
        if isinstance(cause, KeyboardInterrupt):
            return INTERRUPTED
    return 0


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and whatever lies behind it, outermost first; dlt wraps what a resource raises."""
    seen: set[int] = set()
    left: list[BaseException] = [error]
    while left:
        current = left.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        context = None if current.__suppress_context__ else current.__context__
        behind = (getattr(current, "exception", None), current.__cause__, context)
        left += [cause for cause in behind if isinstance(cause, BaseException)]


@contextmanager
def raised() -> Iterator[None]:
    """SIGTERM raises `Terminated` meanwhile, so that locks are released and files closed; a no-op in other threads."""

    def receive(number: int, frame: FrameType | None) -> None:
        raise Terminated

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, receive)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def noticed() -> Iterator[None]:
    """Around a step of dlt's, which records a signal: one that came too late for the step to see is raised after it."""
    from dlt.common.runtime import signals

    with signals.intercepted_signals():
        yield
        signals.raise_if_signalled()
